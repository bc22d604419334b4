"""Staff wants what the books refused to be sent once more, and says why. As role okno_desk.

Money that goes in needs no second person: it is the payer's, and was paid. What goes back was asked for by somebody,
and somebody else sends it again.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from okno.cabinet.kit.audit import Detail, audit_write
from okno.cabinet.kit.statements import changed, rows
from okno.cabinet.payments.services.refunding.requests import DATABASE, ReturnRefusedError, asking, reason_of

Kind = Literal["posting", "unposting"]

STANDS = {
    "posting": "SELECT state, again, '' FROM payments_posting WHERE id = %s",
    "unposting": """
        SELECT part.state, part.again, COALESCE(refund.asked_by, kase.entered_by, move.asked_by)
          FROM payments_unposting part LEFT JOIN payments_refund refund ON refund.id = part.refund_id
          LEFT JOIN payments_chargeback kase ON kase.id = part.chargeback_id
          LEFT JOIN payments_move move ON move.id = part.move_id WHERE part.id = %s
    """,
}
WISH = """
    UPDATE payments_{kind} SET again = true, again_by = %s, again_reason = %s
     WHERE id = %s AND state = 'rejected' AND NOT again
"""


def again_ask(*, staff: int, kind: Kind, id_: UUID, reason: str) -> None:
    """Raises ReturnRefusedError unknown, decided, own-request, no-reason."""
    why, actor = reason_of(reason), f"staff:{staff}"
    with asking():
        found = rows(STANDS[kind], [id_], using=DATABASE)
        if not found:
            raise ReturnRefusedError("unknown")
        state, is_wished, asked_by = found[0]
        if state != "rejected" or is_wished:
            raise ReturnRefusedError("decided")
        if asked_by == actor:
            raise ReturnRefusedError("own-request")
        if not changed(WISH.format(kind=kind), [actor, why, id_], using=DATABASE):
            raise ReturnRefusedError("decided")  # somebody was first, a moment ago
        detail: Detail = {"reason": why}
        audit_write(actor=actor, action=f"{kind}.again", subject=f"{kind}:{id_}", detail=detail, using=DATABASE)
