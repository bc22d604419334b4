"""What the books have answered: a posting is posted, or it is refused and a person has to look."""

from __future__ import annotations

from datetime import datetime

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import audit_write
from okno.cabinet.payments.services.moving import payment_move

ANSWERED = """
    UPDATE payments_posting posting
       SET state = CASE row.state WHEN 'done' THEN 'posted' ELSE 'rejected' END,
           operation = row.outcome->'reply'->>'key',
           refusal = COALESCE(row.outcome->'problem'->>'detail', row.outcome->>'refused', ''),
           posted_at = (row.outcome->'reply'->>'recorded_at')::timestamptz, again = false
      FROM kit_outbox row
     WHERE row.id = posting.outbox AND posting.state IN ('sent', 'rejected')
       AND (row.state = 'done' OR (row.state = 'failed' AND posting.state = 'sent'))
    RETURNING posting.id::text, posting.attempt_id, posting.state
"""
WHOLE = """
    SELECT payment.id::text, payment.state, NOT EXISTS (
               SELECT FROM payments_posting other JOIN payments_attempt its ON its.id = other.attempt_id
                WHERE its.payment_id = payment.id AND other.state NOT IN ('posted', 'moved'))
      FROM payments_payment payment
     WHERE payment.id IN (SELECT payment_id FROM payments_attempt WHERE id = ANY(%s))
     ORDER BY payment.id FOR UPDATE
"""


def postings_settle(connection: Connection, now: datetime) -> int:
    """Take the answers that have come; how many. In the caller's transaction."""
    answered = connection.execute(ANSWERED).fetchall()
    for payment, state, is_whole in connection.execute(WHOLE, [[row[1] for row in answered]]).fetchall():
        if is_whole:
            payment_move(connection, payment, state, "posted", now)
    for posting, _, state in answered:
        if state == "rejected":
            audit_write(connection, "process:till", "payment.rejected", f"posting:{posting}", {})
    return len(answered)
