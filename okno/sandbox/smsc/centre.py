"""The centre itself: accepts each id once, remembers in the journal, tells the open pages, and fails on demand."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from okno.sandbox.smsc.journal import Journal, Message

#: The page shows the latest; the journal keeps all.
SHOWN_MAX = 500


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the next `times` sends go wrong (None: until changed)."""

    delay_ms: int = 0
    refuse: Literal["no", "for-now", "for-good"] = "no"
    lose_answer: bool = False
    """Accept, then cut the connection instead of answering."""
    forgetful: bool = False
    """Take a repeated id as a new message, as centres without idempotency do."""
    times: int | None = None


class Centre:
    def __init__(self, journal_path: Path) -> None:
        self._journal = Journal(journal_path)
        self._writing = asyncio.Lock()
        self._by_id: dict[str, Message] = {message.id: message for message in self._journal.past}
        self._seq = len(self._journal.past)
        self._watchers: set[Callable[[Message], None]] = set()
        self.shown: deque[Message] = deque(self._journal.past, SHOWN_MAX)
        self.faults = Faults()

    def take_faults(self) -> Faults:
        """The faults of one send; counts `times` down."""
        faults = self.faults
        if faults.times is not None:
            left = faults.times - 1
            self.faults = msgspec.structs.replace(faults, times=left) if left > 0 else Faults()
        return faults

    async def accept(
        self, message_id: str, to: str, text: str, origin: str, *, forgetful: bool, title: str = ""
    ) -> Message:
        async with self._writing:
            known = self._by_id.get(message_id)
            if known is not None and not forgetful:
                return known
            message = Message(
                seq=self._seq + 1,
                at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                id=message_id,
                message_id=f"smsc-{self._seq + 1:08d}",
                to=to,
                text=text,
                origin=origin,
                title=title,
            )
            await asyncio.to_thread(self._journal.append, message)
            self._seq += 1
            self._by_id[message_id] = message
            self.shown.append(message)
        for watcher in tuple(self._watchers):
            watcher(message)
        return message

    def find(self, message_id: str) -> Message | None:
        return self._by_id.get(message_id)

    def watch(self, watcher: Callable[[Message], None]) -> None:
        self._watchers.add(watcher)

    def unwatch(self, watcher: Callable[[Message], None]) -> None:
        self._watchers.discard(watcher)

    def close(self) -> None:
        self._journal.close()
