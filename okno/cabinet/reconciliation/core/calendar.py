"""Business days of a company: cut at midnight of its time zone, one after the other, without a gap or an overlap."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: A day is cut a while after it ended, so that what was under way has arrived.
SETTLES = timedelta(hours=1)


def begins(day: date, zone: str) -> datetime:
    """The first moment of a day, in UTC. Where a clock skips midnight, the first moment after the gap."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def day_last(now: datetime, zone: str) -> date:
    """The latest day that is over and settled."""
    return (now - SETTLES).astimezone(ZoneInfo(zone)).date() - timedelta(days=1)


def days_due(last: tuple[date, datetime] | None, now: datetime, zone: str) -> list[tuple[date, datetime, datetime]]:
    """Days to cut: (day, since, until). `last` is the last one cut and its end, where the next one begins.

    A zone that has changed makes one day longer or shorter: no moment is in two days, none in no day.
    """
    until = day_last(now, zone)
    day, since = (last[0] + timedelta(days=1), last[1]) if last else (until, begins(until, zone))
    cut = []
    while day <= until:
        end = begins(day + timedelta(days=1), zone)
        cut.append((day, since, end))
        day, since = day + timedelta(days=1), end
    return cut
