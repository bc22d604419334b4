"""A bell: one connection that LISTENs and rings for each notification, without polling."""

import select
import socket
from collections.abc import Callable, Sequence

import psycopg
from psycopg import sql

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.keeper import Keeper

#: A silently cut network must not leave the bell deaf: the kernel asks the server after this many idle seconds.
KEEPALIVE_S = 20


class Bell:
    """Calls `ring(channel, payload)` in the bell's own thread.

    After every (re)connection each channel rings once with an empty payload: what was told while the bell was away is
    lost, so the listener looks for itself.
    """

    def __init__(self, name: str, dsn: str, channels: Sequence[str], ring: Callable[[str, str], None]) -> None:
        self._dsn = dsn
        self._channels = tuple(channels)
        self._ring = ring
        self._pair: tuple[socket.socket, socket.socket] | None = None
        self._keeper = Keeper(name, self._listen)

    def start(self) -> None:
        self._pair = socket.socketpair()
        self._keeper.start()

    def stop(self) -> None:
        if self._pair is None:
            return
        ours, theirs = self._pair
        self._keeper.stopping.set()
        theirs.close()  # makes our end readable: the wait below returns at once
        self._keeper.stop()
        ours.close()

    def _listen(self) -> None:
        assert self._pair is not None, "started"
        ours, _ = self._pair
        with psycopg.connect(
            self._dsn, autocommit=True, keepalives_idle=KEEPALIVE_S, keepalives_interval=5, keepalives_count=3
        ) as connection:
            for channel in self._channels:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            for channel in self._channels:
                self._ring(channel, "")
            while not self._keeper.stopping.is_set():
                select.select([connection.fileno(), ours.fileno()], [], [])
                if not self._keeper.stopping.is_set():
                    self._hear(connection)

    def _hear(self, connection: Connection) -> None:
        """Ring for what has come; raises `OperationalError` when the server hung up."""
        connection.pgconn.consume_input()
        while (notify := connection.pgconn.notifies()) is not None:
            self._ring(notify.relname.decode(), notify.extra.decode())
