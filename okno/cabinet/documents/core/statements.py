"""The statement of a period: opening balance, every operation, turnovers, closing balance.

Amounts keep the rule of the house: what the customer owes is positive. A paper has no colour, so charges and payments
stand in columns of their own.
"""

from datetime import date, datetime, tzinfo

import msgspec

from okno.cabinet.documents.core.figures import Locale, column, day_long, day_short, decimal, money
from okno.cabinet.documents.core.periods import period_title
from okno.cabinet.documents.core.texts import line
from okno.cabinet.documents.core.troubles import DocumentError
from okno.protocol.messages import Profile, Statement
from okno.protocol.messages.accounts import AccountOperation
from okno.protocol.money import Money

KINDS: dict[Locale, dict[str, str]] = {
    "ru": {
        "charge": "Начисление",
        "payment": "Оплата",
        "credit": "Уменьшение счёта",
        "refund": "Возврат",
        "correction": "Исправление",
    },
    "en": {
        "charge": "Charge",
        "payment": "Payment",
        "credit": "Credit note",
        "refund": "Refund",
        "correction": "Correction",
    },
}
REVERSAL: dict[Locale, str] = {"ru": " (сторно)", "en": " (reversal)"}


class StatementRow(msgspec.Struct, frozen=True):
    """`charged` and `paid` are empty where nothing is; `balance` stands after the line."""

    day: str
    kind: str
    text: str
    charged: str
    paid: str
    balance: str


class Turnover(msgspec.Struct, frozen=True):
    """What all operations of a kind came to."""

    kind: str
    charged: str
    paid: str


class StatementSheet(msgspec.Struct, frozen=True):
    """The printed lines of a statement, in the language of `locale`; texts of the books are as they have them."""

    locale: Locale
    company: str
    name: str
    number: str
    period: str
    as_of: str
    currency: str
    opening: str
    closing: str
    charged: str
    paid: str
    verdict: str
    turnovers: tuple[Turnover, ...]
    rows: tuple[StatementRow, ...]


def statement_sheet(
    told: Statement, payer: Profile, company: str, zone: tzinfo, locale: Locale = "ru"
) -> StatementSheet:
    """The lines of what the inside told. Raises DocumentError does-not-add-up: then nothing is shown at all."""
    opening, closing = told.opening.money, told.closing.money
    currency = opening.currency
    amounts = [operation.amount.money.minor for operation in told.operations]
    total = sum(amounts)
    if closing.currency != currency or opening.minor + total != closing.minor:
        raise DocumentError("does-not-add-up", "closing")
    running, rows = opening.minor, []
    for operation, minor in zip(told.operations, amounts, strict=True):
        running += minor
        rows.append(_row(operation, minor, running, zone, locale))
    charged = sum(minor for minor in amounts if minor > 0)
    return StatementSheet(
        locale=locale,
        company=line(company),
        name=line(payer.name),
        number=line(payer.number),
        period=period_title(told.period, locale),
        as_of=moment(told.as_of, zone, locale),
        currency=currency,
        opening=decimal(opening.minor, currency, locale),
        closing=decimal(closing.minor, currency, locale),
        charged=decimal(charged, currency, locale),
        paid=decimal(charged - total, currency, locale),
        verdict=verdict(closing, told.period.last, locale),
        turnovers=_turnovers(told.operations, amounts, currency, locale),
        rows=tuple(rows),
    )


def verdict(closing: Money, last: date, locale: Locale = "ru") -> str:
    """What the closing balance means, in a sentence."""
    day, amount = day_long(last, locale), money(Money(abs(closing.minor), closing.currency), locale)
    if locale == "en":
        meaning = (
            "nothing is owed" if closing.minor == 0 else f"{amount} is {'due' if closing.minor > 0 else 'prepaid'}"
        )
        return f"At the end of {day} {meaning}."
    meaning = "долга нет" if closing.minor == 0 else f"{'к оплате' if closing.minor > 0 else 'переплата'} {amount}"
    return f"На конец дня {day} {meaning}."


def moment(at: datetime, zone: tzinfo, locale: Locale = "ru") -> str:
    """`5 ноября 2026, 12:04`, on the clock of the company."""
    here = at.astimezone(zone)
    return f"{day_long(here.date(), locale)}, {here:%H:%M}"


def _row(operation: AccountOperation, minor: int, running: int, zone: tzinfo, locale: Locale) -> StatementRow:
    currency = operation.amount.currency
    kind = KINDS[locale][operation.kind] + (REVERSAL[locale] if operation.reverses else "")
    return StatementRow(
        day=day_short(operation.posted_at.astimezone(zone).date(), locale),
        kind=kind,
        text=line(operation.text),
        charged=column(max(minor, 0), currency, locale),
        paid=column(max(-minor, 0), currency, locale),
        balance=decimal(running, currency, locale),
    )


def _turnovers(
    operations: tuple[AccountOperation, ...], amounts: list[int], currency: str, locale: Locale
) -> tuple[Turnover, ...]:
    titles = KINDS[locale]
    charged, paid = dict.fromkeys(titles, 0), dict.fromkeys(titles, 0)
    for operation, minor in zip(operations, amounts, strict=True):
        (charged if minor > 0 else paid)[operation.kind] += abs(minor)
    return tuple(
        Turnover(title, column(charged[kind], currency, locale), column(paid[kind], currency, locale))
        for kind, title in titles.items()
        if charged[kind] or paid[kind]
    )
