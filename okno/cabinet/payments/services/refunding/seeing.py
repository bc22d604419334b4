"""A refund that was made in the provider's own cabinet is seen by asking, and becomes a row as any other."""

from __future__ import annotations

from datetime import datetime

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import Detail, audit_write, signal_write
from okno.cabinet.payments.providers.port import Snapshot
from okno.cabinet.payments.services.refunding.dividing import divide
from okno.cabinet.payments.services.refunding.giving import ATTEMPT_LOCK, refund_enter
from okno.protocol.ids import new_id

KNOWN = """
    SELECT COALESCE(sum(amount) FILTER (WHERE state = 'done'), 0)::bigint,
           count(*) FILTER (WHERE state IN ('sent', 'manual') OR by_hand AND state = 'approved')
      FROM payments_refund WHERE attempt_id = %s
"""
LEFT = """
    SELECT id::text, payments_posting_left(id) FROM payments_posting
     WHERE attempt_id = %s AND state <> 'moved' ORDER BY id FOR UPDATE
"""
# Money that is gone cannot be promised any more: the youngest promise gives way first.
PROMISED = """
    UPDATE payments_refund SET state = CASE state WHEN 'asked' THEN 'declined' ELSE 'failed' END, ask_at = NULL,
           decided_by = COALESCE(decided_by, 'process:till'), decided_at = COALESCE(decided_at, %(now)s),
           failure = 'overtaken'
     WHERE id = (SELECT id FROM payments_refund WHERE attempt_id = %(attempt)s AND state IN ('asked', 'approved')
        ORDER BY created_at DESC, id DESC LIMIT 1)
"""
OUTSIDE = """
    INSERT INTO payments_refund (id, attempt_id, amount, state, origin, reason, asked_by, done_at)
    VALUES (%s, %s, %s, 'done', 'provider', '', %s, %s)
"""
PART = "INSERT INTO payments_unposting (id, posting_id, refund_id, amount) VALUES (%s, %s, %s, %s)"


def seen_apply(connection: Connection, attempt: str, provider: str, snapshot: Snapshot, now: datetime) -> None:
    """Compare what the provider says went back with what we know of; more than that is somebody's refund over there.

    While one of ours is under way nobody can tell whose it is: it is looked at again later.
    """
    connection.execute(ATTEMPT_LOCK, [attempt])
    if snapshot.refunded is None or snapshot.state != "paid":
        return
    row = connection.execute(KNOWN, [attempt]).fetchone()
    assert row is not None  # an aggregate has one row
    known, under_way = row
    if snapshot.refunded.minor > known and not under_way:
        _outside(connection, attempt, provider, snapshot.refunded.minor - known, now)


def _outside(connection: Connection, attempt: str, provider: str, minor: int, now: datetime) -> None:
    left = room_made(connection, attempt, minor, now)
    refund = new_id()
    connection.execute(OUTSIDE, [refund, attempt, minor, f"provider:{provider}", now])
    refund_enter(connection, attempt=attempt, refund=refund, minor=minor, now=now)
    # What a chargeback or a move took before is not taken out of the books twice: the rest is for a person.
    told = min(minor, sum(left.values()))
    for posting, part in (divide(told, left) if told else {}).items():
        connection.execute(PART, [new_id(), posting, refund, part])
    detail: Detail = {"action": "refund.outside", "attempt": attempt, "amount": minor, "untold": minor - told}
    signal_write(connection, "till", "sequence_fail", detail)
    audit_write(connection, "process:till", "refund.outside", f"refund:{refund}", detail)


def room_made(connection: Connection, attempt: str, minor: int, now: datetime) -> dict[str, int]:
    """What is left of each posting of an attempt, once promises have given way to `minor` that is gone already."""
    left = _left(connection, attempt)
    while sum(left.values()) < minor and connection.execute(PROMISED, {"attempt": attempt, "now": now}).rowcount:
        left = _left(connection, attempt)
    return left


def _left(connection: Connection, attempt: str) -> dict[str, int]:
    return {str(posting): int(rest) for posting, rest in connection.execute(LEFT, [attempt]).fetchall()}
