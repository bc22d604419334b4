"""The port of live: every connection begins on the lean way and goes over to Tornado when it asks for more."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.web import Application

from okno.live.edge.web.desk import Desk
from okno.live.edge.web.lean import HEAD_BYTES_MAX, Connection

BACKLOG = 1024
IDLE_S = 75
SWEEP_S = 15


@dataclass(frozen=True)
class Port:
    """Where to listen. `number` 0 = any free one. `trusted_proxies`: whose X-Forwarded-For counts."""

    number: int
    address: str
    trusted_proxies: Sequence[str]


class HandedStream(IOStream):
    """A stream whose first bytes have been read already."""

    def __init__(self, opened: socket.socket, handed: bytes) -> None:
        self._handed = memoryview(handed)
        super().__init__(opened)

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        if self._handed:
            count = min(len(buf), len(self._handed))
            buf[:count] = self._handed[:count]
            self._handed = self._handed[count:]
            return count
        return super().read_from_fd(buf)


class Listening:
    """A listening port with its connections."""

    def __init__(self, application: Application, desk: Desk, port: Port) -> None:
        self._desk = desk
        self._sockets = bind_sockets(port.number, port.address, backlog=BACKLOG)
        self.number = int(self._sockets[0].getsockname()[1])
        self._tornado = HTTPServer(
            application,
            xheaders=bool(port.trusted_proxies),
            trusted_downstream=list(port.trusted_proxies),
            max_header_size=HEAD_BYTES_MAX,
            max_body_size=0,
            idle_connection_timeout=IDLE_S,
        )
        self._servers: list[asyncio.Server] = []
        self._connections: set[Connection] = set()
        self._sweeper: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Accept connections."""
        loop = asyncio.get_running_loop()
        for opened in self._sockets:
            self._servers.append(await loop.create_server(self._begin, sock=opened, backlog=BACKLOG))
        self._sweeper = loop.call_later(SWEEP_S, self._sweep)

    def _begin(self) -> Connection:
        connection = Connection(self._desk, self._hand_over, self._connections)
        connection.seen_at = asyncio.get_running_loop().time()
        return connection

    def _hand_over(self, opened: socket.socket, handed: bytes, address: tuple[str, int]) -> None:
        opened.setblocking(False)  # noqa: FBT003 (the socket's own signature)
        self._tornado.handle_stream(HandedStream(opened, handed), address)

    def _sweep(self) -> None:
        """Close connections on which nothing was asked for a while, half a request included."""
        loop = asyncio.get_running_loop()
        oldest = loop.time() - IDLE_S
        for connection in tuple(self._connections):
            if connection.seen_at < oldest and not connection.busy:
                connection.close()
        self._sweeper = loop.call_later(SWEEP_S, self._sweep)

    def stop(self) -> None:
        """Accept no more."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for server in self._servers:
            server.close()
        self._tornado.stop()

    async def close(self) -> None:
        """Close what is open."""
        for connection in tuple(self._connections):
            connection.close()
        await self._tornado.close_all_connections()
