"""The door of live: every connection begins on the lean way and goes over to Tornado when it asks for more."""

import asyncio
import errno
import socket
from collections.abc import Sequence

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.web import Application

from okno.live.edge.web.desk import Desk
from okno.live.edge.web.lean import HEAD_BYTES_MAX, Connection

IDLE_S = 75
SWEEP_S = 15
# How long nobody is taken when the process has no descriptor left: the door would ring without end.
FULL_S = 1
FULL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


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
    """Listening sockets with their connections. `trusted_proxies`: whose X-Forwarded-For counts.

    Other processes may stand behind the same sockets, and streams live long: none may take them all. So one connection
    is taken a wake (asyncio takes all that wait), and who was woken too late comes to the door anew. The kernel wakes
    all of them, the one who came last first: of 50 connections a second the first of two idle processes took 96 in 100,
    and 54 since the loser comes anew.
    """

    def __init__(
        self, application: Application, desk: Desk, sockets: Sequence[socket.socket], trusted_proxies: Sequence[str]
    ) -> None:
        self._desk = desk
        self._sockets = sockets
        self._tornado = HTTPServer(
            application,
            xheaders=bool(trusted_proxies),
            trusted_downstream=list(trusted_proxies),
            max_header_size=HEAD_BYTES_MAX,
            max_body_size=0,
            idle_connection_timeout=IDLE_S,
        )
        self._connections: set[Connection] = set()
        self._taking: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Accept connections."""
        loop = asyncio.get_running_loop()
        for door in self._sockets:
            loop.add_reader(door, self._ring, door)
        self._sweeper = loop.call_later(SWEEP_S, self._sweep)

    def _ring(self, door: socket.socket) -> None:
        """Take one of those who wait; others who were woken may have been faster."""
        try:
            opened, _ = door.accept()
        except OSError as error:
            loop = asyncio.get_running_loop()
            loop.remove_reader(door)
            if error.errno in FULL:
                loop.call_later(FULL_S, self._again, door)
            else:
                loop.add_reader(door, self._ring, door)
            return
        opened.settimeout(0)
        taking = asyncio.create_task(self._take(opened))
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)

    def _again(self, door: socket.socket) -> None:
        if door.fileno() >= 0:
            asyncio.get_running_loop().add_reader(door, self._ring, door)

    async def _take(self, opened: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._begin, opened)
        except OSError:
            opened.close()

    def _begin(self) -> Connection:
        connection = Connection(self._desk, self._hand_over, self._connections)
        connection.seen_at = asyncio.get_running_loop().time()
        return connection

    def _hand_over(self, opened: socket.socket, handed: bytes, address: tuple[str, int]) -> None:
        opened.settimeout(0)
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
        """Accept no more. Idempotent."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for door in self._sockets:
            if door.fileno() >= 0:
                asyncio.get_running_loop().remove_reader(door)
                door.close()
        self._tornado.stop()

    async def close(self) -> None:
        """Close what is open."""
        for connection in tuple(self._connections):
            connection.close()
        await self._tornado.close_all_connections()
