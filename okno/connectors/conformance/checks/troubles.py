"""A system that is slow, and one that is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from okno.connectors.conformance.checks.posting import CAPTURED, captured, done, posted_once
from okno.connectors.conformance.counterpart import SERVICE
from okno.connectors.conformance.failing import Failed, expect, expect_equal
from okno.connectors.conformance.stage import LIMITS, SNAPSHOT, Account, Stage
from okno.connectors.conformance.suite import Check
from okno.connectors.conformance.trust import now
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem

SLOW_S = 0.1
OFFERED_TIMES = 3
_NOT_NOW = {ErrorCode.DEADLINE_EXCEEDED.value, ErrorCode.SYSTEM_UNAVAILABLE.value}


async def slow(stage: Stage) -> None:
    account = await stage.open()
    await stage.charge(account, 10_000)
    payment = captured(account, 4_000)
    async with _slowed(stage):
        questions = [_asked(stage, account) for _ in range(OFFERED_TIMES * LIMITS.ceiling)]
        posting = done(stage, CAPTURED, payment, payment.payment) if CAPTURED in stage.offered else None
        answers = await asyncio.gather(*questions)
        reply = await posting if posting is not None else None
    expect([one for one in answers if isinstance(one, m.AccountSnapshot)], "a slow system answered no question at all")
    for one in answers:
        if isinstance(one, Problem):
            expect(one.code in _NOT_NOW, f"a slow system was answered for with {one.code}")
    most = stage.connector.ceiling.in_use_most
    expect(most <= LIMITS.ceiling, f"{most} calls were under way at once, {LIMITS.ceiling} are allowed")
    if reply is not None:
        await posted_once(stage, account, payment, reply.key)


async def failing(stage: Stage) -> None:
    account = await stage.open()
    await stage.charge(account, 10_000)
    payment = captured(account, 4_000)
    posting = None
    async with _away(stage):
        left_at = now()
        answer = await _asked(stage, account)
        if isinstance(answer, m.AccountSnapshot):
            expect(
                answer.as_of <= left_at, "the state of a system that is away is said to be newer than its last answer"
            )
            expect_equal(answer.balance.money.minor, account.balance, "the last state of a system that is away")
        elif isinstance(answer, Problem):
            expect(answer.code in _NOT_NOW, f"a system that is away was answered for with {answer.code}")
        if CAPTURED in stage.offered:
            posting = asyncio.create_task(done(stage, CAPTURED, payment, payment.payment))
        await asyncio.to_thread(stage.bench.charge, account.opened.account, 300, "while away")
        await asyncio.sleep(1.0)
        expect(posting is None or not posting.done(), "a payment was answered while nobody could take it")
        late = [mark for mark in stage.wire.watermarks() if mark.committed_before > now()]
        expect(not late, "a watermark is ahead of the clock")
    account.posted.append(300)
    if posting is None:
        await stage.told(account)
        return
    reply = await posting
    account.posted.append(-payment.amount.money.minor)
    told = {one.operation.key: one.operation.amount.money.minor for one in await stage.told(account)}
    expect_equal(told.get(reply.key), -payment.amount.money.minor, "the operation of a payment that waited")
    expect_equal(sorted(told.values()), sorted(account.posted), "all operations after the system came back")


async def _asked(stage: Stage, account: Account) -> Any:  # noqa: ANN401 (a snapshot, a problem, or None: no answer in time)
    try:
        return await stage.wire.ask_either(SNAPSHOT, m.SnapshotGet(account.id), **SERVICE)
    except Failed:
        # A question whose time is over is dropped, and the gateway answers for it.
        return None


@asynccontextmanager
async def _slowed(stage: Stage) -> AsyncIterator[None]:
    await asyncio.to_thread(stage.bench.slow, SLOW_S)
    try:
        yield
    finally:
        await asyncio.to_thread(stage.bench.slow, 0.0)


@asynccontextmanager
async def _away(stage: Stage) -> AsyncIterator[None]:
    await asyncio.to_thread(lambda: stage.bench.away(away=True))
    try:
        yield
    finally:
        await asyncio.to_thread(lambda: stage.bench.away(away=False))


TROUBLES = (
    Check(
        "slow",
        "Of a slow system no more is asked than the ceiling allows, and what comes too late is refused.",
        frozenset({SNAPSHOT}),
        slow,
    ),
    Check(
        "failing",
        "While the system is away the last state is shown with its age, or nothing; payments wait and are posted once.",
        frozenset({SNAPSHOT}),
        failing,
    ),
)
