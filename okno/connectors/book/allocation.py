"""Which payment settled which bill: oldest due first, taken back newest first. Rows are only ever added."""

from __future__ import annotations

from datetime import date

import msgspec
import psycopg

from okno.connectors.runtime.port import Due

_OPEN = """
SELECT id::text, remaining, due_on FROM book.bill WHERE account = %s AND remaining > 0
ORDER BY due_on, number FOR UPDATE
"""
_SETTLED = """
SELECT a.bill, sum(a.amount) FROM book.allocation a WHERE a.account = %s
GROUP BY a.bill HAVING sum(a.amount) > 0 ORDER BY max(a.id) DESC
"""


class _OpenBill(msgspec.Struct):
    id: str
    remaining: int
    due_on: date


def due_read(connection: psycopg.Connection, account: str) -> Due | None:
    """What the open bills of the account ask for in all, and the earliest day of it."""
    row = connection.execute(
        "SELECT coalesce(sum(remaining), 0)::bigint, min(due_on) FROM book.bill WHERE account = %s AND remaining > 0",
        (account,),
    ).fetchone()
    assert row is not None
    return Due(amount=row[0], on=row[1]) if row[0] else None


def allocate(connection: psycopg.Connection, account: str, *, entry: int | None, gained: int) -> bool:
    """Put `gained` minor units (negative: lost again) and what was unallocated on bills; say whether a bill changed.

    The caller holds the account's row lock.
    """
    row = connection.execute("SELECT unallocated FROM book.account WHERE id = %s", (account,)).fetchone()
    assert row is not None
    free = row[0] + gained
    if free < 0:
        moved = _take_back(connection, account, entry=entry, lost=-free)
        # More can be lost than was ever allocated: money paid back that no payment here brought.
        free = 0
    else:
        moved = _put_on(connection, account, entry=entry, free=free)
        free -= moved
    connection.execute(
        "UPDATE book.account SET unallocated = %s, changed_at = clock_timestamp() WHERE id = %s", (free, account)
    )
    return moved != 0


def _put_on(connection: psycopg.Connection, account: str, *, entry: int | None, free: int) -> int:
    moved = 0
    if free == 0:
        return moved
    for row in connection.execute(_OPEN, (account,)).fetchall():
        bill = _OpenBill(*row)
        part = min(free - moved, bill.remaining)
        if part == 0:
            break
        _move(connection, account, entry=entry, bill=bill.id, amount=part)
        moved += part
    return moved


def _take_back(connection: psycopg.Connection, account: str, *, entry: int | None, lost: int) -> int:
    moved = 0
    for bill, settled in connection.execute(_SETTLED, (account,)).fetchall():
        part = min(lost - moved, int(settled))
        if part == 0:
            break
        _move(connection, account, entry=entry, bill=bill, amount=-part)
        moved += part
    return moved


def _move(connection: psycopg.Connection, account: str, *, entry: int | None, bill: str, amount: int) -> None:
    connection.execute("UPDATE book.bill SET remaining = remaining - %s WHERE id = %s", (amount, bill))
    connection.execute(
        "INSERT INTO book.allocation (entry, bill, account, amount) VALUES (%s, %s, %s, %s)",
        (entry, bill, account, amount),
    )
