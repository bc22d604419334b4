"""What customers do under measure: they ask for their bills through the gateway, and open their overviews."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from people import Customer, pen_of, question
from wire import Answer, Wire

from okno.cabinet.kit.processes.trust import Trust
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.pen import Glass

if TYPE_CHECKING:
    from stack import Stack

OK = 200
WARM_S = 0.5
MESSAGES, JOSE = "/v1/messages", "application/jose+json"
OVERVIEW = "/live/v1/overview"
CLOSED_CODES = frozenset(code.value for code in ErrorCode)
BROKEN = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ProtocolError, ValueError, KeyError)


@dataclass
class Tally:
    """What came of the looks of one phase; times in seconds, `ages` of what the read model showed instead."""

    began: float = field(default_factory=time.perf_counter)
    answered: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    ages: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def answer(self, began: float) -> None:
        """One is answered now."""
        ended = time.perf_counter()
        self.answered.append(ended - began)
        self.ends.append(ended - self.began)

    def per_s(self, seconds: float) -> float:
        """Answers a second between warm-up and end: what came before and afterwards is counted for nobody."""
        return sum(WARM_S <= end < seconds for end in self.ends) / (seconds - WARM_S)


class Looks:
    """A customer asks for his bills; when he is refused he is shown what the read model has, with its age."""

    def __init__(self, stack: Stack, customers: list[Customer], seed: int) -> None:
        self._customers = customers
        self._chance = random.Random(seed)
        self._pen = pen_of(stack)
        plan = stack.prepared.plan()
        ring = Trust(plan.keylist, plan.root_public).ring(datetime.now(UTC))
        self._glass = Glass(ring, receiver="cabinet")
        self._gateway, self._live = Wire(stack.gateway), Wire(stack.live)

    async def look(self, tally: Tally) -> None:
        customer = self._chance.choice(self._customers)
        asked = question(self._pen, customer)
        began = time.perf_counter()
        try:
            answer = await self._gateway.post(MESSAGES, asked, JOSE)
            code = self._problem(answer.body) if answer.status == OK else str(json.loads(answer.body)["code"])
            if code is None:
                tally.answer(began)
                return
            tally.refused[code] += 1
            if code not in CLOSED_CODES:
                tally.errors.append(f"unknown code {code}")
            tally.ages.append(shown(await self._live.get(OVERVIEW, customer.cookie), customer))
        except BROKEN as error:
            tally.errors.append(repr(error))

    async def read(self, tally: Tally) -> None:
        """Somebody opens his overview."""
        customer = self._chance.choice(self._customers)
        began = time.perf_counter()
        try:
            shown(await self._live.get(OVERVIEW, customer.cookie), customer)
            tally.answer(began)
        except BROKEN as error:
            tally.errors.append(repr(error))

    def _problem(self, raw: bytes) -> str | None:
        """The code of a refusal that the inside signed; None for bills. Raises ProtocolError."""
        received = self._glass.read(raw, at=datetime.now(UTC), online=True)
        return None if received.envelope.kind == "reply" else str(received.envelope.data["code"])

    def close(self) -> None:
        self._gateway.close()
        self._live.close()


def shown(answer: Answer, customer: Customer) -> float:
    """The age of what an overview shows, in seconds. Raises ValueError when it is not this customer's."""
    told = json.loads(answer.body)
    if answer.status != OK or told["account"]["account"] != customer.account:
        raise ValueError(f"{answer.status}: not the overview of {customer.account}")
    return (datetime.now(UTC) - datetime.fromisoformat(told["account"]["as_of"])).total_seconds()


async def closed_loop(look: Callable[[Tally], Awaitable[None]], callers: int, seconds: float) -> Tally:
    """So many callers, each of whom asks again when he has been answered."""
    tally = Tally()
    until = time.perf_counter() + seconds

    async def caller() -> None:
        while time.perf_counter() < until:
            await look(tally)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return tally


async def open_loop(
    look: Callable[[Tally], Awaitable[None]], per_s: float, seconds: float, chance: random.Random
) -> Tally:
    """Callers come at random, so many a second in the mean, whether those before them were answered or not."""
    tally = Tally()
    under_way: set[asyncio.Task[None]] = set()
    due = 0.0
    while (due := due + chance.expovariate(per_s)) < seconds:
        await asyncio.sleep(max(0.0, tally.began + due - time.perf_counter()))
        task = asyncio.ensure_future(look(tally))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    if under_way:
        await asyncio.wait(under_way)
    return tally
