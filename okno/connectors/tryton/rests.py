"""What is left to pay of each posted line of a receivable, whether or not anybody has reconciled it yet.

Tryton counts an invoice as open until an accountant reconciles it with its payment. Money of the cabinet comes without
him, and what is paid must not be asked for twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from okno.connectors.runtime.port import Due
from okno.connectors.tryton.lines import Row, amount_of

_INVOICE = "account.invoice"


def rests_of(rows: Iterable[Row], currency: str) -> dict[int, int]:
    """By id of each debit of one account that stands open, what its open credits leave of it, in minor units.

    A credit that somebody has given to an invoice pays that one first; all others pay what fell due first.
    """
    open_rows = [row for row in rows if row["reconciliation"] is None]
    debits = sorted((row for row in open_rows if amount_of(row, currency) > 0), key=_term)
    rests = {row["id"]: amount_of(row, currency) for row in debits}
    left = 0
    for row in open_rows:
        if (credit := -amount_of(row, currency)) > 0:
            left += _pay(rests, [debit["id"] for debit in debits if _is_paid_by(row, debit)], credit)
    _pay(rests, list(rests), left)
    return rests


def due_of(rows: Sequence[Row], currency: str, balance: int) -> Due | None:
    """What stands open in all, and the earliest day of what is left to pay."""
    rests = rests_of(rows, currency)
    days: list[date] = [row["maturity_date"] for row in rows if row["maturity_date"] and rests.get(row["id"])]
    return Due(balance, min(days)) if balance > 0 and days else None


def _term(row: Row) -> tuple[date, int]:
    return row["maturity_date"] or row["date"], row["id"]


def _is_paid_by(credit: Row, debit: Row) -> bool:
    invoice = credit["invoice_payment"]
    return invoice is not None and debit["move."]["origin"] == f"{_INVOICE},{invoice}"


def _pay(rests: dict[int, int], lines: Sequence[int], amount: int) -> int:
    """Take the amount off the lines in their order; what is over."""
    for line in lines:
        paid = min(rests[line], amount)
        rests[line] -= paid
        amount -= paid
    return amount
