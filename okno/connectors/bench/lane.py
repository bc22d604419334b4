"""A way to a server that can be made slow and cut: bytes are carried as they are, whatever protocol they are of."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

CHUNK_BYTES = 65_536
POSTGRES_PORT = 5432

# A TCP host and port, or the path of a unix socket.
Address = tuple[str, int] | str


class Passer:
    """Sees what goes by on one connection, in the order in which it arrives. This one looks away."""

    def asked(self, chunk: bytes) -> None:
        """On its way to the server."""

    def answered(self, chunk: bytes) -> None:
        """On its way back."""

    def closed(self) -> None:
        """Nothing more will go by."""


class Lane:
    """Listens at `address` (a unix socket, or a free port of loopback) and carries to `target`, in a thread of its own.

    While it is `cut`, who is connected loses the connection and who comes gets none.
    """

    def __init__(self, target: Address, *, socket: Path | None = None) -> None:
        self._target = target
        self._socket = socket
        self._delay_s = 0.0
        self._cut = False
        self._carrying: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lane", daemon=True)
        self._thread.start()
        self.address: Address = self._called(self._listen())

    def slow(self, seconds: float) -> None:
        """Hold back whatever is sent to the server by that much."""
        self._delay_s = seconds

    def cut(self, *, cut: bool) -> None:
        self._called(self._set_cut(cut=cut))

    def watched(self) -> Passer:
        """Who sees a new connection."""
        return Passer()

    def close(self) -> None:
        self._called(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _called(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 (the result of whatever is called)
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _listen(self) -> Address:
        if self._socket is not None:
            self._server = await asyncio.start_unix_server(self._carry, str(self._socket))
            return str(self._socket)
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    async def _set_cut(self, *, cut: bool) -> None:
        self._cut = cut
        if cut:
            await self._end()

    async def _close(self) -> None:
        self._server.close()
        await self._end()

    async def _end(self) -> None:
        for task in self._carrying:
            task.cancel()
        if self._carrying:
            await asyncio.wait(self._carrying)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        with contextlib.suppress(asyncio.CancelledError, OSError):
            if not self._cut:
                await self._through(reader, writer)
        writer.close()
        self._carrying.discard(task)

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(self._target, str):
            far_reader, far_writer = await asyncio.open_unix_connection(self._target)
        else:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        passer = self.watched()
        ways = [
            asyncio.ensure_future(self._pump(reader, far_writer, passer.asked, delayed=True)),
            asyncio.ensure_future(self._pump(far_reader, writer, passer.answered, delayed=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            try:
                await asyncio.gather(*ways, return_exceptions=True)
            finally:
                # Also when the lane is closed in that very moment.
                passer.closed()
                far_writer.close()

    async def _pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        seen: Callable[[bytes], None],
        *,
        delayed: bool,
    ) -> None:
        while chunk := await source.read(CHUNK_BYTES):
            seen(chunk)
            if delayed and self._delay_s:
                await asyncio.sleep(self._delay_s)
            sink.write(chunk)
            await sink.drain()


def postgres_lane(dsn: str, folder: Path) -> tuple[Lane, str]:
    """A lane to the PostgreSQL of `dsn`, and the DSN that goes by it. Its socket stands in `folder`."""
    members = conninfo_to_dict(dsn)
    host, port = str(members.get("host") or "/var/run/postgresql"), int(members.get("port") or POSTGRES_PORT)
    if host.startswith("/"):
        lane = Lane(f"{host}/.s.PGSQL.{port}", socket=folder / f".s.PGSQL.{POSTGRES_PORT}")
        return lane, make_conninfo(dsn, host=str(folder), port=POSTGRES_PORT)
    lane = Lane((host, port))
    assert not isinstance(lane.address, str)  # no socket was asked for
    return lane, make_conninfo(dsn, host=lane.address[0], port=lane.address[1])
