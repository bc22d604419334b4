"""What a twin remembers, and the lines of its journal. A line holds the whole record as it is after the change."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

PaymentState = Literal["new", "authorized", "paid", "declined", "cancelled", "expired"]
RefundState = Literal["pending", "done", "failed"]
Kind = Literal[
    "created",
    "authorized",
    "captured",
    "declined",
    "cancelled",
    "expired",
    "noted",
    "refund-started",
    "refunded",
    "refund-failed",
    "notice-made",
    "notice-sent",
]


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Amounts are in minor units of `currency`."""

    id: str
    """The payment system's own id."""
    page: str
    """The secret part of the address of its payer's page."""
    key: str
    """What a repeated creation is known by; as wide as the real system has it."""
    order: str
    """The merchant's own number of it."""
    amount_minor: int
    currency: str
    created_at: datetime
    expires_at: datetime
    state: PaymentState = "new"
    paid_at: datetime | None = None
    fee_minor: int = 0
    refunded_minor: int = 0
    description: str = ""
    return_url: str = ""
    fail_url: str = ""
    """Where it goes without money, if that is not `return_url`."""
    notice_url: str = ""
    """If not the one of the shop."""
    locale: Literal["ru", "en"] = "ru"
    method: str = ""
    test: bool = False
    save: bool = False
    reason: str = ""
    extra: dict[str, str] = {}
    """What only this system knows."""


class Refund(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    key: str
    payment: str
    amount_minor: int
    created_at: datetime
    state: RefundState = "pending"
    reason: str = ""
    extra: dict[str, str] = {}


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One notice as it leaves; headers that depend on the hour are added at each try."""

    id: str
    event: str
    payment: str
    url: str
    body: bytes
    method: Literal["POST", "GET"] = "POST"
    content_type: str = "application/json"
    forged: bool = False
    """Made by an attacker: no evidence of anything."""


class Sent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One try. `answer` is the status of HTTP, 0 when none came."""

    notice: str
    nth: int
    answer: int = 0
    accepted: bool = False
    trouble: Literal["", "lost", "duplicate", "reordered", "delayed"] = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    seq: int
    at: datetime
    kind: Kind
    payment: Payment | None = None
    refund: Refund | None = None
    notice: Notice | None = None
    sent: Sent | None = None
    more: bool = False
    """The next line belongs to the same change."""
