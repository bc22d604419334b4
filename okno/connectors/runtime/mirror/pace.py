"""How often a system is looked at: soon while it is quick, rarely while it is slow or away. No clock of its own."""

from __future__ import annotations

PAUSE_FIRST_S = 0.5


class Pace:
    """Tells how long to wait before the next call, from how long the last ones took.

    `share_percent`: of one place of the ceiling, over time; `pause_max_s`: between tries while the system is away.
    """

    def __init__(self, *, pause_s: float, share_percent: int, pause_max_s: float) -> None:
        self._pause_idle_s = pause_s
        self._share = share_percent / 100
        self._pause_max_s = pause_max_s
        self._rest_until = 0.0
        self._pause_s = 0.0

    def took(self, begun: float, ended: float) -> None:
        """A call was made (times of any monotonic clock): rest as long as the share demands."""
        self._rest_until = ended + (ended - begun) * (1 - self._share) / self._share

    def rest_s(self, now: float) -> float:
        """Before a call that goes on with what was begun."""
        return max(0.0, self._rest_until - now)

    def succeeded(self, now: float) -> float:
        """All that was new is applied: the pause before the system is looked at again."""
        self._pause_s = 0.0
        return max(self._pause_idle_s, self.rest_s(now))

    def failed(self) -> float:
        """The pause before it is tried again."""
        self._pause_s = min(max(PAUSE_FIRST_S, self._pause_s * 2), self._pause_max_s)
        return self._pause_s

    @property
    def failing(self) -> bool:
        return self._pause_s > 0
