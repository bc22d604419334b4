"""The two ways of a stream to the browser: WebSocket, and SSE with identical frames for proxies that block it."""

import asyncio
import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

from tornado.iostream import IOStream, StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from okno.live.core.batches import ReadError
from okno.live.core.streams import StreamId, TooManyStreamsError
from okno.live.edge.pusher import Pusher, Subscription, subscription_of
from okno.live.edge.store.database import SUBSCRIPTION
from okno.live.edge.web.desk import Desk
from okno.live.edge.web.handler import Asking
from okno.live.edge.web.problems import Problem, RefusalError
from okno.live.edge.web.reads import ACCOUNT, members_of

POSITION = re.compile(r"[0-9]{1,18}")
AFTER = frozenset({"after"})
AFTER_ACCOUNTS_MAX = 100
# What SSE sends when nothing happens, so that proxies do not take the silence for an end.
COMMENT_S = 15
# How long the last bytes may take before the connection is cut.
LINGER_S = 5
MESSAGES_MAX = 100
CLOSE_TALK = 1008
CLOSE_BYE = 1001


@dataclass(frozen=True)
class PushDesk(Desk):
    """What streams work with."""

    pusher: Pusher


def after_of(text: str) -> dict[str, int]:
    """`account:position,…` as given by a client; of another form = a problem."""
    after: dict[str, int] = {}
    for part in filter(None, text.split(",")):
        account, _, position = part.partition(":")
        if ACCOUNT.fullmatch(account) is None or POSITION.fullmatch(position) is None:
            raise RefusalError(Problem.BAD_REQUEST)
        after[account] = int(position)
    if len(after) > AFTER_ACCOUNTS_MAX:
        raise RefusalError(Problem.BAD_REQUEST)
    return after


async def _settled(written: Awaitable[None]) -> None:
    """Wait for a write; one to a closed connection is over too: the close itself is told elsewhere."""
    try:
        await written
    except (StreamClosedError, WebSocketClosedError):
        return


async def _nothing() -> None:
    return


class _Beginning(Asking):
    """What both ways share: place, session, positions."""

    desk: PushDesk
    number: StreamId | None = None

    def after(self) -> str:
        """What the client says it has."""
        return members_of(self.request.query, AFTER).get("after", "")

    async def begin(self, after: str) -> tuple[Subscription, Mapping[str, int]]:
        """Take a place and look the session up; else a problem. `end` gives the place back."""
        positions = after_of(after)
        token = self.token_hash()
        try:
            self.number = self.desk.pusher.announce(token, self.request.remote_ip or "")
        except TooManyStreamsError:
            self.desk.signals.write(token, "excess_rate_limit_exceeded", what="streams")
            raise RefusalError(Problem.TOO_MANY_STREAMS) from None
        try:
            subscription = subscription_of(await self.desk.reader.read(SUBSCRIPTION, token))
        except ReadError:
            raise RefusalError(Problem.BUSY) from None
        if subscription is None:
            raise RefusalError(Problem.NO_SESSION)
        for account in positions.keys() - {place.account for place in subscription.accounts}:
            # It gets no frame, as an id that does not exist gets none.
            self.desk.signals.write(token, "authz_fail", what="stream", account=account)
        return subscription, positions

    def end(self) -> None:
        """Give the place back."""
        if self.number is not None:
            self.desk.pusher.gone(self.number)
            self.number = None


class Stream(_Beginning, WebSocketHandler):
    """WebSocket. The client says nothing but the pings of its library."""

    _first: tuple[Subscription, Mapping[str, int]]
    _heard = 0

    async def get(self, *_path: str, **_named: str) -> None:
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise RefusalError(Problem.BAD_REQUEST)
        if not self.check_origin(self.request.headers.get("Origin", "")):
            raise RefusalError(Problem.FOREIGN_ORIGIN)
        try:
            self._first = await self.begin(self.after())
            # Returns when the connection is over.
            await super().get()
        finally:
            self.end()

    def check_origin(self, origin: str) -> bool:
        """A page of another site may not open a stream with the customer's cookie; browsers always name theirs."""
        return origin in self.desk.origins

    def open(self, *_path: str, **_named: str) -> None:
        assert self.number is not None
        self.desk.pusher.open(self.number, WebSocketOutlet(self), *self._first)

    def on_message(self, message: str | bytes) -> None:
        """Nothing is expected; whoever talks on is disconnected."""
        del message
        self._heard += 1
        if self._heard > MESSAGES_MAX:
            self.close(CLOSE_TALK, "talk")


@dataclass(frozen=True)
class WebSocketOutlet:
    """A stream's end that is a WebSocket."""

    handler: Stream

    def write(self, frame: bytes, _cursor: str) -> Awaitable[None]:
        try:
            return _settled(self.handler.write_message(frame))
        except WebSocketClosedError:
            return _nothing()

    def finish(self) -> None:
        # Tornado itself cuts the connection when the client does not answer the close.
        self.handler.close(CLOSE_BYE, "bye")


class Events(_Beginning):
    """Server-sent events. The id of each is the whole cursor, so `Last-Event-ID` alone is enough to go on."""

    _over: asyncio.Event

    async def get(self) -> None:
        if self.request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise RefusalError(Problem.FOREIGN_ORIGIN)
        self._over = asyncio.Event()
        try:
            after = self.request.headers.get("Last-Event-ID") or self.after()
            subscription, positions = await self.begin(after)
            self.set_header("Content-Type", "text/event-stream")
            self.set_header("X-Accel-Buffering", "no")
            assert self.number is not None
            self.desk.pusher.open(self.number, EventsOutlet(self), subscription, positions)
            await self._stay()
        finally:
            self.end()

    async def _stay(self) -> None:
        """Until the connection is over, with a comment in every silence."""
        while not self._over.is_set():
            try:
                async with asyncio.timeout(COMMENT_S):
                    await self._over.wait()
            except TimeoutError:
                self._put(b":\n\n")

    @property
    def _wire(self) -> IOStream:
        stream: IOStream = self.request.connection.stream  # type: ignore[union-attr] # HTTP1Connection
        return stream

    def _put(self, text: bytes) -> None:
        self.write(text)
        self.flush()

    def send(self, text: bytes) -> Awaitable[None]:
        """Write at once; the result is done when the bytes have left, or never will."""
        if self._over.is_set():
            return _nothing()
        self._put(text)
        # Not the future of `flush`: a response has one for all its writes, and whoever writes next takes it over.
        return _nothing() if self._wire.closed() else _settled(self._wire.write(b""))

    def over(self) -> None:
        """Let `get` return; cut the connection when the client does not take the last bytes."""
        self._over.set()
        asyncio.get_running_loop().call_later(LINGER_S, self._wire.close)

    def on_connection_close(self) -> None:
        self._over.set()


@dataclass(frozen=True)
class EventsOutlet:
    """A stream's end that is a response of server-sent events."""

    handler: Events

    def write(self, frame: bytes, cursor: str) -> Awaitable[None]:
        name = b"id: %b\n" % cursor.encode() if cursor else b""
        return self.handler.send(b"%bdata: %b\n\n" % (name, frame))

    def finish(self) -> None:
        self.handler.over()
