"""When a payout has to have come: days of banks, terms that change, money that went back first."""

from datetime import date

import msgspec
import pytest

from okno.cabinet.payments.tasks.till import TillSettings
from okno.cabinet.reconciliation.core.payouts import DaySum
from okno.cabinet.reconciliation.core.terms import Missing, PayoutTerm, Terms, missing_of, terms_mistakes
from okno.cli.processes.serving import SettingsError
from okno.cli.processes.till import terms_of

OLD = PayoutTerm(provider="yookassa", bank_days=0, since=date(2026, 1, 1), until=date(2026, 11, 24))
NEW = PayoutTerm(provider="yookassa", bank_days=2, since=date(2026, 11, 25))
TERMS = Terms(terms=(OLD, NEW), holidays=frozenset({date(2026, 11, 27)}))


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 11, 23), date(2026, 11, 24)),  # a Monday under the old term
        (date(2026, 11, 20), date(2026, 11, 23)),  # a Friday: banks open on Monday
        (date(2026, 11, 25), date(2026, 12, 1)),  # the new term, a holiday and a weekend
        (date(2025, 12, 31), None),
    ],
)
def test_a_term_is_that_of_its_day_and_counts_days_of_banks(day: date, last: date | None) -> None:
    assert TERMS.last_day("yookassa", day) == last
    assert TERMS.last_day("stripe", day) is None


def sums(day: int, gross: int, *, fees: int = 0, refunds: int = 0) -> DaySum:
    return DaySum(day=date(2026, 11, day), gross=gross, fees=fees, refunds=refunds)


def test_what_is_late_is_named_with_what_is_owed_and_not_before() -> None:
    days = [sums(17, 1000, fees=10), sums(18, 100, refunds=300), sums(19, 500), sums(20, 400, fees=400)]
    late = [Missing(day=date(2026, 11, 17), owed=990), Missing(day=date(2026, 11, 19), owed=300)]
    assert missing_of(days, "yookassa", TERMS, date(2026, 11, 18)) == []
    assert missing_of(days, "yookassa", TERMS, date(2026, 11, 19)) == late[:1]
    assert missing_of(days, "yookassa", TERMS, date(2026, 11, 30)) == late
    assert missing_of(days, "stripe", TERMS, date(2026, 11, 30)) == []


def test_terms_that_contradict_or_cannot_be_told_are_named() -> None:
    assert terms_mistakes((OLD, NEW), {"yookassa": "7700000000"}) == []
    twice = msgspec.structs.replace(NEW, since=date(2026, 11, 24))
    assert terms_mistakes((OLD, twice), {}) == [
        "payout_terms: yookassa has two on 2026-11-24",
        "payout_terms: yookassa is not in payers, so its transfers would not be known",
    ]


SETTINGS = TillSettings(dsn="", providers={}, return_url="", payers={"yookassa": "7700000000"})


def test_terms_stand_in_the_tills_settings() -> None:
    told = b"""
payout_terms = [{provider = "yookassa", bank_days = 1, since = 2026-01-01}]
bank_holidays = [2027-01-01]
"""
    given = msgspec.toml.decode(told)
    settings = msgspec.convert({**msgspec.to_builtins(SETTINGS), **given}, TillSettings)
    terms = terms_of(settings)
    assert terms.last_day("yookassa", date(2026, 12, 30)) == date(2027, 1, 4)
    for bad in ({"provider": "yookassa", "bank_days": -1, "since": "2026-01-01"}, {"provider": "stripe"}):
        with pytest.raises(SettingsError, match="payout_terms"):
            terms_of(msgspec.structs.replace(SETTINGS, payout_terms=(bad,)))
    unknown = {"provider": "stripe", "bank_days": 1, "since": "2026-01-01"}
    with pytest.raises(SettingsError, match="stripe is not in payers"):
        terms_of(msgspec.structs.replace(SETTINGS, payout_terms=(unknown,)))
