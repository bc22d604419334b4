"""Whether the system answers, learned from how its own calls end: nothing is asked of it for this."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from okno.connectors.runtime.port import Refusal, SystemAway
from okno.connectors.runtime.system import System
from okno.protocol.messages import Breaker

# Longer than any pause between two tries: while somebody still tries, no command is let in to wait beside him.
AWAY_S = 60.0
PARTS = ("ledgers", "reconciliations", "directory", "customers", "bills", "payees", "distant_postings")


class Health:
    """Told from any thread how a call ended. `tick` is a monotonic clock in seconds.

    Of a system that is `asked` nothing is known before its first call ends, and until then it counts as away: a
    connector that starts lets no command in on trust. `learned` is set by that end.
    """

    def __init__(self, tick: Callable[[], float] = time.monotonic, *, asked: bool = True) -> None:
        self._tick = tick
        self._failed_at: float | None = tick() if asked else None
        self.learned = threading.Event()
        if not asked:
            self.learned.set()

    @property
    def breaker(self) -> Breaker:
        """Open after a call that found nobody; half-open when that is long ago and nobody has tried since."""
        failed_at = self._failed_at
        if failed_at is None:
            return "closed"
        return "open" if self._tick() - failed_at < AWAY_S else "half-open"

    def answered(self) -> None:
        self._failed_at = None
        self.learned.set()

    def failed(self) -> None:
        self._failed_at = self._tick()
        self.learned.set()


class Noted:
    """A part of a system whose every call is noted."""

    def __init__(self, part: object, health: Health) -> None:
        self._part = part
        self._health = health

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has there
        return _noting(getattr(self._part, name), self._health)


def _noting(call: Callable[..., Any], health: Health) -> Callable[..., Any]:
    @wraps(call)
    def noting(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the part's own
        try:
            answer = call(*arguments, **named)
        except SystemAway:
            health.failed()
            raise
        except Refusal:
            health.answered()
            raise
        health.answered()
        return answer

    return noting


def noted(system: System, health: Health) -> System:
    """The system with its calls noted. One that shares the store's database is away when that is."""
    if system.ledgers is None:
        return system
    found = {name: getattr(system, name) for name in PARTS}
    noting: dict[str, Any] = {name: Noted(part, health) for name, part in found.items() if part is not None}
    return replace(system, **noting)
