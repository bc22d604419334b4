"""What became of a refund: the ledger and its row, in the caller's transaction. As role okno_till."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import Detail, audit_write, signal_write
from okno.protocol.ids import new_id

# The attempt is locked before the refund, as everybody does who writes about what went back.
ATTEMPT_LOCK = "SELECT payment_id::text FROM payments_attempt WHERE id = %s FOR UPDATE"
CLEARED = """
    UPDATE payments_refund SET state = 'sent', sent_at = %(now)s, asks = 0, ask_at = %(now)s
     WHERE id = %(refund)s AND state = 'approved'
"""
DONE = """
    UPDATE payments_refund SET state = 'done', done_at = %(now)s, ask_at = NULL, failure = '',
           provider_id = COALESCE(%(provider_id)s, provider_id)
     WHERE id = %(refund)s AND state IN ('approved', 'sent', 'manual') RETURNING attempt_id::text, amount
"""
OVER = """
    UPDATE payments_refund SET state = %(state)s, failure = %(failure)s, ask_at = NULL
     WHERE id = %(refund)s AND state IN ('approved', 'sent', 'manual') AND state <> %(state)s
"""
ENTRY = """
    INSERT INTO payments_entry (id, payment_id, attempt_id, kind, ref, amount, at)
    SELECT %(id)s, payment_id, id, 'refunded', %(refund)s, %(amount)s, %(now)s FROM payments_attempt
     WHERE id = %(attempt)s ON CONFLICT (payment_id, kind, ref) DO NOTHING
"""
BY_HAND = """
    SELECT id::text FROM payments_refund WHERE state IN ('approved', 'manual') AND by_hand
     ORDER BY id FOR UPDATE SKIP LOCKED
"""


def refund_clear(connection: Connection, refund: str, now: datetime) -> None:
    """Nothing stands in its way: from now on the provider may have been told. The caller holds the attempt."""
    connection.execute(CLEARED, {"refund": refund, "now": now})


def refund_done(connection: Connection, refund: str, provider_id: str | None, now: datetime) -> bool:
    """The money went back: once in the ledger, however often it is told. False when it was known."""
    row = connection.execute(DONE, {"refund": refund, "provider_id": provider_id, "now": now}).fetchone()
    if row is None:
        return False
    attempt, amount = row
    refund_enter(connection, attempt=attempt, refund=refund, minor=amount, now=now)
    audit_write(connection, "process:till", "refund.done", f"refund:{refund}", {"attempt": attempt, "amount": amount})
    return True


def refund_enter(connection: Connection, *, attempt: str, refund: str, minor: int, now: datetime) -> None:
    """Into the ledger."""
    entry = {"id": new_id(), "attempt": attempt, "refund": refund, "amount": minor, "now": now}
    connection.execute(ENTRY, entry)


def refund_end(connection: Connection, refund: str, state: Literal["failed", "manual"], failure: str) -> None:
    """It did not come about, or only a person can bring it about or find out; either way a person is told."""
    if connection.execute(OVER, {"refund": refund, "state": state, "failure": failure}).rowcount:
        detail: Detail = {"action": f"refund.{state}", "refund": refund, "reason": failure}
        signal_write(connection, "till", "sequence_fail", detail)
        audit_write(connection, "process:till", f"refund.{state}", f"refund:{refund}", {"reason": failure})


def refunds_by_hand(connection: Connection, now: datetime) -> None:
    """Those that staff says went back in the provider's own cabinet."""
    for (refund,) in connection.execute(BY_HAND).fetchall():
        refund_done(connection, refund, None, now)
