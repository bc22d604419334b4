"""The beat of a connector: it lives, what it understands, how long its outbox has waited, what time it has."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import partial

import psycopg

from okno.connectors.runtime.store.clockwork import store_prune, watermark_set
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.outbox import outbox_age
from okno.connectors.runtime.threads import Threads
from okno.couriers.port import Courier, CourierError
from okno.protocol.export import schema_hash
from okno.protocol.messages import Breaker, Heartbeat, QueueState
from okno.protocol.parties import EVERYBODY
from okno.protocol.pen import Pen
from okno.protocol.registry import OPERATIONS

log = logging.getLogger(__name__)

HEARTBEAT = "okno.link.heartbeat.v1"
HEARTBEAT_EXCHANGE = "x.heartbeat"


class Heart:
    """Beats each `beat_s` while the store answers: a connector without its store can do nothing for anybody."""

    def __init__(
        self,
        *,
        courier: Courier,
        connections: Connections,
        threads: Threads,
        pen: Pen,
        process: str,
        types: Iterable[str],
        breakers: Callable[[], dict[str, Breaker]],
        clock: Callable[[], datetime],
    ) -> None:
        self._courier = courier
        self._connections = connections
        self._threads = threads
        self._pen = pen
        self._process = process
        self._breakers = breakers
        self._operations = {type_: schema_hash(OPERATIONS[type_]) for type_ in sorted(types)}
        self._clock = clock

    async def beat(self) -> None:
        """One heartbeat. Raises what the store or the broker raises."""
        depth, oldest_ms = await self._threads.run(self._age)
        now = self._clock()
        queues = {"outbox": QueueState(depth, oldest_ms)}
        data = Heartbeat(
            process=self._process, clock=now, operations=self._operations, queues=queues, breakers=self._breakers()
        )
        envelope = self._pen.message(HEARTBEAT, data, at=now, audience=EVERYBODY)
        body = self._pen.write(envelope)
        await self._courier.publish(HEARTBEAT_EXCHANGE, "", body, message_id=envelope.id, persistent=False)

    def _age(self) -> tuple[int, int]:
        with self._connections.borrow() as connection:
            return outbox_age(connection)


class Clockwork:
    """Writes a watermark to the outbox each `watermark_s`, and forgets what is old once in `prune_s`.

    `mark` writes it: a system that numbers its own entries is complete by the store's clock, a mirrored one only by
    what it has answered.
    """

    def __init__(
        self,
        *,
        connections: Connections,
        threads: Threads,
        mark: Callable[[psycopg.Connection], bool] = watermark_set,
    ) -> None:
        self._connections = connections
        self._threads = threads
        self._mark = mark

    async def watermark(self) -> None:
        if not await self._threads.run(partial(self._with_connection, self._mark)):
            log.info("no watermark this time: a long change or a first load is under way")

    async def prune(self) -> None:
        await self._threads.run(partial(self._with_connection, store_prune))

    def _with_connection(self, work: Callable[[psycopg.Connection], int]) -> int:
        with self._connections.borrow() as connection:
            return work(connection)


async def every(period_s: float, work: Callable[[], Awaitable[None]], *, what: str) -> None:
    """Do `work` at once and then each `period_s`; trouble of broker or store is only told."""
    while True:
        try:
            await work()
        except (CourierError, psycopg.Error, OSError) as error:
            log.warning("no %s this time: %r", what, error)
        await asyncio.sleep(period_s)
