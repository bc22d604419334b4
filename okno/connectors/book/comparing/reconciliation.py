"""The company's side of акт сверки: every document of a period between the balances at its ends."""

from __future__ import annotations

from datetime import date

import psycopg

from okno.connectors.book.drafts import refuse
from okno.connectors.book.reads import head_read, one_moment, opening_read
from okno.connectors.runtime.port import ReconciledContract, Reconciliation, ReconciliationLine, RefusalCode
from okno.connectors.runtime.wire import utc

# A correction is a line of its own, on the side that it makes larger.
_LINES = """
SELECT day, coalesce(nullif(coalesce(shown, text), ''), key), greatest(amount, 0), greatest(-amount, 0) FROM book.entry
WHERE account = %s AND day BETWEEN %s AND %s ORDER BY day, epoch, n
"""


def reconciliation_read(connection: psycopg.Connection, account: str, *, since: date, until: date) -> Reconciliation:
    """The business days `since` to `until` inclusive. A contract of this book has an account each: it is named by it.

    The number of the contract is a fact by which a person is identified, so it does not leave the inside in clear.
    """
    if until < since:
        raise refuse(RefusalCode.VALUE_INVALID, "the period ends before it begins")
    with one_moment(connection):
        head = head_read(connection, account)
        opening = opening_read(connection, head.account, since)
        rows = connection.execute(_LINES, (head.account, since, until)).fetchall()
    lines = [ReconciliationLine(*row) for row in rows]
    closing = opening + sum(line.debit - line.credit for line in lines)
    contract = ReconciledContract(head.account, opening, lines, closing)
    return Reconciliation(head.account, head.currency, since, until, [contract], utc(head.as_of))
