"""The book as a system behind the port: every part of it, posting inside of the store's own transaction."""

from __future__ import annotations

from datetime import date

from okno.connectors.book.drafts import Draft, check_draft, payment_key, refuse
from okno.connectors.book.posting import enter, entry_find
from okno.connectors.book.reads import bills_read, operations_read, snapshot_read, statement_read
from okno.connectors.runtime.port import (
    BillsPage,
    MoneyBack,
    OperationsPage,
    Payment,
    Posted,
    RefusalCode,
    Snapshot,
    Statement,
    Version,
)
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.unit import Unit
from okno.connectors.runtime.system import System


class Book:
    """Fulfils Reads, Statements, Bills and SharedPostings on the database that also holds the store."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def snapshot(self, account: str, *, after: Version | None, limit: int) -> Snapshot:
        with self._connections.borrow() as connection:
            return snapshot_read(connection, account, after=after, limit=limit)

    def operations(self, account: str, *, before: Version | None, limit: int) -> OperationsPage:
        with self._connections.borrow() as connection:
            return operations_read(connection, account, before=before, limit=limit)

    def statement(self, account: str, *, since: date, until: date) -> Statement:
        with self._connections.borrow() as connection:
            return statement_read(connection, account, since=since, until=until)

    def bills(self, account: str, *, before: str | None, limit: int) -> BillsPage:
        with self._connections.borrow() as connection:
            return bills_read(connection, account, before=before, limit=limit)

    def post_payment(self, unit: Unit, payment: Payment) -> Posted:
        draft = Draft(
            account=payment.account,
            kind="payment",
            key=payment_key(payment.payment),
            amount=payment.amount,
            currency=payment.currency,
            channel=payment.method,
        )
        return _posted(unit, draft)

    def post_refund(self, unit: Unit, refund: MoneyBack) -> Posted:
        draft = Draft(
            account=refund.account,
            kind="refund",
            key=f"refund:{refund.key}",
            amount=refund.amount,
            currency=refund.currency,
            reverses=payment_key(refund.payment),
        )
        return _posted(unit, draft)

    def post_reversal(self, unit: Unit, reversal: MoneyBack) -> Posted:
        """Take back the whole payment. Part of it is a refund, and refused here."""
        held = entry_find(unit.connection, payment_key(reversal.payment))
        if held is not None and held.amount != -reversal.amount:
            raise refuse(RefusalCode.AMOUNT_INVALID, "a reversal takes back the whole payment")
        draft = Draft(
            account=reversal.account,
            kind="correction",
            key=f"reversal:{reversal.key}",
            currency=reversal.currency,
            reverses=payment_key(reversal.payment),
        )
        return _posted(unit, draft)


def book_system(connections: Connections, *, system: str) -> System:
    book = Book(connections)
    return System(id=system, reads=book, statements=book, bills=book, shared_postings=book)


def _posted(unit: Unit, draft: Draft) -> Posted:
    check_draft(draft)
    posting = enter(unit, draft)
    return Posted(posting.key, posting.posted_at)
