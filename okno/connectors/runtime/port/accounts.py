"""Accounts as they stand at a version: state, operations, statements of a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec


class Version(msgspec.Struct, frozen=True, order=True):
    """Place of a change in its account's history; comparable within one epoch only."""

    epoch: int
    n: int


class Due(msgspec.Struct, frozen=True):
    amount: int
    on: date


class Operation(msgspec.Struct, frozen=True):
    """One entry of the account's ledger; `amount` is its signed effect, `balance` what stood after it."""

    key: str
    kind: str
    channel: str | None
    amount: int
    balance: int
    posted_at: datetime
    text: str
    reverses: str | None = None


class VersionedOperation(msgspec.Struct, frozen=True):
    version: Version
    operation: Operation


class AccountState(msgspec.Struct, frozen=True):
    """`number_tail`: the last four characters of the number people know; `status`: active, blocked or closed."""

    account: str
    currency: str
    number_tail: str
    status: str
    balance: int
    due: Due | None


class Snapshot(msgspec.Struct, frozen=True):
    """State of an account and its operations after a version, oldest first; `more` says that the limit cut them."""

    state: AccountState
    version: Version
    as_of: datetime
    operations: Sequence[VersionedOperation]
    more: bool


class OperationsPage(msgspec.Struct, frozen=True):
    """Operations newest first; `next` is the cursor of the older ones."""

    currency: str
    as_of: datetime
    operations: Sequence[VersionedOperation]
    next: Version | None


class Statement(msgspec.Struct, frozen=True):
    """All operations of the days `since` to `until` inclusive; opening + sum of amounts = closing."""

    account: str
    currency: str
    since: date
    until: date
    opening: int
    closing: int
    operations: Sequence[Operation]
    as_of: datetime


class ReconciliationLine(msgspec.Struct, frozen=True):
    """One document of the two-sided statement; exactly one of `debit` and `credit` is above zero."""

    on: date
    document: str
    debit: int
    credit: int


class ReconciledContract(msgspec.Struct, frozen=True):
    """One contract of the account: opening + debits - credits = closing."""

    contract: str
    opening: int
    lines: Sequence[ReconciliationLine]
    closing: int


class Reconciliation(msgspec.Struct, frozen=True):
    """The company's side of акт сверки for the days `since` to `until` inclusive."""

    account: str
    currency: str
    since: date
    until: date
    contracts: Sequence[ReconciledContract]
    as_of: datetime
