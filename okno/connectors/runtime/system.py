"""What an adapter gives to the runtime: a `System` of parts. A part left out is a capability that is not offered.

A system is of one of two kinds. One that shares a database with the store (the built-in book) numbers its own entries
and fulfils `Reads`, `Statements`, `Comparison` and `SharedPostings`. Any other gives `Ledgers`, and the runtime's
mirror makes all of those reads of it; what it posts goes through `DistantPostings`. An adapter may raise Refusal for
good and SystemAway for trouble that passes, from every method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from okno.connectors.runtime.port import (
    AccountRow,
    BillsPage,
    Changes,
    CustomerRow,
    Facts,
    Identified,
    Ledger,
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
    Requisites,
    Snapshot,
    Statement,
    Version,
)
from okno.connectors.runtime.store.unit import Unit


class Reads(Protocol):
    """State and operations. Every method raises Refusal ACCOUNT_UNKNOWN for an account that is not there."""

    def snapshot(self, account: str, *, after: Version | None, limit: int) -> Snapshot: ...
    def operations(self, account: str, *, before: Version | None, limit: int) -> OperationsPage: ...


class Statements(Protocol):
    """A period by business days, both ends inclusive."""

    def statement(self, account: str, *, since: date, until: date) -> Statement: ...


class Reconciliations(Protocol):
    """The company's side of a period, contract by contract, both ends inclusive."""

    def reconciliation(self, account: str, *, since: date, until: date) -> Reconciliation: ...


class Comparison(Protocol):
    """Pages of everything that changed since a moment (None: from the beginning), after a cursor of the page before."""

    def accounts(self, *, since: datetime | None, after: str | None, limit: int) -> Page[AccountRow]: ...
    def operations_all(self, *, since: datetime | None, after: str | None, limit: int) -> Page[OperationRow]: ...
    def postings(self, *, since: datetime | None, after: str | None, limit: int) -> Page[PostingRow]: ...


class Ledgers(Protocol):
    """Accounts of a system that the runtime mirrors: it numbers their entries and tells what is new."""

    def changes(self, cursor: str | None) -> Changes:
        """Which accounts were touched since the cursor; None: since a moment that `first` surely covers."""
        ...

    def first(self, *, after: str | None, limit: int) -> Sequence[str]:
        """References of accounts in a stable order, after one of them: the first load. Empty at the end."""
        ...

    def ledgers(self, accounts: Sequence[str]) -> Sequence[Ledger]:
        """Each of the accounts that is there, whole; asked for many at once so that it costs one call."""
        ...


class Directory(Protocol):
    """People behind accounts. What was typed is compared here and nowhere else."""

    def identify(self, facts: Facts) -> Identified | None:
        """The customer whom number and fact fit; None for an unknown number and for a wrong fact alike."""
        ...

    def find(self, number: str) -> str | None:
        """The account of a number as a person typed it."""
        ...

    def profile(self, account: str) -> Profile: ...


class Customers(Protocol):
    """Pages of who stands behind which account."""

    def customers(self, *, after: str | None, limit: int) -> Page[CustomerRow]: ...


class Bills(Protocol):
    def bills(self, account: str, *, before: str | None, limit: int) -> BillsPage:
        """Latest due first; `before` is the cursor of the page before."""
        ...


class Payees(Protocol):
    def requisites(self, account: str) -> Requisites: ...


class SharedPostings(Protocol):
    """Posts inside the store's own transaction: effect, inbox row and events stand or fall together.

    Raises Refusal for good, anything else for trouble that may pass.
    """

    def post_payment(self, unit: Unit, payment: Payment) -> Posted: ...
    def post_refund(self, unit: Unit, refund: MoneyBack) -> Posted: ...
    def post_reversal(self, unit: Unit, reversal: MoneyBack) -> Posted: ...


class Promises(Protocol):
    """Judges promises by the company's rules, inside the store's own transaction. A refusal by a rule is an answer."""

    def promise(self, unit: Unit, promise: Promise) -> Promised: ...


class DistantPostings(Protocol):
    """Posts in a system that has no transaction to share: `find` is asked before anything is created.

    `key` is the idempotency key; the adapter writes it into the foreign object, so that `find` sees what an earlier
    attempt left behind. What it left half done, the posting goes on with. One key is never worked on by two at once.
    """

    def find(self, key: str) -> Posted | None: ...
    def post_payment(self, payment: Payment) -> Posted: ...
    def post_refund(self, refund: MoneyBack) -> Posted: ...
    def post_reversal(self, reversal: MoneyBack) -> Posted: ...


@dataclass(frozen=True, kw_only=True)
class System:
    """`id` names the system in the protocol: `urn:okno:system:<id>`. Either `reads` or `ledgers` is given.

    `zone` is where its business days begin and end.
    """

    id: str
    zone: str = "UTC"
    reads: Reads | None = None
    ledgers: Ledgers | None = None
    statements: Statements | None = None
    reconciliations: Reconciliations | None = None
    comparison: Comparison | None = None
    directory: Directory | None = None
    customers: Customers | None = None
    bills: Bills | None = None
    payees: Payees | None = None
    shared_postings: SharedPostings | None = None
    distant_postings: DistantPostings | None = None
    promises: Promises | None = None

    def __post_init__(self) -> None:
        if (self.reads is None) == (self.ledgers is None):
            raise ValueError("a system either numbers its own entries (reads) or is mirrored (ledgers)")
        if self.shared_postings is not None and self.distant_postings is not None:
            raise ValueError("postings either share the store's transaction or they do not")
        if self.promises is not None and self.shared_postings is None:
            raise ValueError("promises are kept by a system that shares the store's transaction")
