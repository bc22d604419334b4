"""Money that moved through the cabinet, and what the books hold of it."""

from __future__ import annotations

from datetime import datetime

import msgspec


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
