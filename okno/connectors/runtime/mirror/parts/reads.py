"""What is asked about one mirrored account: state, operations, statement, reconciliation. All from the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import msgspec
import psycopg

from okno.connectors.runtime.mirror.fitting import number_tail
from okno.connectors.runtime.port import (
    AccountState,
    Due,
    Operation,
    OperationsPage,
    ReconciledContract,
    Reconciliation,
    ReconciliationLine,
    Refusal,
    RefusalCode,
    Snapshot,
    Statement,
    Version,
    VersionedOperation,
)
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.wire import utc

_HEAD = """
SELECT id::text, reference, number, currency, status, balance, due_amount, due_on, n, epoch, as_of FROM mirror.head
WHERE reference = %s
"""
_OPERATIONS = """
SELECT epoch, n, key, kind, channel, amount, balance, posted_at, text, reverses FROM mirror.entry WHERE account = %s
"""
_AFTER = f"{_OPERATIONS} AND (epoch, n) > (%s, %s) ORDER BY epoch, n LIMIT %s"
_BEFORE = f"{_OPERATIONS} AND (epoch, n) < (%s, %s) ORDER BY epoch DESC, n DESC LIMIT %s"
_DAYS = f"{_OPERATIONS} AND day BETWEEN %s AND %s ORDER BY epoch, n"
# By business day and not by version: an entry may be dated back, and then belongs to the earlier period.
_OPENING = "SELECT coalesce(sum(amount), 0)::bigint FROM mirror.entry WHERE account = %s AND day < %s"
_LINES = """
SELECT day, coalesce(nullif(document, ''), nullif(text, ''), key), amount FROM mirror.entry
WHERE account = %s AND day BETWEEN %s AND %s ORDER BY day, epoch, n
"""
_LAST = Version(2**31 - 1, 2**63 - 1)


class Head(msgspec.Struct, frozen=True):
    """An account as it stands at a version."""

    id: str
    state: AccountState
    number: str
    version: Version
    as_of: datetime


class MirrorReads:
    """Fulfils Reads, Statements and Reconciliations."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def snapshot(self, account: str, *, after: Version | None, limit: int) -> Snapshot:
        """A version of another epoch says nothing about this one's history: then operations come from the beginning."""
        with self._one_moment() as connection:
            head = _head(connection, account)
            since = after if after is not None and after.epoch == head.version.epoch else Version(0, 0)
            rows = connection.execute(_AFTER, (head.id, since.epoch, since.n, limit + 1)).fetchall()
        operations = [versioned(row) for row in rows[:limit]]
        return Snapshot(head.state, head.version, head.as_of, operations, more=len(rows) > limit)

    def operations(self, account: str, *, before: Version | None, limit: int) -> OperationsPage:
        until = before or _LAST
        with self._one_moment() as connection:
            head = _head(connection, account)
            rows = connection.execute(_BEFORE, (head.id, until.epoch, until.n, limit + 1)).fetchall()
        operations = [versioned(row) for row in rows[:limit]]
        older = operations[-1].version if len(rows) > limit else None
        return OperationsPage(head.state.currency, head.as_of, operations, older)

    def statement(self, account: str, *, since: date, until: date) -> Statement:
        with self._period(account, since, until) as (connection, head, opening):
            rows = connection.execute(_DAYS, (head.id, since, until)).fetchall()
        operations = [versioned(row).operation for row in rows]
        closing = opening + sum(operation.amount for operation in operations)
        return Statement(account, head.state.currency, since, until, opening, closing, operations, head.as_of)

    def reconciliation(self, account: str, *, since: date, until: date) -> Reconciliation:
        """One contract, called by the account's id, since a number would tell the way who it is about."""
        with self._period(account, since, until) as (connection, head, opening):
            rows = connection.execute(_LINES, (head.id, since, until)).fetchall()
        lines = [ReconciliationLine(on, document, max(amount, 0), max(-amount, 0)) for on, document, amount in rows]
        closing = opening + sum(line.debit - line.credit for line in lines)
        contract = ReconciledContract(head.id, opening, lines, closing)
        return Reconciliation(account, head.state.currency, since, until, [contract], head.as_of)

    @contextmanager
    def _period(self, account: str, since: date, until: date) -> Iterator[tuple[psycopg.Connection, Head, int]]:
        if until < since:
            raise Refusal(RefusalCode.VALUE_INVALID, "the period ends before it begins")
        with self._one_moment() as connection:
            head = _head(connection, account)
            row = connection.execute(_OPENING, (head.id, since)).fetchone()
            assert row is not None
            yield connection, head, row[0]

    @contextmanager
    def _one_moment(self) -> Iterator[psycopg.Connection]:
        with self._connections.borrow() as connection, connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection


def _head(connection: psycopg.Connection, account: str) -> Head:
    row = connection.execute(_HEAD, (account,)).fetchone()
    if row is None:
        raise Refusal(RefusalCode.ACCOUNT_UNKNOWN, f"there is no account {account!r}")
    return head_of(row)


def head_of(row: tuple[Any, ...]) -> Head:
    """From a row of the view `head`; its state carries the reference, as everything of the port does."""
    id_, reference, number, currency, status, balance, due_amount, due_on, n, epoch, as_of = row
    due = Due(due_amount, due_on) if due_on is not None else None
    state = AccountState(reference, currency, number_tail(number), status, balance, due)
    return Head(id_, state, number, Version(epoch, n), utc(as_of))


def versioned(row: tuple[Any, ...]) -> VersionedOperation:
    epoch, n, key, kind, channel, amount, balance, posted_at, text, reverses = row
    operation = Operation(key, kind, channel, amount, balance, utc(posted_at), text, reverses)
    return VersionedOperation(Version(epoch, n), operation)
