"""The statement of a period: opening balance, every operation, turnovers, closing balance.

Amounts keep the rule of the house: what the customer owes is positive. A paper has no colour, so charges and payments
stand in columns of their own.
"""

from datetime import datetime, tzinfo

import msgspec

from okno.cabinet.documents.core.figures import column, day_long, day_short, decimal, money
from okno.cabinet.documents.core.periods import period_title
from okno.cabinet.documents.core.texts import line
from okno.cabinet.documents.core.troubles import DocumentError
from okno.protocol.messages import Profile, Statement
from okno.protocol.messages.accounts import AccountOperation
from okno.protocol.money import Money

KINDS = {
    "charge": "Начисление",
    "payment": "Оплата",
    "credit": "Уменьшение счёта",
    "refund": "Возврат",
    "correction": "Исправление",
}


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
    """The printed lines of a statement."""

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


def statement_sheet(told: Statement, payer: Profile, company: str, zone: tzinfo) -> StatementSheet:
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
        rows.append(_row(operation, minor, running, currency, zone))
    charged = sum(minor for minor in amounts if minor > 0)
    return StatementSheet(
        company=line(company),
        name=line(payer.name),
        number=line(payer.number),
        period=period_title(told.period),
        as_of=moment(told.as_of, zone),
        currency=currency,
        opening=decimal(opening.minor, currency),
        closing=decimal(closing.minor, currency),
        charged=decimal(charged, currency),
        paid=decimal(charged - total, currency),
        verdict=verdict(closing, day_long(told.period.last)),
        turnovers=_turnovers(told.operations, amounts, currency),
        rows=tuple(rows),
    )


def verdict(closing: Money, day: str) -> str:
    """What the closing balance means, in a sentence."""
    if closing.minor == 0:
        return f"На конец дня {day} долга нет."
    amount = money(Money(abs(closing.minor), closing.currency))
    return f"На конец дня {day} {'к оплате' if closing.minor > 0 else 'переплата'} {amount}."


def moment(at: datetime, zone: tzinfo) -> str:
    """`5 ноября 2026, 12:04`, on the clock of the company."""
    here = at.astimezone(zone)
    return f"{day_long(here.date())}, {here:%H:%M}"


def _row(operation: AccountOperation, minor: int, running: int, currency: str, zone: tzinfo) -> StatementRow:
    kind = KINDS[operation.kind] + (" (сторно)" if operation.reverses else "")
    return StatementRow(
        day=day_short(operation.posted_at.astimezone(zone).date()),
        kind=kind,
        text=line(operation.text),
        charged=column(max(minor, 0), currency),
        paid=column(max(-minor, 0), currency),
        balance=decimal(running, currency),
    )


def _turnovers(operations: tuple[AccountOperation, ...], amounts: list[int], currency: str) -> tuple[Turnover, ...]:
    charged = dict.fromkeys(KINDS, 0)
    paid = dict.fromkeys(KINDS, 0)
    for operation, minor in zip(operations, amounts, strict=True):
        (charged if minor > 0 else paid)[operation.kind] += abs(minor)
    return tuple(
        Turnover(title, column(charged[kind], currency), column(paid[kind], currency))
        for kind, title in KINDS.items()
        if charged[kind] or paid[kind]
    )
