"""Money that is not the money that was asked for: a person of the desk decides, the till does it.

Taken, it is the customer's as it came, in the ledger and in the books; left, the attempt has failed and the payment
system's own cabinet gives the money back. Money of another currency and a provider's test money can only be left.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

from django.db import transaction

from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.statements import changed, notify, rows
from okno.cabinet.payments.services.moving import attempt_lock, captured_write, payment_close
from okno.protocol.money.amount import Money

if TYPE_CHECKING:
    from okno.cabinet.payments.models import Attempt  # the till runs without Django

Decision = Literal["take", "leave"]
DecisionCode = Literal[
    "not-waiting",  # nobody asks about this attempt
    "decided",  # somebody was first
    "only-leave",  # money that cannot be the customer's
]

NEVER_TAKEN: Final = "test-money"

STANDS = """
    SELECT attempt.state, attempt.decision, attempt.reason, attempt.came, attempt.came_currency, payment.currency,
           payment.id::text
      FROM payments_attempt attempt JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE attempt.id = %s FOR UPDATE OF attempt
"""
DECIDE = "UPDATE payments_attempt SET decision = %s, decided_by = %s WHERE id = %s AND decision = ''"
DECIDED = """
    SELECT id, decision, came, came_currency, COALESCE(paid_at, %s) FROM payments_attempt
     WHERE state = 'mismatch' AND decision <> '' ORDER BY id FOR UPDATE SKIP LOCKED
"""
END = """
    UPDATE payments_attempt SET state = %(state)s, paid_at = %(at)s, ask_at = NULL,
           look_at = %(at)s::timestamptz + interval '1 day'
     WHERE id = %(id)s
"""


class DecisionError(Exception):
    """What cannot be decided so; nothing was written."""

    def __init__(self, code: DecisionCode) -> None:
        super().__init__(code)
        self.code = code


def takeable(attempt: Attempt, currency: str) -> bool:
    """Whether the money that came can be the customer's; `currency` is the payment's."""
    return _takeable(attempt.reason, attempt.came, attempt.came_currency, currency)


def _takeable(reason: str, came: int | None, came_currency: str, currency: str) -> bool:
    return bool(came) and came_currency == currency and reason != NEVER_TAKEN


def attempt_decide(attempt: UUID, decision: Decision, *, staff: int, using: str) -> None:
    """Write down what somebody of the staff decided about an attempt that waits. Raises DecisionError."""
    actor = f"staff:{staff}"
    with transaction.atomic(using=using):
        found = rows(STANDS, [attempt], using=using)
        if not found or found[0][0] != "mismatch":
            raise DecisionError("not-waiting")
        _, decided, reason, came, came_currency, currency, payment = found[0]
        if decided:
            raise DecisionError("decided")
        if decision == "take" and not _takeable(reason, came, came_currency, currency):
            raise DecisionError("only-leave")
        changed(DECIDE, [decision, actor, attempt], using=using)
        notify("okno_till", using=using)
        detail = {"attempt": str(attempt), "reason": reason, "came": came}
        audit_write(actor=actor, action=f"payment.{decision}", subject=f"payment:{payment}", detail=detail, using=using)


def decisions_settle(connection: Connection, now: datetime) -> int:
    """Do what has been decided; how many. In the caller's transaction, as the till."""
    decided = connection.execute(DECIDED, [now]).fetchall()
    for attempt, decision, came, currency, at in decided:
        stands = attempt_lock(connection, attempt)
        if decision == "take":
            connection.execute(END, {"state": "paid", "at": at, "id": attempt})
            captured_write(connection, stands, Money(came, currency), None, at=at, now=now)
        else:
            connection.execute(END, {"state": "failed", "at": None, "id": attempt})
            payment_close(connection, stands, now)
    return len(decided)
