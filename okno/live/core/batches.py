"""Coalesced reads: what waits is answered by one statement per free slot, each waiter by its own row alone.

A database that is away is waited for, with patience that ends: whoever waits keeps his place and holds no slot.

Source of the rules: the batcher of `docs/explanation/live.md`. No clock and no socket: the edge passes the time in,
runs a batch on a connection and brings back its rows or its failure. A waiter is answered exactly once or has gone.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Generic, Literal, Protocol, TypeVar

HASH_BYTES = 32

Verdict = Literal["ok", "no-session", "not-found"]
Argument = object
T = TypeVar("T")


class Row(Protocol):
    """What a function returns for one hash: `row[0]` ord from 1, `[1]` token hash, `[2]` verdict, `[3]` body."""

    def __getitem__(self, index: int) -> object: ...


class ReadError(Exception):
    """A read that has no answer. `retry_after_s`: when it may be asked again."""

    retry_after_s = 1


class OverloadedError(ReadError):
    """The queue is full, or the waiter stood in it longer than `wait_ms_max`."""


class CrossedError(ReadError):
    """The rows of a batch do not match its waiters: none of them is answered from it."""


class UnavailableError(ReadError):
    """The database did not answer the batch."""


class AwayError(UnavailableError):
    """The database is not there: no connection can be made, or it broke under the batch."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one process.

    One statement of a kind at a time makes its batches as large as they can be; the other slot keeps a slow one from
    standing in the way of the rest. `away_ms_max`: how long reads wait for a database that is away, the same as the
    cabinet's requests do.
    """

    queue_keys_max: int = 2_000
    wait_ms_max: int = 2_000
    away_ms_max: int = 6_000
    statements_in_flight_max: int = 2
    same_in_flight_max: int = 1


@dataclass(frozen=True)
class Statement:
    """One function of the database and how many keys one call may carry.

    `reads`: it changes nothing, so it may be called again when it is unknown what became of a call.
    """

    name: str
    keys_max: int = 32
    reads: bool = True


@dataclass(eq=False, slots=True)
class Waiter(Generic[T]):
    """One read asked for. `mark` is the edge's own handle of who asked; the core never looks at it.

    `lost`: the database went away under it once.
    """

    token_hash: bytes
    arguments: tuple[Argument, ...]
    asked_at: float
    mark: T
    gone: bool = False
    lost: bool = False


@dataclass(eq=False, slots=True)
class Batch(Generic[T]):
    """Waiters answered by one call. The n-th waiter's `ord` is n."""

    statement: Statement
    waiters: list[Waiter[T]]

    def columns(self) -> list[list[Argument]]:
        """Parallel arrays of the call: hashes first, then each argument."""
        return [
            [waiter.token_hash for waiter in self.waiters],
            *(list(column) for column in zip(*(waiter.arguments for waiter in self.waiters), strict=True)),
        ]


@dataclass(slots=True)
class Answers(Generic[T]):
    """Who is to be told what, once. Waiters that have gone are left out."""

    rows: list[tuple[T, Row]] = field(default_factory=list)
    errors: list[tuple[T, ReadError]] = field(default_factory=list)


class Batcher(Generic[T]):
    """The queue of one process: a line per statement, served in turn; slots shared by all."""

    def __init__(self, statements: Sequence[Statement], limits: Limits) -> None:
        self._limits = limits
        self._lines: dict[Statement, deque[Waiter[T]]] = {statement: deque() for statement in statements}
        self._turns = deque(statements)
        self._same = dict.fromkeys(statements, 0)
        self.waiting = 0
        self.in_flight = 0
        # While the database is away: until when that is waited for.
        self._patience_until: float | None = None
        self._back_at = -inf

    @property
    def away(self) -> bool:
        """Whether the database was lost and is not back."""
        return self._patience_until is not None

    def ask(self, statement: Statement, waiter: Waiter[T]) -> None:
        """Put a waiter into its line.

        Raises OverloadedError when the queue is full, AwayError when it would wait in vain for the database, and
        ValueError for a hash of another length, which would fail the whole statement for its neighbours.
        """
        if len(waiter.token_hash) != HASH_BYTES:
            raise ValueError("a token hash has 32 bytes")
        if self._patience_until is not None and not (statement.reads and waiter.asked_at < self._patience_until):
            raise AwayError("the database is away")
        if self.waiting >= self._limits.queue_keys_max:
            raise OverloadedError("queue full")
        self._lines[statement].append(waiter)
        self.waiting += 1

    def take(self, now: float, expired: Answers[T]) -> Batch[T] | None:
        """The next batch, if a slot is free and anybody waits; it holds the slot until `settle`, `fail` or `lost`.

        `now`: seconds on the clock of `Waiter.asked_at`. Waiters that stood too long are put into `expired`. None while
        the database is away.
        """
        if self._patience_until is not None or self.in_flight >= self._limits.statements_in_flight_max:
            return None
        for _ in range(len(self._turns)):
            statement = self._turns[0]
            self._turns.rotate(-1)
            if self._same[statement] >= self._limits.same_in_flight_max:
                continue
            waiters = self._pick(statement, now, expired)
            if waiters:
                self.in_flight += 1
                self._same[statement] += 1
                return Batch(statement, waiters)
        return None

    def _free(self, batch: Batch[T]) -> None:
        self.in_flight -= 1
        self._same[batch.statement] -= 1

    def _pick(self, statement: Statement, now: float, expired: Answers[T]) -> list[Waiter[T]]:
        line = self._lines[statement]
        oldest = now - self._limits.wait_ms_max / 1000
        oldest_of_all = oldest - self._limits.away_ms_max / 1000
        picked: list[Waiter[T]] = []
        while line and len(picked) < statement.keys_max:
            waiter = line.popleft()
            self.waiting -= 1
            if waiter.gone:
                continue
            # Nobody could be served while the database was away; whatever befalls it, no wait has no end.
            if max(waiter.asked_at, self._back_at) < oldest or waiter.asked_at < oldest_of_all:
                expired.errors.append((waiter.mark, OverloadedError("waited too long")))
            else:
                picked.append(waiter)
        return picked

    def settle(self, batch: Batch[T], rows: Sequence[Row]) -> Answers[T]:
        """Match rows to waiters by `ord` and hash and free the slot.

        A missing, doubled or unknown `ord`, or a hash that is not the waiter's, fails all with CrossedError.
        """
        self._free(batch)
        waiters = batch.waiters
        matched: list[Row | None] = [None] * len(waiters)
        for row in rows:
            place = row[0]
            if (
                not isinstance(place, int)
                or not 1 <= place <= len(waiters)
                or matched[place - 1] is not None
                or row[1] != waiters[place - 1].token_hash
            ):
                return self._failed(batch, CrossedError("a row of nobody who waits"))
            matched[place - 1] = row
        if None in matched:
            return self._failed(batch, CrossedError("a waiter without a row"))
        answers = Answers[T]()
        for waiter, found in zip(waiters, matched, strict=True):
            if not waiter.gone and found is not None:
                answers.rows.append((waiter.mark, found))
        return answers

    def fail(self, batch: Batch[T], error: ReadError) -> Answers[T]:
        """Tell every waiter of the batch and free the slot."""
        self._free(batch)
        return self._failed(batch, error)

    def lost(self, batch: Batch[T], now: float, error: AwayError) -> Answers[T]:
        """The database went away under a batch: its slot is free, and nothing is sent until it is `back`.

        While patience lasts its readers stand again at the head of their line, but for those who were lost before: what
        they ask may be what the database dies of. Whoever wants to write is told.
        """
        self._free(batch)
        if self._patience_until is None:
            self._patience_until = now + self._limits.away_ms_max / 1000
        told = Answers[T]()
        for waiter in reversed(batch.waiters):
            if waiter.gone:
                continue
            if batch.statement.reads and not waiter.lost and now < self._patience_until:
                waiter.lost = True
                self._lines[batch.statement].appendleft(waiter)
                self.waiting += 1
            else:
                told.errors.append((waiter.mark, error))
        for statement, line in self._lines.items():
            if not statement.reads:
                self._empty(line, error, told)
        return told

    def give_up(self, error: AwayError) -> Answers[T]:
        """Patience is over: whoever waits is told, and who comes before the database is back is told at once."""
        self._patience_until = -inf
        return self.drain(error)

    def back(self, now: float) -> None:
        """The database answers again."""
        self._patience_until, self._back_at = None, now

    @staticmethod
    def _failed(batch: Batch[T], error: ReadError) -> Answers[T]:
        return Answers(errors=[(waiter.mark, error) for waiter in batch.waiters if not waiter.gone])

    def drain(self, error: ReadError) -> Answers[T]:
        """Empty every line: each waiter gets the error. Batches in flight come to their own end."""
        told = Answers[T]()
        for line in self._lines.values():
            self._empty(line, error, told)
        return told

    def _empty(self, line: deque[Waiter[T]], error: ReadError, told: Answers[T]) -> None:
        told.errors.extend((waiter.mark, error) for waiter in line if not waiter.gone)
        self.waiting -= len(line)
        line.clear()
