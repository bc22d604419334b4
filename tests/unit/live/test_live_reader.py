"""The batcher on the loop: one tick, one statement; leaving, failing and stopping."""

import asyncio
import gc
import logging
from collections.abc import Callable, Sequence

import pytest

from okno.live.core.batches import (
    AwayError,
    Batch,
    CrossedError,
    Limits,
    OverloadedError,
    ReadError,
    Row,
    UnavailableError,
)
from okno.live.edge.store.database import FRESHNESS, OVERVIEW
from okno.live.edge.store.reader import Reader
from okno.live.edge.store.signals import Signals


class Database:
    """Answers batches when it is let, and remembers them."""

    def __init__(self, *, open_: bool = True) -> None:
        self.batches: list[int] = []
        self.looks = 0
        self.there = True
        self.gate = asyncio.Event()
        self.fault: BaseException | None = None
        self.crossed = False
        if open_:
            self.gate.set()

    async def run(self, batch: Batch[object]) -> Sequence[Row]:
        self.batches.append(len(batch.waiters))
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        rows = [(place, waiter.token_hash, "ok", waiter.token_hash) for place, waiter in enumerate(batch.waiters, 1)]
        return rows[1:] if self.crossed else rows

    async def answers(self) -> bool:
        self.looks += 1
        return self.there

    def leave(self) -> None:
        self.there, self.fault = False, AwayError("gone")

    def come_back(self) -> None:
        self.there, self.fault = True, None


class Told:
    """An asker that nobody may answer."""

    def answered(self, row: Row) -> None:
        raise AssertionError(row)

    def refused(self, error: ReadError) -> None:
        raise AssertionError(error)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it does not come to this")


def key(number: int) -> bytes:
    return bytes([number]) * 32


def test_reads_of_one_tick_are_one_statement_and_each_gets_its_own() -> None:
    async def scenario() -> None:
        database = Database()
        reader = Reader(database, Limits())
        rows = await asyncio.gather(*(reader.read(OVERVIEW, key(number), None) for number in range(40)))
        assert [row[3] for row in rows] == [key(number) for number in range(40)]
        assert database.batches == [32, 8]
        assert (reader.waiting, reader.in_flight) == (0, 0)
        assert (reader.metrics.reads, reader.metrics.batches, reader.metrics.fails) == (40, 2, 0)

    asyncio.run(scenario())


def test_reader_that_leaves_takes_no_place_and_disturbs_nobody() -> None:
    async def scenario() -> None:
        database = Database(open_=False)
        reader = Reader(database, Limits())
        flying = asyncio.ensure_future(reader.read(OVERVIEW, key(1), None))
        await asyncio.sleep(0.01)
        waiting = [asyncio.ensure_future(reader.read(OVERVIEW, key(number), None)) for number in (2, 3)]
        await asyncio.sleep(0.01)
        flying.cancel()
        waiting[0].cancel()
        await asyncio.sleep(0.01)
        database.gate.set()
        assert (await waiting[1])[3] == key(3)
        assert database.batches == [1, 1]
        assert flying.cancelled()

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", [UnavailableError("away"), ValueError("a fault of ours"), asyncio.CancelledError()])
def test_fault_reaches_everybody_and_the_slot_is_free_again(fault: BaseException) -> None:
    async def scenario() -> None:
        # A fault that nobody foresaw is also told to the loop, which prints it.
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        database = Database()
        database.fault = fault
        reader = Reader(database, Limits())
        results = await asyncio.gather(
            *(reader.read(OVERVIEW, key(number), None) for number in range(3)), return_exceptions=True
        )
        assert all(isinstance(result, UnavailableError) for result in results)
        database.fault = None
        assert (await reader.read(OVERVIEW, key(9), None))[3] == key(9)
        assert reader.metrics.fails == 1

    asyncio.run(scenario())


def test_crossed_rows_are_answered_to_nobody_and_cried_out(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        database = Database()
        database.crossed = True
        reader = Reader(database, Limits())
        signals = Signals(reader)
        results = await asyncio.gather(
            *(reader.read(OVERVIEW, key(number), None) for number in range(2)), return_exceptions=True
        )
        assert all(isinstance(result, CrossedError) for result in results)
        await signals.settle()
        # The second batch is the signal about the first; that it crosses too makes no third.
        assert database.batches == [2, 1]

    with caplog.at_level(logging.CRITICAL):
        asyncio.run(scenario())
    assert [record.levelname for record in caplog.records] == ["CRITICAL", "CRITICAL"]


def test_full_queue_and_long_waits_are_overloads() -> None:
    async def scenario() -> None:
        database = Database(open_=False)
        reader = Reader(database, Limits(queue_keys_max=1, wait_ms_max=1))
        flying = asyncio.ensure_future(reader.read(OVERVIEW, key(1), None))
        await asyncio.sleep(0.01)
        late = asyncio.ensure_future(reader.read(OVERVIEW, key(2), None))
        await asyncio.sleep(0.01)
        with pytest.raises(OverloadedError):
            await reader.read(OVERVIEW, key(3), None)
        database.gate.set()
        await flying
        with pytest.raises(OverloadedError, match="too long"):
            await late
        assert reader.metrics.overloads == 2

    asyncio.run(scenario())


def test_stopping_refuses_what_waits_and_finishes_what_flies() -> None:
    async def scenario() -> None:
        database = Database(open_=False)
        reader = Reader(database, Limits())
        flying = asyncio.ensure_future(reader.read(OVERVIEW, key(1), None))
        await asyncio.sleep(0.01)
        waiting = asyncio.ensure_future(reader.read(OVERVIEW, key(2), None))
        await asyncio.sleep(0.01)
        closing = asyncio.ensure_future(reader.close())
        await asyncio.sleep(0.01)
        database.gate.set()
        await closing
        assert (await flying)[3] == key(1)
        for asked in (waiting, reader.read(FRESHNESS, key(3))):
            with pytest.raises(UnavailableError, match="stopping"):
                await asked

    asyncio.run(scenario())


def test_signals_beyond_the_allowance_are_counted_and_lost_ones_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> int:
        database = Database()
        database.fault = UnavailableError("away")
        signals = Signals(Reader(database, Limits()))
        for _ in range(25):
            signals.write(key(1), "authz_fail", account="x")
        await signals.settle()
        return sum(database.batches)

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(scenario()) == 20
    assert {record.message for record in caplog.records} == {"a signal is lost: away"}


def test_who_reads_waits_for_a_database_that_comes_back_and_holds_no_slot() -> None:
    async def scenario() -> None:
        database = Database()
        reader = Reader(database, Limits(away_ms_max=60_000))
        database.leave()
        asked = [asyncio.ensure_future(reader.read(OVERVIEW, key(number), None)) for number in range(40)]
        await until(lambda: database.looks > 1)
        asked.append(asyncio.ensure_future(reader.read(FRESHNESS, key(40))))
        await asyncio.sleep(0)
        assert (reader.away, reader.waiting, reader.in_flight) == (True, 41, 0)
        # One batch was on its way; nothing is sent while nobody is there.
        assert database.batches == [32]
        database.come_back()
        rows = await asyncio.gather(*asked)
        assert [row[3] for row in rows] == [key(number) for number in range(41)]
        assert (reader.away, reader.waiting, reader.in_flight) == (False, 0, 0)
        assert (reader.metrics.lost, reader.metrics.fails) == (1, 0)

    asyncio.run(scenario())


def test_patience_ends_and_who_comes_late_is_told_at_once() -> None:
    async def scenario() -> None:
        database = Database()
        reader = Reader(database, Limits(away_ms_max=150))
        database.leave()
        with pytest.raises(AwayError, match="stays away"):
            await reader.read(OVERVIEW, key(1), None)
        with pytest.raises(AwayError, match="is away"):
            reader.ask(OVERVIEW, key(2), (None,), Told())
        assert reader.waiting == 0
        database.come_back()
        await until(lambda: not reader.away)
        assert (await reader.read(OVERVIEW, key(3), None))[3] == key(3)
        assert database.batches == [1, 1]

    asyncio.run(scenario())


def test_a_process_that_stops_waits_for_no_database() -> None:
    async def scenario() -> None:
        database = Database()
        reader = Reader(database, Limits(away_ms_max=60_000))
        database.leave()
        waiting = asyncio.ensure_future(reader.read(OVERVIEW, key(1), None))
        await until(lambda: reader.away)
        await reader.close()
        with pytest.raises(UnavailableError, match="stopping"):
            await waiting
        looks = database.looks
        await asyncio.sleep(0.3)
        assert database.looks == looks

    asyncio.run(scenario())


def test_what_is_lost_while_it_stops_is_not_waited_for() -> None:
    async def scenario() -> None:
        database = Database(open_=False)
        reader = Reader(database, Limits(away_ms_max=60_000))
        flying = asyncio.ensure_future(reader.read(OVERVIEW, key(1), None))
        await asyncio.sleep(0.01)
        closing = asyncio.ensure_future(reader.close())
        await asyncio.sleep(0.01)
        database.leave()
        database.gate.set()
        await closing
        with pytest.raises(AwayError, match="gone"):
            await flying
        assert database.looks == 0

    asyncio.run(scenario())


def test_a_look_that_fails_for_a_fault_of_ours_lets_the_next_read_try() -> None:
    async def scenario() -> None:
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["exception"]))
        database = Database()
        reader = Reader(database, Limits(away_ms_max=60_000))

        async def broken() -> bool:
            database.come_back()
            raise ValueError("a fault of ours")

        database.leave()
        database.answers = broken
        assert (await reader.read(OVERVIEW, key(1), None))[3] == key(1)
        gc.collect()
        assert [type(error) for error in told] == [ValueError]

    asyncio.run(scenario())


def test_a_signal_is_not_repeated_and_waits_for_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> list[int]:
        database = Database()
        reader = Reader(database, Limits(away_ms_max=60_000))
        signals = Signals(reader)
        database.leave()
        for _ in range(2):
            signals.write(key(1), "authz_fail", account="x")
            await signals.settle()
        await reader.close()
        return database.batches

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(scenario()) == [1]
    assert [record.message for record in caplog.records] == [
        "a signal is lost: gone",
        "a signal is lost: the database is away",
    ]


def test_errors_tell_when_to_ask_again() -> None:
    assert ReadError.retry_after_s == 1
