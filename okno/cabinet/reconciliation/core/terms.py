"""When a payment system's transfer has to have come, and what has not: data with dates, and a pure decision."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta

from okno.cabinet.reconciliation.core.payouts import DaySum

BANK_DAYS_MAX = 30
_SATURDAY = 5


class PayoutTerm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is taken on a business day comes by the end of the next day of the banks and `bank_days` more of them.

    In force for business days `since` to `until`, both included; without `until` it has no end.
    """

    provider: str
    bank_days: Annotated[int, Meta(ge=0, le=BANK_DAYS_MAX)]
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """`holidays`: days of the week on which banks do not work; Saturdays and Sundays are known."""

    terms: Sequence[PayoutTerm] = ()
    holidays: Collection[date] = frozenset()

    @property
    def providers(self) -> list[str]:
        return sorted({term.provider for term in self.terms})

    def last_day(self, provider: str, day: date) -> date | None:
        """The last day on which money of `day` may still come; None where nothing is agreed."""
        term = next((one for one in self.terms if one.provider == provider and one.holds(day)), None)
        if term is None:
            return None
        for _ in range(term.bank_days + 1):
            day = self._next(day)
        return day

    def _next(self, day: date) -> date:
        day += timedelta(days=1)
        while day.weekday() >= _SATURDAY or day in self.holidays:
            day += timedelta(days=1)
        return day


@dataclass(frozen=True, kw_only=True)
class Missing:
    """`owed` for `day` should have come, in minor units."""

    day: date
    owed: int


def terms_mistakes(terms: Sequence[PayoutTerm], payers: Mapping[str, str]) -> list[str]:
    """Days with two terms, and systems whose transfers nobody could tell; empty for good data."""
    mistakes = []
    for provider in sorted({term.provider for term in terms}):
        line = sorted((term for term in terms if term.provider == provider), key=lambda term: term.since)
        mistakes += [
            f"payout_terms: {provider} has two on {after.since}"
            for before, after in pairwise(line)
            if before.until is None or before.until >= after.since
        ]
        if provider not in payers:
            mistakes.append(f"payout_terms: {provider} is not in payers, so its transfers would not be known")
    return mistakes


def missing_of(days: Sequence[DaySum], provider: str, terms: Terms, today: date) -> list[Missing]:
    """Of days that no payout is for yet, in their order: those whose money is late on `today`.

    What a system gave back beyond what it took it keeps from the days that follow.
    """
    found, carried = [], 0
    for one in days:
        owed = one.net + carried
        carried = min(owed, 0)
        last = terms.last_day(provider, one.day)
        if owed > 0 and last is not None and today > last:
            found.append(Missing(day=one.day, owed=owed))
    return found
