"""One connector at work: a system, its store, a courier, keys. What runs beside what, and how it stops."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import msgspec

from okno.connectors.runtime.books import Books, books_of
from okno.connectors.runtime.heartbeat import Clockwork, Heart, every
from okno.connectors.runtime.inbound.asking import Answering, by_data
from okno.connectors.runtime.inbound.ceiling import Ceiling
from okno.connectors.runtime.inbound.commands import Commands
from okno.connectors.runtime.inbound.health import Health, noted
from okno.connectors.runtime.inbound.intake import Intake
from okno.connectors.runtime.inbound.queries import Queries
from okno.connectors.runtime.inbound.questions import questions_of
from okno.connectors.runtime.inbound.replies import Replies
from okno.connectors.runtime.keys import Keys
from okno.connectors.runtime.metrics.exposition import Depths, exposition
from okno.connectors.runtime.metrics.figures import Figures
from okno.connectors.runtime.metrics.serving import MetricsServer
from okno.connectors.runtime.mirror.keeping import Mirror
from okno.connectors.runtime.mirror.pace import Pace
from okno.connectors.runtime.mirror.progress import progress_read
from okno.connectors.runtime.mirror.watch import Watch
from okno.connectors.runtime.outbound.drain import Drain
from okno.connectors.runtime.outbound.sending import Sending
from okno.connectors.runtime.outbound.signals import Alarm, Signals
from okno.connectors.runtime.people.inside import Inside
from okno.connectors.runtime.people.limits import PeopleLimits
from okno.connectors.runtime.people.questions import people_questions
from okno.connectors.runtime.steps import Step, no_step
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.outbox import outbox_age
from okno.connectors.runtime.store.worklist import work_count
from okno.connectors.runtime.system import System
from okno.connectors.runtime.threads import Threads
from okno.couriers.keeping import Kept
from okno.couriers.port import Courier, Handler
from okno.protocol.messages import PAGE_MAX
from okno.protocol.pen import Glass, Pen

log = logging.getLogger(__name__)

PRIORITIES = range(4)
# Of commands at most 16: what a dying consumer holds counts against the broker's delivery limit.
COMMANDS_PREFETCH = 16
# More than the ceiling lets in wait here, where they are served by class and not by the order of coming.
QUERIES_PREFETCH = 32
# Shorter than the silence after which a gateway takes a connector for gone.
FIRST_LOOK_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`ceiling`: calls of the system at once, whoever asks; `command_threads`: commands among them.

    A mirrored system is looked at each `watch_s`, with at most `watch_share_percent` of one place over time, after a
    failure at most `watch_pause_max_s` later; one call asks for `ledgers_max` accounts. A statement
    has at most `document_lines_max` operations, as has each contract of an act.
    """

    ceiling: int = 8
    command_threads: int = 4
    heartbeat_s: float = 2.0
    watermark_s: float = 10.0
    prune_s: float = 3600.0
    watch_s: float = 1.0
    watch_share_percent: int = 50
    watch_pause_max_s: float = 30.0
    ledgers_max: int = 100
    document_lines_max: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = PAGE_MAX


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
        keys: Keys,
        audience: str,
        limits: Limits | None = None,
        people: PeopleLimits | None = None,
        metrics_port: int | None = None,
        clock: Callable[[], datetime] = utc_now,
        step: Step = no_step,
    ) -> None:
        self.system = system
        self._limits = limits or Limits()
        self._courier = courier
        self._connections = connections
        self._clock = clock
        source = f"urn:okno:system:{system.id}"
        pen = Pen(party="connector", source=source, key=keys.signing)
        # Apart, so that a heap of queries never keeps a captured payment waiting, nor the heartbeat.
        self._query_threads = Threads(self._limits.ceiling, name="query")
        self._command_threads = Threads(self._limits.command_threads, name="command")
        self._own_threads = Threads(2, name="connector")
        self._watch_threads = Threads(1, name="watch")
        self.ceiling = Ceiling(self._limits.ceiling)
        self._figures = Figures()
        self._health = Health(asked=system.ledgers is not None)
        books = books_of(noted(system, self._health), connections, step=step)
        commands = Commands(books.system, connections, step=step, keep=books.keep)
        sending = Sending(courier=courier, pen=pen, keyring=keys.ring, system=system.id, clock=clock)
        replies, self._signals = Replies(sending), Signals(sending)
        self.queries = Queries(
            by_data(questions_of(books.system, books.names, document_lines_max=self._limits.document_lines_max))
            | _of_people(books, connections, keys, clock, people or PeopleLimits(), self._signals),
            ceiling=self.ceiling,
            run=self._query_threads.run,
            answer_to=replies.to_gateway,
            clock=clock,
            tick=time.monotonic,
            figures=self._figures,
        )
        self._intake = self._intake_of(Glass(keys.ring, receiver=source), commands, replies)
        self._drain = Drain(
            connections=connections,
            courier=courier,
            pen=pen,
            system=system.id,
            audience=audience,
            clock=clock,
            step=step,
        )
        self._heart = self._heart_of(pen, commands.types | self.queries.types)
        self._clockwork = Clockwork(connections=connections, threads=self._own_threads, mark=books.mark)
        self._mirror = books.mirror
        self._metrics_port = metrics_port
        self.metrics: MetricsServer | None = None
        self._kept: list[Kept] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to consume, send and beat; a broker that is away is waited for. Raises OSError for a port in use."""
        if self._metrics_port is not None:
            # First, so that a port in use leaves nothing begun.
            self.metrics = MetricsServer(self._metrics_port, self.metrics_text)
        self._signals.start()
        name = self.system.id
        for number in PRIORITIES:
            self._keep(f"q.cmd.{name}.p{number}", self._intake.on_command, COMMANDS_PREFETCH)
            self._keep(f"q.qry.{name}.p{number}", self._intake.on_query, QUERIES_PREFETCH)
        limits = self._limits
        self._begin("drain", self._drain.run())
        self._begin("heartbeat", self._beating())
        self._begin("watermark", every(limits.watermark_s, self._clockwork.watermark, what="watermark"))
        if self._mirror is not None:
            self._begin("watch", self._watch_of(self._mirror).run())
        self._begin("prune", every(limits.prune_s, self._clockwork.prune, what="pruning"))

    async def _beating(self) -> None:
        """The first beat waits a little for the first look at the system, so that it can say how that ended."""
        await self._own_threads.run(partial(self._health.learned.wait, FIRST_LOOK_S))
        await every(self._limits.heartbeat_s, self._heart.beat, what="heartbeat")

    async def metrics_text(self) -> str:
        """All figures, in the text format of Prometheus. Raises psycopg.Error while the store is away."""
        depths = await self._own_threads.run(self._depths)
        return exposition(self._figures, self.queries.times.means_s(), depths, self._clock())

    def _depths(self) -> Depths:
        with self._connections.borrow() as connection:
            progress = progress_read(connection) if self._mirror is not None else None
            waiting, oldest_ms = outbox_age(connection)
            work = work_count(connection)
        return Depths(
            places=self.ceiling.size,
            places_in_use=self.ceiling.in_use,
            places_in_use_most=self.ceiling.in_use_most,
            places_waiting=self.ceiling.waiting,
            outbox_waiting=waiting,
            outbox_oldest_ms=oldest_ms,
            work_open=work,
            system_away=self._health.breaker == "open",
            walking=progress.walking if progress else None,
            complete_before=progress.complete_before if progress else None,
        )

    def _intake_of(self, glass: Glass, commands: Commands, replies: Replies) -> Intake:
        return Intake(
            glass=glass,
            commands=commands,
            queries=self.queries,
            replies=replies,
            connections=self._connections,
            threads=self._command_threads,
            ceiling=self.ceiling,
            commands_max=self._limits.command_threads,
            figures=self._figures,
            clock=self._clock,
        )

    def _heart_of(self, pen: Pen, types: frozenset[str]) -> Heart:
        return Heart(
            courier=self._courier,
            connections=self._connections,
            threads=self._own_threads,
            pen=pen,
            process=f"connector-{self.system.id}",
            types=types,
            breakers=lambda: {self.system.id: self._health.breaker},
            clock=self._clock,
        )

    def _watch_of(self, mirror: Mirror) -> Watch:
        limits = self._limits
        pace = Pace(
            pause_s=limits.watch_s, share_percent=limits.watch_share_percent, pause_max_s=limits.watch_pause_max_s
        )
        return Watch(
            mirror, ceiling=self.ceiling, threads=self._watch_threads, pace=pace, ledgers_max=limits.ledgers_max
        )

    async def started(self) -> None:
        """Return once every queue has been accepted for the first time."""
        for kept in self._kept:
            await kept.started()

    async def stop(self) -> None:
        if self.metrics is not None:
            await self.metrics.stop()
        for kept in self._kept:
            await kept.cancel()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for threads in (self._query_threads, self._command_threads, self._own_threads, self._watch_threads):
            await asyncio.to_thread(threads.close)
        self._connections.close()

    def _keep(self, queue: str, handler: Handler, prefetch: int) -> None:
        self._kept.append(Kept(self._courier, queue, handler, prefetch=prefetch))

    def _begin(self, name: str, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work, name=f"connector {name}")
        task.add_done_callback(_told)
        self._tasks.append(task)


def _of_people(
    books: Books,
    connections: Connections,
    keys: Keys,
    clock: Callable[[], datetime],
    limits: PeopleLimits,
    alarm: Alarm,
) -> dict[str, Answering]:
    """What the system can be asked about people, by operation type."""
    inside = Inside(
        system=books.system,
        names=books.names,
        connections=connections,
        keys=keys,
        clock=clock,
        limits=limits,
        alarm=alarm,
    )
    return people_questions(inside)


def _told(task: asyncio.Task[None]) -> None:
    """A task that ends by itself is a fault of ours: it is told at once, not when somebody stops the connector."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("%s has ended", task.get_name(), exc_info=error)
