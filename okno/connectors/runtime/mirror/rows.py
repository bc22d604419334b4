"""Rows of the mirror: what is kept of accounts, and what is added to it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

import psycopg

from okno.connectors.runtime.mirror.differences import Fresh, Kept, Told
from okno.connectors.runtime.port import Due, Ledger, Posted, Version
from okno.connectors.runtime.port.money import Payment

_ACCOUNTS = """
SELECT id::text, reference, number, currency, status, balance, due_amount, due_on FROM mirror.account
WHERE reference = ANY (%s)
"""
_TOLD = """
SELECT account::text, source, (array_agg(key ORDER BY seq))[1], sum(amount)::bigint, count(*),
       (array_agg(channel ORDER BY seq))[1], (array_agg(text ORDER BY seq))[1],
       (array_agg(document ORDER BY seq))[1]
FROM mirror.entry WHERE account = ANY (%s) GROUP BY account, source ORDER BY account, min(seq)
"""
_KEEP = """
INSERT INTO mirror.account AS a
    (id, reference, number, currency, status, balance, due_amount, due_on, read_at, changed_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET number = excluded.number, status = excluded.status, balance = excluded.balance,
    due_amount = excluded.due_amount, due_on = excluded.due_on, read_at = excluded.read_at, unfit = false,
    changed_at = excluded.changed_at
"""
_SEEN = "UPDATE mirror.account SET read_at = %s, unfit = false WHERE id = ANY (%s)"
_UNFIT = "UPDATE mirror.account SET unfit = true WHERE reference = ANY (%s)"
_ADD = """
COPY mirror.entry (account, epoch, n, key, source, kind, channel, amount, balance, posted_at, day, text, document,
                   reverses) FROM STDIN
"""
_POSTING = """
INSERT INTO mirror.posting (payment, account, key, amount, currency, posted_at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""


def kept_read(connection: psycopg.Connection, references: Sequence[str]) -> dict[str, Kept]:
    """By reference, those of the accounts that are known."""
    accounts = connection.execute(_ACCOUNTS, (list(references),)).fetchall()
    told: dict[str, dict[str, Told]] = {row[0]: {} for row in accounts}
    for account, source, *rest in connection.execute(_TOLD, ([uuid.UUID(id_) for id_ in told],)):
        told[account][source] = Told(*rest)
    found = {}
    for id_, reference, number, currency, status, balance, due_amount, due_on in accounts:
        due = Due(due_amount, due_on) if due_on is not None else None
        found[reference] = Kept(id_, number, currency, status, due, balance, told[id_])
    return found


def account_keep(connection: psycopg.Connection, id_: str, ledger: Ledger, balance: int, read_at: datetime) -> None:
    """Write the account as it stands now, with a new version behind it."""
    due = (ledger.due.amount, ledger.due.on) if ledger.due is not None else (None, None)
    values = (uuid.UUID(id_), ledger.account, ledger.number, ledger.currency, ledger.status, balance, *due, read_at)
    connection.execute(_KEEP, values)


def accounts_seen(connection: psycopg.Connection, ids: Sequence[str], read_at: datetime) -> None:
    """The system was asked, and there is nothing new."""
    connection.execute(_SEEN, (read_at, [uuid.UUID(id_) for id_ in ids]))


def accounts_unfit(connection: psycopg.Connection, references: Sequence[str]) -> None:
    """What the system says of these accounts cannot be told: they are as old as their last sound answer."""
    connection.execute(_UNFIT, (list(references),))


def entries_add(connection: psycopg.Connection, rows: Iterable[tuple[str, Version, Fresh, int]]) -> None:
    """Write entries of accounts (wire id) with their versions and the balances after them."""
    with connection.cursor() as cursor, cursor.copy(_ADD) as copy:
        for account, version, fresh, balance in rows:
            copy.write_row(
                (
                    *(uuid.UUID(account), version.epoch, version.n, fresh.key, fresh.source, fresh.kind, fresh.channel),
                    *(fresh.amount, balance, fresh.posted_at, fresh.day, fresh.text, fresh.document, fresh.reverses),
                )
            )


def posting_keep(connection: psycopg.Connection, payment: Payment, posted: Posted) -> None:
    """The system holds the payment under that key; in the transaction of the command's answer."""
    values = (payment.payment, payment.account, posted.key, payment.amount, payment.currency, posted.posted_at)
    connection.execute(_POSTING, values)
