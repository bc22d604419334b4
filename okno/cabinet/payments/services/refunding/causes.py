"""Chargebacks enter the ledger, and money comes into the books again: a case that was won, a move to its account.

As role okno_till, in the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import Detail, audit_write, signal_write
from okno.cabinet.payments.services.moving import CAPTURED, OUTBOX
from okno.protocol.ids import new_id
from okno.protocol.messages import PaymentCaptured
from okno.protocol.messages.base import Amount
from okno.protocol.money.amount import Money

NEWS = """
    SELECT kase.id::text, kase.attempt_id::text, kase.state, kase.amount, kase.opened_at, attempt.payment_id::text
      FROM payments_chargeback kase JOIN payments_attempt attempt ON attempt.id = kase.attempt_id
     WHERE kase.booked <> kase.state ORDER BY kase.id FOR UPDATE OF kase SKIP LOCKED
"""
BOOKED = "UPDATE payments_chargeback SET booked = state WHERE id = %s"
ENTRY = """
    INSERT INTO payments_entry (id, payment_id, attempt_id, kind, ref, amount, at) VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (payment_id, kind, ref) DO NOTHING
"""
# What a chargeback took, by account: it comes back there.
TAKEN = """
    SELECT posting.attempt_id::text, posting.account_id::text, COALESCE(earlier.system, share.system), part.amount,
           payment.currency, payment.method
      FROM payments_unposting part JOIN payments_posting posting ON posting.id = part.posting_id
      JOIN payments_attempt attempt ON attempt.id = posting.attempt_id
      JOIN payments_payment payment ON payment.id = attempt.payment_id
      LEFT JOIN payments_share share ON share.payment_id = payment.id AND share.account_id = posting.account_id
      LEFT JOIN payments_move earlier ON earlier.id = posting.cause
     WHERE part.chargeback_id = %s ORDER BY part.id
"""
MOVES = """
    SELECT move.id::text, part.state, posting.attempt_id::text, move.account_id::text, move.system, move.amount,
           payment.currency, payment.method
      FROM payments_move move JOIN payments_unposting part ON part.move_id = move.id
      JOIN payments_posting posting ON posting.id = move.posting_id
      JOIN payments_attempt attempt ON attempt.id = posting.attempt_id
      JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE move.state = 'approved'
       AND (part.state IN ('posted', 'needless') OR part.state = 'rejected' AND move.failure = '')
     ORDER BY move.id FOR UPDATE OF move SKIP LOCKED
"""
MOVE_DONE = "UPDATE payments_move SET state = 'done', failure = '', done_at = %s WHERE id = %s"
# It stands until somebody sends it again, or gives it up.
MOVE_STUCK = "UPDATE payments_move SET failure = 'books' WHERE id = %s"
POSTING = """
    INSERT INTO payments_posting (id, attempt_id, account_id, amount, outbox, cause) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (cause, account_id) DO NOTHING
"""


def chargebacks_book(connection: Connection, now: datetime) -> None:
    """What staff or a bank said of a case becomes an entry, once for each side."""
    for case, attempt, state, minor, opened_at, payment in connection.execute(NEWS).fetchall():
        connection.execute(ENTRY, [new_id(), payment, attempt, "charged_back", case, minor, opened_at])
        if state == "won":
            connection.execute(ENTRY, [new_id(), payment, attempt, "chargeback_won", case, minor, now])
            for row in connection.execute(TAKEN, [case]).fetchall():
                _post_again(connection, case, row, now)
        connection.execute(BOOKED, [case])
        detail: Detail = {"state": state, "amount": minor}
        audit_write(connection, "process:till", "chargeback.booked", f"chargeback:{case}", detail)


def moves_go(connection: Connection, now: datetime) -> None:
    """What has left the one account is told of for the other; what could not leave waits for a person."""
    for move, part, *row in connection.execute(MOVES).fetchall():
        if part == "rejected":
            connection.execute(MOVE_STUCK, [move])
            signal_write(connection, "till", "sequence_fail", {"action": "move.stuck", "move": move})
        else:
            _post_again(connection, move, tuple(row), now)
            connection.execute(MOVE_DONE, [now, move])
        audit_write(connection, "process:till", "move.stuck" if part == "rejected" else "move.done", f"move:{move}", {})


def _post_again(connection: Connection, cause: str, row: tuple[object, ...], now: datetime) -> None:
    attempt, account, system, minor, currency, method = row
    posting, outbox = new_id(), new_id()
    told = PaymentCaptured(posting, str(account), Amount.of(Money(int(str(minor)), str(currency))), str(method), now)
    if connection.execute(POSTING, [posting, attempt, account, minor, outbox, cause]).rowcount:
        data = msgspec.json.encode(told)
        connection.execute(OUTBOX, [outbox, CAPTURED, system, f"acct:{account}", data, posting])
        connection.execute("SELECT pg_notify('okno_outbox', '')")
