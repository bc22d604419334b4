"""One connection that LISTENs. What it hears are hints; when it was deaf for a while, everything is read anew."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

import asyncpg

from okno.live.edge.store.database import LOST, Access

log = logging.getLogger(__name__)

ACCOUNT, WATERMARK, SESSION = "okno_account", "okno_watermark", "okno_session"
BACKOFF_MIN_S = 0.1
BACKOFF_MAX_S = 5.0
# A broken network tells nothing; a connection that does not answer this is taken for lost. No data is polled by it.
PULSE_S = 15


class Ear(Protocol):
    """Who is told."""

    def accounts_hinted(self, accounts: list[str]) -> None: ...
    def watermark_hinted(self, system: str) -> None: ...
    def session_hinted(self, token_hash: bytes) -> None: ...
    def hearing_again(self) -> None: ...


class Listener:
    """Keeps the LISTEN connection. `hearing`: whether it stands now."""

    def __init__(self, access: Access, ear: Ear) -> None:
        self._access = access
        self._ear = ear
        self._task: asyncio.Task[None] | None = None
        self._first: asyncio.Future[None] | None = None
        self.hearing = False

    async def start(self) -> None:
        """Begin; returns when it hears for the first time. Raises what the first attempt meets."""
        self._first = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._keep(self._first))
        await self._first

    async def stop(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self, first: asyncio.Future[None]) -> None:
        backoff = BACKOFF_MIN_S
        while True:
            try:
                await self._hear(first)
                backoff = BACKOFF_MIN_S
            except LOST as error:
                if not first.done():
                    first.set_exception(error)
                    return
                log.warning("not hearing: %s", error)
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, BACKOFF_MAX_S)

    async def _hear(self, first: asyncio.Future[None]) -> None:
        """One life of the connection: returns when a connection that heard is lost."""
        connection = await self._access.connect("okno-live-listen")
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            for channel in (ACCOUNT, WATERMARK, SESSION):
                await connection.add_listener(channel, self._heard)
            self.hearing = True
            if first.done():
                self._ear.hearing_again()
            else:
                first.set_result(None)
            await self._until_lost(connection, lost)
        finally:
            self.hearing = False
            connection.terminate()

    async def _until_lost(self, connection: asyncpg.Connection, lost: asyncio.Event) -> None:
        while not lost.is_set():
            try:
                async with asyncio.timeout(PULSE_S):
                    await lost.wait()
            except TimeoutError:
                try:
                    await connection.execute("select 1", timeout=PULSE_S)
                except LOST:
                    return

    def _heard(self, _connection: object, _pid: int, channel: str, payload: str) -> None:
        told: dict[str, Callable[[], None]] = {
            ACCOUNT: lambda: self._ear.accounts_hinted(payload.split(",")),
            WATERMARK: lambda: self._ear.watermark_hinted(payload),
            SESSION: lambda: self._ear.session_hinted(bytes.fromhex(payload)),
        }
        try:
            told[channel]()
        except ValueError:
            log.warning("a hint of no sense on %s", channel)
