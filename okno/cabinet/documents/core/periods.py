"""Periods of documents: whole days, both ends in."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from okno.cabinet.documents.core.figures import Locale, day_long, month_long
from okno.cabinet.documents.core.troubles import DocumentError
from okno.protocol.messages.base import Period

DAYS_MAX = 366
DECEMBER = 12


def period_of(first: date, last: date, *, today: date) -> Period:
    """A period of at most a leap year that has begun. Raises DocumentError period-wrong."""
    if last < first or first > today or (last - first).days >= DAYS_MAX:
        raise DocumentError("period-wrong")
    return Period(first=first, last=last)


def month_of(day: date) -> Period:
    """The calendar month of a day."""
    return Period(first=day.replace(day=1), last=day.replace(day=monthrange(day.year, day.month)[1]))


def period_title(period: Period, locale: Locale = "ru") -> str:
    """`октябрь 2026`, `2026 год`, or `с 3 октября 2026 по 5 ноября 2026`; `3 October 2026 to 5 November 2026`."""
    first, last = period.first, period.last
    if month_of(first) == period:
        return month_long(first, locale)
    if first == first.replace(month=1, day=1) and last == first.replace(month=DECEMBER, day=31):
        return f"{first.year} год" if locale == "ru" else f"{first.year}"
    if locale == "en":
        return f"{day_long(first, locale)} to {day_long(last, locale)}"
    return f"с {day_long(first)} по {day_long(last)}"


def term_end(begun: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The end of the last day of a term of so many calendar days, which begins on the day after `begun`.

    As terms of the civil code run (articles 191 to 194), by the company's clock.
    """
    following = begun.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(following, time.min, zone)


def term_day(end: datetime, zone: ZoneInfo) -> date:
    """The last day of a term that ends then."""
    return (end.astimezone(zone) - timedelta(microseconds=1)).date()
