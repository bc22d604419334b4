"""Every small change of a notice: of a header, a field, a byte, of the address it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from okno.cabinet.payments.providers.port import Received

STRANGER = "203.0.113.7"


def mutations(received: Received) -> Iterator[tuple[str, Received]]:
    """(What was changed, the notice changed so)."""
    yield "peer", replace(received, peer=STRANGER)
    yield "method", replace(received, method="PUT")
    yield "query", replace(received, query=f"{received.query}&more=1".lstrip("&"))
    for name, value in received.headers.items():
        without = {other: kept for other, kept in received.headers.items() if other != name}
        yield f"header {name} gone", replace(received, headers=without)
        yield f"header {name} changed", replace(received, headers={**without, name: _turned(value)})
    yield from ((f"body: {what}", replace(received, body=body)) for what, body in _contents(received.body))
    if received.query:
        changed = _contents(received.query.encode())
        yield from ((f"query: {what}", replace(received, query=query.decode("latin-1"))) for what, query in changed)


def _contents(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "cut", content[:-1]
    yield "not UTF-8", content + b"\xff"
    for place in range(len(content)):
        yield f"byte {place} turned", content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    fields = _json_fields(content) if content.startswith(b"{") else _form_fields(content)
    yield from fields


def _json_fields(content: bytes) -> Iterator[tuple[str, bytes]]:
    whole = json.loads(content)
    for path, value in _leaves(whole):
        for what, other in (("changed", _other(value)), ("null", None), ("list", [value])):
            yield f"{'.'.join(path)} {what}", _dumped(_with(whole, path, other))
        yield f"{'.'.join(path)} gone", _dumped(_with(whole, path, _GONE))
    yield "field added", _dumped({**whole, "more": "1"})


_GONE = object()


def _leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - JSON
    for name, value in _members(node):
        if isinstance(value, dict) or (isinstance(value, list) and value):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _with(node: Any, path: tuple[str, ...], value: Any) -> Any:  # noqa: ANN401 - JSON
    first, *rest = path
    changed = dict(_members(node))
    if rest:
        changed[first] = _with(changed[first], tuple(rest), value)
    elif value is _GONE:
        del changed[first]
    else:
        changed[first] = value
    return list(changed.values()) if isinstance(node, list) else changed


def _members(node: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - an object or an array of JSON
    return list(node.items()) if isinstance(node, dict) else [(str(place), one) for place, one in enumerate(node)]


def _other(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return _turned(value) if isinstance(value, str) else "other"


def _dumped(content: Any) -> bytes:  # noqa: ANN401 - JSON
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _form_fields(content: bytes) -> Iterator[tuple[str, bytes]]:
    pairs = parse_qsl(content.decode(), keep_blank_values=True)
    for place, (name, value) in enumerate(pairs):
        before, after = pairs[:place], pairs[place + 1 :]
        yield f"{name} changed", _form([*before, (name, _turned(value)), *after])
        yield f"{name} empty", _form([*before, (name, ""), *after])
        yield f"{name} gone", _form([*before, *after])
        yield f"{name} twice", _form([*before, (name, _turned(value)), (name, value), *after])
    yield "field added", _form([*pairs, ("more", "1")])


def _form(pairs: list[tuple[str, str]]) -> bytes:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()


def _turned(text: str) -> str:
    """Another text of the same kind: its last digit or letter is the next one."""
    if not text:
        return "1"
    last = text[-1]
    return text[:-1] + (chr(ord(last) + 1) if last not in "9zZ" else chr(ord(last) - 1))
