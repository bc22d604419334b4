"""Business days of zones whose clocks jump, and the words of a payer."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.cabinet.reconciliation.core.calendar import begins, day_last, days_due
from okno.cabinet.reconciliation.core.comparing import Here, There, compare
from okno.cabinet.reconciliation.core.purposes import marks_of, numbers_of

ZONES = ("Europe/Moscow", "Europe/Berlin", "America/Santiago", "Asia/Kolkata", "Pacific/Apia", "Africa/Cairo", "UTC")


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Moscow", date(2026, 11, 27), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Santiago", date(2026, 9, 6), 23),  # its clock skips midnight itself
        ("America/Santiago", date(2026, 4, 4), 25),
    ],
)
def test_a_day_is_as_long_as_its_clock_says(zone: str, day: date, hours: int) -> None:
    assert begins(day + timedelta(days=1), zone) - begins(day, zone) == timedelta(hours=hours)


def test_a_day_is_cut_once_it_is_over_and_settled() -> None:
    midnight = datetime(2026, 11, 27, 21, tzinfo=UTC)
    assert day_last(midnight + timedelta(minutes=59), "Europe/Moscow") == date(2026, 11, 26)
    assert day_last(midnight + timedelta(minutes=60), "Europe/Moscow") == date(2026, 11, 27)
    assert days_due(None, midnight, "Europe/Moscow") == [
        (date(2026, 11, 26), midnight - timedelta(days=2), midnight - timedelta(days=1))
    ]
    assert days_due((date(2026, 11, 26), midnight - timedelta(days=1)), midnight, "Europe/Moscow") == []


@given(
    start=st.integers(0, 100_000_000),
    days=st.integers(0, 40),
    zones=st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
)
def test_days_follow_each_other_without_gap_or_overlap_even_when_the_zone_changes(
    start: int, days: int, zones: tuple[str, str]
) -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=start)
    first = days_due(None, now, zones[0])
    cut = first + days_due((first[-1][0], first[-1][2]), now + timedelta(days=days), zones[1])
    for before, after in pairwise(cut):
        assert (after[0], after[1]) == (before[0] + timedelta(days=1), before[2])
        assert after[1] < after[2]


def test_who_has_no_register_is_compared_with_the_books_alone() -> None:
    here = Here(provider="yoomoney", provider_id="1", attempt="a", minor=5, currency="RUB", booked=5, inside=True)
    assert (compare({}, [here], []).matched, compare({}, [here], []).found) == (1, ())
    [missing] = compare({"yoomoney": []}, [here], []).found
    assert (missing.kind, missing.here) == ("only-here", 5)


def test_who_was_asked_payment_by_payment_is_compared_where_he_answered() -> None:
    here = Here(provider="tbank", provider_id="1", attempt="a", minor=5, currency="RUB", booked=5, inside=True)
    there = There(provider="tbank", provider_id="1", attempt="a", minor=5, currency="RUB", inside=True)
    assert compare({}, [here], [], asked=[there], answered={"a"}) == compare({}, [here], [])
    assert [one.kind for one in compare({}, [here], [], answered={"a"}).found] == ["only-here"]
    assert compare({}, [here], [], answered={"b"}).found == ()
    [found] = compare({}, [], [], asked=[replace(there, provider_id="")], answered={"a"}).found
    assert (found.kind, found.subject, found.there) == ("only-there", "a", 5)


@pytest.mark.parametrize(
    ("minor", "between", "currency", "agrees"),
    [
        (None, None, "", True),
        (97, (99, 101), "RUB", True),
        (97, (97, 99), "RUB", False),
        (97, (99, 101), "EUR", False),
        (100, None, "RUB", True),
    ],
)
def test_what_is_said_of_the_money_is_held_against_ours(
    minor: int | None, between: tuple[int, int] | None, currency: str, *, agrees: bool
) -> None:
    there = There(provider="p", provider_id="1", minor=minor, currency=currency, inside=True, given=between)
    assert there.is_money(100, "RUB") is agrees


def test_the_edge_of_a_day_is_nobodys_difference() -> None:
    there = There(provider="p", provider_id="1", minor=5, currency="RUB", inside=False)
    assert compare({"p": [there]}, [], []).found == ()
    here = Here(provider="p", provider_id="1", attempt="a", minor=5, currency="RUB", booked=5, inside=True)
    assert compare({"p": [there]}, [here], []).matched == 1
    wrong = There(provider="p", provider_id="1", minor=5, currency="USD", inside=True)
    assert [one.kind for one in compare({"p": [wrong]}, [here], []).found] == ["amount"]


@pytest.mark.parametrize(
    ("purpose", "numbers", "marks"),
    [
        ("Оплата № 1001", [1001], ""),
        ("оплата 1001, платёж №1002; Оплата № 1001", [1001, 1002], ""),
        ("Payment No. 17 by contract 7700017", [17], "7700017"),
        ("Договор 7700018 л/с 7700017 НДС 20% 10345.00", [], "7700017 7700018"),
        ("Оплата 1234567890123456789", [], "1234567890123456789"),
        ("Спасибо", [], ""),
    ],
)
def test_what_a_payer_wrote(purpose: str, numbers: list[int], marks: str) -> None:
    assert (numbers_of(purpose), marks_of(purpose)) == (numbers, marks)
