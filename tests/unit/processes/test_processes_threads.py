"""Keeper, bell and dispatcher: come back after faults, wake at once, stop at once."""

import queue
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from factories.read_model import Database

from okno.cabinet.kit.processes.bell import Bell
from okno.cabinet.kit.processes.dispatcher import Connection, Dispatcher, utc_now
from okno.cabinet.kit.processes.keeper import Keeper

PATIENCE_S = 20.0


@pytest.fixture
def database(cabinet_database: Database) -> Database:
    return cabinet_database


def test_a_body_that_fails_or_returns_is_started_again_until_told_to_stop() -> None:
    runs: queue.SimpleQueue[int] = queue.SimpleQueue()
    count = 0

    def body() -> None:
        nonlocal count
        count += 1
        runs.put(count)
        if count == 1:
            raise RuntimeError("a fault")
        if count == 3:
            keeper.stopping.wait(PATIENCE_S)

    keeper = Keeper("test", body, pause_s=0.001)
    assert not keeper.alive
    keeper.start()
    assert [runs.get(timeout=PATIENCE_S) for _ in range(3)] == [1, 2, 3]
    assert keeper.alive
    keeper.stop()
    assert not keeper.alive


def test_a_healthy_life_makes_the_pause_short_again() -> None:
    done = threading.Event()
    lives = 0

    def body() -> None:
        nonlocal lives
        lives += 1
        if lives == 3:
            done.set()
            keeper.stopping.wait(PATIENCE_S)

    keeper = Keeper("test", body, pause_s=0.001)
    keeper.HEALTHY_S = 0.0  # type: ignore[misc] - every life counts as a healthy one
    keeper.start()
    assert done.wait(PATIENCE_S)
    keeper.stop()


def test_a_body_that_does_not_stop_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    release = threading.Event()
    keeper = Keeper("stubborn", lambda: release.wait(PATIENCE_S) and None)
    keeper.start()
    keeper.stop(timeout_s=0.01)
    assert "process-does-not-stop" in capsys.readouterr().out
    release.set()
    keeper.stop()
    Keeper("never-started", release.clear).stop()


def test_a_bell_rings_at_the_start_for_each_notification_and_after_a_cut(database: Database) -> None:
    rings: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
    bell = Bell("test-bell", database.dsn("relay"), ["okno_outbox", "okno_reply"], lambda *ring: rings.put(ring))
    bell.stop()  # before the start it is nothing
    bell.start()
    assert {rings.get(timeout=PATIENCE_S) for _ in range(2)} == {("okno_outbox", ""), ("okno_reply", "")}
    with psycopg.connect(database.superuser_dsn(), autocommit=True) as connection:
        connection.execute("SELECT pg_notify('okno_reply', 'привет')")
        assert rings.get(timeout=PATIENCE_S) == ("okno_reply", "привет")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'okno_relay'")
    # What was told meanwhile is lost, so it rings by itself once it is back.
    assert {rings.get(timeout=PATIENCE_S) for _ in range(2)} == {("okno_outbox", ""), ("okno_reply", "")}
    bell.stop()


class Numbers:
    """A desk whose rows are numbers in memory; each is doubled."""

    def __init__(self) -> None:
        self.waiting: list[int] = []
        self.marked: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.gate = threading.Semaphore(0)
        self.due_at: datetime | None = None
        self.break_mark = 0
        self.working = 0
        self.working_max = 0
        self._lock = threading.Lock()

    def claim(self, connection: Connection, slots: int, now: datetime) -> Sequence[int]:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        if self.due_at is not None and now < self.due_at:
            return []
        claimed, self.waiting = self.waiting[:slots], self.waiting[slots:]
        self.due_at = None
        return claimed

    def due(self, _connection: Connection) -> datetime | None:
        return self.due_at or (utc_now() if self.waiting else None)

    def work(self, job: int) -> int:
        with self._lock:
            self.working += 1
            self.working_max = max(self.working_max, self.working)
        assert self.gate.acquire(timeout=PATIENCE_S)
        with self._lock:
            self.working -= 1
        if job == 13:
            raise ValueError("unlucky")
        return job * 2

    def broken(self, job: int, error: Exception) -> int:
        assert isinstance(error, ValueError)
        return -job

    def mark(self, connection: Connection, done: Sequence[int], _now: datetime) -> None:
        if self.break_mark:
            self.break_mark -= 1
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        for one in done:
            self.marked.put(one)


def collected(desk: Numbers, count: int) -> list[int]:
    return sorted(desk.marked.get(timeout=PATIENCE_S) for _ in range(count))


@pytest.fixture
def desk() -> Numbers:
    return Numbers()


def test_the_pool_is_bounded_and_everything_is_marked(database: Database, desk: Numbers) -> None:
    dispatcher = Dispatcher("numbers", database.dsn("worker"), desk, slots=3)
    desk.waiting = [1, 2, 3, 13, 5, 6, 7]
    dispatcher.start()
    desk.gate.release(7)
    assert collected(desk, 7) == [-13, 2, 4, 6, 10, 12, 14]
    assert desk.working_max <= 3
    desk.waiting = [8]
    desk.gate.release()
    dispatcher.ring()
    assert collected(desk, 1) == [16]
    dispatcher.stop()


def test_what_becomes_due_later_needs_no_ring(database: Database, desk: Numbers) -> None:
    dispatcher = Dispatcher("numbers", database.dsn("worker"), desk, slots=3)
    desk.due_at = datetime.now(UTC) + timedelta(seconds=0.3)
    desk.waiting = [4]
    desk.gate.release()
    dispatcher.start()
    assert collected(desk, 1) == [8]
    dispatcher.stop()


def test_a_result_survives_the_loss_of_the_database(database: Database, desk: Numbers) -> None:
    dispatcher = Dispatcher("numbers", database.dsn("worker"), desk, slots=1)
    desk.waiting, desk.break_mark = [4], 1
    desk.gate.release()
    dispatcher.start()
    assert collected(desk, 1) == [8]
    dispatcher.stop()


def test_stopping_waits_for_the_work_in_hand(database: Database, desk: Numbers) -> None:
    dispatcher = Dispatcher("numbers", database.dsn("worker"), desk, slots=2)
    desk.waiting = [4, 5, 6]
    dispatcher.start()
    threading.Timer(0.3, desk.gate.release, [2]).start()
    while desk.working < 2:
        threading.Event().wait(0.01)
    dispatcher.stop()
    assert collected(desk, 2) == [8, 10]
    assert desk.waiting == [6]


def test_a_fault_is_told_by_its_place_and_never_by_its_words(
    database: Database, desk: Numbers, capsys: pytest.CaptureFixture[str]
) -> None:
    dispatcher = Dispatcher("numbers", database.dsn("worker"), desk, slots=1)
    desk.waiting = [13]
    desk.gate.release()
    dispatcher.start()
    assert collected(desk, 1) == [-13]
    dispatcher.stop()
    said = capsys.readouterr().out
    assert "ValueError at work:" in said
    assert "unlucky" not in said
