"""Wires live: one process with its connections, its listener and its door."""

import asyncio
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import uvloop
from tornado.netutil import bind_sockets
from tornado.web import Application

from okno.live.core.batches import Limits
from okno.live.core.streams import StreamLimits, Streams
from okno.live.edge.pusher import Pusher
from okno.live.edge.store.database import Access, Lines
from okno.live.edge.store.listener import Listener
from okno.live.edge.store.reader import Reader
from okno.live.edge.store.signals import Signals
from okno.live.edge.web.application import Parts, application
from okno.live.edge.web.listening import Listening
from okno.live.edge.web.streaming import PushDesk

# How long streams have for their last frame and a proper end.
FAREWELL_S = 0.1
BACKLOG = 1024


class LiveSettings(msgspec.Struct, forbid_unknown_fields=True):
    """What a process of live is told.

    `dsn`: as okno_live. `public_origins`: as `http://portal.demo.localhost:8000`. `listen_port` None: no port of its
    own. `zone`: the company's calendar. `trusted_proxies`: whose X-Forwarded-For counts. `away_ms_max`: how long a read
    waits for a database that is away.
    """

    dsn: str
    public_origins: list[str]
    listen_port: int | None = None
    listen_address: str = "127.0.0.1"
    zone: str = "Europe/Moscow"
    trusted_proxies: list[str] = []
    queue_keys_max: int = 2_000
    wait_ms_max: int = 2_000
    away_ms_max: int = 6_000
    statements_in_flight_max: int = 2
    statement_timeout_ms: int = 2_000
    streams_per_session_max: int = 8
    streams_per_address_max: int = 200


class Live:
    """A running process of live. `application`: its paths, for a front that listens itself; `port`: its own, if any."""

    def __init__(self, parts: Parts, signals: Signals, lines: Lines) -> None:
        self._desk = PushDesk(parts.reader, signals, parts.origins, parts.pusher)
        self.application: Application = application(self._desk, parts.listener)
        self._parts = parts
        self._signals = signals
        self._lines = lines
        self._listening: Listening | None = None
        self.port: int | None = None

    def listen(self, sockets: Sequence[socket.socket], trusted_proxies: Sequence[str]) -> None:
        """Accept connections from listening sockets, which are closed when it stops."""
        self._listening = Listening(self.application, self._desk, sockets, trusted_proxies)
        self._listening.start()

    async def stop(self) -> None:
        """Say good-bye to the streams, finish what is being read, close."""
        if self._listening is not None:
            self._listening.stop()
        await self._parts.listener.stop()
        if self._parts.pusher.count:
            self._parts.pusher.close()
            await asyncio.sleep(FAREWELL_S)
        await self._signals.settle()
        await self._parts.reader.close()
        if self._listening is not None:
            await self._listening.close()
        await self._lines.close()


async def start(settings: LiveSettings, door: socket.socket | None = None) -> Live:
    """Start in the running loop. `door`: a listening socket that is held by who started the process, or none.

    Raises OSError or asyncpg.PostgresError when the database cannot be reached.
    """
    access = Access(settings.dsn, settings.statement_timeout_ms, settings.zone)
    lines = Lines(access, settings.statements_in_flight_max)
    limits = Limits(
        queue_keys_max=settings.queue_keys_max,
        wait_ms_max=settings.wait_ms_max,
        away_ms_max=settings.away_ms_max,
        statements_in_flight_max=settings.statements_in_flight_max,
    )
    reader = Reader(lines, limits)
    streams = Streams(
        StreamLimits(per_session_max=settings.streams_per_session_max, per_address_max=settings.streams_per_address_max)
    )
    pusher = Pusher(reader, streams)
    listener = Listener(access, pusher)
    await listener.start()
    live = Live(Parts(reader, pusher, listener, frozenset(settings.public_origins)), Signals(reader), lines)
    if settings.listen_port is not None:
        opened = bind_sockets(settings.listen_port, settings.listen_address, backlog=BACKLOG)
        live.port = int(opened[0].getsockname()[1])
        live.listen(opened, settings.trusted_proxies)
    elif door is not None:
        live.listen([door], settings.trusted_proxies)
    return live


async def _run(settings: LiveSettings) -> None:
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    live = await start(settings)
    await asked.wait()
    await live.stop()


def run(config: Path) -> None:
    """Run a process of live with the settings of a TOML file until SIGTERM."""
    settings = msgspec.toml.decode(config.read_bytes(), type=LiveSettings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(settings))


if __name__ == "__main__":
    run(Path(sys.argv[1]))
