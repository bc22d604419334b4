"""What an adapter gives to the runtime: a `System` of parts. A part left out is a capability that is not offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from okno.connectors.runtime.port import (
    BillsPage,
    MoneyBack,
    OperationsPage,
    Payment,
    Posted,
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
    def statement(self, account: str, *, since: date, until: date) -> Statement: ...


class Bills(Protocol):
    def bills(self, account: str, *, before: str | None, limit: int) -> BillsPage:
        """Latest due first; `before` is the cursor of the page before."""
        ...


class SharedPostings(Protocol):
    """Posts inside the store's own transaction: effect, inbox row and events stand or fall together.

    Raises Refusal for good, anything else for trouble that may pass.
    """

    def post_payment(self, unit: Unit, payment: Payment) -> Posted: ...
    def post_refund(self, unit: Unit, refund: MoneyBack) -> Posted: ...
    def post_reversal(self, unit: Unit, reversal: MoneyBack) -> Posted: ...


class DistantPostings(Protocol):
    """Posts in a system that has no transaction to share: `find` is asked before anything is created.

    `key` is the idempotency key; the adapter writes it into the foreign object, so that `find` sees what an earlier
    attempt left behind. One key is never worked on by two at once.
    """

    def find(self, key: str) -> Posted | None: ...
    def post_payment(self, payment: Payment) -> Posted: ...
    def post_refund(self, refund: MoneyBack) -> Posted: ...
    def post_reversal(self, reversal: MoneyBack) -> Posted: ...


@dataclass(frozen=True, kw_only=True)
class System:
    """`id` names the system in the protocol (`urn:okno:system:<id>`). At most one kind of postings is given."""

    id: str
    reads: Reads
    statements: Statements | None = None
    bills: Bills | None = None
    shared_postings: SharedPostings | None = None
    distant_postings: DistantPostings | None = None

    def __post_init__(self) -> None:
        if self.shared_postings is not None and self.distant_postings is not None:
            raise ValueError("postings either share the store's transaction or they do not")
