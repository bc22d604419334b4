"""One connector at work: a system, its store, a courier, keys. What runs beside what, and how it stops."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime

from okno.connectors.runtime.heartbeat import Clockwork, Heart, every
from okno.connectors.runtime.inbound.ceiling import Ceiling
from okno.connectors.runtime.inbound.commands import Commands
from okno.connectors.runtime.inbound.intake import Intake
from okno.connectors.runtime.inbound.queries import Queries
from okno.connectors.runtime.inbound.questions import questions_of
from okno.connectors.runtime.inbound.replies import Replies
from okno.connectors.runtime.outbound.drain import Drain
from okno.connectors.runtime.steps import Step, no_step
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.system import System
from okno.connectors.runtime.threads import Threads
from okno.couriers.keeping import Kept
from okno.couriers.port import Courier, Handler
from okno.protocol.keys import Keyring, SigningKey
from okno.protocol.pen import Glass, Pen

log = logging.getLogger(__name__)

PRIORITIES = range(4)
# Of commands at most 16: what a dying consumer holds counts against the broker's delivery limit.
COMMANDS_PREFETCH = 16
# More than the ceiling lets in wait here, where they are served by class and not by the order of coming.
QUERIES_PREFETCH = 32


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`ceiling`: queries worked on at once; `command_threads`: commands at once."""

    ceiling: int = 8
    command_threads: int = 4
    heartbeat_s: float = 2.0
    watermark_s: float = 10.0
    prune_s: float = 3600.0


def utc_now() -> datetime:
    return datetime.now(UTC)


class Connector:
    """Built, then `start`ed inside of a running loop, then `stop`ped; what is not answered by then comes again."""

    def __init__(
        self,
        system: System,
        *,
        connections: Connections,
        courier: Courier,
        keyring: Keyring,
        key: SigningKey,
        audience: str,
        limits: Limits | None = None,
        clock: Callable[[], datetime] = utc_now,
        step: Step = no_step,
    ) -> None:
        self.system = system
        self._limits = limits or Limits()
        self._courier = courier
        self._connections = connections
        source = f"urn:okno:system:{system.id}"
        pen = Pen(party="connector", source=source, key=key)
        glass = Glass(keyring, receiver=source)
        # Apart, so that a heap of queries never keeps a captured payment waiting, nor the heartbeat.
        self._query_threads = Threads(self._limits.ceiling, name="query")
        self._command_threads = Threads(self._limits.command_threads, name="command")
        self._own_threads = Threads(2, name="connector")
        commands = Commands(system, connections, step=step)
        replies = Replies(courier=courier, pen=pen, keyring=keyring, system=system.id, clock=clock)
        self.queries = Queries(
            questions_of(system),
            ceiling=Ceiling(self._limits.ceiling),
            run=self._query_threads.run,
            answer_to=replies.to_gateway,
            clock=clock,
            tick=time.monotonic,
        )
        self._intake = Intake(
            glass=glass,
            commands=commands,
            queries=self.queries,
            replies=replies,
            connections=connections,
            threads=self._command_threads,
            clock=clock,
        )
        self._drain = Drain(
            connections=connections,
            courier=courier,
            pen=pen,
            system=system.id,
            audience=audience,
            clock=clock,
            step=step,
        )
        self._heart = Heart(
            courier=courier,
            connections=connections,
            threads=self._own_threads,
            pen=pen,
            process=f"connector-{system.id}",
            types=commands.types | self.queries.types,
            clock=clock,
        )
        self._clockwork = Clockwork(connections=connections, threads=self._own_threads)
        self._kept: list[Kept] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to consume, send and beat; a broker that is away is waited for."""
        name = self.system.id
        for number in PRIORITIES:
            self._keep(f"q.cmd.{name}.p{number}", self._intake.on_command, COMMANDS_PREFETCH)
            self._keep(f"q.qry.{name}.p{number}", self._intake.on_query, QUERIES_PREFETCH)
        limits = self._limits
        self._begin("drain", self._drain.run())
        self._begin("heartbeat", every(limits.heartbeat_s, self._heart.beat, what="heartbeat"))
        self._begin("watermark", every(limits.watermark_s, self._clockwork.watermark, what="watermark"))
        self._begin("prune", every(limits.prune_s, self._clockwork.prune, what="pruning"))

    async def started(self) -> None:
        """Return once every queue has been accepted for the first time."""
        for kept in self._kept:
            await kept.started()

    async def stop(self) -> None:
        for kept in self._kept:
            await kept.cancel()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for threads in (self._query_threads, self._command_threads, self._own_threads):
            await asyncio.to_thread(threads.close)
        self._connections.close()

    def _keep(self, queue: str, handler: Handler, prefetch: int) -> None:
        self._kept.append(Kept(self._courier, queue, handler, prefetch=prefetch))

    def _begin(self, name: str, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work, name=f"connector {name}")
        task.add_done_callback(_told)
        self._tasks.append(task)


def _told(task: asyncio.Task[None]) -> None:
    """A task that ends by itself is a fault of ours: it is told at once, not when somebody stops the connector."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("%s has ended", task.get_name(), exc_info=error)
