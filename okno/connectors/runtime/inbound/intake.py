"""What arrives: read with every signature demanded, then handed on; what cannot be taken is kept with its reason."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

import psycopg

from okno.connectors.runtime.inbound.ceiling import Ceiling
from okno.connectors.runtime.inbound.commands import Commands
from okno.connectors.runtime.inbound.queries import Queries
from okno.connectors.runtime.inbound.replies import Replies
from okno.connectors.runtime.metrics.figures import Figures
from okno.connectors.runtime.port import SystemAway
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.inbox import Answer
from okno.connectors.runtime.store.outbox import outbox_refused
from okno.connectors.runtime.store.worklist import bad_keep, message_keep
from okno.connectors.runtime.threads import Result, Threads
from okno.couriers.port import CourierDown, Delivery
from okno.protocol.errors import ErrorCode, Problem, ProtocolError
from okno.protocol.pen import Glass, Received

log = logging.getLogger(__name__)

PAUSE_FIRST_S = 0.2
PAUSE_MAX_S = 5.0
# A message that killed the process so often is poison; far below the broker's own limit of 50.
ATTEMPTS_MAX = 10
# Failures of ours (not of a system that is away) before the message goes to the dead queue.
FAILURES_MAX = 3
# Only waited too long: the sender makes a new attempt by itself.
_OUTLIVED = frozenset({ErrorCode.EXPIRED, ErrorCode.STALE})
_AWAY = (SystemAway, psycopg.OperationalError)


class Intake:
    def __init__(
        self,
        *,
        glass: Glass,
        commands: Commands,
        queries: Queries,
        replies: Replies,
        connections: Connections,
        threads: Threads,
        ceiling: Ceiling,
        commands_max: int,
        figures: Figures,
        clock: Callable[[], datetime],
    ) -> None:
        self._glass = glass
        self._commands = commands
        self._queries = queries
        self._replies = replies
        self._connections = connections
        self._threads = threads
        self._ceiling = ceiling
        self._hands = asyncio.Semaphore(commands_max)
        self._figures = figures
        self._clock = clock

    async def on_query(self, delivery: Delivery) -> None:
        """A query that cannot be believed is dropped: nobody is known to wait for it."""
        try:
            received = self._read_query(delivery)
        except ProtocolError as error:
            log.warning("%s: a query is dropped: %s", delivery.queue, error)
            await self._bury(delivery, error)
            return
        await self._queries.take(delivery, received)

    async def on_command(self, delivery: Delivery) -> None:
        """A command, or the gateway's refusal of a bundle, which comes by the same queue."""
        try:
            received = self._read_command(delivery)
        except ProtocolError as error:
            log.warning("%s: a message is not taken: %s", delivery.queue, error)
            if error.code in _OUTLIVED:
                await _settle(delivery.ack())
            else:
                await self._bury(delivery, error)
            return
        kind = received.envelope.kind
        if kind == "command":
            await self._command(delivery, received)
        elif kind == "problem" and isinstance(received.data, Problem):
            await self._bounced(delivery, received, received.data)
        else:
            # Events of the gateway (its log's checkpoint, settings applied) are kept as they came.
            await self._keep(delivery, received)

    def _read_query(self, delivery: Delivery) -> Received:
        received = self._glass.read(delivery.body, at=self._clock(), online=True)
        if received.envelope.kind != "query":
            raise ProtocolError(ErrorCode.KIND_WRONG, received.envelope.kind)
        return received

    def _read_command(self, delivery: Delivery) -> Received:
        if delivery.attempt > ATTEMPTS_MAX:
            raise ProtocolError(ErrorCode.INTERNAL, f"delivered {delivery.attempt} times without an end")
        return self._glass.read(delivery.body, at=self._clock(), online=False)

    async def _command(self, delivery: Delivery, received: Received) -> None:
        answer = await self._insisted(delivery, partial(self._applied, received), until=received.envelope.expirytime)
        if answer is not None:
            self._figures.commanded(received.envelope.type, answer)
            await self._replies.to_cabinet(received, answer)
            await _settle(delivery.ack())

    async def _applied(self, received: Received) -> Answer:
        # Hands first: a place of the ceiling is taken by who works, not by who waits for a thread.
        async with self._hands, self._ceiling.entered(received.operation.priority):
            return await self._threads.run(partial(self._commands.apply, received))

    async def _bounced(self, delivery: Delivery, received: Received, problem: Problem) -> None:
        """Part the bad event from the good ones. A refusal may come before the drain has marked what it sent."""
        found = await self._insisted(delivery, self._threaded(partial(self._part, received, problem)))
        if found is None:
            return
        if found or delivery.attempt > FAILURES_MAX:
            await _settle(delivery.ack())
        else:
            await asyncio.sleep(PAUSE_FIRST_S)
            await _settle(delivery.reject(requeue=True))

    def _part(self, received: Received, problem: Problem) -> bool:
        reason = {"code": problem.code, "detail": problem.detail, "origin": problem.origin}
        final = problem.retry == "never"
        with self._connections.borrow() as connection:
            carried_by = received.envelope.requesthash or ""
            return outbox_refused(connection, carried_by, index=problem.index, reason=reason, final=final)

    async def _keep(self, delivery: Delivery, received: Received) -> None:
        if await self._insisted(delivery, self._threaded(partial(self._write_kept, received))):
            await _settle(delivery.ack())

    def _write_kept(self, received: Received) -> bool:
        with self._connections.borrow() as connection:
            message_keep(connection, received.envelope.id, received.envelope.type, received.raw)
        return True

    def _threaded(self, work: Callable[[], Result]) -> Callable[[], Awaitable[Result]]:
        return partial(self._threads.run, work)

    async def _insisted(
        self, delivery: Delivery, work: Callable[[], Awaitable[Result]], *, until: datetime | None = None
    ) -> Result | None:
        """The result of `work`, tried again while the system or the store is away; None after `until`.

        By then the sender has made a new attempt: what came first need not be held any longer. What the database
        refuses for another reason will be refused again: that message is buried, and None returned.
        """
        pause = PAUSE_FIRST_S
        while True:
            try:
                return await work()
            except _AWAY as error:
                if until is not None and self._clock() >= until:
                    log.warning("%s: a command has outlived its time: %r", delivery.queue, error)
                    await _settle(delivery.ack())
                    return None
                log.warning("%s: work waits: %r; again in %.1f s", delivery.queue, error, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_MAX_S)
            except psycopg.Error as error:
                log.exception("%s: a message cannot be worked on", delivery.queue)
                await self._bury(delivery, ProtocolError(ErrorCode.INTERNAL, f"{error!r}"))
                return None

    async def _bury(self, delivery: Delivery, error: ProtocolError) -> None:
        """Keep the reason, then let the broker put the message where the dead ones lie."""
        pause = PAUSE_FIRST_S
        while True:
            try:
                await self._threads.run(partial(self._write_bad, delivery, error))
            except psycopg.OperationalError:
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_MAX_S)
            else:
                break
        await _settle(delivery.reject(requeue=False))

    def _write_bad(self, delivery: Delivery, error: ProtocolError) -> None:
        with self._connections.borrow() as connection:
            bad_keep(
                connection,
                delivery.body,
                queue=delivery.queue,
                code=error.code.value,
                detail=error.detail,
                attempt=delivery.attempt,
            )


async def _settle(settling: Awaitable[None]) -> None:
    """Acknowledge or hand back. When the connection is gone the message comes again, and the inbox knows it."""
    try:
        await settling
    except CourierDown as error:
        log.info("a message will come again: %r", error)
