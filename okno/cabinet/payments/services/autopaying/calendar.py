"""When a rule is looked at and when its money is taken: a day apart, at ten in the morning of the company's clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Kind = Literal["day", "debt"]

HOUR = time(10)
NOTICE = timedelta(days=1)
#: A refused charge is tried again after a day, then after three: a salary comes meanwhile. What is final is not.
RETRIES = (timedelta(days=1), timedelta(days=3))
#: A debt that stays (above the ceiling, refused, stopped by its owner) is looked at again in a week and not each day.
PAUSE = timedelta(days=7)
DAYS_MAX = 28
DECEMBER = 12


def look_next(kind: Kind, day: int | None, after: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after `after` at which the account is looked at: a day before the money would be taken."""
    local = after.astimezone(zone)
    if kind == "debt" or day is None:
        return _first(local, [local, local + NOTICE], zone, early=timedelta(0))
    year, month = (local.year + 1, 1) if local.month == DECEMBER else (local.year, local.month + 1)
    later = local.replace(day=1, year=year, month=month)
    year, month = (later.year + 1, 1) if later.month == DECEMBER else (later.year, later.month + 1)
    latest = later.replace(year=year, month=month)
    return _first(local, [each.replace(day=day) for each in (local, later, latest)], zone, early=NOTICE)


def charge_at(looked: datetime, zone: ZoneInfo) -> datetime:
    """Ten o'clock, a whole day after the customer was told at the least, however late that was."""
    soonest = looked + NOTICE
    day = soonest.astimezone(zone).date()
    at = datetime.combine(day, HOUR, zone)
    return at if at >= soonest else datetime.combine(day + NOTICE, HOUR, zone)


def _first(after: datetime, days: list[datetime], zone: ZoneInfo, *, early: timedelta) -> datetime:
    moments = (datetime.combine(day.date() - early, HOUR, zone) for day in days)
    return next(moment for moment in moments if moment > after)
