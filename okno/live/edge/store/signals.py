"""Security signals to the database: never in the way of an answer, bounded per session."""

import asyncio
import logging

import msgspec

from okno.live.core.allowance import Allowance
from okno.live.core.batches import ReadError
from okno.live.edge.store.database import SIGNAL
from okno.live.edge.store.reader import Reader

log = logging.getLogger(__name__)


class Signals:
    """Writes signals behind the answers. Names are of the OWASP logging vocabulary; `signal_v1` knows which."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._allowance = Allowance()
        self._tasks: set[asyncio.Task[None]] = set()
        reader.crossed = lambda token_hash: self.write(token_hash, "sys_crash", what="rows and waiters crossed")

    def write(self, token_hash: bytes, name: str, **detail: str) -> None:
        """Tell that the holder of this session did something; beyond the allowance it is only counted."""
        loop = asyncio.get_running_loop()
        if not self._allowance.spend(token_hash, loop.time()):
            return
        task = loop.create_task(self._write(token_hash, name, msgspec.json.encode(detail).decode()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self, token_hash: bytes, name: str, detail: str) -> None:
        try:
            await self._reader.read(SIGNAL, token_hash, name, detail)
        except ReadError as error:
            log.error("a signal is lost: %s", error, extra={"signal": name, "detail": detail})  # noqa: TRY400 (no fault of ours to trace)

    async def settle(self) -> None:
        """Wait for what is being written."""
        await asyncio.gather(*self._tasks)
