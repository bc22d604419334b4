"""What a system tells of its own accord. Each is written in the transaction of the change it tells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from okno.connectors.runtime.port import AccountState, Bill, Operation, RefusalCode


class OperationPosted(msgspec.Struct, frozen=True):
    account: str
    currency: str
    operation: Operation


class AccountChanged(msgspec.Struct, frozen=True):
    state: AccountState


class BillIssued(msgspec.Struct, frozen=True):
    bill: Bill


class PaymentPosted(msgspec.Struct, frozen=True):
    """The captured payment stands in the books, under the key of its operation."""

    payment: str
    account: str
    amount: int
    currency: str
    operation: str
    posted_at: datetime


class PaymentRejected(msgspec.Struct, frozen=True):
    """The books will not take the payment, for good."""

    payment: str
    account: str
    reason: RefusalCode
    rejected_at: datetime


class RegisterEntry(msgspec.Struct, frozen=True):
    """Positive for money taken, negative for money given back."""

    key: str
    account: str
    amount: int
    paid_at: datetime


class RegisterClosed(msgspec.Struct, frozen=True):
    """A page of what one channel took and gave back on a closed business day; count and sum are of the whole."""

    day: date
    channel: str
    currency: str
    page: int
    pages: int
    rows: Sequence[RegisterEntry]
    count: int
    sum: int


class WatermarkSet(msgspec.Struct, frozen=True):
    """Everything committed before this moment stands in the outbox before this event."""

    committed_before: datetime


Event = OperationPosted | AccountChanged | BillIssued | PaymentPosted | PaymentRejected | RegisterClosed | WatermarkSet
