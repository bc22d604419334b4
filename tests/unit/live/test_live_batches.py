"""Rules of the batcher (docs/explanation/live.md), each by an example; the interleavings are in tests/property."""

import pytest

from okno.live.core.batches import (
    Answers,
    AwayError,
    Batch,
    Batcher,
    CrossedError,
    Limits,
    OverloadedError,
    Statement,
    UnavailableError,
    Waiter,
)

FAST = Statement("fast", keys_max=3)
SLOW = Statement("slow", keys_max=2)
WRITES = Statement("writes", reads=False)
AWAY = AwayError("away")


def key(number: int) -> bytes:
    return bytes([number]) * 32


def waiter(number: int, *arguments: object, at: float = 0.0) -> Waiter[str]:
    return Waiter(key(number), arguments, at, f"w{number}")


def batcher(**limits: int) -> Batcher[str]:
    return Batcher((FAST, SLOW, WRITES), Limits(**limits))


def take(one: Batcher[str], now: float = 0.0) -> Batch[str]:
    batch = one.take(now, Answers())
    assert batch is not None
    return batch


def row(place: int, number: int, verdict: str = "ok") -> tuple[int, bytes, str, bytes]:
    return (place, key(number), verdict, b"body of %d" % number)


def test_batch_takes_the_oldest_up_to_its_limit_and_the_rest_next() -> None:
    one = batcher()
    for number in range(5):
        one.ask(FAST, waiter(number))
    first = take(one)
    assert [w.mark for w in first.waiters] == ["w0", "w1", "w2"]
    one.settle(first, [row(n + 1, n) for n in range(3)])
    assert [w.mark for w in take(one).waiters] == ["w3", "w4"]
    assert one.waiting == 0


def test_columns_are_parallel_arrays_with_the_hashes_first() -> None:
    one = batcher()
    one.ask(FAST, waiter(1, "a", 10))
    one.ask(FAST, waiter(2, None, 20))
    assert take(one).columns() == [[key(1), key(2)], ["a", None], [10, 20]]


def test_statements_take_turns_and_one_kind_is_in_flight_once() -> None:
    one = batcher(statements_in_flight_max=2)
    for number in range(5):
        one.ask(FAST, waiter(number))
    one.ask(SLOW, waiter(9))
    first, second = take(one), take(one)
    assert {first.statement, second.statement} == {FAST, SLOW}
    assert one.take(0.0, Answers()) is None
    slow = first if first.statement is SLOW else second
    one.settle(slow, [row(1, 9)])
    # The slot is free, but the same kind is still under way.
    assert one.take(0.0, Answers()) is None
    assert one.in_flight == 1


def test_no_batch_without_a_free_slot() -> None:
    one = batcher(statements_in_flight_max=1)
    one.ask(FAST, waiter(1))
    one.ask(SLOW, waiter(2))
    held = take(one)
    assert one.take(0.0, Answers()) is None
    one.fail(held, UnavailableError("away"))
    assert take(one).statement is not held.statement


def test_rows_are_matched_by_ord_and_hash_whatever_their_order() -> None:
    one = batcher()
    for number in (1, 2, 3):
        one.ask(FAST, waiter(number))
    answers = one.settle(take(one), [row(3, 3), row(1, 1), row(2, 2)])
    assert [(mark, found[3]) for mark, found in answers.rows] == [
        ("w1", b"body of 1"),
        ("w2", b"body of 2"),
        ("w3", b"body of 3"),
    ]
    assert answers.errors == []
    assert one.in_flight == 0


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([row(1, 1)], id="missing"),
        pytest.param([row(1, 1), row(1, 1)], id="doubled"),
        pytest.param([row(1, 1), row(2, 2), row(3, 3)], id="one too many"),
        pytest.param([row(1, 2), row(2, 1)], id="swapped hashes"),
        pytest.param([row(0, 1), row(2, 2)], id="ord before the first"),
        pytest.param([(None, key(1), "ok", b""), row(2, 2)], id="no ord"),
        pytest.param([], id="nothing"),
    ],
)
def test_rows_that_do_not_match_answer_nobody_and_free_the_slot(rows: list[tuple[object, ...]]) -> None:
    one = batcher()
    one.ask(FAST, waiter(1))
    one.ask(FAST, waiter(2))
    answers = one.settle(take(one), rows)
    assert answers.rows == []
    assert [mark for mark, _ in answers.errors] == ["w1", "w2"]
    assert all(isinstance(error, CrossedError) for _, error in answers.errors)
    assert one.in_flight == 0
    one.ask(FAST, waiter(3))
    assert [w.mark for w in take(one).waiters] == ["w3"]


def test_same_hash_twice_serves_both() -> None:
    one = batcher()
    one.ask(FAST, waiter(1))
    one.ask(FAST, waiter(1))
    answers = one.settle(take(one), [row(1, 1), row(2, 1)])
    assert len(answers.rows) == 2


def test_gone_waiter_is_skipped_before_and_after_the_statement() -> None:
    one = batcher()
    early, late, stays = waiter(1), waiter(2), waiter(3)
    for each in (early, late, stays):
        one.ask(FAST, each)
    early.gone = True
    batch = take(one)
    assert batch.waiters == [late, stays]
    late.gone = True
    answers = one.settle(batch, [row(1, 2), row(2, 3)])
    assert [mark for mark, _ in answers.rows] == ["w3"]
    late.gone = False


def test_error_reaches_every_waiter_that_is_still_there() -> None:
    one = batcher()
    first, second = waiter(1), waiter(2)
    one.ask(FAST, first)
    one.ask(FAST, second)
    batch = take(one)
    first.gone = True
    error = UnavailableError("away")
    assert one.fail(batch, error).errors == [("w2", error)]
    assert one.in_flight == 0


def test_full_queue_refuses_and_keeps_what_it_has() -> None:
    one = batcher(queue_keys_max=2)
    one.ask(FAST, waiter(1))
    one.ask(SLOW, waiter(2))
    with pytest.raises(OverloadedError):
        one.ask(FAST, waiter(3))
    assert one.waiting == 2


def test_waiter_that_stood_too_long_is_told_so() -> None:
    one = batcher(wait_ms_max=1000)
    one.ask(FAST, waiter(1, at=0.0))
    one.ask(FAST, waiter(2, at=9.5))
    expired: Answers[str] = Answers()
    batch = one.take(10.0, expired)
    assert batch is not None
    assert [w.mark for w in batch.waiters] == ["w2"]
    assert [mark for mark, _ in expired.errors] == ["w1"]
    assert isinstance(expired.errors[0][1], OverloadedError)


def test_line_of_gone_and_late_waiters_gives_the_turn_on() -> None:
    one = batcher(wait_ms_max=1000)
    gone = waiter(1, at=10.0)
    gone.gone = True
    one.ask(FAST, gone)
    one.ask(SLOW, waiter(2, at=10.0))
    assert take(one, 10.0).statement is SLOW
    assert one.waiting == 0


@pytest.mark.parametrize("token_hash", [b"", b"x" * 31, b"x" * 33])
def test_hash_of_another_length_never_queues(token_hash: bytes) -> None:
    one = batcher()
    with pytest.raises(ValueError, match="32 bytes"):
        one.ask(FAST, Waiter(token_hash, (), 0.0, "w"))
    assert one.waiting == 0


def test_drain_tells_all_that_wait() -> None:
    one = batcher()
    gone = waiter(2)
    for each in (waiter(1), gone):
        one.ask(FAST, each)
    one.ask(SLOW, waiter(3))
    gone.gone = True
    error = UnavailableError("stopping")
    assert one.drain(error).errors == [("w1", error), ("w3", error)]
    assert one.waiting == 0
    assert one.take(0.0, Answers()) is None


def test_who_reads_keeps_his_place_when_the_database_goes_away_and_holds_no_slot() -> None:
    one = batcher()
    for number in range(5):
        one.ask(FAST, waiter(number, at=10.0))
    one.ask(SLOW, waiter(9, at=10.0))
    first, second = take(one, 10.0), take(one, 10.0)
    assert one.lost(first, 10.5, AWAY).errors == one.lost(second, 10.6, AWAY).errors == []
    assert (one.away, one.waiting, one.in_flight) == (True, 6, 0)
    one.ask(FAST, waiter(6, at=15.9))
    assert one.take(15.9, Answers()) is None
    one.back(16.0)
    # Six seconds passed, more than anybody may stand in the queue: they are not counted.
    served = [[w.mark for w in take(one, 16.1).waiters] for _ in range(2)]
    assert sorted(served) == [["w0", "w1", "w2"], ["w9"]]
    assert (one.away, one.waiting, one.in_flight) == (False, 3, 2)


def test_waiting_begins_to_count_when_the_database_is_back() -> None:
    one = batcher(wait_ms_max=1000, away_ms_max=6000)
    one.ask(FAST, waiter(1, at=10.0))
    one.lost(take(one, 10.0), 10.0, AWAY)
    one.back(14.0)
    late: Answers[str] = Answers()
    assert one.take(15.1, late) is None
    assert [mark for mark, _ in late.errors] == ["w1"]


def test_no_wait_is_longer_than_both_bounds_however_often_the_database_goes() -> None:
    one = batcher(wait_ms_max=1000, away_ms_max=6000)
    for number, at in ((1, 10.0), (2, 10.0), (3, 10.0), (4, 10.0), (5, 10.2)):
        one.ask(FAST, waiter(number, at=at))
    for gone, back in ((10.2, 13.0), (13.1, 17.1)):
        one.lost(take(one, gone), gone, AWAY)
        one.back(back)
    late: Answers[str] = Answers()
    batch = one.take(17.1, late)
    assert batch is not None
    assert [w.mark for w in batch.waiters] == ["w5"]
    assert [mark for mark, _ in late.errors] == ["w4"]


def test_who_was_lost_twice_is_told() -> None:
    one = batcher()
    one.ask(FAST, waiter(1, at=10.0))
    one.lost(take(one, 10.0), 10.0, AWAY)
    one.back(11.0)
    one.ask(FAST, waiter(2, at=11.0))
    again = take(one, 11.0)
    assert [w.mark for w in again.waiters] == ["w1", "w2"]
    # It may be what the first one asks that the database dies of.
    assert one.lost(again, 11.1, AWAY).errors == [("w1", AWAY)]
    one.back(12.0)
    assert [w.mark for w in take(one, 12.0).waiters] == ["w2"]


def test_who_wants_to_write_is_told_at_once_and_nothing_is_written_twice() -> None:
    one = batcher(statements_in_flight_max=1)
    one.ask(WRITES, waiter(1))
    batch = take(one)
    one.ask(WRITES, waiter(2))
    one.ask(FAST, waiter(3))
    assert one.lost(batch, 1.0, AWAY).errors == [("w1", AWAY), ("w2", AWAY)]
    with pytest.raises(AwayError):
        one.ask(WRITES, waiter(4, at=1.0))
    assert one.waiting == 1


def test_patience_with_the_database_ends_for_all() -> None:
    one = batcher(away_ms_max=6000)
    one.ask(FAST, waiter(1, at=10.0))
    one.lost(take(one, 10.0), 10.0, AWAY)
    one.ask(FAST, waiter(2, at=15.9))
    with pytest.raises(AwayError):
        one.ask(FAST, waiter(3, at=16.0))
    assert one.give_up(AWAY).errors == [("w1", AWAY), ("w2", AWAY)]
    with pytest.raises(AwayError):
        one.ask(FAST, waiter(4, at=15.0))
    one.back(20.0)
    one.ask(FAST, waiter(5, at=20.0))
    assert [w.mark for w in take(one, 20.0).waiters] == ["w5"]


def test_batch_that_is_lost_when_patience_is_over_is_told() -> None:
    one = batcher()
    one.ask(FAST, waiter(1, at=10.0))
    one.ask(SLOW, waiter(2, at=10.0))
    first, second = take(one, 10.0), take(one, 10.0)
    one.lost(first, 10.0, AWAY)
    one.give_up(AWAY)
    assert [error for _, error in one.lost(second, 17.0, AWAY).errors] == [AWAY]
    assert (one.waiting, one.in_flight) == (0, 0)


def test_gone_waiter_of_a_lost_batch_takes_no_place() -> None:
    one = batcher()
    leaves = waiter(1)
    one.ask(FAST, leaves)
    batch = take(one)
    leaves.gone = True
    assert one.lost(batch, 0.0, AWAY).errors == []
    assert one.waiting == 0
