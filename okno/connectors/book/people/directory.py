"""People behind accounts: each question is one statement, for somebody and for nobody."""

from __future__ import annotations

from typing import Any

import psycopg

from okno.connectors.book.drafts import refuse
from okno.connectors.book.people.facts import Known, fits, number_of
from okno.connectors.runtime.port import CustomerRow, Facts, Identified, Page, Profile, RefusalCode
from okno.connectors.runtime.wire import utc
from okno.protocol.ids import is_id

# A closed account proves nobody and opens nothing. The one asked about comes first among the customer's.
_KNOWN = """
SELECT c.born, c.contract, (SELECT b.amount FROM book.bill b WHERE b.account = a.id
                            ORDER BY b.issued_at DESC, b.number DESC LIMIT 1),
       (SELECT -e.amount FROM book.entry e WHERE e.account = a.id AND e.kind = 'payment'
        AND NOT EXISTS (SELECT FROM book.entry r WHERE r.reverses = e.id AND r.kind = 'correction')
        ORDER BY e.posted_at DESC, e.epoch DESC, e.n DESC LIMIT 1),
       a.currency, coalesce(c.phone, ''),
       (SELECT array_agg(o.id::text ORDER BY o.id <> a.id, o.number) FROM book.account o
        WHERE o.customer = c.id AND o.status <> 'closed')
FROM book.account a JOIN book.customer c ON c.id = a.customer WHERE a.number = %s AND a.status <> 'closed'
"""
_FIND = "SELECT id::text FROM book.account WHERE number = %s"
_PROFILE = """
SELECT a.id::text, c.name, a.number, coalesce(c.phone, ''), c.address
FROM book.account a JOIN book.customer c ON c.id = a.customer
"""
_PAGE = f"{_PROFILE} WHERE %(after)s::uuid IS NULL OR a.id > %(after)s::uuid ORDER BY a.id LIMIT %(limit)s"


def identify(connection: psycopg.Connection, facts: Facts) -> Identified | None:
    """The customer of the account whose number was typed, if the fact is his."""
    row = connection.execute(_KNOWN, (number_of(facts.number),)).fetchone()
    if row is None:
        return None
    *known, phone, accounts = row
    return Identified(accounts, phone) if fits(Known(*known), facts.fact, facts.value) else None


def find(connection: psycopg.Connection, number: str) -> str | None:
    row = connection.execute(_FIND, (number_of(number),)).fetchone()
    return None if row is None else str(row[0])


def profile(connection: psycopg.Connection, account: str) -> Profile:
    """Who stands behind an account. Raises Refusal ACCOUNT_UNKNOWN."""
    row = connection.execute(f"{_PROFILE} WHERE a.id = %s", (account,)).fetchone() if is_id(account) else None
    if row is None:
        raise refuse(RefusalCode.ACCOUNT_UNKNOWN, f"there is no account {account!r}")
    return _customer(row).profile


def customers(connection: psycopg.Connection, *, after: str | None, limit: int) -> Page[CustomerRow]:
    """By account; the cursor is the last one's id."""
    if after is not None and not is_id(after):
        raise refuse(RefusalCode.VALUE_INVALID, "not a cursor of this list")
    with connection.transaction():
        now = connection.execute("SELECT clock_timestamp()").fetchone()
        rows = connection.execute(_PAGE, {"after": after, "limit": limit + 1}).fetchall()
    assert now is not None
    found = [_customer(row) for row in rows[:limit]]
    return Page(found, utc(now[0]), found[-1].account if len(rows) > limit else None)


def _customer(row: tuple[Any, ...]) -> CustomerRow:
    account, name, number, phone, address = row
    return CustomerRow(account, Profile(name=name, number=number, phone=phone, address=address))
