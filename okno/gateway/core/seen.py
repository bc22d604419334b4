"""Replays are refused exactly: what was accepted is remembered, what is forgotten is too old to be accepted.

The set forgets by the messages' own `time`, and raises its floor to where it has forgotten, so no step of the clock
opens a hole: a message is either in the set or stale.
"""

from datetime import UTC, datetime, timedelta

from okno.protocol.errors import ErrorCode

MARGIN = timedelta(seconds=5)
"""How far ahead of the clock a sender's `time` may be: what another gateway accepted before us is not younger."""


class SeenSet:
    """(source, id) of everything accepted within `keep` (twice the window), at most `entries_max` of them."""

    def __init__(self, *, keep: timedelta, entries_max: int) -> None:
        self.floor = datetime.fromtimestamp(0, tz=UTC)
        self._keep = keep
        self._entries_max = entries_max
        self._seen: set[tuple[str, str]] = set()
        self._by_second: dict[int, list[tuple[str, str]]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def begin(self, at: datetime) -> None:
        """From here on this gateway accepts; what somebody else may have accepted is older than the floor."""
        self.floor = max(self.floor, at + MARGIN)

    def accept(self, source: str, message_id: str, time: datetime, at: datetime) -> ErrorCode | None:
        """None and it is remembered; otherwise `stale`, `replayed`, or `quota-exceeded` when the memory is full."""
        self._forget(at)
        if time < self.floor:
            return ErrorCode.STALE
        entry = (source, message_id)
        if entry in self._seen:
            return ErrorCode.REPLAYED
        if len(self._seen) >= self._entries_max:
            return ErrorCode.QUOTA_EXCEEDED
        self._seen.add(entry)
        self._by_second.setdefault(int(time.timestamp()), []).append(entry)
        return None

    def _forget(self, at: datetime) -> None:
        horizon = int((at - self._keep).timestamp())
        # Seconds arrive nearly in order, so the first bucket is nearly the oldest: amortised constant work.
        while self._by_second:
            second = next(iter(self._by_second))
            if second >= horizon:
                return
            self._seen.difference_update(self._by_second.pop(second))
            self.floor = max(self.floor, datetime.fromtimestamp(second + 1, tz=UTC))
