"""Rules of the batcher (docs/explanation/live.md), each by an example; the interleavings are in tests/property."""

import pytest

from okno.live.core.batches import (
    Answers,
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


def key(number: int) -> bytes:
    return bytes([number]) * 32


def waiter(number: int, *arguments: object, at: float = 0.0) -> Waiter[str]:
    return Waiter(key(number), arguments, at, f"w{number}")


def batcher(**limits: int) -> Batcher[str]:
    return Batcher((FAST, SLOW), Limits(**limits))


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
