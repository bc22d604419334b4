"""The regulars at it, all the while: each keeps a page open, reads his figures, and signs in on another device."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Self

import msgspec

from okno.cli.drill.levels.phones import Phones
from okno.cli.drill.levels.pushes import Poster, Pushes
from okno.cli.drill.levels.regulars import Regular
from okno.cli.drill.levels.screen import Screen
from okno.cli.drill.levels.tally import Tally
from okno.cli.drill.levels.visitor import NO_CONTENT, OK, RESEND_S, Door, Visitor

SIGNED_IN, FRESH, REQUESTS = "signed in", "fresh", "requests"
FRESH_MAX = timedelta(seconds=60)
"""Of reliability: so old a figure may be, or it is told to be older."""
BEGIN_S, LOOK_S = 8.0, 0.1
READ_S = (2.0, 4.0)
VISIT_S = (10.0, 30.0)
ALIVE_S = 60.0
#: From one operation in the book to the next, under faults and when it is calm.
POST_S, POST_CALM_S = 0.5, 0.05
CALM_S_MIN = 5.0
#: As long as it takes on a slow machine to sign in once more, and once more: only what is lost is missing then.
SHOWN_S_MAX = 240.0
#: Places among the works; those of the regulars come behind.
LOOKING, POSTING = 0, 1
#: What a browser asks when the page is used; the sessions of who only looks would end.
ALIVE = "/api/session/alive"


class _Brief(msgspec.Struct):
    as_of: datetime
    stale: bool


class _State(_Brief):
    position: int


class Overview(msgspec.Struct):
    """Of live's answer what is judged here."""

    accounts: list[_Brief]
    account: _State | None


@dataclass(frozen=True)
class Levels:
    """Of what customers get: (good, valid) of each. `problems`: operations that were not shown once, a line each."""

    signed_in: tuple[int, int]
    fresh: tuple[int, int]
    requests: tuple[int, int]
    pushed: tuple[int, int]
    problems: list[str]


def fresh(overview: Overview, asked: datetime, due: int) -> bool:
    """Whether every figure is young enough or told to be old; `due`: operations that a young one must know of."""
    shown = overview.account
    if shown is None or not (shown.stale or shown.position >= due):
        return False
    return all(one.stale or asked - one.as_of <= FRESH_MAX for one in (*overview.accounts, shown))


class Visits:
    """From `with` on. `catch_up`, `calm`, `finish` are called once, in this order; requests count until it is calm."""

    def __init__(self, directory: Path, regulars: Sequence[Regular], door: Door, book: str, *, seed: int) -> None:
        self._regulars = regulars
        self._door = door
        self._seed = seed
        self._phones = Phones(directory / "log" / "smsc.jsonl")
        self._pushes = Pushes()
        self._poster = Poster(book, regulars, self._pushes, seed=seed)
        self._tally = Tally()
        self._calm = threading.Event()
        self._posted = threading.Event()
        self._over = threading.Event()
        self._gone = threading.Event()
        self._homes = [self._visitor(regular) for regular in regulars]
        self._screens = [self._screen(home) for home in self._homes]
        self._hands = ThreadPoolExecutor(2 * len(regulars) + 2)
        self._works: list[Future[None]] = []
        self._calm_at = 0.0

    def catch_up(self) -> None:
        """When every page has shown all that was posted, so that nothing of a fault is left; or patience is over."""
        until = time.monotonic() + SHOWN_S_MAX
        while self._pushes.waiting and time.monotonic() < until:
            time.sleep(LOOK_S)

    def calm(self) -> None:
        """No fault from now on: more is posted, and what is posted has to be shown at once."""
        self._calm_at = time.monotonic()
        self._calm.set()

    def finish(self) -> Levels:
        """When everything posted has been shown as well. Raises what a hand has raised."""
        self._posted.wait(max(0.0, self._calm_at + CALM_S_MIN - time.monotonic()))
        self._posted.set()
        # What is just being posted is committed and written down by then: its page has to show it too.
        self._works[POSTING].result()
        self.catch_up()
        self._stop()
        for work in self._works:
            work.result()
        of = self._tally.of
        return Levels(of(SIGNED_IN), of(FRESH), of(REQUESTS), self._pushes.pushed(), self._pushes.problems())

    def __enter__(self) -> Self:
        begin = self._hands.submit
        self._works = [begin(self._look), begin(self._post)]
        for home, screen in zip(self._homes, self._screens, strict=True):
            random = Random(f"{self._seed}|{home.regular.place}")  # noqa: S311 (it has to be repeatable)
            self._works += [begin(screen.run, self._over), begin(self._live, home, random)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        for home in self._homes:
            home.close()

    def _stop(self) -> None:
        self._posted.set()
        self._over.set()
        for screen in self._screens:
            screen.close()
        # Who is just signing in still needs his code.
        for work in self._works[LOOKING + 1 :]:
            work.exception()
        self._gone.set()
        self._hands.shutdown()
        self._poster.close()

    def _visitor(self, regular: Regular) -> Visitor:
        return Visitor(regular, self._door, self._phones, self._answered)

    def _screen(self, home: Visitor) -> Screen:
        return Screen(home.regular, self._door, lambda: home.token, self._pushes.shown)

    def _answered(self, good: bool) -> None:
        if not self._calm.is_set():
            self._tally.note(REQUESTS, good=good)

    def _look(self) -> None:
        while not self._gone.wait(LOOK_S):
            self._phones.look()

    def _post(self) -> None:
        while not self._posted.is_set():
            calm = self._calm.is_set()
            self._poster.post(self._posted, calm=calm)
            (self._posted if calm else self._calm).wait(POST_CALM_S if calm else POST_S)

    def _live(self, home: Visitor, random: Random) -> None:
        self._over.wait(random.uniform(0, BEGIN_S))
        visit, alive = time.monotonic() + random.uniform(*VISIT_S), time.monotonic() + ALIVE_S
        signed_in = False
        while not self._over.is_set():
            if not signed_in and not self._sign_in(home):
                # Codes are counted by phone: who tries at once again only meets that limit.
                self._over.wait(RESEND_S)
                continue
            signed_in = self._read(home)
            now = time.monotonic()
            if now >= alive:
                alive = now + ALIVE_S
                home.ask("POST", ALIVE, right=(NO_CONTENT,))
            if now >= visit:
                visit = now + random.uniform(*VISIT_S)
                self._visit(home.regular)
            self._over.wait(random.uniform(*READ_S))

    def _visit(self, regular: Regular) -> None:
        """On another device, in and out again."""
        other = self._visitor(regular)
        try:
            if self._sign_in(other):
                self._read(other)
                other.sign_out()
        finally:
            other.close()

    def _sign_in(self, visitor: Visitor) -> bool:
        good = visitor.sign_in()
        self._tally.note(SIGNED_IN, good=good)
        return good

    def _read(self, visitor: Visitor) -> bool:
        """The figures, and who one is; False when nobody is signed in any more."""
        asked, due_before = datetime.now(UTC), time.monotonic() - FRESH_MAX.total_seconds()
        due = self._pushes.count(visitor.regular.account, due_before)
        answer = visitor.ask("GET", "/live/v1/overview", right=(OK,))
        if answer.status == OK:
            seen = msgspec.json.decode(answer.body, type=Overview)
            self._tally.note(FRESH, good=fresh(seen, asked, due))
        session = visitor.ask("GET", "/api/session", right=(OK,))
        return not (session.status == OK and session.json()["state"] != "open")
