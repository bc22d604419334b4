"""How many rows a page may have before the system needs longer for it than whoever asks can wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ROWS_MAX = 1000
#: Fewer are never asked for: a system that cannot tell these in time cannot tell anything.
ROWS_MIN = 10
#: Of the time that a question leaves: beyond the one a page is made shorter, below the other longer again.
SLOW, QUICK = 0.5, 0.1


class Portion:
    """Of one kind of page. Halved after a slow one, doubled after a quick one; whoever asks goes on where it ends.

    A page that comes too late is asked for again, and would be too late again: without this a load of a system whose
    disk is cold, or that is busy, never ended.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rows = ROWS_MAX
        self._clock = clock

    @contextmanager
    def within(self, allowed_s: float, limit: int) -> Iterator[int]:
        """So many rows, `limit` at most; learns from how long the block takes, also when it fails."""
        asked = min(limit, self.rows)
        begun = self._clock()
        try:
            yield asked
        finally:
            took = self._clock() - begun
            if took > allowed_s * SLOW:
                self.rows = max(ROWS_MIN, asked // 2)
            elif took < allowed_s * QUICK and asked == self.rows:
                self.rows = min(ROWS_MAX, asked * 2)
