"""The port to a foreign system of accounting: what an adapter offers, in shapes that belong to no system.

An adapter gives a `System` made of parts. A part that is not there is a capability that is not offered: the runtime
then neither lists its operations in the heartbeat nor takes them, so no adapter writes a method that only raises.
Amounts are minor units of the currency named beside them; sign rule: + is owed by the customer. Times are aware UTC.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import date, datetime

import msgspec


class RefusalCode(enum.Enum):
    """Why a system says no for good: asking again with the same content gives the same answer."""

    ACCOUNT_UNKNOWN = "account-unknown"
    ACCOUNT_CLOSED = "account-closed"
    ACCOUNT_NOT_EMPTY = "account-not-empty"
    AMOUNT_INVALID = "amount-invalid"
    AMOUNT_TOO_LARGE = "amount-too-large"
    CURRENCY_MISMATCH = "currency-mismatch"
    KEY_CONFLICT = "key-conflict"
    ENTRY_UNKNOWN = "entry-unknown"
    ENTRY_CORRECTED = "entry-corrected"
    DAY_CLOSED = "day-closed"
    VALUE_INVALID = "value-invalid"


class Refusal(Exception):  # noqa: N818 - a refusal is an answer of the system, not a fault of it
    def __init__(self, code: RefusalCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class SystemAway(Exception):  # noqa: N818 - a state of the system, told by its adapter
    """The system cannot be reached or does not answer in time: the same question may be asked again later."""


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


class Bill(msgspec.Struct, frozen=True):
    bill: str
    account: str
    number: str
    period_from: date
    period_to: date
    currency: str
    amount: int
    remaining: int
    due_on: date
    issued_at: datetime


class BillsPage(msgspec.Struct, frozen=True):
    """Bills latest due first; `next` is the cursor of the older ones (letters, digits and . _ : - alone)."""

    bills: Sequence[Bill]
    as_of: datetime
    next: str | None


class Payment(msgspec.Struct, frozen=True):
    payment: str
    account: str
    amount: int
    currency: str
    method: str
    captured_at: datetime


class MoneyBack(msgspec.Struct, frozen=True):
    """A refund (money given back on purpose) or a reversal (a payment that never came); `key` is its own id."""

    key: str
    payment: str
    account: str
    amount: int
    currency: str
    at: datetime


class Posted(msgspec.Struct, frozen=True):
    """What the books hold of a command: the key of its entry, and since when."""

    key: str
    posted_at: datetime
