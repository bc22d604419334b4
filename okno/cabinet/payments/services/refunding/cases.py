"""Chargebacks as a provider tells of them: the same rows that staff enters, once for each case. As role okno_till."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import Detail, audit_write, signal_write
from okno.cabinet.payments.providers.port import Dispute
from okno.cabinet.payments.services.refunding.dividing import divide
from okno.cabinet.payments.services.refunding.seeing import room_made
from okno.cabinet.payments.states import CHARGEBACK, may
from okno.protocol.ids import new_id

STANDS = "SELECT id::text, state FROM payments_chargeback WHERE attempt_id = %s AND reference = %s FOR UPDATE"
ENTER = """
    INSERT INTO payments_chargeback (id, attempt_id, amount, reference, reason, opened_at, respond_by, entered_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
PART = "INSERT INTO payments_unposting (id, posting_id, chargeback_id, amount) VALUES (%s, %s, %s, %s)"
CHANGE = "UPDATE payments_chargeback SET state = %s, changed_by = %s, changed_at = %s WHERE id = %s"


def disputes_apply(
    connection: Connection, attempt: str, provider: str, disputes: Sequence[Dispute], now: datetime
) -> None:
    """Enter what is new, move on what has gone on. The caller has locked the attempt."""
    for dispute in disputes:
        row = connection.execute(STANDS, [attempt, dispute.reference]).fetchone()
        case, state = row if row is not None else (_entered(connection, attempt, provider, dispute, now), "opened")
        if may(CHARGEBACK, state, dispute.state):
            connection.execute(CHANGE, [dispute.state, f"provider:{provider}", now, case])
            audit_write(connection, "process:till", f"chargeback.{dispute.state}", f"chargeback:{case}", {})


def _entered(connection: Connection, attempt: str, provider: str, dispute: Dispute, now: datetime) -> str:
    """The money is gone already: it leaves the accounts at once, as far as there is any of it left there."""
    case, minor = new_id(), dispute.amount.minor
    left = room_made(connection, attempt, minor, now)
    told = min(minor, sum(left.values()))
    row = [case, attempt, minor, dispute.reference, dispute.reason, dispute.opened_at, dispute.respond_by]
    connection.execute(ENTER, [*row, f"provider:{provider}"])
    for posting, part in (divide(told, left) if told else {}).items():
        connection.execute(PART, [new_id(), posting, case, part])
    # It has a term: a person has to look.
    detail: Detail = {"action": "chargeback.opened", "attempt": attempt, "amount": minor, "untold": minor - told}
    signal_write(connection, "till", "sequence_fail", detail)
    audit_write(connection, "process:till", "chargeback.enter", f"chargeback:{case}", detail)
    return case
