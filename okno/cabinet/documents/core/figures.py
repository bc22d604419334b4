"""Amounts and days as papers write them, in Russian. Amounts are whole minor units; a document has one currency."""

from datetime import date

from okno.protocol.money import Money
from okno.protocol.money.amount import exponent_of

MINUS, NARROW, WIDE = "\u2212", "\u00a0", "\u00a0"
MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
MONTH_NAMES = (
    *("январь", "февраль", "март", "апрель", "май", "июнь"),
    *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
)
SIGNS = {"RUB": "₽", "EUR": "€", "USD": "$"}


def grouped(whole: int) -> str:
    """`12 345 678`, with spaces that do not break."""
    return f"{whole:,}".replace(",", NARROW)


def decimal(minor: int, currency: str) -> str:
    """`−1 234,50`: a true minus, as many decimals as the currency has."""
    exponent = exponent_of(currency)
    whole, fraction = divmod(abs(minor), 10**exponent)
    sign = MINUS if minor < 0 else ""
    return f"{sign}{grouped(whole)},{fraction:0{exponent}}" if exponent else f"{sign}{grouped(whole)}"


def money(amount: Money) -> str:
    """`1 234,50 ₽`."""
    return f"{decimal(amount.minor, amount.currency)}{WIDE}{SIGNS.get(amount.currency, amount.currency)}"


def column(minor: int, currency: str) -> str:
    """As `decimal`, empty for nothing: a zero in each line hides what is there."""
    return decimal(minor, currency) if minor else ""


def day_short(day: date) -> str:
    """`05.11.2026`."""
    return f"{day.day:02}.{day.month:02}.{day.year:04}"


def day_long(day: date) -> str:
    """`5 ноября 2026`."""
    return f"{day.day}{NARROW}{MONTHS[day.month - 1]} {day.year}"


def month_long(day: date) -> str:
    """`ноябрь 2026`."""
    return f"{MONTH_NAMES[day.month - 1]} {day.year}"
