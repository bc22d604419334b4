"""When auto-payment looks, charges, and how it writes amounts."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from okno.cabinet.payments.services.autopaying.calendar import Kind, charge_at, look_next
from okno.cabinet.payments.services.autopaying.words import amount_text
from okno.protocol.money.amount import Money

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("kind", "day", "after", "look"),
    [
        ("debt", None, "2026-11-27T06:59:00+00:00", "2026-11-27T10:00:00+03:00"),
        ("debt", None, "2026-11-27T07:00:00+00:00", "2026-11-28T10:00:00+03:00"),
        ("day", 28, "2026-11-27T06:59:00+00:00", "2026-11-27T10:00:00+03:00"),
        ("day", 28, "2026-11-27T07:00:00+00:00", "2026-12-27T10:00:00+03:00"),
        ("day", 1, "2026-11-30T08:00:00+00:00", "2026-12-31T10:00:00+03:00"),
        ("day", 1, "2026-12-31T08:00:00+00:00", "2027-01-31T10:00:00+03:00"),
    ],
)
def test_an_account_is_looked_at_a_day_before(kind: Kind, day: int | None, after: str, look: str) -> None:
    assert look_next(kind, day, datetime.fromisoformat(after), MOSCOW) == datetime.fromisoformat(look)


@pytest.mark.parametrize(
    ("looked", "charged"),
    [
        ("2026-11-27T07:00:00+00:00", "2026-11-28T10:00:00+03:00"),
        ("2026-11-27T07:00:01+00:00", "2026-11-29T10:00:00+03:00"),
        ("2026-11-27T22:00:00+00:00", "2026-11-29T10:00:00+03:00"),
    ],
)
def test_a_charge_is_a_whole_day_after_its_announcement(looked: str, charged: str) -> None:
    assert charge_at(datetime.fromisoformat(looked), MOSCOW) == datetime.fromisoformat(charged)


def test_amounts_are_written_as_people_write_them() -> None:
    assert amount_text(Money(123_450, "RUB"), "ru").replace("\u00a0", " ") == "1 234,50 ₽"
    assert amount_text(Money(123_450, "RUB"), "en").replace("\u00a0", " ") == "1,234.50 ₽"
    assert amount_text(Money(500, "JPY"), "ru").replace("\u00a0", " ") == "500 JPY"
