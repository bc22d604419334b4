"""A forger: true notices with one field changed, dropped or doubled, sent to the counter as if by the payment system.

He has overheard the body and knows no secret: headers that are sealed over the body he cannot make.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from okno.sandbox.payers.records import Entry, Notice

TENFOLD = 10
TIMEOUT_S = 10
REFUSED, FAULTY = 400, 500


class Forger:
    """`answers` counts his notices: `refused`, `taken` (and not believed), `lost` where nobody answered."""

    def __init__(self, front: str, host: str, journals: Mapping[str, Path]) -> None:
        self.answers: Counter[str] = Counter()
        self._front = front
        self._host = host
        self._read = {path: path.stat().st_size for path in journals.values()}
        self._turns: Counter[tuple[str, str]] = Counter()
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT_S)

    def turn(self) -> None:
        """Send each true notice that was made since the last time once more, with a field changed: each in its turn."""
        for path in self._read:
            for notice in self._fresh(path):
                key = path.stem, notice.event
                mutated = mutation_of(notice, self._turns[key])
                self._turns[key] += 1
                if mutated is not None:
                    self.answers[self._send(notice, mutated[1])] += 1

    def _fresh(self, path: Path) -> list[Notice]:
        """Of whole lines alone: the twin is writing."""
        with path.open("rb") as file:
            file.seek(self._read[path])
            content = file.read()
        whole = content.rfind(b"\n") + 1
        self._read[path] += whole
        entries = (msgspec.json.decode(line, type=Entry) for line in content[:whole].splitlines())
        return [entry.notice for entry in entries if entry.notice is not None and not entry.notice.forged]

    def _send(self, notice: Notice, body: bytes) -> str:
        place = notice.url.partition("://")[2].partition("/")[2]
        headers = {"Host": self._host, "Content-Type": notice.content_type}
        try:
            answer = self._pool.request("POST", f"{self._front}/{place}", body=body, headers=headers)
        except HTTPError:
            return "lost"
        if answer.status >= FAULTY:
            return "lost"
        return "refused" if answer.status >= REFUSED else "taken"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.clear()


def mutation_of(notice: Notice, draw: int) -> tuple[str, bytes] | None:
    """(What was changed, the body): the draw picks the field and the change. None where there is no field."""
    fields = list(_json(notice.body) if notice.body.startswith(b"{") else _form(notice.body))
    return fields[draw % len(fields)] if fields else None


def fields_of(notice: Notice) -> set[str]:
    """Every field that a mutation can befall."""
    changes = _json(notice.body) if notice.body.startswith(b"{") else _form(notice.body)
    return {what.rpartition(" ")[0] for what, _ in changes}


def _form(body: bytes) -> Iterator[tuple[str, bytes]]:
    pairs = parse_qsl(body.decode(), keep_blank_values=True)
    for place, (name, value) in enumerate(pairs):
        before, after = pairs[:place], pairs[place + 1 :]
        yield f"{name} changed", urlencode([*before, (name, _other(value)), *after]).encode()
        yield f"{name} gone", urlencode([*before, *after]).encode()


def _json(body: bytes) -> Iterator[tuple[str, bytes]]:
    whole = json.loads(body)
    for path in _leaves(whole):
        yield f"{'.'.join(path)} changed", json.dumps(_with(whole, path, _other)).encode()
        yield f"{'.'.join(path)} gone", json.dumps(_with(whole, path, None)).encode()


def _leaves(node: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name)


def _with(node: dict[str, Any], path: tuple[str, ...], change: Any) -> dict[str, Any]:  # noqa: ANN401 - a function of JSON, or None
    first, *rest = path
    if rest:
        return {**node, first: _with(node[first], tuple(rest), change)}
    if change is None:
        return {name: value for name, value in node.items() if name != first}
    return {**node, first: change(node[first])}


def _other(value: Any) -> Any:  # noqa: ANN401 - a leaf of JSON
    """Another value of the same kind, a larger one where it can be money."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value * TENFOLD + 1
    if isinstance(value, str) and value:
        return f"{value[:-1]}{'1' if value[-1] != '1' else '2'}"
    return "1"
