"""A command takes effect once: inbox row, effect and event in one transaction, or look-up before create."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec
import psycopg

from okno.connectors.runtime.inbound.effects import Effect, Outcome, Wish, effects_of, tell_posted, tell_rejected
from okno.connectors.runtime.inbound.faults import Faults
from okno.connectors.runtime.inbound.questions import refusal_problem
from okno.connectors.runtime.port import (
    Payment,
    Posted,
    Promise,
    Promised,
    Refusal,
    RefusalCode,
    SystemAway,
)
from okno.connectors.runtime.steps import Step
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.inbox import (
    Answer,
    Command,
    Found,
    command_claim,
    command_digest,
    command_done,
    command_find,
    command_finish,
    key_lock,
)
from okno.connectors.runtime.store.unit import Unit
from okno.connectors.runtime.system import DistantPostings, System
from okno.connectors.runtime.wire import utc
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.messages import Message, PromiseAnswer, Recorded
from okno.protocol.pen import Received


def problem_answer(error: ProtocolError) -> Answer:
    return _answer("problem", error.problem(origin="connector"))


def reply_answer(data: Message) -> Answer:
    return _answer("reply", data)


def _answer(kind: Literal["reply", "problem"], data: msgspec.Struct) -> Answer:
    """Through JSON, so that an answer given now is equal to the one that is read from the inbox later."""
    return Answer(kind, msgspec.json.decode(msgspec.json.encode(data)))


IN_PROGRESS = problem_answer(ProtocolError(ErrorCode.IDEMPOTENCY_IN_PROGRESS))
CONFLICT = problem_answer(ProtocolError(ErrorCode.IDEMPOTENCY_CONFLICT))
# Of a fault's own words, for the person inside.
DETAIL_CHARS_MAX = 500


# Writes down which entry a payment has become, in the transaction of the answer.
Keep = Callable[[psycopg.Connection, Payment, Posted], None]


class Commands:
    """Works in threads; `apply` may be called for the same key from several at once."""

    def __init__(
        self,
        system: System,
        connections: Connections,
        *,
        step: Step,
        keep: Keep | None = None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._system = system
        self._connections = connections
        self._step = step
        self._keep = keep
        self._effects = effects_of(system)
        self._faults = Faults(tick)
        # Whose claims are ours to go on with: this process, and not while one of its threads is at work.
        self._owner = uuid.uuid4()
        self._running: set[str] = set()
        self._guard = threading.Lock()

    @property
    def types(self) -> frozenset[str]:
        return frozenset(self._effects)

    def apply(self, received: Received) -> Answer:
        """The answer, which is that of the first time for a repeat.

        Raises SystemAway and psycopg.OperationalError: nothing is known to have happened, the same may be tried again.
        """
        envelope = received.envelope
        effect = self._effects.get(envelope.type)
        if effect is None:
            return problem_answer(ProtocolError(ErrorCode.UNKNOWN_OPERATION, envelope.type))
        assert envelope.idempotencykey is not None  # the registry demands it of a command
        digest = command_digest(envelope.type, envelope.subject, envelope.data)
        recorded = envelope.recordedtime or envelope.time
        assert isinstance(received.data, Message)
        wish = effect.wish(received.data)
        payment = None if isinstance(wish, Promise) else wish.payment
        command = Command(envelope.idempotencykey, digest, envelope.type, received.operation.money, recorded, payment)
        with self._alone(command.key) as alone, self._connections.borrow() as connection:
            # What is done is done, whoever else is reading it at this moment.
            known = self._settled(command_find(connection, command))
            if known is not None:
                return known
            if not alone:
                return IN_PROGRESS
            if self._system.distant_postings is not None:
                return self._apply_distant(connection, command, effect, wish, self._system.distant_postings)
            return self._apply_shared(connection, command, effect, wish)

    @contextmanager
    def _alone(self, key: str) -> Iterator[bool]:
        with self._guard:
            alone = key not in self._running
            self._running.add(key)
        try:
            yield alone
        finally:
            if alone:
                with self._guard:
                    self._running.discard(key)

    def _apply_shared(self, connection: psycopg.Connection, command: Command, effect: Effect, wish: Wish) -> Answer:
        with connection.transaction():
            known = self._known(connection, command)
            if known is not None:
                return known
            unit = Unit(connection)
            unit.begin()
            try:
                with connection.transaction():
                    posted = effect.shared(self._system, unit, wish)
                    self._step("command.effect")
            except Refusal as refusal:
                answer = self._rejected(unit, wish, refusal)
            else:
                answer = self._posted(unit, wish, posted)
            command_finish(connection, command, answer)
            self._step("command.finished")
        self._step("command.committed")
        return answer

    def _apply_distant(
        self, connection: psycopg.Connection, command: Command, effect: Effect, wish: Wish, postings: DistantPostings
    ) -> Answer:
        with connection.transaction():
            known = self._known(connection, command)
            if known is not None:
                return known
            if not command_claim(connection, command, self._owner):
                return IN_PROGRESS
        self._step("command.claimed")
        outcome = self._distant_outcome(command, effect, wish, postings)
        self._step("command.effect")
        with connection.transaction():
            unit = Unit(connection)
            unit.begin()
            if isinstance(outcome, Refusal):
                # Another process may have taken over and done it, since this one was so slow.
                done = command_done(connection, command)
                if done is not None:
                    return done
                answer = self._rejected(unit, wish, outcome)
            else:
                answer = self._posted(unit, wish, outcome)
            command_finish(connection, command, answer)
        self._step("command.committed")
        return answer

    def _distant_outcome(
        self, command: Command, effect: Effect, wish: Wish, postings: DistantPostings
    ) -> Posted | Refusal:
        """What the system says. Raises SystemAway; a fault that it repeats for this command alone is a refusal."""
        assert effect.distant is not None  # what has none is offered by a system of the other kind alone
        try:
            # An earlier attempt may have died after the system had done it.
            posted = postings.find(command.key) or effect.distant(postings, wish)
        except Refusal as refusal:
            self._faults.refused(command.key)
            return refusal
        except SystemAway as away:
            if not self._faults.failed(command.key, away.trouble):
                raise
            # Refused is only what is known not to stand in the books.
            found = postings.find(command.key)
            if found is None:
                self._faults.refused(command.key)
                return Refusal(RefusalCode.SYSTEM_FAULT, str(away)[:DETAIL_CHARS_MAX])
            posted = found
        self._faults.posted(command.key)
        return posted

    def _known(self, connection: psycopg.Connection, command: Command) -> Answer | None:
        """The answer that needs no effect: stored, conflicting, or still running; None to go on."""
        if not key_lock(connection, command.key):
            return IN_PROGRESS
        found = command_find(connection, command)
        is_free = found is None or found.stale or found.claimed_by == self._owner
        return self._settled(found) or (None if is_free else IN_PROGRESS)

    @staticmethod
    def _settled(found: Found | None) -> Answer | None:
        if found is None:
            return None
        return found.answer if found.same else CONFLICT

    def _posted(self, unit: Unit, wish: Wish, posted: Outcome) -> Answer:
        if isinstance(posted, Promised):
            assert isinstance(wish, Promise)
            return reply_answer(PromiseAnswer(wish.promise, posted.granted, posted.until, posted.reason))
        tell_posted(unit, wish, posted)
        if self._keep is not None and isinstance(wish, Payment):
            self._keep(unit.connection, wish, posted)
        return reply_answer(Recorded(posted.key, utc(posted.posted_at)))

    def _rejected(self, unit: Unit, wish: Wish, refusal: Refusal) -> Answer:
        tell_rejected(unit, wish, refusal, unit.clock())
        return problem_answer(refusal_problem(refusal))
