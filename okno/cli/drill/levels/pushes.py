"""Operations posted in the book, and when each of them came to the open page of its customer."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import psycopg

from okno.cli.drill.levels.regulars import Regular
from okno.connectors.book.drafts import Draft
from okno.connectors.book.posting import post
from okno.protocol.ids import new_id

PUSHED_S = 2.0
"""Of reliability: shown so soon after it is committed in the book, without faults."""
AGAIN_S = 0.2
MINOR_MAX = 100_000
TEXT = "Учебная проверка"


@dataclass
class _Posted:
    account: str
    at: float
    calm: bool
    shown: list[float] = field(default_factory=list)


class Pushes:
    """Moments are of the monotonic clock. For many threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._posted: dict[str, _Posted] = {}
        self._early: dict[str, list[float]] = defaultdict(list)
        self._of: dict[str, list[float]] = defaultdict(list)

    def committed(self, account: str, key: str, at: float, *, calm: bool) -> None:
        with self._guard:
            # It may have come to the page before its poster got to write it down.
            self._posted[key] = _Posted(account, at, calm, self._early.pop(key, []))
            self._of[account].append(at)

    def shown(self, key: str, at: float) -> None:
        with self._guard:
            known = self._posted.get(key)
            (self._early[key] if known is None else known.shown).append(at)

    def count(self, account: str, before: float) -> int:
        """How many operations of the account were committed before a moment."""
        with self._guard:
            return sum(at < before for at in self._of[account])

    def pushed(self) -> tuple[int, int]:
        """(good, valid) of what was posted while it was calm."""
        with self._guard:
            calm = [one for one in self._posted.values() if one.calm]
        return sum(bool(one.shown) and one.shown[0] - one.at <= PUSHED_S for one in calm), len(calm)

    @property
    def waiting(self) -> int:
        """Operations that no page has shown yet."""
        with self._guard:
            return sum(not one.shown for one in self._posted.values())

    def problems(self) -> list[str]:
        """Whatever was not shown once, each account in a line: a page that was cut goes on where it was."""
        missing, twice = Counter[str](), Counter[str]()
        with self._guard:
            for one in self._posted.values():
                missing[one.account] += not one.shown
                twice[one.account] += len(one.shown) > 1
        lines = [
            f"account {name}: {count} operations never came to its page" for name, count in missing.items() if count
        ]
        return lines + [f"account {name}: {count} operations came twice" for name, count in twice.items() if count]


class Poster:
    """Posts charges, one after another, on accounts that a seed draws; in doubt once more under the same key."""

    def __init__(self, book: str, regulars: Sequence[Regular], pushes: Pushes, *, seed: int) -> None:
        self._book = book
        self._numbers = [(regular.number, regular.account) for regular in regulars]
        self._pushes = pushes
        self._random = Random(seed)  # noqa: S311 (it has to be repeatable)
        self._connection: psycopg.Connection | None = None

    def post(self, over: threading.Event, *, calm: bool) -> None:
        """Return when it is committed, or when all is `over`."""
        number, account = self._random.choice(self._numbers)
        draft = Draft(number, "charge", new_id(), self._random.randrange(1, MINOR_MAX), text=TEXT)
        while not over.is_set():
            try:
                if self._connection is None:
                    self._connection = psycopg.connect(self._book, autocommit=True, connect_timeout=5)
                post(self._connection, draft)
            except psycopg.OperationalError:
                self.close()
                over.wait(AGAIN_S)
            else:
                self._pushes.committed(account, draft.key, time.monotonic(), calm=calm)
                return

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
