"""Refunds with four eyes: one member of staff asks, another approves or declines. As role okno_desk."""

from __future__ import annotations

from uuid import UUID

from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.statements import changed, rows
from okno.cabinet.payments.services.refunding.requests import (
    DATABASE,
    ReturnRefusedError,
    asking,
    minor_of,
    paid_of,
    parts_hold,
    parts_of,
    reason_of,
)
from okno.protocol.ids import new_id

ASK = """
    INSERT INTO payments_refund (id, attempt_id, amount, by_hand, reason, asked_by) VALUES (%s, %s, %s, %s, %s, %s)
"""
ASKED = "SELECT state, asked_by FROM payments_refund WHERE id = %s"
DECIDE = """
    UPDATE payments_refund SET state = %(state)s, decided_by = %(by)s, decided_at = now(),
           ask_at = CASE WHEN %(state)s = 'approved' AND NOT by_hand THEN now() END
     WHERE id = %(id)s AND state = 'asked'
"""
CLOSE = {
    True: "UPDATE payments_refund SET by_hand = true WHERE id = %s AND state = 'manual'",
    False: "UPDATE payments_refund SET state = 'failed', failure = 'by-staff' WHERE id = %s AND state = 'manual'",
}


def refund_ask(
    *, staff: int, attempt: UUID, amount: str, reason: str, account: UUID | None = None, by_hand: bool = False
) -> str:
    """Ask to give back; the refund's id. The whole of what is left, or a part of it.

    Among several accounts it is divided in proportion to what is left of each, unless `account` names one. `by_hand`:
    the money went back in the provider's own cabinet already. Raises ReturnRefusedError.
    """
    why = reason_of(reason)
    with asking():
        currency, _ = paid_of(attempt)
        minor = minor_of(amount, currency)
        parts = parts_of(attempt, minor, account)
        refund = new_id()
        changed(ASK, [refund, attempt, minor, by_hand, why, f"staff:{staff}"], using=DATABASE)
        parts_hold("refund_id", refund, parts)
        _tell(staff, "refund.ask", refund, amount=minor, attempt=str(attempt))
    return refund


def refund_decide(*, staff: int, refund: UUID, approve: bool, own: bool = False) -> None:
    """Approve what somebody else asked for, or decline it: one's own too, which takes it back.

    `own`: for who may take back what he asked for, and decide nothing else. Raises ReturnRefusedError.
    """
    with asking():
        found = rows(ASKED, [refund], using=DATABASE)
        if not found:
            raise ReturnRefusedError("unknown")
        state, asked_by = found[0]
        if state != "asked":
            raise ReturnRefusedError("decided")
        if own and asked_by != f"staff:{staff}":
            raise ReturnRefusedError("unknown")
        if approve and asked_by == f"staff:{staff}":
            raise ReturnRefusedError("own-request")
        after = "approved" if approve else "declined"
        if not changed(DECIDE, {"id": refund, "state": after, "by": f"staff:{staff}"}, using=DATABASE):
            raise ReturnRefusedError("decided")  # somebody was first, a moment ago
        _tell(staff, f"refund.{'approve' if approve else 'decline'}", str(refund))


def refund_close(*, staff: int, refund: UUID, went: bool) -> None:
    """Say what became of a refund that only a person can make or find out about: it went back, or it did not.

    Raises ReturnRefusedError decided where nobody waits for that word.
    """
    with asking():
        if not changed(CLOSE[went], [refund], using=DATABASE):
            raise ReturnRefusedError("decided")
        _tell(staff, "refund.close", str(refund), went=went)


def _tell(staff: int, action: str, refund: str, **detail: str | int | bool | None) -> None:
    audit_write(actor=f"staff:{staff}", action=action, subject=f"refund:{refund}", detail=dict(detail), using=DATABASE)
