"""A breaker per system: spares one that fails, and probes it before the crowd returns."""

from collections import deque
from typing import Literal

import msgspec

State = Literal["closed", "open", "half-open"]


class BreakerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Opens when at least `failures_min` of the last `window_s` seconds' outcomes, and `failure_share` of them, failed.

    Stays open for `open_s`, twice as long after each failed probe, `open_max_s` at most; closes after `probes_needed`
    good probes in a row. One probe is under way at a time, given up after `probe_timeout_s`.
    """

    failures_min: int = 10
    failure_share: float = 0.5
    window_s: float = 10.0
    open_s: float = 2.0
    open_max_s: float = 60.0
    probes_needed: int = 3
    probe_timeout_s: float = 10.0
    outcomes_max: int = 1000


class Breaker:
    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=settings.outcomes_max)
        self._pause_s = settings.open_s
        self._open_until: float | None = None
        self._probe_until: float | None = None
        self._good_probes = 0

    def state(self, tick: float) -> State:
        if self._open_until is None:
            return "closed"
        return "open" if tick < self._open_until else "half-open"

    def wait_s(self, tick: float) -> float:
        """How long to wait before asking again; 0 when the next one may pass."""
        match self.state(tick):
            case "closed":
                return 0.0
            case "open":
                return (self._open_until or tick) - tick
            case "half-open":
                return max(0.0, (self._probe_until or tick) - tick)

    def enter(self, tick: float) -> None:
        """One goes through; in the half-open state it is the probe."""
        if self.state(tick) == "half-open":
            self._probe_until = tick + self._settings.probe_timeout_s

    def report(self, tick: float, *, good: bool) -> None:
        """The outcome of one that went through, whenever it comes."""
        match self.state(tick):
            case "closed":
                self._outcomes.append((tick, good))
                if not good and self._is_too_bad(tick):
                    self._open(tick)
            case "half-open":
                self._probe_until = None
                if not good:
                    self._pause_s = min(self._pause_s * 2, self._settings.open_max_s)
                    self._open(tick)
                    return
                self._good_probes += 1
                if self._good_probes >= self._settings.probes_needed:
                    self._close()
            case "open":
                pass  # what was sent before it opened says nothing new

    def _is_too_bad(self, tick: float) -> bool:
        while self._outcomes and self._outcomes[0][0] < tick - self._settings.window_s:
            self._outcomes.popleft()
        failures = sum(not good for _, good in self._outcomes)
        return failures >= self._settings.failures_min and failures >= self._settings.failure_share * len(
            self._outcomes
        )

    def _open(self, tick: float) -> None:
        self._open_until = tick + self._pause_s
        self._good_probes = 0
        self._probe_until = None
        self._outcomes.clear()

    def _close(self) -> None:
        self._open_until = None
        self._pause_s = self._settings.open_s
        self._good_probes = 0
