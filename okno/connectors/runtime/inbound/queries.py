"""A query is worked on at most once, in time or not at all, and never more of them than the ceiling."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import psycopg

from okno.connectors.runtime.inbound.asking import Answering
from okno.connectors.runtime.inbound.ceiling import Ceiling
from okno.connectors.runtime.inbound.commands import problem_answer, reply_answer
from okno.connectors.runtime.inbound.questions import refusal_problem
from okno.connectors.runtime.metrics.figures import Figures
from okno.connectors.runtime.port import Refusal, SystemAway
from okno.connectors.runtime.store.inbox import Answer
from okno.couriers.port import CourierDown, Delivery
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.messages import Message
from okno.protocol.pen import Received

log = logging.getLogger(__name__)

# A query is begun only with this many mean service times left: a late answer is work for nobody.
SERVICE_TIMES_LEFT_MIN = 2
_WEIGHT = 0.1
# Who is refused measures nothing: without this a mean that was once too long would refuse for good.
_FADE = 0.7
_AWAY = (SystemAway, psycopg.OperationalError)


class ServiceTimes:
    """Exponentially weighted mean of the time that each type of query takes."""

    def __init__(self) -> None:
        self._means: dict[str, float] = {}

    def mean_s(self, type_: str) -> float:
        return self._means.get(type_, 0.0)

    def means_s(self) -> Mapping[str, float]:
        return dict(self._means)

    def took(self, type_: str, seconds: float) -> None:
        known = self._means.get(type_)
        self._means[type_] = seconds if known is None else known + _WEIGHT * (seconds - known)

    def spared(self, type_: str) -> None:
        """A query was not begun: after some of these the next one is, and shows how quick the system is by now."""
        self._means[type_] = self.mean_s(type_) * _FADE


class Queries:
    """`run` works on a question in a thread; `answer_to` sends what came of it."""

    def __init__(
        self,
        questions: Mapping[str, Answering],
        *,
        ceiling: Ceiling,
        run: Callable[[Callable[[], Message]], Awaitable[Message]],
        answer_to: Callable[[Received, Answer], Awaitable[None]],
        clock: Callable[[], datetime],
        tick: Callable[[], float],
        figures: Figures,
    ) -> None:
        self._questions = questions
        self._ceiling = ceiling
        self._run = run
        self._answer_to = answer_to
        self._clock = clock
        self._tick = tick
        self._figures = figures
        self.times = ServiceTimes()

    @property
    def types(self) -> frozenset[str]:
        return frozenset(self._questions)

    async def take(self, delivery: Delivery, received: Received) -> None:
        """Wait for a place, acknowledge, then work: a process that dies in between answers nothing twice."""
        question = self._questions.get(received.envelope.type)
        delivered = self._tick()
        async with self._ceiling.entered(received.operation.priority):
            try:
                await delivery.ack()
            except CourierDown:
                # It was handed to somebody else meanwhile, or its time is over.
                return
            answer = self._judged(question, received) or await self._worked(question, received)
        self._figures.queried(received.envelope.type, answer, self._tick() - delivered)
        await self._answer_to(received, answer)

    def _judged(self, question: Answering | None, received: Received) -> Answer | None:
        if question is None:
            return problem_answer(ProtocolError(ErrorCode.UNKNOWN_OPERATION, received.envelope.type))
        needed = timedelta(seconds=SERVICE_TIMES_LEFT_MIN * self.times.mean_s(received.envelope.type))
        if self._clock() + needed >= self._deadline(received):
            self.times.spared(received.envelope.type)
            return problem_answer(ProtocolError(ErrorCode.DEADLINE_EXCEEDED))
        return None

    def _deadline(self, received: Received) -> datetime:
        envelope = received.envelope
        return min(envelope.expirytime, envelope.time + timedelta(milliseconds=received.operation.deadline_ms))

    async def _worked(self, question: Answering | None, received: Received) -> Answer:
        assert question is not None  # judged before
        begun = self._tick()
        try:
            reply = await self._run(lambda: question(received))
        except Refusal as refusal:
            return problem_answer(refusal_problem(refusal))
        except ProtocolError as error:
            return problem_answer(error)
        except _AWAY as error:
            log.warning("%s: the system is away: %r", received.envelope.type, error)
            return problem_answer(ProtocolError(ErrorCode.SYSTEM_UNAVAILABLE))
        finally:
            self.times.took(received.envelope.type, self._tick() - begun)
        return reply_answer(reply)
