"""Pages of everything in the book: the rows of a page are one statement, so they are of one moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import psycopg

from okno.connectors.book.drafts import refuse
from okno.connectors.book.reads import one_moment, versioned
from okno.connectors.runtime.port import (
    AccountRow,
    AccountState,
    Due,
    OperationRow,
    Page,
    PostingRow,
    RefusalCode,
    Version,
)
from okno.connectors.runtime.port.cursors import history_cursor, history_place
from okno.connectors.runtime.wire import utc
from okno.protocol.ids import is_id

# Each page is cut out first, and what belongs to its rows is then looked up for them alone. Left to itself the planner
# may walk along a table from its beginning on: then a page is the slower the later it comes, until none is in time.
# The digest is the protocol's (`SyncAccount`): one line for each operation in the order of their versions.
_ACCOUNTS = """
WITH page AS MATERIALIZED (
    SELECT id, number, currency, status, balance FROM book.account
    WHERE (%(since)s::timestamptz IS NULL OR changed_at >= %(since)s)
      AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid)
    ORDER BY id LIMIT %(limit)s
)
SELECT a.id::text, a.number, a.currency, a.status, a.balance, b.due, b.due_on, (SELECT epoch FROM store.state),
       coalesce((SELECT n FROM store.version WHERE account = a.id), 0), c.operations, c.total, c.digest
FROM page a CROSS JOIN LATERAL (
    SELECT count(*) AS operations, coalesce(sum(e.amount), 0)::bigint AS total,
           sha256(convert_to(coalesce(string_agg(
               format(E'%%s %%s %%s %%s\\n', e.key, e.kind, e.amount,
                      (extract(epoch FROM e.posted_at) * 1000000)::bigint),
               '' ORDER BY e.epoch, e.n), ''), 'UTF8')) AS digest
    FROM book.entry e WHERE e.account = a.id
) c CROSS JOIN LATERAL (
    SELECT sum(remaining)::bigint AS due, min(due_on) AS due_on FROM book.bill
    WHERE account = a.id AND remaining > 0
) b
ORDER BY a.id
"""
_OPERATIONS = """
WITH page AS MATERIALIZED (
    SELECT epoch, n, key, kind, channel, amount, balance, posted_at, coalesce(shown, text) AS text, reverses, account
    FROM book.entry
    WHERE (%(since)s::timestamptz IS NULL OR written_at >= %(since)s)
      AND (account, epoch, n) > (%(account)s::uuid, %(epoch)s, %(n)s)
    ORDER BY account, epoch, n LIMIT %(limit)s
)
SELECT e.epoch, e.n, e.key, e.kind, e.channel, e.amount, e.balance, e.posted_at, e.text,
       (SELECT key FROM book.entry WHERE id = e.reverses), e.account::text,
       (SELECT currency FROM book.account WHERE id = e.account)
FROM page e ORDER BY e.account, e.epoch, e.n
"""
# An accountant may write such a key by hand: what follows is looked at.
_POSTINGS = """
SELECT substr(e.key, 9), e.account::text, (SELECT currency FROM book.account WHERE id = e.account), e.key, -e.amount,
       e.posted_at, e.id
FROM book.entry e
WHERE e.kind = 'payment' AND e.key LIKE 'payment:%%'
  AND substr(e.key, 9) ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
  AND (%(since)s::timestamptz IS NULL OR e.written_at >= %(since)s) AND (%(after)s::bigint IS NULL OR e.id > %(after)s)
ORDER BY e.id LIMIT %(limit)s
"""
_DIGITS_MAX = 18

Row = TypeVar("Row")
Raw = tuple[Any, ...]


def accounts_page(
    connection: psycopg.Connection, *, since: datetime | None, after: str | None, limit: int
) -> Page[AccountRow]:
    """By id, which is the cursor."""
    if after is not None and not is_id(after):
        raise _no_cursor()
    rows, as_of = _rows(connection, _ACCOUNTS, limit, since=since, after=after)
    return _page(rows, limit, as_of, lambda row: _account(row, as_of), lambda row: str(row[0]))


def operations_page(
    connection: psycopg.Connection, *, since: datetime | None, after: str | None, limit: int
) -> Page[OperationRow]:
    """In the order of account and version."""
    account, epoch, n = history_place(after)
    rows, as_of = _rows(connection, _OPERATIONS, limit, since=since, account=account, epoch=epoch, n=n)
    return _page(rows, limit, as_of, _operation, lambda row: history_cursor(row[10], row[0], row[1]))


def postings_page(
    connection: psycopg.Connection, *, since: datetime | None, after: str | None, limit: int
) -> Page[PostingRow]:
    """Entries that payments of the cabinet have become, in the order of writing."""
    rows, as_of = _rows(connection, _POSTINGS, limit, since=since, after=_number(after))
    return _page(rows, limit, as_of, _posting, lambda row: str(row[-1]))


def _rows(connection: psycopg.Connection, query: str, limit: int, **values: object) -> tuple[list[Raw], datetime]:
    """One row more than `limit`, if there is one, and the moment they are of."""
    with one_moment(connection):
        now = connection.execute("SELECT clock_timestamp()").fetchone()
        rows = connection.execute(query, {**values, "limit": limit + 1}).fetchall()
    assert now is not None
    return rows, utc(now[0])


def _page(
    rows: list[Raw], limit: int, as_of: datetime, read: Callable[[Raw], Row], cursor: Callable[[Raw], str]
) -> Page[Row]:
    more = cursor(rows[limit - 1]) if len(rows) > limit else None
    return Page([read(row) for row in rows[:limit]], as_of, more)


def _number(after: str | None) -> str | None:
    if after is not None and not (after.isascii() and after.isdigit() and len(after) <= _DIGITS_MAX):
        raise _no_cursor()
    return after


def _no_cursor() -> Exception:
    return refuse(RefusalCode.VALUE_INVALID, "not a cursor of this list")


def _account(row: Raw, as_of: datetime) -> AccountRow:
    account, number, currency, status, balance, amount, due_on, epoch, n, operations, total, digest = row
    due = Due(amount, due_on) if amount is not None else None
    state = AccountState(account, currency, number[-4:], status, balance, due)
    return AccountRow(state, Version(epoch, n), as_of, operations, total, bytes(digest))


def _operation(row: Raw) -> OperationRow:
    *operation, account, currency = row
    return OperationRow(account, currency, versioned(tuple(operation)))


def _posting(row: Raw) -> PostingRow:
    payment, account, currency, key, amount, posted_at, _ = row
    return PostingRow(payment, account, currency, key, amount, utc(posted_at))
