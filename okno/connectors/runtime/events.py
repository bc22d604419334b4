"""What a system tells of its own accord. Each is written in the transaction of the change it tells."""

from __future__ import annotations

from datetime import datetime

import msgspec

from okno.connectors.runtime.port import AccountState, Bill, Operation


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
    """The books will not take the payment; `reason` is a code of the refusal."""

    payment: str
    account: str
    reason: str
    rejected_at: datetime


class RegisterClosed(msgspec.Struct, frozen=True):
    """Count and sum of what one channel took and gave back on a business day that takes no more."""

    day: str
    channel: str
    currency: str
    count: int
    sum: int


Event = OperationPosted | AccountChanged | BillIssued | PaymentPosted | PaymentRejected | RegisterClosed
