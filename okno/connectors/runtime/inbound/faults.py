"""A fault that a system repeats for one command alone, told from a system that is away: a person has to see to it.

Only tries between which the system has posted something else are evidence, so an outage of any length brings none.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from okno.connectors.runtime.port import Trouble

# So many failed tries, each after others were posted since the one before it, and over so long at least.
TRIES_MIN = 3
PATIENCE_S = 300.0
# Of an outage every command has failed once: the oldest are forgotten first, and counted anew when they fail again.
KEYS_MAX = 10_000
# The system has answered, and what it had begun it has taken back. Of silence nothing is known.
_OF_THE_COMMAND = frozenset({Trouble.FAILING, Trouble.RIGHTS})


class _Failing:
    """A command that fails: since when, how often beside others, and how many postings there were at the last count."""

    def __init__(self, since: float, posted: int) -> None:
        self.since = since
        self.tries = 1
        self.posted = posted


class Faults:
    """Told from any thread how each posting ended, by the command's key. `tick` is a monotonic clock in seconds.

    Nothing of it outlives the process: a connector that was started anew begins to count anew.
    """

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self._posted = 0
        self._failing: dict[str, _Failing] = {}
        self._guard = threading.Lock()

    def posted(self, key: str) -> None:
        with self._guard:
            self._posted += 1
            self._failing.pop(key, None)

    def refused(self, key: str) -> None:
        """The command is over; what is sent again is counted from its beginning."""
        with self._guard:
            self._failing.pop(key, None)

    def failed(self, key: str, trouble: Trouble) -> bool:
        """Whether the fault is this command's alone by now, and waiting will not mend it."""
        if trouble not in _OF_THE_COMMAND:
            return False
        with self._guard:
            known = self._failing.get(key)
            if known is None:
                if len(self._failing) >= KEYS_MAX:
                    del self._failing[next(iter(self._failing))]
                self._failing[key] = _Failing(self._tick(), self._posted)
                return False
            if self._posted > known.posted:
                known.tries += 1
                known.posted = self._posted
            return known.tries >= TRIES_MIN and self._tick() - known.since >= PATIENCE_S
