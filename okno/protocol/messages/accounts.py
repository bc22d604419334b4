"""Accounts and their operations: the state of a billing account and every change of it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from okno.protocol.messages.base import (
    Amount,
    Currency,
    Due,
    Instant,
    Line,
    Message,
    Name,
    Opaque,
    Tail,
    Uuid,
    Version,
)

OperationKind = Literal["charge", "payment", "credit", "refund", "correction"]
AccountStatus = Literal["active", "blocked", "closed"]
PAGE_MAX = 1000


class AccountOperation(Message, frozen=True):
    """One entry of the ledger. `amount` is its signed effect, `balance` what stands after it (+ owed by the customer).

    `key` is the foreign system's own, unique in the account; `text` has been cleared of names by the connector.
    """

    key: Opaque
    kind: OperationKind
    amount: Amount
    balance: Amount
    posted_at: Instant
    text: Line = ""
    channel: Name | None = None
    reverses: Opaque | None = None


class VersionedOperation(AccountOperation, frozen=True, kw_only=True):
    """An entry with the version its event had."""

    version: Version


class OperationPosted(Message, frozen=True):
    """Event: one operation was posted; it is version `version` of the account."""

    account: Uuid
    system: Name
    version: Version
    as_of: Instant
    operation: AccountOperation


class AccountChanged(Message, frozen=True):
    """Event: the account itself changed (opened, blocked, closed, other due date); the state after it."""

    account: Uuid
    system: Name
    version: Version
    as_of: Instant
    currency: Currency
    number_tail: Tail
    status: AccountStatus
    balance: Amount
    due: Due | None = None


class SnapshotGet(Message, frozen=True):
    """Query: the state, and the operations after a version (None: from the first one)."""

    account: Uuid
    after: Version | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = PAGE_MAX


class AccountSnapshot(Message, frozen=True):
    """Reply: state as of `version`; operations oldest first; `more` says that another page is there."""

    account: Uuid
    system: Name
    version: Version
    as_of: Instant
    currency: Currency
    number_tail: Tail
    status: AccountStatus
    balance: Amount
    operations: Annotated[tuple[VersionedOperation, ...], Meta(max_length=PAGE_MAX)]
    more: bool
    due: Due | None = None


class OperationsList(Message, frozen=True):
    """Query: older operations, newest first, before a cursor of an earlier page."""

    account: Uuid
    before: Opaque | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 100


class OperationsPage(Message, frozen=True):
    """Reply: newest first; `next` is the cursor of the next page or None at the end."""

    account: Uuid
    system: Name
    as_of: Instant
    operations: Annotated[tuple[VersionedOperation, ...], Meta(max_length=PAGE_MAX)]
    next: Opaque | None = None
