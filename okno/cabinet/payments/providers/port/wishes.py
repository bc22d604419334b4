"""What a payment system is asked for, and where the customer goes from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from okno.protocol.money.amount import Money


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line of a fiscal receipt. `price` is of one, quantity in thousandths.

    `vat_code` 1..12: no VAT, 0 %, 10 %, 20 %, 10/110, 20/120, 5 %, 7 %, 5/105, 7/107, 22 %, 22/122; mode and subject by
    their English names (`full_prepayment`, `service`); a receipt's tax system is tag 1055 of 54-ФЗ as 1..6. An adapter
    translates where its provider counts otherwise.
    """

    text: str
    price: Money
    quantity_milli: int = 1000
    vat_code: int
    payment_mode: str
    payment_subject: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Where the receipt goes (an e-mail address or +79…) and what stands in it; the items add up to the amount."""

    contact: str
    tax_system_code: int
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Intent:
    """One attempt to pay. `attempt` is the idempotency key of the call; `number` the same for who wants an integer.

    `number` is in 1..2**31-1 and never reused. `description` holds no personal data. `save` asks for a token of the
    payer's card, for charges without him. `present`: he waits, so a charge may send him to his bank's page.
    """

    attempt: UUID
    number: int
    amount: Money
    description: str
    return_url: str
    expires_at: datetime
    locale: Literal["ru", "en"] = "ru"
    save: bool = False
    present: bool = True
    receipt: Receipt | None = None


@dataclass(frozen=True)
class Redirect:
    """The browser goes there by itself (303, top-level)."""

    url: str


@dataclass(frozen=True)
class Form:
    """The customer presses a button: a POST of these fields, in this order."""

    url: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Symbol:
    """A link to open on a phone, the same to be drawn as a QR code on a desktop."""

    payload: str


@dataclass(frozen=True, kw_only=True)
class Started:
    go: Redirect | Form | Symbol
    provider_id: str | None = None
    expires_at: datetime | None = None
