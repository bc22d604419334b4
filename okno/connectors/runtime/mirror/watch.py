"""Looks at a mirrored system again and again: the first load, then whatever changes. One call at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial

import psycopg

from okno.connectors.runtime.inbound.ceiling import Ceiling
from okno.connectors.runtime.mirror.keeping import Mirror
from okno.connectors.runtime.mirror.pace import Pace
from okno.connectors.runtime.port import Changes, Refusal, SystemAway
from okno.connectors.runtime.threads import Result, Threads

log = logging.getLogger(__name__)

# After everything that somebody waits for.
WATCH_PRIORITY = 3


class Watch:
    """Each call of the system takes a place of the connector's ceiling; what it costs stretches the pause after it."""

    def __init__(self, mirror: Mirror, *, ceiling: Ceiling, threads: Threads, pace: Pace, ledgers_max: int) -> None:
        self._mirror = mirror
        self._ceiling = ceiling
        self._threads = threads
        self._pace = pace
        self._ledgers_max = ledgers_max

    async def run(self) -> None:
        """Watch for ever; a system or store that is away is tried again with growing pauses."""
        while True:
            try:
                idle = await self._turn()
            except SystemAway as error:
                pause = self._failed("the system is away", error)
            except (psycopg.Error, OSError) as error:
                pause = self._failed("the store is away", error)
            except Exception as error:
                # A fault of the adapter: told with its place, and no reason to stop looking.
                log.exception("the adapter failed")
                pause = self._failed("the adapter failed", error)
            else:
                if self._pace.failing:
                    log.info("the system is followed again")
                pause = self._pace.succeeded(time.monotonic()) if idle else 0.0
            await asyncio.sleep(pause)

    def _failed(self, what: str, error: Exception) -> float:
        if not self._pace.failing:
            log.warning("%s: %r", what, error)
        return self._pace.failed()

    async def _turn(self) -> bool:
        """Read the next accounts of a walk, and follow what has changed; whether there was nothing left."""
        progress = await self._threads.run(self._mirror.progress)
        if progress.cursor is None:
            await self._asked(self._mirror.begin)
            return False
        if progress.walking:
            walked = await self._asked(partial(self._mirror.walk, self._ledgers_max))
            log.info("%d accounts are read", walked)
        try:
            changes = await self._asked(partial(self._mirror.changes, progress.cursor))
        except Refusal as refusal:
            log.warning("the system knows the cursor no more, all accounts are read again: %s", refusal.detail)
            await self._threads.run(self._mirror.anew)
            raise SystemAway(refusal.detail) from refusal
        await self._follow(changes)
        return not (changes.more or progress.walking)

    async def _follow(self, changes: Changes) -> None:
        touched = list(dict.fromkeys(changes.accounts))
        batches = [touched[first : first + self._ledgers_max] for first in range(0, len(touched), self._ledgers_max)]
        if not batches:
            await self._threads.run(partial(self._mirror.follow, (), changes))
        for number, batch in enumerate(batches, 1):
            done = changes if number == len(batches) else None
            await self._asked(partial(self._mirror.follow, batch, done))

    async def _asked(self, work: Callable[[], Result]) -> Result:
        """What asks the system, after the rest that the last call has earned it."""
        await asyncio.sleep(self._pace.rest_s(time.monotonic()))
        async with self._ceiling.entered(WATCH_PRIORITY):
            begun = time.monotonic()
            try:
                return await self._threads.run(work)
            finally:
                self._pace.took(begun, time.monotonic())
