"""What the invented subscribers have lived through: pure functions of the seed, the person and the month.

A month's invoices bear the days CHARGE_ON and CREDIT_ON, its payments one of PAY_DAYS: Tryton numbers invoices in the
order of their days, and what has one day goes in one call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from okno.cli.instance.customers import MONTH_NAMES, RECENT_MONTHS, charge_of
from okno.cli.tryton.people import Crowd, Custom, Subscriber
from okno.connectors.book.crowd.draws import Draws

CHARGE_ON, CREDIT_ON = 1, 5
PAY_DAYS = (8, 14, 19, 25)
CARD, BANK = "card", "bank"
_MONTH_TOPIC, _OPENING_TOPIC = 1000, 999
_CENT = Decimal("0.01")
_ROUND_TO = 10_000


class Bill(NamedTuple):
    """An invoice of one line; an amount below zero makes it a credit note."""

    reference: str
    on: date
    text: str
    amount: Decimal


class Payment(NamedTuple):
    """`settles`: the reference of the bill that it pays to the cent, None for a sum on account."""

    reference: str
    on: date
    by: str
    amount: Decimal
    settles: str | None


class Month(NamedTuple):
    bills: tuple[Bill, ...]
    payment: Payment | None


def months(crowd: Crowd) -> list[date]:
    """First days of its months, the earliest first."""
    found = [crowd.until]
    while len(found) < crowd.months:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def month_of(crowd: Crowd, subscriber: Subscriber, custom: Custom, month: date) -> Month:
    """What a month brought between somebody and a company."""
    if not custom.charge:
        return Month((), None)
    key = f"{subscriber.code}-{month:%Y%m}"
    topic = _MONTH_TOPIC + 10 * (month.year * 12 + month.month) + custom.company
    draws = Draws(crowd.seed, subscriber.place, topic)
    chance, day, by = draws.below(32), PAY_DAYS[draws.below(len(PAY_DAYS))], BANK if draws.below(3) == 0 else CARD
    charge = custom.charge if custom.share is None else charge_of(custom.charge, _moment(month))
    text = f"Интернет и телефон за {MONTH_NAMES[month.month - 1]}"
    bills: tuple[Bill, ...] = (Bill(key, month.replace(day=CHARGE_ON), text, money(charge)),)
    if custom.share is None and chance == 0:
        less = money(charge // 30 * (1 + draws.below(5)))
        bills += (Bill(f"{key}-K", month.replace(day=CREDIT_ON), "Перерасчёт за перерыв связи", -less),)
    paid = _paid(crowd, subscriber, custom, month, charge, chance)
    if not paid:
        return Month(bills, None)
    settles = key if paid == charge else None
    return Month(bills, Payment(f"P-{key}", month.replace(day=day), by, money(paid), settles))


def _paid(crowd: Crowd, subscriber: Subscriber, custom: Custom, month: date, charge: int, chance: int) -> int:
    """Minor units paid in the month: mostly what is asked."""
    if month >= crowd.until:
        return 0
    if custom.share is not None:
        recent = month in months(crowd)[-RECENT_MONTHS:]
        return charge * custom.share // 100 if recent else charge
    # One in eight pays late or not at all: somebody has to be in debt.
    if subscriber.place % 8 == 0 and chance % 3:
        return 0
    if chance < 20:  # noqa: PLR2004 - most pay what is asked
        return charge
    if chance < 28:  # noqa: PLR2004 - some round it up to a hundred
        return charge + -charge % _ROUND_TO
    return charge // 2


def opening_of(crowd: Crowd, subscriber: Subscriber, custom: Custom) -> Decimal:
    """What was brought over from the accounting before: for one of the crowd in three, either way."""
    draws = Draws(crowd.seed, subscriber.place, _OPENING_TOPIC)
    if custom.share is not None or custom.company or draws.below(3):
        return Decimal(0)
    return money((1 + draws.below(20)) * 5_000) * (-1 if draws.below(3) == 0 else 1)


def customs_of(people: Sequence[Subscriber], company: int) -> Iterator[tuple[Subscriber, Custom]]:
    """Who has something with a company."""
    return ((person, custom) for person in people for custom in person.customs if custom.company == company)


def money(minor: int) -> Decimal:
    """Minor units as Tryton counts them: both currencies have two decimals."""
    return (Decimal(minor) / 100).quantize(_CENT)


def _moment(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)
