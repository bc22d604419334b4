"""Refunds and chargebacks at their providers: what is due, one call about it, and what came of it.

A refund is cleared first (the provider is asked what has gone back already, so that nothing goes back twice), and only
then told, under its own id. A till that is killed between call and answer makes the same call again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import structlog
from psycopg.rows import TupleRow

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.payments.providers.port import (
    REPEAT,
    Dispute,
    Provider,
    ProviderAway,
    ProviderRefusal,
    Receipt,
    Refunds,
    RefundSnapshot,
    Snapshot,
)
from okno.cabinet.payments.services.refunding.books import unpostings_answered, unpostings_send
from okno.cabinet.payments.services.refunding.cases import disputes_apply
from okno.cabinet.payments.services.refunding.causes import chargebacks_book, moves_go
from okno.cabinet.payments.services.refunding.giving import (
    ATTEMPT_LOCK,
    refund_clear,
    refund_done,
    refund_end,
    refunds_by_hand,
)
from okno.cabinet.payments.services.refunding.seeing import seen_apply
from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money

log = structlog.get_logger("okno.cabinet.till")

#: The shortest memory of a key that a provider promises is an hour: later a repetition could be another refund.
REPEAT_FOR = timedelta(minutes=50)
ASK_S_MIN, ASK_S_MAX = 10, 3600
#: Ages of a payment at which it is looked at for refunds made elsewhere, whatever else makes us look.
LOOKS = (timedelta(days=1), timedelta(days=8), timedelta(days=30), timedelta(days=90), timedelta(days=180))

#: A case that is open is looked at so often, whatever its provider tells.
CASE_EVERY = timedelta(days=1)

#: What `refund_receipt` says of an attempt and an amount of its refund. Raises ProtocolError.
Receipts = Callable[[Connection, str, Money], Receipt | None]
Outcome = Literal["cleared", "done", "pending", "failed", "manual", "away", "seen"]

DUE = """
    SELECT refund.id::text, refund.state, refund.asks, refund.provider_id, refund.sent_at, refund.amount,
           attempt.id::text, attempt.number, attempt.provider, attempt.provider_id, payment.amount, payment.currency,
           attempt.paid_at
      FROM payments_refund refund JOIN payments_attempt attempt ON attempt.id = refund.attempt_id
      JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE refund.ask_at <= %s AND refund.state IN ('approved', 'sent')
     ORDER BY refund.ask_at LIMIT %s FOR UPDATE OF refund SKIP LOCKED
"""
LEASE = "UPDATE payments_refund SET ask_at = %s, asks = asks + 1 WHERE id = ANY(%s::uuid[])"
LOOK = """
    SELECT NULL, 'look', 0, NULL, NULL, 0, attempt.id::text, attempt.number, attempt.provider, attempt.provider_id,
           payment.amount, payment.currency, attempt.paid_at
      FROM payments_attempt attempt JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE attempt.look_at <= %s ORDER BY attempt.look_at LIMIT %s FOR UPDATE OF attempt SKIP LOCKED
"""
LOOK_LEASE = "UPDATE payments_attempt SET look_at = %s WHERE id = ANY(%s::uuid[])"
NEXT = """
    UPDATE payments_refund SET ask_at = %(next)s, provider_id = COALESCE(%(provider_id)s, provider_id),
           failure = %(failure)s
     WHERE id = %(refund)s AND state IN ('approved', 'sent')
"""
# News that came while the provider was being asked have brought the moment forward: it stands.
LOOK_NEXT = "UPDATE payments_attempt SET look_at = %s WHERE id = %s AND look_at > %s"
SOONEST = """
    SELECT LEAST((SELECT min(ask_at) FROM payments_refund WHERE ask_at IS NOT NULL),
                 (SELECT min(look_at) FROM payments_attempt WHERE look_at IS NOT NULL))
"""


@dataclass(frozen=True, kw_only=True)
class Giving:
    """A refund that is due, or (`state` look, without `refund`) a paid attempt to be looked at."""

    refund: str | None
    state: str
    asks: int
    refund_id: str | None
    """The provider's id of the refund."""
    sent_at: datetime | None
    amount: Money
    attempt: str
    number: int
    provider: str
    provider_id: str | None
    whole: Money
    paid_at: datetime | None
    receipt: Receipt | None = None
    """Of the refund, where its payment had one."""
    trouble: str = ""
    """Why this till cannot make it."""


@dataclass(frozen=True, kw_only=True)
class Given:
    giving: Giving
    outcome: Outcome
    reason: str = ""
    snapshot: Snapshot | None = None
    refund_id: str | None = None
    disputes: Sequence[Dispute] = ()


def returns_settle(connection: Connection, now: datetime) -> None:
    """Whatever needs no provider: answers of the books, words of staff, and what the books are told next."""
    unpostings_answered(connection)
    moves_go(connection, now)
    chargebacks_book(connection, now)
    refunds_by_hand(connection, now)
    unpostings_send(connection)


def returns_claim(
    connection: Connection, slots: int, now: datetime, until: datetime, receipts: Receipts
) -> Sequence[Giving]:
    """What is due, leased until `until`, each refund with its receipt."""
    due = [
        _with_receipt(_giving(row), connection, receipts) for row in connection.execute(DUE, [now, slots]).fetchall()
    ]
    connection.execute(LEASE, [until, [giving.refund for giving in due]])
    looks = [_giving(row) for row in connection.execute(LOOK, [now, slots - len(due)]).fetchall()]
    connection.execute(LOOK_LEASE, [until, [giving.attempt for giving in looks]])
    return [*due, *looks]


def _with_receipt(giving: Giving, connection: Connection, receipts: Receipts) -> Giving:
    try:
        return replace(giving, receipt=receipts(connection, giving.attempt, giving.amount))
    except ProtocolError:
        # Sealed to a key that this till does not hold: money does not go back without the receipt that it needs.
        return replace(giving, trouble="no-receipt")


def returns_due(connection: Connection) -> datetime | None:
    row = connection.execute(SOONEST).fetchone()
    return None if row is None else row[0]


def give(giving: Giving, provider: Provider | None, now: Callable[[], datetime]) -> Given:
    """One step: look, clear, tell or ask."""
    try:
        if giving.refund is None:
            snapshot = None if provider is None else _ask(giving, provider)
            return Given(giving=giving, outcome="seen", snapshot=snapshot, disputes=_disputes(giving, provider))
        return _give(giving, UUID(giving.refund), provider, now())
    except ProviderAway as away:
        return Given(giving=giving, outcome="away", reason=str(away))
    except ProviderRefusal as refusal:
        return Given(giving=giving, outcome="failed", reason=refusal.code)


def _give(giving: Giving, refund: UUID, provider: Provider | None, now: datetime) -> Given:
    """A provider that cannot, or not a part, is a person's business."""
    if giving.trouble:
        return Given(giving=giving, outcome="manual", reason=giving.trouble)
    if provider is None:
        return Given(giving=giving, outcome="manual", reason="no-such-provider")
    if provider.refunds is None or giving.provider_id is None:
        return Given(giving=giving, outcome="manual", reason="no-refunds")
    if giving.amount != giving.whole and not provider.partial:
        return Given(giving=giving, outcome="manual", reason="no-partial")
    if giving.state == "approved":
        return Given(giving=giving, outcome="cleared", snapshot=_ask(giving, provider))
    return _tell(giving, refund, giving.provider_id, provider.refunds, now)


def _ask(giving: Giving, provider: Provider) -> Snapshot | None:
    if provider.asking is None:
        return None
    return provider.asking.ask(provider_id=giving.provider_id, attempt=UUID(giving.attempt), number=giving.number)


def _disputes(giving: Giving, provider: Provider | None) -> Sequence[Dispute]:
    if provider is None or provider.disputes is None or giving.provider_id is None:
        return ()
    return provider.disputes.disputes(provider_id=giving.provider_id)


def _tell(giving: Giving, refund: UUID, payment: str, refunds: Refunds, now: datetime) -> Given:
    """The first call tells. Later ones ask, and tell again what never arrived; a refusal is then the provider's no."""

    def told() -> Given:
        return _read(giving, refunds.refund(refund, provider_id=payment, amount=giving.amount, receipt=giving.receipt))

    if giving.asks == 0:
        return told()
    try:
        known = refunds.ask_refund(refund, refund_id=giving.refund_id, provider_id=payment)
    except ProviderAway as away:
        if str(away) != REPEAT:
            raise
        return _repeat(giving, told, now)
    return told() if known is None else _read(giving, known)


def _repeat(giving: Giving, told: Callable[[], Given], now: datetime) -> Given:
    """Something went back, and only the same call can say whether it was this. A refusal then says nothing."""
    if giving.sent_at is None or now - giving.sent_at > REPEAT_FOR:
        return Given(giving=giving, outcome="manual", reason="doubt")
    try:
        return told()
    except ProviderRefusal as refusal:
        return Given(giving=giving, outcome="manual", reason=refusal.code)


def _read(giving: Giving, snapshot: RefundSnapshot) -> Given:
    # What the adapter does not understand is for a person.
    outcome: Outcome = "manual" if snapshot.state == "unknown" else snapshot.state
    reason = snapshot.reason
    if snapshot.amount is not None and snapshot.amount != giving.amount:
        outcome, reason = "manual", "amount"
    return Given(giving=giving, outcome=outcome, reason=reason, refund_id=snapshot.provider_id)


def given_mark(connection: Connection, given: Given, now: datetime) -> None:
    """What came of it, into the rows."""
    giving = given.giving
    connection.execute(ATTEMPT_LOCK, [giving.attempt])
    if given.snapshot is not None:
        seen_apply(connection, giving.attempt, giving.provider, given.snapshot, now)
    disputes_apply(connection, giving.attempt, giving.provider, given.disputes, now)
    if giving.refund is None:
        connection.execute(LOOK_NEXT, [_look_next(given, now), giving.attempt, now])
    elif given.outcome == "cleared":
        refund_clear(connection, giving.refund, now)
    elif given.outcome == "done":
        refund_done(connection, giving.refund, given.refund_id, now)
    elif given.outcome in {"failed", "manual"}:
        refund_end(connection, giving.refund, "failed" if given.outcome == "failed" else "manual", given.reason)
    else:
        following = now + timedelta(seconds=min(ASK_S_MIN * 2 ** min(giving.asks, 9), ASK_S_MAX))
        values = {"next": following, "provider_id": given.refund_id, "failure": given.reason, "refund": giving.refund}
        connection.execute(NEXT, values)
    if given.outcome in {"away", "failed", "manual"}:
        log.warning("provider-refund", provider=giving.provider, outcome=given.outcome, reason=given.reason)


def _look_next(given: Given, now: datetime) -> datetime | None:
    if given.outcome == "away":
        return now + timedelta(seconds=ASK_S_MAX)
    if any(one.state in {"opened", "answered"} for one in given.disputes):
        return now + CASE_EVERY
    paid_at = given.giving.paid_at or now
    return next((paid_at + age for age in LOOKS if paid_at + age > now), None)


def _giving(row: TupleRow) -> Giving:
    return Giving(
        refund=row[0],
        state=row[1],
        asks=row[2],
        refund_id=row[3],
        sent_at=row[4],
        amount=Money(row[5], row[11]),
        attempt=row[6],
        number=row[7],
        provider=row[8],
        provider_id=row[9],
        whole=Money(row[10], row[11]),
        paid_at=row[12],
    )
