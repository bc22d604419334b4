"""Carries one posted message through: the core's verdict, the broker, the wait for a reply, an HTTP answer."""

import asyncio
import math
from http import HTTPStatus

import msgspec

from okno.couriers.port import Courier, CourierError, Forbidden, Unroutable
from okno.gateway.core.gate import Gate
from okno.gateway.core.rates import Allowance
from okno.gateway.core.verdicts import Answered, Dispatched, Ended, Refused, Send
from okno.gateway.edge.clock import Clock
from okno.gateway.edge.journal import Journal
from okno.protocol.errors import CONTENT_TYPE as PROBLEM_TYPE
from okno.protocol.errors import ErrorCode
from okno.protocol.jws import CONTENT_TYPE

UNIFORM_ANSWER_S = 0.05
"""A refusal of a security check is answered this long after the message came, whichever check it was."""


class HttpAnswer(msgspec.Struct, frozen=True):
    status: int
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = {}


async def deliver(couriers: dict[str, Courier], send: Send) -> None:
    """Raises CourierError."""
    courier = couriers[send.link]
    await courier.publish(send.exchange, send.key, send.body, message_id=send.message_id, persistent=send.persistent)


class Posting:
    def __init__(self, *, gate: Gate, couriers: dict[str, Courier], journal: Journal, clock: Clock) -> None:
        self._gate = gate
        self._couriers = couriers
        self._journal = journal
        self._clock = clock
        self._waiting: dict[str, asyncio.Future[Answered | Refused]] = {}
        self._sending: set[asyncio.Task[None]] = set()

    async def post(self, raw: bytes) -> HttpAnswer:
        now = self._clock()
        verdict = self._gate.post(raw, now)
        if isinstance(verdict, Ended):
            self._journal.ended(verdict)
        else:
            self._journal.record(verdict.entry)
        match verdict:
            case Refused():
                if verdict.is_uniform:
                    await asyncio.sleep(now.tick + UNIFORM_ANSWER_S - self._clock().tick)
                return answer_refusal(verdict)
            case Ended():
                return HttpAnswer(HTTPStatus.NO_CONTENT)
            case Dispatched():
                carried = await (self._ask(verdict) if verdict.is_query else self._order(verdict))
                if isinstance(carried, Refused):
                    return answer_refusal(carried)
                headers = rate_headers(verdict.allowances)
                if isinstance(carried, Answered):
                    return HttpAnswer(HTTPStatus.OK, carried.body, CONTENT_TYPE, headers)
                return HttpAnswer(HTTPStatus.ACCEPTED, headers=headers)

    async def _order(self, dispatched: Dispatched) -> Refused | None:
        """A command is accepted when the broker has confirmed it."""
        try:
            await deliver(self._couriers, dispatched.send)
        except CourierError as error:
            return self._unsent(dispatched, error)
        self._gate.sent(dispatched)
        return None

    async def _ask(self, dispatched: Dispatched) -> Answered | Refused:
        """The reply may be here before the broker's confirm, and neither waits for the other."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Answered | Refused] = loop.create_future()
        self._waiting[dispatched.ticket] = waiter
        deadline = loop.call_at(dispatched.until, self._give_up, dispatched.ticket)
        task = asyncio.create_task(self._send_query(dispatched))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        try:
            return await waiter
        finally:
            deadline.cancel()
            self._waiting.pop(dispatched.ticket, None)

    async def _send_query(self, dispatched: Dispatched) -> None:
        try:
            await deliver(self._couriers, dispatched.send)
        except CourierError as error:
            if dispatched.ticket in self._waiting:
                self.settle(dispatched.ticket, self._unsent(dispatched, error))

    def _unsent(self, dispatched: Dispatched, error: CourierError) -> Refused:
        code = ErrorCode.BROKER_UNAVAILABLE
        if isinstance(error, Unroutable):
            code = ErrorCode.SYSTEM_UNAVAILABLE
        elif isinstance(error, Forbidden):
            code = ErrorCode.INTERNAL
        refused = self._gate.unsent(dispatched, code, repr(error))
        self._journal.record(refused.entry)
        return refused

    def _give_up(self, ticket: str) -> None:
        refused = self._gate.overdue(ticket, self._clock())
        if refused is not None:
            self._journal.record(refused.entry)
            self.settle(ticket, refused)

    def settle(self, ticket: str, outcome: Answered | Refused) -> None:
        waiter = self._waiting.get(ticket)
        if waiter is not None and not waiter.done():
            waiter.set_result(outcome)


def rate_headers(allowances: tuple[Allowance, ...]) -> dict[str, str]:
    """RateLimit and RateLimit-Policy (IETF draft): each policy, and what is left of the tightest."""
    if not allowances:
        return {}
    policies = ", ".join(
        f'"{one.policy}";q={one.rate.burst};w={math.ceil(one.rate.burst / one.rate.per_s)}' for one in allowances
    )
    tightest = min(allowances, key=lambda one: one.remaining / one.rate.burst)
    left = f'"{tightest.policy}";r={tightest.remaining};t={math.ceil(tightest.reset_s)}'
    return {"RateLimit-Policy": policies, "RateLimit": left}


def answer_refusal(refused: Refused) -> HttpAnswer:
    headers = {} if refused.is_uniform else rate_headers(refused.allowances)
    if refused.wait_s is not None and not refused.is_uniform:
        headers["Retry-After"] = str(max(1, math.ceil(refused.wait_s)))
    return HttpAnswer(refused.problem.status, refused.problem.to_json(), PROBLEM_TYPE, headers)
