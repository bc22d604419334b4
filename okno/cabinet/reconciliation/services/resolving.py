"""What staff decides: whose a transfer is, and what became of a difference. Runs as the desk's role."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.statements import changed, notify, rows
from okno.cabinet.reconciliation.services.importing import DESK

ACCOUNT = "SELECT id, system_id, currency, status FROM accounts_account WHERE id = %s"
LINE = "SELECT state, currency FROM reconciliation_line WHERE id = %s FOR UPDATE"
DECIDE = """
    UPDATE reconciliation_line SET state = %s, account_id = %s, system = %s, decided_by = %s, decided_at = %s
     WHERE id = %s
"""
ALIKE = """
    SELECT id, tail, balance, currency, status FROM accounts_account
     WHERE tail = ANY(%s) AND currency = %s ORDER BY status, id LIMIT 20
"""
DIFFERENCE = "SELECT state FROM reconciliation_difference WHERE id = %s FOR UPDATE"
TAKE = "UPDATE reconciliation_difference SET owner = %s WHERE id = %s"
CLOSE = """
    UPDATE reconciliation_difference SET state = 'closed', word = %s, closed_by = %s, closed_at = %s WHERE id = %s
"""
WORD_CHARS_MAX = 500


def line_resolve(*, line_id: UUID, account_id: UUID | None, by: str) -> None:
    """An account for a queued line, or None for "not ours". The till's process makes the payment.

    Raises RefusalError wrong-step (not in the queue), account-closed, wrong-currency, bad-request (no such account).
    """
    with transaction.atomic(using=DESK):
        line = rows(LINE, [line_id], using=DESK)
        if not line or line[0][0] != "queued":
            raise RefusalError(Refusal.WRONG_STEP)
        system = _system(account_id, line[0][1]) if account_id else None
        state = "chosen" if account_id else "foreign"
        changed(DECIDE, [state, account_id, system, by, datetime.now(UTC), line_id], using=DESK)
        notify("okno_till", using=DESK)
        audit_write(actor=by, action=f"line.{state}", subject=f"line:{line_id}", using=DESK)


def _system(account_id: UUID, currency: str) -> str:
    found = rows(ACCOUNT, [account_id], using=DESK)
    if not found:
        raise RefusalError(Refusal.BAD_REQUEST)
    _, system, its_currency, status = found[0]
    if its_currency != currency:
        raise RefusalError(Refusal.WRONG_CURRENCY)
    if status == "closed":
        raise RefusalError(Refusal.ACCOUNT_CLOSED)
    return str(system)


def accounts_alike(marks: str, currency: str) -> list[tuple[Any, ...]]:
    """Accounts whose number ends like one of the numbers that the payer wrote: id, tail, balance, currency, status."""
    return rows(ALIKE, [[mark[-4:] for mark in marks.split()], currency], using=DESK)


def difference_take(*, difference_id: UUID, by: str, owner: str) -> None:
    """From now on it is `owner`'s. Raises RefusalError wrong-step when it is not open."""
    with transaction.atomic(using=DESK):
        _open(difference_id)
        changed(TAKE, [owner, difference_id], using=DESK)
        audit_write(actor=by, action="difference.take", subject=f"difference:{difference_id}", using=DESK)


def difference_close(*, difference_id: UUID, by: str, word: str) -> None:
    """Closed with a word of what became of it. Raises RefusalError wrong-step, bad-request (no word)."""
    if not word.strip() or len(word) > WORD_CHARS_MAX:
        raise RefusalError(Refusal.BAD_REQUEST)
    with transaction.atomic(using=DESK):
        _open(difference_id)
        changed(CLOSE, [word.strip(), by, datetime.now(UTC), difference_id], using=DESK)
        audit_write(actor=by, action="difference.close", subject=f"difference:{difference_id}", using=DESK)


def _open(difference_id: UUID) -> None:
    found = rows(DIFFERENCE, [difference_id], using=DESK)
    if not found or found[0][0] != "open":
        raise RefusalError(Refusal.WRONG_STEP)
