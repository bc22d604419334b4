"""A dispatcher: one connection claims and marks rows, a bounded pool of threads does the slow work between.

The rows carry a lease (a moment before which nobody claims them again), so nothing is held open in the database while
a carrier or a gateway answers, and what a killed process had in hand is taken up when its lease ends.
"""

import queue
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

import psycopg
from psycopg.rows import TupleRow

from okno.cabinet.kit.processes.faults import report
from okno.cabinet.kit.processes.keeper import Keeper

Connection = psycopg.Connection[TupleRow]
Clock = Callable[[], datetime]
#: Called with the name of each step; tests end a process there, as kill -9 would.
Point = Callable[[str], None]

CONTENDED_S = 0.2

Job = TypeVar("Job")
Done = TypeVar("Done")


def utc_now() -> datetime:
    return datetime.now(UTC)


def pass_by(_name: str) -> None:
    """No failpoint."""


class Desk(Protocol[Job, Done]):
    """What a dispatcher serves. `claim` and `mark` run in one short transaction, `work` in a thread of the pool."""

    def claim(self, connection: Connection, slots: int, now: datetime) -> Sequence[Job]: ...
    def due(self, connection: Connection) -> datetime | None: ...
    def work(self, job: Job) -> Done: ...
    def broken(self, job: Job, error: Exception) -> Done: ...
    def mark(self, connection: Connection, done: Sequence[Done], now: datetime) -> None: ...


class Dispatcher(Generic[Job, Done]):
    """Serves one desk. `ring()` says that a row may be due; `sweep_s` bounds the harm of a lost notification."""

    def __init__(
        self,
        name: str,
        dsn: str,
        desk: Desk[Job, Done],
        *,
        slots: int,
        sweep_s: float = 20.0,
        clock: Clock = utc_now,
    ) -> None:
        self._dsn = dsn
        self._desk = desk
        self._slots = slots
        self._sweep_s = sweep_s
        self._clock = clock
        self._name = name
        self._inbox: queue.SimpleQueue[list[Done]] = queue.SimpleQueue()
        self._busy = 0
        self._finished: list[Done] = []
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix=name)
        self._keeper = Keeper(name, self._serve)

    def start(self) -> None:
        self._keeper.start()

    def stop(self) -> None:
        """End after the work in hand is done and marked."""
        self._keeper.stopping.set()
        self._inbox.put([])
        self._keeper.stop()
        self._pool.shutdown()

    def ring(self) -> None:
        self._inbox.put([])

    def _serve(self) -> None:
        with psycopg.connect(self._dsn) as connection:
            while not (self._keeper.stopping.is_set() and self._busy == 0 and not self._finished):
                self._wait(self._turn(connection))

    def _turn(self, connection: Connection) -> float:
        """Mark what is done and claim what is due in one transaction; returns the seconds to wait for news."""
        now = self._clock()
        free = 0 if self._keeper.stopping.is_set() else self._slots - self._busy + len(self._finished)
        jobs: Sequence[Job] = ()
        due: datetime | None = None
        with connection.transaction():
            if self._finished:
                self._desk.mark(connection, self._finished, now)
            if free:
                jobs = self._desk.claim(connection, free, now)
                due = self._desk.due(connection)
        self._busy += len(jobs) - len(self._finished)
        self._finished = []
        for job in jobs:
            self._pool.submit(self._work, job)
        if due is None:
            return self._sweep_s
        # Due and yet not claimed: another process has it in hand; ask again, but not in a busy loop.
        return min(max((due - now).total_seconds(), CONTENDED_S), self._sweep_s)

    def _wait(self, timeout_s: float) -> None:
        """Wait for news and take all there is: results of the pool, and rings (empty lists)."""
        if self._busy == len(self._finished) and self._keeper.stopping.is_set():
            return
        try:
            self._finished += self._inbox.get(timeout=timeout_s)
            while True:
                self._finished += self._inbox.get_nowait()
        except queue.Empty:
            return

    def _work(self, job: Job) -> None:
        try:
            done = self._desk.work(job)
        except Exception as error:  # noqa: BLE001 - logged, and the desk decides what becomes of the job
            report("job-fault", error, process=self._name)
            done = self._desk.broken(job, error)
        self._inbox.put([done])
