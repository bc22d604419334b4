"""Chargebacks as staff enters them: a case of the payer's bank with its term. As role okno_desk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.statements import changed, rows
from okno.cabinet.payments.services.refunding.requests import (
    DATABASE,
    REASON_CHARS_MAX,
    ReturnRefusedError,
    asking,
    minor_of,
    paid_of,
    parts_hold,
    parts_of,
    reason_of,
)
from okno.cabinet.payments.states import CHARGEBACK, may
from okno.protocol.ids import new_id

ENTER = """
    INSERT INTO payments_chargeback (id, attempt_id, amount, reference, reason, opened_at, respond_by, entered_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
STANDS = "SELECT state FROM payments_chargeback WHERE id = %s FOR UPDATE"
CHANGE = "UPDATE payments_chargeback SET state = %s, changed_by = %s, changed_at = now() WHERE id = %s"

Step = Literal["answered", "won", "lost"]


def chargeback_enter(
    *,
    staff: int,
    attempt: UUID,
    amount: str,
    reference: str,
    reason: str,
    opened_at: datetime,
    respond_by: datetime,
) -> str:
    """Enter a case; its id. The money is gone already: it leaves the account at once. Raises ReturnRefusedError."""
    why, number = reason_of(reason), " ".join(reference.split())
    if not 0 < len(number) <= REASON_CHARS_MAX:
        raise ReturnRefusedError("reference")
    if opened_at > datetime.now(UTC) or respond_by <= opened_at:
        raise ReturnRefusedError("term")
    with asking():
        currency, paid_at = paid_of(attempt)
        if opened_at < paid_at:
            raise ReturnRefusedError("term")
        minor = minor_of(amount, currency)
        parts = parts_of(attempt, minor, None)
        case, actor = new_id(), f"staff:{staff}"
        changed(ENTER, [case, attempt, minor, number, why, opened_at, respond_by, actor], using=DATABASE)
        parts_hold("chargeback_id", case, parts)
        audit_write(
            actor=actor,
            action="chargeback.enter",
            subject=f"chargeback:{case}",
            detail={"amount": minor, "attempt": str(attempt)},
            using=DATABASE,
        )
    return case


def chargeback_change(*, staff: int, case: UUID, step: Step) -> None:
    """The case goes on: answered, won (the money comes back to the account) or lost. Raises ReturnRefusedError."""
    with asking():
        found = rows(STANDS, [case], using=DATABASE)
        if not found:
            raise ReturnRefusedError("unknown")
        if not may(CHARGEBACK, found[0][0], step):
            raise ReturnRefusedError("decided")
        changed(CHANGE, [step, f"staff:{staff}", case], using=DATABASE)
        audit_write(actor=f"staff:{staff}", action=f"chargeback.{step}", subject=f"chargeback:{case}", using=DATABASE)
