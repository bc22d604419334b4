"""Pages of everything that is mirrored: for the cabinet's first load, its verification, its recovery."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from okno.connectors.runtime.mirror.parts.reads import head_of, versioned
from okno.connectors.runtime.mirror.progress import progress_read
from okno.connectors.runtime.port import (
    AccountRow,
    OperationRow,
    Page,
    PostingRow,
    Refusal,
    RefusalCode,
    SystemAway,
)
from okno.connectors.runtime.port.cursors import history_cursor, history_place
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.unit import Unit
from okno.connectors.runtime.wire import utc
from okno.protocol.ids import is_id

# Each page is cut out first, so that the planner looks up what belongs to its rows instead of walking along tables.
# The digest is the protocol's (`SyncAccount`): one line for each operation in the order of versions.
_ACCOUNTS = """
WITH page AS MATERIALIZED (
    SELECT id FROM mirror.account
    WHERE (%(since)s::timestamptz IS NULL OR changed_at >= %(since)s)
      AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid)
    ORDER BY id LIMIT %(limit)s
)
SELECT h.id::text, h.reference, h.number, h.currency, h.status, h.balance, h.due_amount, h.due_on, h.n, h.epoch,
       h.as_of, c.operations, c.total, c.digest
FROM page JOIN mirror.head h ON h.id = page.id CROSS JOIN LATERAL (
    SELECT count(*) AS operations, coalesce(sum(e.amount), 0)::bigint AS total,
           sha256(coalesce(string_agg(
               convert_to(format(E'%%s %%s %%s %%s\\n', e.key, e.kind, e.amount,
                                 (extract(epoch FROM e.posted_at) * 1000000)::bigint), 'UTF8'),
               '' ORDER BY e.epoch, e.n), '')) AS digest
    FROM mirror.entry e WHERE e.account = page.id
) c
ORDER BY h.id
"""
_OPERATIONS = """
WITH page AS MATERIALIZED (
    SELECT epoch, n, key, kind, channel, amount, balance, posted_at, text, reverses, account FROM mirror.entry
    WHERE (%(since)s::timestamptz IS NULL OR told_at >= %(since)s)
      AND (account, epoch, n) > (%(account)s::uuid, %(epoch)s, %(n)s)
    ORDER BY account, epoch, n LIMIT %(limit)s
)
SELECT e.epoch, e.n, e.key, e.kind, e.channel, e.amount, e.balance, e.posted_at, e.text, e.reverses,
       a.id::text, a.reference, a.currency
FROM page e JOIN mirror.account a ON a.id = e.account ORDER BY e.account, e.epoch, e.n
"""
_POSTINGS = """
SELECT p.payment::text, a.reference, p.currency, p.key, p.amount, p.posted_at, p.seq
FROM mirror.posting p JOIN mirror.account a ON a.id = p.account
WHERE (%(since)s::timestamptz IS NULL OR p.kept_at >= %(since)s) AND (%(after)s::bigint IS NULL OR p.seq > %(after)s)
ORDER BY p.seq LIMIT %(limit)s
"""
_DIGITS_MAX = 18

Row = TypeVar("Row")


class MirrorPages:
    """Fulfils Comparison. While a first load goes on there is nothing to compare with: SystemAway."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def accounts(self, *, since: datetime | None, after: str | None, limit: int) -> Page[AccountRow]:
        if after is not None and not is_id(after):
            raise _no_cursor()
        return self._page(_ACCOUNTS, _account, lambda row: str(row[0]), limit, since=since, after=after)

    def operations_all(self, *, since: datetime | None, after: str | None, limit: int) -> Page[OperationRow]:
        account, epoch, n = history_place(after)
        values = {"since": since, "account": account, "epoch": epoch, "n": n}
        return self._page(_OPERATIONS, _operation, lambda row: history_cursor(row[-3], row[0], row[1]), limit, **values)

    def postings(self, *, since: datetime | None, after: str | None, limit: int) -> Page[PostingRow]:
        return self._page(_POSTINGS, _posting, lambda row: str(row[-1]), limit, since=since, after=_number(after))

    def _page(
        self,
        query: str,
        row_of: Callable[[tuple[Any, ...]], Row],
        cursor_of: Callable[[tuple[Any, ...]], str],
        limit: int,
        **values: object,
    ) -> Page[Row]:
        with self._connections.borrow() as connection:
            if progress_read(connection).loaded_at is None:
                raise SystemAway("the first load of the mirror goes on")
            as_of = Unit(connection).clock()
            rows = connection.execute(query, {**values, "limit": limit + 1}).fetchall()
        more = cursor_of(rows[limit - 1]) if len(rows) > limit else None
        return Page([row_of(row) for row in rows[:limit]], utc(as_of), more)


def _number(after: str | None) -> str | None:
    if after is not None and not (after.isascii() and after.isdigit() and len(after) <= _DIGITS_MAX):
        raise _no_cursor()
    return after


def _no_cursor() -> Refusal:
    return Refusal(RefusalCode.VALUE_INVALID, "not a cursor of this list")


def _account(row: tuple[Any, ...]) -> AccountRow:
    *account, operations, total, digest = row
    head = head_of(tuple(account))
    return AccountRow(head.state, head.version, head.as_of, operations, total, bytes(digest))


def _operation(row: tuple[Any, ...]) -> OperationRow:
    *operation, _, reference, currency = row
    return OperationRow(reference, currency, versioned(tuple(operation)))


def _posting(row: tuple[Any, ...]) -> PostingRow:
    payment, reference, currency, key, amount, posted_at, _ = row
    return PostingRow(payment, reference, currency, key, amount, utc(posted_at))
