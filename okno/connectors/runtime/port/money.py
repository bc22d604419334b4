"""Money that moved through the cabinet, and what the books hold of it."""

from __future__ import annotations

from datetime import date, datetime

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


class Promise(msgspec.Struct, frozen=True):
    """A customer asks to pay later: no money, but a service that stays on until a day."""

    promise: str
    account: str
    amount: int
    currency: str
    until: date


class Promised(msgspec.Struct, frozen=True):
    """The answer. `reason` of a refusal is a code for the customer's page, `until` the day that was granted."""

    granted: bool
    until: date | None = None
    reason: str = ""


class Posted(msgspec.Struct, frozen=True):
    """What the books hold of a command: the key of its entry, and since when."""

    key: str
    posted_at: datetime
