"""Runs the batcher on the event loop: `call_soon` ticks, no timer, no added waiting."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from okno.live.core.batches import (
    Answers,
    AwayError,
    Batch,
    Batcher,
    CrossedError,
    Limits,
    ReadError,
    Row,
    Statement,
    UnavailableError,
    Waiter,
)
from okno.live.edge.store.database import CALLS, SIGNAL

log = logging.getLogger(__name__)


class Asker(Protocol):
    """Who waits for a row; told exactly once, unless it has gone."""

    def answered(self, row: Row) -> None: ...
    def refused(self, error: ReadError) -> None: ...


class Database(Protocol):
    """Who is asked."""

    async def run(self, batch: Batch[object]) -> Sequence[Row]:
        """The rows of one call for a whole batch. Raises UnavailableError, AwayError among them."""

    async def answers(self) -> bool:
        """Whether it is there. Never called while `run` may be."""


Ticket = Waiter[Asker]

# Between two looks for a database that is away: while somebody waits for it, and afterwards.
LOOK_S = 0.1
LOOK_LATE_S = 0.5

SIZES = (1, 2, 4, 8, 16, 32, 64)
WAITS_MS = (1, 2, 5, 10, 20, 50, 100, 500, 2000)


@dataclass
class Metrics:
    """What the reader has done since it began. Histograms: count of values up to each bound, the last above all."""

    sizes: list[int] = field(default_factory=lambda: [0] * (len(SIZES) + 1))
    waits: list[int] = field(default_factory=lambda: [0] * (len(WAITS_MS) + 1))
    reads: int = 0
    batches: int = 0
    fails: int = 0
    lost: int = 0
    overloads: int = 0

    def began(self, batch: Batch[Asker], now: float) -> None:
        """Count a batch that leaves at `now`, with the wait of its oldest waiter."""
        self.batches += 1
        self.reads += len(batch.waiters)
        self.sizes[_bucket(SIZES, len(batch.waiters))] += 1
        self.waits[_bucket(WAITS_MS, (now - batch.waiters[0].asked_at) * 1000)] += 1


def _bucket(bounds: Sequence[int], value: float) -> int:
    return next((number for number, bound in enumerate(bounds) if value <= bound), len(bounds))


class Reader:
    """Coalesced reads of one process, in the loop it is made in."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._patience_s = limits.away_ms_max / 1000
        # Asked once: in Python 3.11 each `get_running_loop` is a system call.
        self._loop = asyncio.get_running_loop()
        self._batcher: Batcher[Asker] = Batcher(tuple(CALLS), limits)
        self._ticking = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._closed = False
        # Told the hash of a waiter whose batch came back crossed.
        self.crossed: Callable[[bytes], None] | None = None
        self.metrics = Metrics()

    @property
    def waiting(self) -> int:
        """Reads in the queue."""
        return self._batcher.waiting

    @property
    def in_flight(self) -> int:
        """Statements in flight."""
        return self._batcher.in_flight

    @property
    def away(self) -> bool:
        """Whether the database is away."""
        return self._batcher.away

    def ask(self, statement: Statement, token_hash: bytes, arguments: tuple[object, ...], asker: Asker) -> Ticket:
        """Put a read into the queue: the asker is told the row of this hash, and of none other, in a later turn.

        Set `gone` on the ticket when nobody waits any more. Raises OverloadedError | UnavailableError.
        """
        if self._closed:
            raise UnavailableError("stopping")
        ticket = Waiter(token_hash, arguments, self._loop.time(), asker)
        try:
            self._batcher.ask(statement, ticket)
        except ReadError:
            self.metrics.overloads += 1
            raise
        if not self._ticking:
            self._ticking = True
            self._loop.call_soon(self._tick)
        return ticket

    async def read(self, statement: Statement, token_hash: bytes, *arguments: object) -> Row:
        """The row of this hash. Raises OverloadedError | UnavailableError | CrossedError."""
        asker = _Future(self._loop.create_future())
        ticket = self.ask(statement, token_hash, arguments, asker)
        try:
            return await asker.future
        except asyncio.CancelledError:
            ticket.gone = True
            raise

    def _tick(self) -> None:
        """Send what waits, as far as slots are free."""
        self._ticking = False
        now = self._loop.time()
        expired: Answers[Asker] = Answers()
        while (batch := self._batcher.take(now, expired)) is not None:
            self.metrics.began(batch, now)
            task = self._loop.create_task(self._carry(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.metrics.overloads += len(expired.errors)
        _tell(expired)

    async def _carry(self, batch: Batch[Asker]) -> None:
        """Run one batch and tell its waiters; whatever happens, its slot is free again."""
        answers: Answers[Asker] | None = None
        try:
            rows = await self._database.run(batch)  # type: ignore[arg-type] # invariant in the mark, never touched
            answers = self._batcher.settle(batch, rows)
        except AwayError as error:
            answers = self._lost(batch, error)
        except ReadError as error:
            log.warning("batch failed: %s", error, extra={"statement": batch.statement.name})
            answers = self._batcher.fail(batch, error)
        finally:
            if answers is None:
                answers = self._batcher.fail(batch, UnavailableError("the batch was broken off"))
            if answers.errors:
                self.metrics.fails += 1
                if isinstance(answers.errors[0][1], CrossedError):
                    log.critical("rows and waiters crossed: %s", answers.errors[0][1])
                    if self.crossed is not None and batch.statement is not SIGNAL:
                        self.crossed(batch.waiters[0].token_hash)
            _tell(answers)
            if self._batcher.waiting:
                self._tick()

    def _lost(self, batch: Batch[Asker], error: AwayError) -> Answers[Asker]:
        """The database went away under a batch: who reads may wait for it, unless this process is going as well."""
        self.metrics.lost += 1
        if self._closed:
            return self._batcher.fail(batch, error)
        if self._looking is None:
            log.warning("the database is away: %s", error)
            self._looking = self._loop.create_task(self._look())
        return self._batcher.lost(batch, self._loop.time(), error)

    async def _look(self) -> None:
        """Until the database is there again; then whoever still waits is served.

        Not at once: a server that has just lost a process takes a connection, and ends it with all others.
        """
        since = self._loop.time()
        overdue = self._loop.call_later(self._patience_s, self._give_up)
        try:
            while True:
                await asyncio.sleep(LOOK_S if self._loop.time() - since < self._patience_s else LOOK_LATE_S)
                if await self._database.answers():
                    break
            log.warning("the database was away for %.1f s", self._loop.time() - since)
        finally:
            overdue.cancel()
            self._looking = None
            self._batcher.back(self._loop.time())
            self._tick()

    def _give_up(self) -> None:
        _tell(self._batcher.give_up(AwayError("the database stays away")))

    async def close(self) -> None:
        """Refuse what waits and what comes, wait for what is under way."""
        self._closed = True
        _tell(self._batcher.drain(UnavailableError("stopping")))
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _tell(answers: Answers[Asker]) -> None:
    for asker, row in answers.rows:
        asker.answered(row)
    for asker, error in answers.errors:
        asker.refused(error)


@dataclass(frozen=True, slots=True)
class _Future:
    """An asker that is awaited."""

    future: asyncio.Future[Row]

    def answered(self, row: Row) -> None:
        if not self.future.done():
            self.future.set_result(row)

    def refused(self, error: ReadError) -> None:
        if not self.future.done():
            self.future.set_exception(error)
