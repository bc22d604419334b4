"""Amounts and days as papers write them, in either language. Amounts are minor units; a document has one currency."""

from datetime import date
from typing import Literal

from okno.protocol.money import Money
from okno.protocol.money.amount import exponent_of

Locale = Literal["ru", "en"]

MINUS, NARROW, WIDE = "\u2212", "\u00a0", "\u00a0"
MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
MONTH_NAMES = (
    *("январь", "февраль", "март", "апрель", "май", "июнь"),
    *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
)
ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
SHORT_CHARS = 3
SIGNS = {"RUB": "₽", "EUR": "€", "USD": "$"}
#: Between thousands, and before the fraction.
MARKS: dict[Locale, tuple[str, str]] = {"ru": (NARROW, ","), "en": (",", ".")}


def decimal(minor: int, currency: str, locale: Locale = "ru") -> str:
    """`−1 234,50`, `−1,234.50`: a true minus, as many decimals as the currency has."""
    exponent = exponent_of(currency)
    thousands, point = MARKS[locale]
    whole, fraction = divmod(abs(minor), 10**exponent)
    sign = MINUS if minor < 0 else ""
    grouped = f"{whole:,}".replace(",", thousands)
    return f"{sign}{grouped}{point}{fraction:0{exponent}}" if exponent else f"{sign}{grouped}"


def money(amount: Money, locale: Locale = "ru") -> str:
    """`1 234,50 ₽`, `₽1,234.50`, `CHF 5.00`; for amounts without a sign."""
    figure, sign = decimal(amount.minor, amount.currency, locale), SIGNS.get(amount.currency)
    if locale == "ru":
        return f"{figure}{WIDE}{sign or amount.currency}"
    return f"{sign}{figure}" if sign else f"{amount.currency}{WIDE}{figure}"


def column(minor: int, currency: str, locale: Locale = "ru") -> str:
    """As `decimal`, empty for nothing: a zero in each line hides what is there."""
    return decimal(minor, currency, locale) if minor else ""


def day_short(day: date, locale: Locale = "ru") -> str:
    """`05.11.2026`, `5 Nov 2026`."""
    if locale == "en":
        return f"{day.day}{NARROW}{ENGLISH_MONTHS[day.month - 1][:SHORT_CHARS]}{NARROW}{day.year}"
    return f"{day.day:02}.{day.month:02}.{day.year:04}"


def day_long(day: date, locale: Locale = "ru") -> str:
    """`5 ноября 2026`, `5 November 2026`."""
    return f"{day.day}{NARROW}{(MONTHS if locale == 'ru' else ENGLISH_MONTHS)[day.month - 1]} {day.year}"


def month_long(day: date, locale: Locale = "ru") -> str:
    """`ноябрь 2026`, `November 2026`."""
    return f"{(MONTH_NAMES if locale == 'ru' else ENGLISH_MONTHS)[day.month - 1]} {day.year}"
