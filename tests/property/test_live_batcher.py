"""Any interleaving of asking, leaving, good and bad rows, errors: each waiter gets its own answer or an error, once."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

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

STATEMENTS = (Statement("a", keys_max=3), Statement("b", keys_max=2), Statement("w", keys_max=2, reads=False))
LIMITS = Limits(queue_keys_max=8, wait_ms_max=3000, away_ms_max=4000, statements_in_flight_max=2)
# Who is lost with his batch stands in the queue again, full or not.
WAITING_MAX = LIMITS.queue_keys_max + sum(statement.keys_max for statement in STATEMENTS)
SPOILS = ("permute", "permute", "permute", "drop", "double", "swap", "foreign")


class Batching(RuleBasedStateMachine):
    """A model of who waits; the batcher must agree with it at every step."""

    waiters = Bundle("waiters")
    batches = Bundle("batches")

    def __init__(self) -> None:
        super().__init__()
        self.batcher: Batcher[int] = Batcher(STATEMENTS, LIMITS)
        self.now = 0.0
        self.asked: dict[int, Waiter[int]] = {}
        self.told: dict[int, Any] = {}
        self.calls: dict[int, int] = {}
        self.writes: set[int] = set()
        self.flying = 0

    @rule(target=waiters, statement=st.sampled_from(STATEMENTS), key=st.integers(0, 3))
    def ask(self, statement: Statement, key: int) -> Waiter[int]:
        waiter = Waiter(bytes([key]) * 32, (key,), self.now, len(self.asked))
        self.asked[waiter.mark] = waiter
        if not statement.reads:
            self.writes.add(waiter.mark)
        try:
            self.batcher.ask(statement, waiter)
        except OverloadedError as error:
            assert self.batcher.waiting >= LIMITS.queue_keys_max
            self.told[waiter.mark] = error
        except AwayError as error:
            assert self.batcher.away
            self.told[waiter.mark] = error
        return waiter

    @rule(waiter=consumes(waiters))
    def leave(self, waiter: Waiter[int]) -> None:
        waiter.gone = True

    @rule(seconds=st.floats(0, 2))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=batches)
    def take(self) -> Batch[int] | None:
        expired: Answers[int] = Answers()
        batch = self.batcher.take(self.now, expired)
        self.tell(expired)
        if batch is not None:
            self.flying += 1
            assert 1 <= len(batch.waiters) <= batch.statement.keys_max
            assert not any(waiter.gone for waiter in batch.waiters)
            self.called(batch)
        return batch

    def called(self, batch: Batch[int]) -> None:
        """Nothing is asked while nobody is there, nothing written twice, nothing read a third time."""
        assert not self.batcher.away
        for waiter in batch.waiters:
            times = self.calls[waiter.mark] = self.calls.get(waiter.mark, 0) + 1
            assert times <= (1 if waiter.mark in self.writes else 2)

    @rule(batch=consumes(batches), spoil=st.sampled_from(SPOILS), chance=st.randoms(use_true_random=False))
    def settle(self, batch: Batch[int] | None, spoil: str, chance: Any) -> None:  # noqa: ANN401 (a random.Random)
        if batch is None:
            return
        rows: list[tuple[object, bytes, str, object]] = [
            (place, waiter.token_hash, "ok", waiter.mark) for place, waiter in enumerate(batch.waiters, 1)
        ]
        chance.shuffle(rows)
        first, last = rows[0], rows[-1]
        if spoil == "drop":
            rows.pop()
        elif spoil == "double":
            rows.append(first)
        elif spoil == "swap":
            rows[0], rows[-1] = (last[0], *first[1:]), (first[0], *last[1:])
        elif spoil == "foreign":
            rows[0] = (first[0], b"f" * 32, *first[2:])
        answers = self.batcher.settle(batch, rows)
        self.flying -= 1
        same_hash = first[1] == last[1]
        if spoil == "permute" or (spoil == "swap" and same_hash):
            assert answers.errors == []
        else:
            assert answers.rows == []
            assert all(isinstance(error, CrossedError) for _, error in answers.errors)
        for mark, row in answers.rows:
            # Its own hash came back; with another waiter's row it would not be its own answer.
            assert row[1] == self.asked[mark].token_hash
        self.tell(answers)

    @rule(batch=consumes(batches))
    def fail(self, batch: Batch[int] | None) -> None:
        if batch is not None:
            self.tell(self.batcher.fail(batch, UnavailableError("away")))
            self.flying -= 1

    @rule(batch=consumes(batches))
    def lose(self, batch: Batch[int] | None) -> None:
        if batch is not None:
            self.tell(self.batcher.lost(batch, self.now, AwayError("gone")))
            self.flying -= 1
            assert self.batcher.away

    @precondition(lambda self: self.batcher.away)
    @rule()
    def give_up(self) -> None:
        self.tell(self.batcher.give_up(AwayError("stays away")))
        assert self.batcher.waiting == 0

    @precondition(lambda self: self.batcher.away)
    @rule()
    def come_back(self) -> None:
        self.batcher.back(self.now)

    def tell(self, answers: Answers[int]) -> None:
        for mark, what in (*answers.rows, *answers.errors):
            assert mark not in self.told, "told twice"
            assert not self.asked[mark].gone, "told though gone"
            self.told[mark] = what

    @invariant()
    def slots_are_counted(self) -> None:
        assert self.batcher.in_flight == self.flying <= LIMITS.statements_in_flight_max
        assert 0 <= self.batcher.waiting <= WAITING_MAX

    @precondition(lambda self: self.flying == 0)
    @rule()
    def rest(self) -> None:
        """With nothing in flight and a database, taking and settling on leads to an empty queue with everybody told."""
        self.batcher.back(self.now)
        while (batch := self.take_one()) is not None:
            rows = [(place, w.token_hash, "ok", w.mark) for place, w in enumerate(batch.waiters, 1)]
            self.tell(self.batcher.settle(batch, rows))
        assert self.batcher.waiting == 0
        assert self.batcher.in_flight == 0
        for mark, waiter in self.asked.items():
            assert waiter.gone or mark in self.told

    def take_one(self) -> Batch[int] | None:
        expired: Answers[int] = Answers()
        batch = self.batcher.take(self.now, expired)
        self.tell(expired)
        if batch is not None:
            self.called(batch)
        return batch


TestBatching = Batching.TestCase
