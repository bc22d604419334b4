"""Good and valid events of several threads, by what they are events of."""

from __future__ import annotations

import threading
from collections import Counter


class Tally:
    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._good: Counter[str] = Counter()
        self._valid: Counter[str] = Counter()

    def note(self, what: str, *, good: bool) -> None:
        with self._guard:
            self._good[what] += good
            self._valid[what] += 1

    def of(self, what: str) -> tuple[int, int]:
        """(good, valid)."""
        with self._guard:
            return self._good[what], self._valid[what]
