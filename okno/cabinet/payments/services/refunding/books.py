"""What went back leaves the books: told once, for each account, as soon as the books have what is to be taken out.

A refund is `payment.refunded`. A chargeback and a move take back what was posted: the whole is `payment.reversed`, and
a part, which no books reverse, is told as a refund of that part. As role okno_till, in the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import audit_write, signal_write
from okno.cabinet.payments.services.moving import OUTBOX
from okno.protocol.ids import new_id
from okno.protocol.messages import PaymentRefunded, PaymentReversed
from okno.protocol.messages.base import Amount
from okno.protocol.money.amount import Money

REFUNDED, REVERSED = "okno.payment.refunded.v1", "okno.payment.reversed.v1"

ANSWERED = """
    UPDATE payments_unposting part
       SET state = CASE row.state WHEN 'done' THEN 'posted' ELSE 'rejected' END,
           operation = row.outcome->'reply'->>'key',
           refusal = COALESCE(row.outcome->'problem'->>'detail', row.outcome->>'refused', ''),
           posted_at = (row.outcome->'reply'->>'recorded_at')::timestamptz, again = false
      FROM kit_outbox row
     WHERE row.id = part.outbox AND part.state IN ('sent', 'rejected')
       AND (row.state = 'done' OR (row.state = 'failed' AND part.state = 'sent'))
    RETURNING part.id::text, part.state
"""
# Its cause is a fact, and the books have answered about the posting.
READY = """
    SELECT part.id::text, part.amount, part.move_id IS NOT NULL, part.refund_id IS NOT NULL,
           COALESCE(refund.done_at, kase.opened_at, move.decided_at), posting.id::text, posting.account_id::text,
           posting.amount, posting.state, payment.method, payment.currency, COALESCE(earlier.system, share.system)
      FROM payments_unposting part
      JOIN payments_posting posting ON posting.id = part.posting_id
      JOIN payments_attempt attempt ON attempt.id = posting.attempt_id
      JOIN payments_payment payment ON payment.id = attempt.payment_id
      LEFT JOIN payments_share share ON share.payment_id = payment.id AND share.account_id = posting.account_id
      LEFT JOIN payments_move earlier ON earlier.id = posting.cause
      LEFT JOIN payments_refund refund ON refund.id = part.refund_id
      LEFT JOIN payments_chargeback kase ON kase.id = part.chargeback_id
      LEFT JOIN payments_move move ON move.id = part.move_id
     WHERE part.state = 'planned' AND posting.state IN ('posted', 'rejected')
       AND (refund.state = 'done' OR kase.booked <> '' OR move.state = 'approved')
     ORDER BY part.id FOR UPDATE OF part SKIP LOCKED
"""
SENT = "UPDATE payments_unposting SET state = 'sent', kind = %s, outbox = %s WHERE id = %s"
NEEDLESS = "UPDATE payments_unposting SET state = 'needless' WHERE id = %s"
MOVED = "UPDATE payments_posting SET state = 'moved' WHERE id = %s"


@dataclass(frozen=True)
class _Part:
    """A part of a posting that has to leave the books."""

    id: str
    amount: int
    of_move: bool
    of_refund: bool
    at: datetime
    posting: str
    account: str
    whole: int
    posting_state: str
    method: str
    currency: str
    system: str

    @property
    def money(self) -> Amount:
        return Amount.of(Money(self.amount, self.currency))


def unpostings_answered(connection: Connection) -> None:
    """Take the answers that have come; money that the books will not let go is for a person."""
    for part, state in connection.execute(ANSWERED).fetchall():
        if state == "rejected":
            signal_write(connection, "till", "sequence_fail", {"action": "unposting.rejected", "unposting": part})
            audit_write(connection, "process:till", "unposting.rejected", f"unposting:{part}", {})


def unpostings_send(connection: Connection) -> None:
    """Tell the books of what is ready. What they refused at the time they need not be told of."""
    parts = [_Part(*row) for row in connection.execute(READY).fetchall()]
    for part in parts:
        if part.posting_state == "rejected":
            connection.execute(NEEDLESS, [part.id])
            if part.of_move:
                connection.execute(MOVED, [part.posting])
        else:
            _send(connection, part)
    if parts:
        connection.execute("SELECT pg_notify('okno_outbox', '')")


def _send(connection: Connection, part: _Part) -> None:
    row = new_id()
    if part.of_refund or part.amount != part.whole:
        kind, type_ = "refunded", REFUNDED
        told: msgspec.Struct = PaymentRefunded(part.id, part.posting, part.account, part.money, part.method, part.at)
    else:
        kind, type_ = "reversed", REVERSED
        reason = "misdirected" if part.of_move else "chargeback"
        told = PaymentReversed(part.id, part.posting, part.account, part.money, part.at, reason)
    data = msgspec.json.encode(told)
    connection.execute(OUTBOX, [row, type_, part.system, f"acct:{part.account}", data, part.id])
    connection.execute(SENT, [kind, row, part.id])
