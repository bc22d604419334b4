"""Money that was posted to the wrong account is moved with four eyes, whole. As role okno_desk.

Nothing is edited: the books take it back from the one account, and are told of it for the other.
"""

from __future__ import annotations

from uuid import UUID

from okno.cabinet.kit.audit import Detail, audit_write
from okno.cabinet.kit.statements import changed, rows
from okno.cabinet.payments.services.refunding.requests import (
    DATABASE,
    ReturnRefusedError,
    asking,
    parts_hold,
    reason_of,
)
from okno.protocol.ids import new_id

FROM = """
    SELECT posting.state, posting.account_id, payments_posting_left(posting.id), payment.currency
      FROM payments_posting posting JOIN payments_attempt attempt ON attempt.id = posting.attempt_id
      JOIN payments_payment payment ON payment.id = attempt.payment_id WHERE posting.id = %s
"""
TO = "SELECT system_id, currency, status FROM accounts_account WHERE id = %s"
ASK = """
    INSERT INTO payments_move (id, posting_id, account_id, system, amount, reason, asked_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
ASKED = "SELECT state, asked_by FROM payments_move WHERE id = %s"
DECIDE = """
    UPDATE payments_move SET state = %s, decided_by = %s, decided_at = now() WHERE id = %s AND state = 'asked'
"""
# Not while it is on its way to the books once more.
LEAVE = """
    UPDATE payments_move SET state = 'failed' WHERE id = %s AND state = 'approved' AND failure = 'books'
       AND EXISTS (SELECT FROM payments_unposting part
           WHERE part.move_id = payments_move.id AND part.state = 'rejected' AND NOT part.again)
"""


def move_ask(*, staff: int, posting: UUID, account: UUID, reason: str) -> str:
    """Ask to move what is left of a posting to another account; the move's id. Raises ReturnRefusedError."""
    why = reason_of(reason)
    with asking():
        found = rows(FROM, [posting], using=DATABASE)
        if not found:
            raise ReturnRefusedError("unknown")
        state, wrong, left, currency = found[0]
        if state == "sent":
            raise ReturnRefusedError("not-in-books")
        if left <= 0 or state == "moved":
            raise ReturnRefusedError("more-than-left")
        system = _to(account, wrong, currency)
        move = new_id()
        changed(ASK, [move, posting, account, system, left, why, f"staff:{staff}"], using=DATABASE)
        parts_hold("move_id", move, {str(posting): left})
        detail: Detail = {"posting": str(posting), "account": str(account), "amount": int(left)}
        audit_write(actor=f"staff:{staff}", action="move.ask", subject=f"move:{move}", detail=detail, using=DATABASE)
    return move


def move_decide(*, staff: int, move: UUID, approve: bool, own: bool = False) -> None:
    """Approve what somebody else asked for, or decline it. Raises ReturnRefusedError."""
    with asking():
        found = rows(ASKED, [move], using=DATABASE)
        if not found:
            raise ReturnRefusedError("unknown")
        state, asked_by = found[0]
        if state != "asked":
            raise ReturnRefusedError("decided")
        if own and asked_by != f"staff:{staff}":
            raise ReturnRefusedError("unknown")
        if approve and asked_by == f"staff:{staff}":
            raise ReturnRefusedError("own-request")
        if not changed(DECIDE, ["approved" if approve else "declined", f"staff:{staff}", move], using=DATABASE):
            raise ReturnRefusedError("decided")  # somebody was first, a moment ago
        action = "move.approve" if approve else "move.decline"
        audit_write(actor=f"staff:{staff}", action=action, subject=f"move:{move}", using=DATABASE)


def move_leave(*, staff: int, move: UUID) -> None:
    """Give up a move that the books refuse: the money stays where it is, and is free again. ReturnRefusedError."""
    with asking():
        if not changed(LEAVE, [move], using=DATABASE):
            raise ReturnRefusedError("decided")
        audit_write(actor=f"staff:{staff}", action="move.leave", subject=f"move:{move}", using=DATABASE)


def _to(account: UUID, wrong: UUID, currency: str) -> str:
    """The system of an account that can take it."""
    found = rows(TO, [account], using=DATABASE)
    if not found or account == wrong:
        raise ReturnRefusedError("account")
    system, its_currency, status = found[0]
    if its_currency != currency or status == "closed":
        raise ReturnRefusedError("account")
    return str(system)
