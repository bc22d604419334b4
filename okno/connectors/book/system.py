"""The book as a system behind the port: every part of it, posting inside of the store's own transaction."""

from __future__ import annotations

from datetime import date, datetime

from okno.connectors.book.company import requisites_read
from okno.connectors.book.comparing.pages import accounts_page, operations_page, postings_page
from okno.connectors.book.comparing.reconciliation import reconciliation_read
from okno.connectors.book.drafts import Draft, check_draft, payment_key, refuse
from okno.connectors.book.people import directory
from okno.connectors.book.posting import enter, entry_find
from okno.connectors.book.promises import PromiseRules, promise_judge
from okno.connectors.book.reads import bills_read, operations_read, snapshot_read, statement_read
from okno.connectors.runtime.port import (
    AccountRow,
    BillsPage,
    CustomerRow,
    Facts,
    Identified,
    MoneyBack,
    OperationRow,
    OperationsPage,
    Page,
    Payment,
    Posted,
    PostingRow,
    Profile,
    Promise,
    Promised,
    Reconciliation,
    RefusalCode,
    Requisites,
    Snapshot,
    Statement,
    Version,
)
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.unit import Unit
from okno.connectors.runtime.system import System


class Book:
    """Fulfils every part but the mirrored ones, on the database that also holds the store."""

    def __init__(self, connections: Connections, promises: PromiseRules | None = None) -> None:
        self._connections = connections
        self._promises = promises

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

    def reconciliation(self, account: str, *, since: date, until: date) -> Reconciliation:
        with self._connections.borrow() as connection:
            return reconciliation_read(connection, account, since=since, until=until)

    def requisites(self, account: str) -> Requisites:
        with self._connections.borrow() as connection:
            return requisites_read(connection, account)

    def identify(self, facts: Facts) -> Identified | None:
        with self._connections.borrow() as connection:
            return directory.identify(connection, facts)

    def find(self, number: str) -> str | None:
        with self._connections.borrow() as connection:
            return directory.find(connection, number)

    def profile(self, account: str) -> Profile:
        with self._connections.borrow() as connection:
            return directory.profile(connection, account)

    def customers(self, *, after: str | None, limit: int) -> Page[CustomerRow]:
        with self._connections.borrow() as connection:
            return directory.customers(connection, after=after, limit=limit)

    def accounts(self, *, since: datetime | None, after: str | None, limit: int) -> Page[AccountRow]:
        with self._connections.borrow() as connection:
            return accounts_page(connection, since=since, after=after, limit=limit)

    def operations_all(self, *, since: datetime | None, after: str | None, limit: int) -> Page[OperationRow]:
        with self._connections.borrow() as connection:
            return operations_page(connection, since=since, after=after, limit=limit)

    def postings(self, *, since: datetime | None, after: str | None, limit: int) -> Page[PostingRow]:
        with self._connections.borrow() as connection:
            return postings_page(connection, since=since, after=after, limit=limit)

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

    def promise(self, unit: Unit, promise: Promise) -> Promised:
        assert self._promises is not None
        return promise_judge(unit, promise, self._promises)


def book_system(connections: Connections, *, system: str, promises: PromiseRules | None = None) -> System:
    """The book as a system; promises are taken where the company has rules for them."""
    return parts_of(Book(connections, promises), system=system, promises=promises is not None)


def parts_of(book: Book, *, system: str, promises: bool = False) -> System:
    """A book as every part that it fulfils, with its promises where they are to be taken."""
    return System(
        id=system,
        reads=book,
        statements=book,
        reconciliations=book,
        comparison=book,
        directory=book,
        customers=book,
        bills=book,
        payees=book,
        shared_postings=book,
        promises=book if promises else None,
    )


def _posted(unit: Unit, draft: Draft) -> Posted:
    check_draft(draft)
    posting = enter(unit, draft)
    return Posted(posting.key, posting.posted_at)
