"""What must stand in a database after a turn: each operation once, in order, the accounts as the last one left them."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from events import Posted
from model import AMOUNT, PER_ACCOUNT, Database


def applied_check(database: Database, rows: Sequence[Posted]) -> None:
    """Raises SystemExit unless accounts and operations are exactly those of `rows`, and nothing else has changed."""
    expected = {row.account: (row.version, row.position, row.balance) for row in rows}
    with psycopg.connect(database.superuser_dsn()) as connection:
        _operations_check(connection, database, rows)
        changed = connection.execute(
            "SELECT id::text, version, position, balance FROM accounts_account WHERE version <> %s", [PER_ACCOUNT + 1]
        )
        if {id_: (version, position, balance) for id_, version, position, balance in changed} != expected:
            raise SystemExit("wrong: an account is not as its last operation left it")
        crooked = _one(
            connection,
            """
            SELECT count(*) FROM (
                SELECT account_id, position, version, balance - amount AS before,
                       lag(position, 1, 0::bigint) OVER w AS earlier, lag(balance, 1, 0::bigint) OVER w AS stood
                  FROM accounts_operation WINDOW w AS (PARTITION BY account_id ORDER BY position)) o
             WHERE position <> earlier + 1 OR version <> position + 1 OR before <> stood
            """,
        )
        gaps = _one(connection, "SELECT count(*) FROM accounts_account WHERE gap_since IS NOT NULL")
        unequal = _one(
            connection,
            """
            SELECT count(*) FROM accounts_account a JOIN (
                SELECT account_id, count(*) AS counted, sum(amount) AS total FROM accounts_operation GROUP BY 1) o
                ON o.account_id = a.id
             WHERE (o.counted, o.total) <> (a.position, a.balance)
            """,
        )
    if crooked or gaps or unequal:
        raise SystemExit(f"wrong: {crooked} operations out of order, {gaps} gaps, {unequal} sums that differ")


def copied_check(database: Database, rows: Sequence[Posted]) -> None:
    """Raises SystemExit unless the operations are exactly those of `rows`."""
    with psycopg.connect(database.superuser_dsn()) as connection:
        _operations_check(connection, database, rows)


def _operations_check(connection: psycopg.Connection, database: Database, rows: Sequence[Posted]) -> None:
    before = database.model.accounts * PER_ACCOUNT
    found = connection.execute(
        "SELECT count(*), sum(amount), count(DISTINCT (account_id, key)) FROM accounts_operation"
    ).fetchone()
    expected = before + len(rows), before * AMOUNT + sum(row.amount for row in rows), before + len(rows)
    if found != expected:
        raise SystemExit(f"wrong: count, sum and keys are {found} instead of {expected}")


def _one(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0
