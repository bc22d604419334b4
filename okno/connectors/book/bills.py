"""Bills: what is asked for a period. Money that came before settles a new one at once."""

from __future__ import annotations

from datetime import date

import psycopg
from psycopg import errors

from okno.connectors.book.allocation import allocate
from okno.connectors.book.drafts import check_amount, refuse
from okno.connectors.book.posting import account_lock, account_tell
from okno.connectors.runtime.events import BillIssued
from okno.connectors.runtime.port import Bill, RefusalCode
from okno.connectors.runtime.store.unit import Unit
from okno.protocol.ids import new_id

_WRITE = """
INSERT INTO book.bill (id, number, account, period_from, period_to, currency, amount, remaining, due_on, issued_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def bill_issue(
    connection: psycopg.Connection, *, account: str, number: str, period: tuple[date, date], amount: int, due_on: date
) -> Bill:
    """Issue a bill over `amount` positive minor units for the days of `period`, and tell it with the account's new due.

    Raises Refusal: account, amount, period, a number that stands already.
    """
    if not number.strip() or not number.isprintable():
        raise refuse(RefusalCode.VALUE_INVALID, "a bill has a number")
    if period[1] < period[0]:
        raise refuse(RefusalCode.VALUE_INVALID, "the period of the bill ends before it begins")
    try:
        with connection.transaction():
            unit = Unit(connection)
            unit.begin()
            held = account_lock(connection, account)
            if held.status == "closed":
                raise refuse(RefusalCode.ACCOUNT_CLOSED, f"account {held.number} is closed")
            check_amount(amount, held.currency)
            key, issued_at = new_id(), unit.clock()
            connection.execute(
                _WRITE, (key, number, held.id, *period, held.currency, amount, amount, due_on, issued_at)
            )
            allocate(connection, held.id, entry=None, gained=0)
            row = connection.execute("SELECT remaining FROM book.bill WHERE id = %s", (key,)).fetchone()
            assert row is not None
            bill = Bill(key, held.id, number, *period, held.currency, amount, row[0], due_on, issued_at)
            stamp = account_tell(unit, held, held.balance)
            unit.emit(held.id, BillIssued(bill), stamp=stamp)
    except errors.UniqueViolation as error:
        raise refuse(RefusalCode.KEY_CONFLICT, f"bill {number} was issued already") from error
    return bill
