"""Money that moved through the cabinet: in the books once, however often it is told."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from okno.connectors.conformance.counterpart import SERVICE
from okno.connectors.conformance.failing import Failed, expect, expect_equal
from okno.connectors.conformance.stage import Account, Stage
from okno.connectors.conformance.suite import Check
from okno.connectors.conformance.trust import now
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.ids import new_id
from okno.protocol.money import Money

CAPTURED = "okno.payment.captured.v1"
REFUNDED = "okno.payment.refunded.v1"
REVERSED = "okno.payment.reversed.v1"
AT_ONCE = 5
# A command that is still running is asked for again: this often, with this pause.
TRIES_MAX, PAUSE_S = 40, 0.5


def captured(account: Account, amount: int, currency: str | None = None) -> m.PaymentCaptured:
    money = m.Amount.of(Money(amount, currency or account.opened.currency))
    return m.PaymentCaptured(new_id(), account.id, money, "card", now())


async def done(stage: Stage, type_: str, data: m.Message, key: str) -> m.Recorded:
    """The reply to a command under this key. Raises Failed for a refusal."""
    answer = await settled(stage, type_, data, key)
    if isinstance(answer, Problem):
        raise Failed(f"{type_} was refused: {answer.code} ({answer.detail})")
    return answer


async def settled(stage: Stage, type_: str, data: m.Message, key: str) -> m.Recorded | Problem:
    """The answer to a command under this key, asked for until it is no longer running."""
    for _ in range(TRIES_MAX):
        answer = await stage.wire.ask_either(type_, data, idempotencykey=key, **SERVICE)
        if isinstance(answer, m.Recorded):
            return answer
        assert isinstance(answer, Problem)  # the registry knows no third answer of a posting
        if answer.code != ErrorCode.IDEMPOTENCY_IN_PROGRESS.value:
            return answer
        await asyncio.sleep(PAUSE_S)
    raise Failed(f"{type_} has been running for {TRIES_MAX * PAUSE_S:g} s")


async def posted_once(stage: Stage, account: Account, payment: m.PaymentCaptured, key: str) -> None:
    """That the account was told exactly one operation for the payment, under the key of the reply."""
    account.posted.append(-payment.amount.money.minor)
    told = await stage.told(account)
    last = told[-1].operation
    expect_equal((last.kind, last.amount.money.minor), ("payment", account.posted[-1]), "the payment's operation")
    expect_equal(last.key, key, "the key of the payment's operation, beside the key of the reply")
    events = await stage.wire.until(partial(_posted, stage, payment))
    expect_equal([one.operation for one in events or ()], [key], "payment.posted of the payment")
    state = await stage.snapshot(account)
    expect_equal(state.balance.money.minor, account.balance, "the balance after the payment")


def _posted(stage: Stage, payment: m.PaymentCaptured) -> list[m.PaymentPosted]:
    found = stage.wire.of_account(payment.account, m.PaymentPosted)
    return [one for one in found if one.payment == payment.payment]


async def once(stage: Stage) -> None:
    account = await stage.open()
    await stage.charge(account, 10_000)
    payment = captured(account, 6_000)
    replies = await asyncio.gather(*(done(stage, CAPTURED, payment, payment.payment) for _ in range(AT_ONCE)))
    again = await done(stage, CAPTURED, payment, payment.payment)
    expect_equal({reply.key for reply in (*replies, again)}, {again.key}, "the keys of all replies")
    await posted_once(stage, account, payment, again.key)
    other = m.PaymentCaptured(payment.payment, account.id, captured(account, 1).amount, "card", now())
    refusal = await stage.wire.ask_either(CAPTURED, other, idempotencykey=payment.payment, **SERVICE)
    code = getattr(refusal, "code", "a reply")
    expect_equal(code, ErrorCode.IDEMPOTENCY_CONFLICT.value, "the answer to another content under the same key")


async def refused(stage: Stage) -> None:
    account = await stage.open()
    stranger = Account(new_id(), account.opened, [])
    other = "EUR" if account.opened.currency != "EUR" else "USD"
    cases = ((captured(stranger, 100), "unknown-account"), (captured(account, 100, other), "wrong-currency"))
    for payment, reason in cases:
        answer = await stage.wire.ask_either(CAPTURED, payment, idempotencykey=payment.payment, **SERVICE)
        expect(isinstance(answer, Problem), f"a payment that cannot be posted ({reason}) was taken")
        expect_equal(answer.retry, "never", f"whether a payment with {reason} may be sent again")
        found = await stage.wire.until(partial(_rejected, stage, payment))
        expect_equal([one.reason for one in found or ()], [reason], "payment.rejected of the payment")
    state = await stage.snapshot(account)
    expect_equal((state.balance.money.minor, state.operations), (0, ()), "the account after refused payments")


def _rejected(stage: Stage, payment: m.PaymentCaptured) -> list[m.PaymentRejected]:
    found = stage.wire.of_account(payment.account, m.PaymentRejected)
    return [one for one in found if one.payment == payment.payment]


async def back(stage: Stage) -> None:
    account = await stage.open()
    await stage.charge(account, 10_000)
    first, second = captured(account, 6_000), captured(account, 3_000)
    for payment in (first, second):
        reply = await done(stage, CAPTURED, payment, payment.payment)
        await posted_once(stage, account, payment, reply.key)
    part = m.Amount.of(Money(2_000, account.opened.currency))
    refund = m.PaymentRefunded(new_id(), first.payment, account.id, part, "card", now())
    reversal = m.PaymentReversed(new_id(), second.payment, account.id, second.amount, now())
    wanted: tuple[tuple[str, Any, str], ...] = (
        (REFUNDED, refund, refund.refund),
        (REVERSED, reversal, reversal.reversal),
    )
    for type_, data, key in wanted:
        replies = await asyncio.gather(*(done(stage, type_, data, key) for _ in range(2)))
        account.posted.append(data.amount.money.minor)
        last = (await stage.told(account))[-1].operation
        expect_equal({reply.key for reply in replies}, {last.key}, f"the keys of both replies to {type_}")
        expect_equal(last.amount.money.minor, account.posted[-1], f"the effect of {type_}")
    rest = m.Amount.of(Money(first.amount.money.minor - part.money.minor + 1, account.opened.currency))
    beyond: tuple[tuple[str, Any, str], ...] = (
        (REFUNDED, m.PaymentRefunded(new_id(), first.payment, account.id, rest, "card", now()), "a refund of more"),
        (REVERSED, m.PaymentReversed(new_id(), second.payment, account.id, second.amount, now()), "a second reversal"),
        (REVERSED, m.PaymentReversed(new_id(), first.payment, account.id, first.amount, now()), "a reversal of more"),
    )
    for type_, data, what in beyond:
        key = data.refund if type_ == REFUNDED else data.reversal
        answer = await stage.wire.ask_either(type_, data, idempotencykey=key, **SERVICE)
        expect(isinstance(answer, Problem), f"{what} than was left of the payment was taken")
        expect_equal(answer.retry, "never", f"whether {what} than was left may be sent again")
    await _given_back_at_once(stage, account)
    state = await stage.snapshot(account)
    expect_equal(state.balance.money.minor, account.balance, "the balance after money went back")


async def _given_back_at_once(stage: Stage, account: Account) -> None:
    """Whoever looks at what is left of a payment and takes it in two steps lets two take the same."""
    payment = captured(account, 1_000)
    await posted_once(stage, account, payment, (await done(stage, CAPTURED, payment, payment.payment)).key)
    refunds = [
        m.PaymentRefunded(new_id(), payment.payment, account.id, payment.amount, "card", now()) for _ in range(AT_ONCE)
    ]
    answers = await asyncio.gather(*(settled(stage, REFUNDED, one, one.refund) for one in refunds))
    taken = [one for one in answers if isinstance(one, m.Recorded)]
    expect_equal(len(taken), 1, f"how many of {AT_ONCE} refunds of a whole payment at once were taken")
    account.posted.append(payment.amount.money.minor)
    last = (await stage.told(account))[-1].operation
    expect_equal(last.key, taken[0].key, "the key of the one that was taken")


POSTING = (
    Check("posting-once", "A payment is posted once, however often it comes.", frozenset({CAPTURED}), once),
    Check(
        "posting-refused",
        "A payment that cannot be posted is refused for good, told, and changes nothing.",
        frozenset({CAPTURED}),
        refused,
    ),
    Check(
        "money-back",
        "A refund and a reversal are posted once, against their payment, and never above what is left of it.",
        frozenset({CAPTURED, REFUNDED, REVERSED}),
        back,
    ),
)
