"""Carries out what the core of the streams decides: reads, writes, timers."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol, cast

import msgspec

from okno.live.core.batches import ReadError, Row, Verdict
from okno.live.core.streams import AGE, CHECK, Action, Change, Close, Place, Read, Retry, Send, StreamId, Streams
from okno.live.edge.store.database import CHANGES, FRESHNESS, SUBSCRIPTION
from okno.live.edge.store.reader import Reader

log = logging.getLogger(__name__)

RETRY_S = 1.0
STALL_S = 15.0
# A session is looked up a little after its end, when the database agrees that it is over.
EXPIRY_SLACK_S = 0.5
# A figure is old after a minute (see 10_views.sql), and a system that has gone silent leaves nobody to say so.
SILENCE_S = 61.0
OPERATIONS_MEMBER = b',"operations":['
NO_CHANGE = Change(b"", b"", 0, more=False)


class Subscription(msgspec.Struct):
    """What `subscription_v1` returns: `until` is when the session ends if nobody touches it."""

    session: str
    until: datetime
    accounts: list[Place]


class Outlet(Protocol):
    """The client's end of a stream."""

    def write(self, frame: bytes, cursor: str) -> Awaitable[None]:
        """Begin to write at once; the result is done when the bytes have left, or never will. It never raises."""

    def finish(self) -> None:
        """Close after what was written."""


class Pusher:
    """The streams of one process with their outlets."""

    def __init__(self, reader: Reader, streams: Streams, *, silence_s: float = SILENCE_S) -> None:
        self._reader = reader
        self._streams = streams
        self._outlets: dict[StreamId, Outlet] = {}
        self._timers: dict[StreamId, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._silence_s = silence_s
        self._silences: dict[str, asyncio.TimerHandle] = {}

    @property
    def count(self) -> int:
        """Streams open now."""
        return len(self._streams)

    def announce(self, token_hash: bytes, address: str) -> StreamId:
        """Take a place. Raises TooManyStreamsError."""
        return self._streams.announce(token_hash, address)

    def open(self, number: StreamId, outlet: Outlet, subscription: Subscription, after: Mapping[str, int]) -> None:
        """Begin to push to an outlet."""
        self._outlets[number] = outlet
        self._expire(number, subscription)
        for system in {place.system for place in subscription.accounts} - self._silences.keys():
            self._listen(system)
        self._act(self._streams.open(number, subscription.accounts, after))

    def gone(self, number: StreamId) -> None:
        """The client has closed, or never began."""
        self._forget(number)
        self._act(self._streams.gone(number))

    def accounts_hinted(self, accounts: list[str]) -> None:
        self._act(self._streams.hinted(accounts))

    def watermark_hinted(self, system: str) -> None:
        self._listen(system)
        self._act(self._streams.watermark(system))

    def session_hinted(self, token_hash: bytes) -> None:
        self._act(self._streams.session_hinted(token_hash))

    def hearing_again(self) -> None:
        log.warning("hearing again: reading all streams anew", extra={"streams": len(self._streams)})
        self._act(self._streams.resync())

    def close(self) -> None:
        """Say good-bye to all."""
        for silence in self._silences.values():
            silence.cancel()
        self._act(self._streams.shutdown())

    def _listen(self, system: str) -> None:
        """Wait for the system's next word; without one, and with somebody to tell, its figures have grown old."""
        if system in self._silences:
            self._silences[system].cancel()
        self._silences[system] = asyncio.get_running_loop().call_later(self._silence_s, self._silent, system)

    def _silent(self, system: str) -> None:
        del self._silences[system]
        if self._streams.hears(system):
            self.watermark_hinted(system)

    def _forget(self, number: StreamId) -> None:
        self._outlets.pop(number, None)
        timer = self._timers.pop(number, None)
        if timer is not None:
            timer.cancel()

    def _expire(self, number: StreamId, subscription: Subscription) -> None:
        """Look the session up again when it should be over."""
        timer = self._timers.pop(number, None)
        if timer is not None:
            timer.cancel()
        left = (subscription.until - datetime.now(UTC)).total_seconds()
        loop = asyncio.get_running_loop()
        self._timers[number] = loop.call_later(
            max(left, 0) + EXPIRY_SLACK_S, lambda: self._act(self._streams.due(number))
        )

    def _act(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, Read):
                self._spawn(self._read(action))
            elif isinstance(action, Send):
                self._send(action)
            elif isinstance(action, Close):
                self._close(action)
            else:
                self._retry_later(action)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _retry_later(self, _action: Retry) -> None:
        asyncio.get_running_loop().call_later(RETRY_S, lambda: self._act(self._streams.retry()))

    def _send(self, action: Send) -> None:
        outlet = self._outlets.get(action.stream)
        if outlet is not None:
            # Written here, in the order of the actions; only the waiting for the client is a task.
            self._spawn(self._flush(action.stream, outlet.write(action.frame, action.cursor)))

    def _close(self, action: Close) -> None:
        outlet = self._outlets.get(action.stream)
        self._forget(action.stream)
        if outlet is not None:
            self._spawn(_wait(outlet.write(action.frame, "")))
            outlet.finish()

    async def _flush(self, number: StreamId, written: Awaitable[None]) -> None:
        loop = asyncio.get_running_loop()
        stall = loop.call_later(STALL_S, lambda: self._act(self._streams.stalled(number)))
        try:
            await written
        finally:
            stall.cancel()
        self._act(self._streams.flushed(number))

    async def _read(self, read: Read) -> None:
        try:
            if read.what == CHECK:
                actions = await self._check(read)
            elif read.what == AGE:
                row = await self._reader.read(FRESHNESS, read.token_hash)
                actions = self._streams.aged(read.stream, cast(Verdict, row[2]), cast(bytes, row[3]))
            else:
                row = await self._reader.read(CHANGES, read.token_hash, read.what, read.after)
                actions = self._streams.changed(read.stream, read.what, cast(Verdict, row[2]), change_of(row))
        except ReadError:
            actions = self._streams.failed(read.stream, read.what)
        self._act(actions)

    async def _check(self, read: Read) -> list[Action]:
        row = await self._reader.read(SUBSCRIPTION, read.token_hash)
        subscription = subscription_of(row)
        if subscription is not None and read.stream in self._outlets:
            self._expire(read.stream, subscription)
        return self._streams.checked(read.stream, cast(Verdict, row[2]))


async def _wait(written: Awaitable[None]) -> None:
    await written


def change_of(row: Row) -> Change:
    """What a row of `changes_v1` says, if its verdict is `ok`. No free text stands before the operations."""
    if row[2] != "ok":
        return NO_CHANGE
    frame = cast(bytes, row[3])
    return Change(frame, frame.partition(OPERATIONS_MEMBER)[0], cast(int, row[4]), cast(bool, row[5]))


def subscription_of(row: Row) -> Subscription | None:
    """What a row of `subscription_v1` says; None when the session is over."""
    return msgspec.json.decode(cast(bytes, row[3]), type=Subscription) if row[2] == "ok" else None
