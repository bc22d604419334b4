"""Columns of lists as staff reads them: money as money, moments with their age, states as words."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import BooleanField, DateField, DateTimeField, Field, Model
from django.utils.html import format_html

from okno.protocol.money.amount import Money

Column = Callable[[Model], str]
Words = Mapping[str, str]

THIN, FIXED = "\u202f", "\u00a0"
SIGNS = {"RUB": "₽", "EUR": "€", "USD": "$"}
NOTHING = "—"
#: Older than this a moment is a date, and nobody counts the hours.
AGE_MAX = timedelta(days=1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def money(minor: int, currency: str) -> str:
    """`−1 234,50 ₽`."""
    whole, _, rest = Money(abs(minor), currency).decimal.partition(".")
    grouped = f"{int(whole):,}".replace(",", THIN)
    return f"{'−' if minor < 0 else ''}{grouped}{',' if rest else ''}{rest}{FIXED}{SIGNS.get(currency, currency)}"


def age(since: timedelta) -> str:
    """`только что`, `5 мин назад`, `через 3 ч`; nothing beyond a day."""
    size = abs(since)
    if size >= AGE_MAX:
        return ""
    if size < MINUTE:
        return "только что" if since >= timedelta() else "сейчас"
    length = f"{size // HOUR}{FIXED}ч" if size >= HOUR else f"{size // MINUTE}{FIXED}мин"
    return f"{length} назад" if since >= timedelta() else f"через {length}"


def zone() -> ZoneInfo:
    """The company's."""
    return ZoneInfo(settings.OKNO.time_zone)


def moment_text(at: datetime | None) -> str:
    """`27.11.2026 15:04` of the company's clock; a dash for never."""
    return NOTHING if at is None else f"{at.astimezone(zone()):%d.%m.%Y %H:%M}"


def moment(at: datetime | None) -> str:
    """As `moment_text`, and beside it how long ago."""
    if at is None:
        return NOTHING
    ago = age(datetime.now(UTC) - at)
    return format_html('<time>{}</time> <span class="age">{}</span>', moment_text(at), ago)


def day_text(day: date | None) -> str:
    """`27.11.2026`; a dash for none."""
    return NOTHING if day is None else f"{day:%d.%m.%Y}"


def column(field: "Field[object, object]", words: Words | None, currency: str | None) -> Column:
    """Of one field. `words`: value -> word, an unknown value stays itself. `currency`: the field that names it."""

    def shown(row: Model) -> str:
        value = getattr(row, field.attname)
        if currency is not None:
            return NOTHING if value is None else money(value, getattr(row, currency))
        if isinstance(field, DateTimeField):
            return moment(value)
        if isinstance(field, DateField):
            return day_text(value)
        if isinstance(field, BooleanField):
            return "да" if value else NOTHING
        text = "" if value is None else str(value)
        return (words or {}).get(text, text) or NOTHING

    shown.__name__ = field.name
    shown.short_description = field.verbose_name  # type: ignore[attr-defined]  # how Django names a column
    shown.admin_order_field = field.name  # type: ignore[attr-defined]  # likewise
    return shown
