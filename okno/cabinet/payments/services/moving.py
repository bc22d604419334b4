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
from okno.cabinet.payments.services.judging import Judged, Wanted, judge
from okno.cabinet.payments.states import OPEN, PAYMENT, may
from okno.protocol.ids import new_id
from okno.protocol.messages import PaymentCaptured
from okno.protocol.messages.base import Amount
from okno.protocol.money.amount import Money

log = structlog.get_logger("okno.cabinet.payments")

CAPTURED = "okno.payment.captured.v1"

LOCK = """
    SELECT payment.id, payment.state, payment.method, payment.amount, payment.currency, attempt.state,
           attempt.provider_id
      FROM payments_attempt attempt JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE attempt.id = %s FOR UPDATE
"""
KNOWN = "UPDATE payments_attempt SET provider_id = %s WHERE id = %s AND provider_id IS NULL"
MOVE = """
    UPDATE payments_attempt SET state = %(state)s, reason = %(reason)s, way = %(way)s, trace = %(trace)s,
           paid_at = CASE WHEN %(state)s = 'paid' THEN %(at)s ELSE paid_at END,
           ask_at = CASE WHEN %(state)s IN ('paid', 'mismatch') THEN NULL ELSE ask_at END
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
class _Stands:
    """The rows of an attempt, locked."""

    attempt: str
    payment: str
    payment_state: str
    method: str
    amount: Money
    state: str
    provider_id: str | None


def snapshot_apply(
    connection: Connection, attempt: UUID | str, snapshot: Snapshot, now: datetime, *, takes_test: bool
) -> str | None:
    """Move the attempt and its payment; the attempt's new state, or None when this was no news.

    Only for what is proven: an answer that was asked for, or a notice whose signature held.
    """
    stands = _lock(connection, attempt)
    if snapshot.provider_id is not None:
        connection.execute(KNOWN, [snapshot.provider_id, stands.attempt])
    judged = judge(Wanted(stands.state, stands.amount, stands.provider_id, takes_test), snapshot)
    if judged is None:
        return None
    moved = {
        "id": stands.attempt,
        "state": judged.state,
        "reason": judged.reason,
        "way": snapshot.method,
        "trace": snapshot.trace,
        "at": snapshot.at or now,
    }
    connection.execute(MOVE, moved)
    if judged.state == "paid":
        _captured(connection, stands, snapshot, now)
    else:
        _not_captured(connection, stands, judged, now)
    return judged.state


def _lock(connection: Connection, attempt: UUID | str) -> _Stands:
    row = connection.execute(LOCK, [attempt]).fetchone()
    assert row is not None  # attempts are never deleted
    payment, payment_state, method, amount, currency, state, provider_id = row
    return _Stands(str(attempt), str(payment), payment_state, method, Money(amount, currency), state, provider_id)


def _captured(connection: Connection, stands: _Stands, snapshot: Snapshot, now: datetime) -> None:
    at = snapshot.at or now
    for kind, money in (("captured", snapshot.amount), ("fee", snapshot.fee)):
        if money is not None and money.minor > 0:
            row = [new_id(), stands.payment, stands.attempt, kind, stands.attempt, money.minor, at]
            connection.execute(ENTRY, row)
    for account, system, minor in connection.execute(SHARES, [stands.payment]).fetchall():
        _posting_send(connection, stands, account, system, Money(minor, stands.amount.currency), at)
    connection.execute("SELECT pg_notify('okno_outbox', '')")
    payment_move(connection, stands.payment, stands.payment_state, "confirmed", now)
    detail: Detail = {"attempt": stands.attempt, "amount": stands.amount.minor, "currency": stands.amount.currency}
    audit_write(connection, "process:till", "payment.captured", f"payment:{stands.payment}", detail)


def _posting_send(
    connection: Connection, stands: _Stands, account: str, system: str, money: Money, at: datetime
) -> None:
    posting, row = new_id(), new_id()
    told = PaymentCaptured(posting, account, Amount.of(money), stands.method, at)
    data = msgspec.json.encode(told)
    connection.execute(OUTBOX, [row, CAPTURED, system, f"acct:{account}", data, posting])
    connection.execute(POSTING, [posting, stands.attempt, account, money.minor, row])


def _not_captured(connection: Connection, stands: _Stands, judged: Judged, now: datetime) -> None:
    if judged.state == "mismatch":
        payment_move(connection, stands.payment, stands.payment_state, "review", now)
        detail = {"action": "payment.mismatch", "attempt": stands.attempt, "reason": judged.reason}
        signal_write(connection, "till", "sequence_fail", detail)
        audit_write(connection, "process:till", "payment.mismatch", f"payment:{stands.payment}", detail)
    elif judged.state not in OPEN and not _others_open(connection, stands.payment):
        payment_move(connection, stands.payment, stands.payment_state, "closed", now)


def _others_open(connection: Connection, payment: str) -> bool:
    row = connection.execute(OTHERS_OPEN, [payment, sorted(OPEN)]).fetchone()
    return row is not None and bool(row[0])


def payment_move(connection: Connection, payment: str, before: str, after: str, now: datetime) -> None:
    """Move a payment whose row the caller has locked, if there is a way; the customer's page is told."""
    if not may(PAYMENT, before, after):
        return
    connection.execute(PAYMENT_MOVE, {"id": payment, "state": after, "now": now})
