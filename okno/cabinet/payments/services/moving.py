"""An attempt goes on by what its provider proves; captured money enters the ledger and sets out for the books.

Plain SQL on a connection of the caller's, in the caller's transaction: the same for a notice that comes in and for an
answer that was asked for. The rows are locked first, so of two that tell the same news one finds it done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import Detail, audit_write, signal_write
from okno.cabinet.payments.providers.port import Snapshot
from okno.cabinet.payments.services.judging import Judged, Wanted, amount_cut, judge
from okno.cabinet.payments.states import OPEN, PAYMENT, may
from okno.protocol.ids import new_id
from okno.protocol.messages import PaymentCaptured
from okno.protocol.messages.base import Amount
from okno.protocol.money.amount import Money

log = structlog.get_logger("okno.cabinet.payments")

CAPTURED = "okno.payment.captured.v1"

LOCK = """
    SELECT payment.id, payment.state, payment.method, payment.amount, payment.currency, attempt.state,
           attempt.provider_id, attempt.decision = 'leave'
      FROM payments_attempt attempt JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE attempt.id = %s FOR UPDATE
"""
KNOWN = "UPDATE payments_attempt SET provider_id = %s WHERE id = %s AND provider_id IS NULL"
MOVE = """
    UPDATE payments_attempt SET state = %(state)s, reason = %(reason)s, way = %(way)s, trace = %(trace)s,
           paid_at = CASE WHEN %(state)s IN ('paid', 'mismatch') THEN %(at)s ELSE paid_at END,
           came = COALESCE(%(came)s, came), came_currency = COALESCE(%(came_currency)s, came_currency),
           ask_at = CASE WHEN %(state)s IN ('paid', 'mismatch') THEN NULL ELSE ask_at END,
           look_at = CASE WHEN %(state)s = 'paid' THEN %(at)s + interval '1 day' ELSE look_at END
     WHERE id = %(id)s
"""
ENTRY = """
    INSERT INTO payments_entry (id, payment_id, attempt_id, kind, ref, amount, at) VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (payment_id, kind, ref) DO NOTHING
"""
SHARES = "SELECT account_id::text, system, amount FROM payments_share WHERE payment_id = %s ORDER BY account_id"
POSTING = "INSERT INTO payments_posting (id, attempt_id, account_id, amount, outbox) VALUES (%s, %s, %s, %s, %s)"
OUTBOX = """
    INSERT INTO kit_outbox (id, type, kind, system, subject, priority, data, authtype, labels, idempotency_key)
    VALUES (%s, %s, 'command', %s, %s, 0, %s, 'service', '{}', %s)
"""
OTHERS_OPEN = "SELECT EXISTS (SELECT FROM payments_attempt WHERE payment_id = %s AND state = ANY(%s))"
PAYMENT_MOVE = """
    UPDATE payments_payment SET state = %(state)s,
           confirmed_at = CASE WHEN %(state)s = 'confirmed' THEN COALESCE(confirmed_at, %(now)s) ELSE confirmed_at END,
           posted_at = CASE %(state)s WHEN 'posted' THEN %(now)s WHEN 'confirmed' THEN NULL ELSE posted_at END
     WHERE id = %(id)s
"""


@dataclass(frozen=True)
class Stands:
    """The rows of an attempt, locked."""

    attempt: str
    payment: str
    payment_state: str
    method: str
    amount: Money
    state: str
    provider_id: str | None
    left: bool


def snapshot_apply(
    connection: Connection, attempt: UUID | str, snapshot: Snapshot, now: datetime, *, takes_test: bool
) -> str | None:
    """Move the attempt and its payment; the attempt's new state, or None when this was no news.

    Only for what is proven: an answer that was asked for, or a notice whose signature held.
    """
    stands = attempt_lock(connection, attempt)
    if snapshot.provider_id is not None:
        connection.execute(KNOWN, [snapshot.provider_id, stands.attempt])
    judged = judge(Wanted(stands.state, stands.amount, stands.provider_id, takes_test, stands.left), snapshot)
    if judged is None:
        return None
    came = snapshot.amount
    moved = {
        "id": stands.attempt,
        "state": judged.state,
        "reason": judged.reason,
        "way": snapshot.method,
        "trace": snapshot.trace,
        "at": snapshot.at or now,
        "came": came.minor if came is not None else None,
        "came_currency": came.currency if came is not None else None,
    }
    connection.execute(MOVE, moved)
    if judged.state == "paid":
        given = came or stands.amount
        fee = snapshot.fee if snapshot.reached is None else given - snapshot.reached.kept
        captured_write(connection, stands, given, fee, at=snapshot.at or now, now=now)
    else:
        _not_captured(connection, stands, judged, now)
    return judged.state


def attempt_lock(connection: Connection, attempt: UUID | str) -> Stands:
    """The attempt and its payment, both locked until the transaction's end."""
    row = connection.execute(LOCK, [attempt]).fetchone()
    assert row is not None  # attempts are never deleted
    payment, payment_state, method, amount, currency, state, provider_id, left = row
    return Stands(str(attempt), str(payment), payment_state, method, Money(amount, currency), state, provider_id, left)


def captured_write(
    connection: Connection, stands: Stands, came: Money, fee: Money | None, *, at: datetime, now: datetime
) -> None:
    """Ledger, postings on their way, the payment's state: for an attempt that has just become paid.

    `came` is what the payer gave at `at`; it is for the payment's accounts in the proportion of their shares.
    """
    for kind, money in (("captured", came), ("fee", fee)):
        if money is not None and money.minor > 0:
            row = [new_id(), stands.payment, stands.attempt, kind, stands.attempt, money.minor, at]
            connection.execute(ENTRY, row)
    shares = connection.execute(SHARES, [stands.payment]).fetchall()
    cut = amount_cut(came.minor, [minor for _, _, minor in shares])
    for (account, system, _), minor in zip(shares, cut, strict=True):
        if minor > 0:
            _posting_send(connection, stands, account, system, Money(minor, came.currency), at)
    connection.execute("SELECT pg_notify('okno_outbox', '')")
    payment_move(connection, stands.payment, stands.payment_state, "confirmed", now)
    detail: Detail = {"attempt": stands.attempt, "amount": came.minor, "currency": came.currency}
    audit_write(connection, "process:till", "payment.captured", f"payment:{stands.payment}", detail)


def _posting_send(
    connection: Connection, stands: Stands, account: str, system: str, money: Money, at: datetime
) -> None:
    posting, row = new_id(), new_id()
    told = PaymentCaptured(posting, account, Amount.of(money), stands.method, at)
    data = msgspec.json.encode(told)
    connection.execute(OUTBOX, [row, CAPTURED, system, f"acct:{account}", data, posting])
    connection.execute(POSTING, [posting, stands.attempt, account, money.minor, row])


def _not_captured(connection: Connection, stands: Stands, judged: Judged, now: datetime) -> None:
    if judged.state == "mismatch":
        payment_move(connection, stands.payment, stands.payment_state, "review", now)
        detail = {"action": "payment.mismatch", "attempt": stands.attempt, "reason": judged.reason}
        signal_write(connection, "till", "sequence_fail", detail)
        audit_write(connection, "process:till", "payment.mismatch", f"payment:{stands.payment}", detail)
    elif judged.state not in OPEN:
        payment_close(connection, stands, now)


def payment_close(connection: Connection, stands: Stands, now: datetime) -> None:
    """Nothing more is expected of an attempt, nor of its payment if no other attempt is open."""
    row = connection.execute(OTHERS_OPEN, [stands.payment, sorted(OPEN)]).fetchone()
    if row is None or not row[0]:
        payment_move(connection, stands.payment, stands.payment_state, "closed", now)


def payment_move(connection: Connection, payment: str, before: str, after: str, now: datetime) -> None:
    """Move a payment whose row the caller has locked, if there is a way; the customer's page is told."""
    if not may(PAYMENT, before, after):
        return
    connection.execute(PAYMENT_MOVE, {"id": payment, "state": after, "now": now})
