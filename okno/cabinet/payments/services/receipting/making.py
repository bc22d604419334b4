"""A receipt as the company wants it: its settings, the sum, and the rate of VAT on the day of the payment.

What stands in a receipt is the accountant's to say (54-FZ, tags 1055, 1199, 1212, 1214): settings, no guesses here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from importlib import resources
from itertools import pairwise
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from okno.cabinet.payments.providers.port import Item, Receipt
from okno.protocol.money.amount import Money

Vat = Literal[
    "none",
    "zero",
    "reduced",
    "reduced-of-sum",
    "standard",
    "standard-of-sum",
    "five",
    "five-of-sum",
    "seven",
    "seven-of-sum",
]
Mode = Literal["full_prepayment", "partial_prepayment", "advance", "full_payment", "partial_payment"]
Subject = Literal["commodity", "job", "service", "payment", "composite", "another"]

TEXT_CHARS_MAX = 128


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A code and its days, both included; without `until` it is in force."""

    vat: Vat
    code: Annotated[int, Meta(ge=1, le=12)]
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


class _Rates(msgspec.Struct, forbid_unknown_fields=True):
    rates: tuple[Rate, ...]


class ReceiptSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`text` names what is paid for; `tax_system` is tag 1055: 1 general, 2 and 3 simplified, 4 to 6 special ones."""

    tax_system: Annotated[int, Meta(ge=1, le=6)]
    vat: Vat
    payment_mode: Mode = "full_prepayment"
    payment_subject: Subject = "service"
    text: Annotated[str, Meta(min_length=1, max_length=TEXT_CHARS_MAX)] = "Услуги по лицевому счёту"


def rates_read() -> tuple[Rate, ...]:
    """The table that is shipped."""
    raw = resources.files(__package__).joinpath("vat.toml").read_bytes()
    return msgspec.toml.decode(raw, type=_Rates).rates


RATES = rates_read()


def rates_mistakes(rates: Sequence[Rate]) -> list[str]:
    """Days on which a VAT has two codes, and kinds that end without another; empty for a good table."""
    mistakes = []
    for vat in get_args(Vat):
        line = sorted((rate for rate in rates if rate.vat == vat), key=lambda rate: rate.since)
        for before, after in pairwise(line):
            if before.until is None or before.until >= after.since:
                mistakes.append(f"{vat}: two codes on {after.since}")
        if not line or line[-1].until is not None:
            mistakes.append(f"{vat}: no code any more")
    return mistakes


def vat_code(vat: Vat, day: date) -> int:
    """The code in force on that day; on days before the table begins, its first."""
    line = sorted((rate for rate in RATES if rate.vat == vat), key=lambda rate: rate.since)
    return next((rate.code for rate in line if rate.holds(day)), line[0].code)


def receipt_of(settings: ReceiptSettings, *, contact: str, amount: Money, at: datetime, zone: ZoneInfo) -> Receipt:
    """The receipt of a payment begun at `at`: the same at each repetition of its call, whatever the hour of that.

    Of a refund likewise, with the amount that goes back and the moment of the payment: what was sold at 20 % goes back
    at 20 %.
    """
    item = Item(
        text=settings.text,
        price=amount,
        vat_code=vat_code(settings.vat, at.astimezone(zone).date()),
        payment_mode=settings.payment_mode,
        payment_subject=settings.payment_subject,
    )
    return Receipt(contact=contact, tax_system_code=settings.tax_system, items=(item,))
