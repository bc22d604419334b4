"""Reads of the book. Each is one statement or one repeatable-read transaction, so that its figures belong together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import msgspec
import psycopg

from okno.connectors.book.allocation import due_read
from okno.connectors.book.drafts import refuse
from okno.connectors.runtime.port import (
    AccountState,
    Bill,
    BillsPage,
    Operation,
    OperationsPage,
    RefusalCode,
    Snapshot,
    Statement,
    Version,
    VersionedOperation,
)
from okno.connectors.runtime.wire import utc
from okno.protocol.ids import is_id

_HEAD = """
SELECT a.id::text, a.number, a.currency, a.status, a.balance, coalesce(v.n, 0), s.epoch, clock_timestamp()
FROM book.account a LEFT JOIN store.version v ON v.account = a.id CROSS JOIN store.state s WHERE {column} = %s
"""
_OPERATION = """
SELECT e.epoch, e.n, e.key, e.kind, e.channel, e.amount, e.balance, e.posted_at, coalesce(e.shown, e.text), r.key
FROM book.entry e LEFT JOIN book.entry r ON r.id = e.reverses
"""
_AFTER = f"{_OPERATION} WHERE e.account = %s AND (e.epoch, e.n) > (%s, %s) ORDER BY e.epoch, e.n LIMIT %s"
_BEFORE = f"{_OPERATION} WHERE e.account = %s AND (e.epoch, e.n) < (%s, %s) ORDER BY e.epoch DESC, e.n DESC LIMIT %s"
_DAYS = f"{_OPERATION} WHERE e.account = %s AND e.day BETWEEN %s AND %s ORDER BY e.epoch, e.n"
# By business day and not by version: an entry may be dated back, and then belongs to the earlier period.
_OPENING = "SELECT coalesce(sum(amount), 0)::bigint FROM book.entry WHERE account = %s AND day < %s"
_BILLS = """
SELECT id::text, account::text, number, period_from, period_to, currency, amount, remaining, due_on, issued_at
FROM book.bill WHERE account = %(account)s AND (%(before)s::uuid IS NULL OR (due_on, number) <
    (SELECT due_on, number FROM book.bill WHERE id = %(before)s::uuid AND account = %(account)s))
ORDER BY due_on DESC, number DESC LIMIT %(limit)s
"""
_LAST = Version(2**31 - 1, 2**63 - 1)


class Head(msgspec.Struct, frozen=True):
    account: str
    number: str
    currency: str
    status: str
    balance: int
    n: int
    epoch: int
    as_of: datetime

    @property
    def version(self) -> Version:
        return Version(self.epoch, self.n)


def head_read(connection: psycopg.Connection, account: str) -> Head:
    """Balance, status and version of the account of a number or an id. Raises Refusal ACCOUNT_UNKNOWN."""
    column = "a.id" if is_id(account) else "a.number"
    row = connection.execute(_HEAD.format(column=column), (account,)).fetchone()
    if row is None:
        raise refuse(RefusalCode.ACCOUNT_UNKNOWN, f"there is no account {account!r}")
    return Head(*row)


def snapshot_read(connection: psycopg.Connection, account: str, *, after: Version | None, limit: int) -> Snapshot:
    """State and the operations after `after`, oldest first.

    A version of another epoch says nothing about this one's history: then the operations come from the beginning.
    """
    with one_moment(connection):
        head = head_read(connection, account)
        since = after if after is not None and after.epoch == head.epoch else Version(0, 0)
        rows = connection.execute(_AFTER, (head.account, since.epoch, since.n, limit + 1)).fetchall()
        due = due_read(connection, head.account)
    state = AccountState(head.account, head.currency, head.number[-4:], head.status, head.balance, due)
    operations = [versioned(row) for row in rows[:limit]]
    return Snapshot(state, head.version, utc(head.as_of), operations, more=len(rows) > limit)


def operations_read(
    connection: psycopg.Connection, account: str, *, before: Version | None, limit: int
) -> OperationsPage:
    """Operations older than `before`, newest first."""
    with one_moment(connection):
        head = head_read(connection, account)
        until = before or _LAST
        rows = connection.execute(_BEFORE, (head.account, until.epoch, until.n, limit + 1)).fetchall()
    operations = [versioned(row) for row in rows[:limit]]
    older = operations[-1].version if len(rows) > limit else None
    return OperationsPage(head.currency, utc(head.as_of), operations, older)


def statement_read(connection: psycopg.Connection, account: str, *, since: date, until: date) -> Statement:
    """Operations of the business days `since` to `until` inclusive, between opening and closing balance."""
    if until < since:
        raise refuse(RefusalCode.VALUE_INVALID, "the period ends before it begins")
    with one_moment(connection):
        head = head_read(connection, account)
        opening = opening_read(connection, head.account, since)
        rows = connection.execute(_DAYS, (head.account, since, until)).fetchall()
    operations = [versioned(entry).operation for entry in rows]
    closing = opening + sum(operation.amount for operation in operations)
    return Statement(head.account, head.currency, since, until, opening, closing, operations, utc(head.as_of))


def opening_read(connection: psycopg.Connection, account: str, since: date) -> int:
    """What stood on the account before the business day `since`."""
    row = connection.execute(_OPENING, (account, since)).fetchone()
    assert row is not None
    return int(row[0])


def bills_read(connection: psycopg.Connection, account: str, *, before: str | None, limit: int) -> BillsPage:
    """Bills of the account, latest due first; `before` is the id of the last one of the page before."""
    if before is not None and not is_id(before):
        raise refuse(RefusalCode.VALUE_INVALID, "not a cursor of this list")
    with one_moment(connection):
        head = head_read(connection, account)
        values = {"account": head.account, "before": before, "limit": limit + 1}
        rows = connection.execute(_BILLS, values).fetchall()
    bills = [_bill(row) for row in rows[:limit]]
    older = bills[-1].bill if len(rows) > limit else None
    return BillsPage(bills, utc(head.as_of), older)


def versioned(row: tuple[Any, ...]) -> VersionedOperation:
    """From a row: version, key, kind, channel, amount, balance, time, shown text, key of what it reverses."""
    epoch, n, key, kind, channel, amount, balance, posted_at, text, reverses = row
    operation = Operation(key, kind, channel, amount, balance, utc(posted_at), text, reverses)
    return VersionedOperation(Version(epoch, n), operation)


def _bill(row: tuple[Any, ...]) -> Bill:
    bill, account, number, period_from, period_to, currency, amount, remaining, due_on, issued_at = row
    return Bill(bill, account, number, period_from, period_to, currency, amount, remaining, due_on, utc(issued_at))


@contextmanager
def one_moment(connection: psycopg.Connection) -> Iterator[None]:
    """Everything read inside is of the moment of the first read."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
