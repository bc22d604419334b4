"""What a person typed about himself, in the one spelling that the inside compares. It judges form, never truth."""

import re
import unicodedata
from datetime import date

from okno.cabinet.identity.core.logins import canonical_login
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.protocol.messages import IdentifyFacts
from okno.protocol.messages.customers import FactKind

LINE_CHARS_MAX = 200
DAY_FIRST = re.compile(r"([0-3]?\d)[./\- ]([01]?\d)[./\- ](\d{4})|([0-3]\d)([01]\d)(\d{4})")
AMOUNT = re.compile(r"(\d{1,12})(?:[.,](\d{1,2}))?(?:р|руб|₽)?\.?")
MARKS = str.maketrans("", "", " '’")


def facts_read(number: str, fact: FactKind, value: str) -> IdentifyFacts:
    """Dates become YYYY-MM-DD, amounts "1234.50", the rest loses its idle blanks.

    Raises RefusalError unreadable-fact with `field` number | value.
    """
    typed = _line(number)
    if typed is None or not canonical_login(typed):
        raise RefusalError(Refusal.UNREADABLE_FACT, field="number")
    line = _line(value)
    spelt = None if line is None else READERS.get(fact, str)(line)
    if not spelt:
        raise RefusalError(Refusal.UNREADABLE_FACT, field="value")
    return IdentifyFacts(number=typed, fact=fact, value=spelt)


def _line(typed: str) -> str | None:
    """One line of text without what cannot be seen; None when nothing is left or it is too long."""
    line = " ".join(unicodedata.normalize("NFKC", typed).split())
    return line if line.isprintable() and 0 < len(line) <= LINE_CHARS_MAX else None


def _day(typed: str) -> str | None:
    """`5.11.1980`, `05111980`, `1980-11-05`."""
    found = DAY_FIRST.fullmatch(typed)
    try:
        if found is None:
            return date.fromisoformat(typed).isoformat()
        day, month, year = (part for part in found.groups() if part is not None)
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _amount(typed: str) -> str | None:
    """`1 234,5`, `1234.50 ₽`."""
    found = AMOUNT.fullmatch(typed.casefold().translate(MARKS))
    if found is None:
        return None
    whole, part = found.groups()
    return f"{int(whole)}.{(part or ''):0<2}"


READERS = {"birth-date": _day, "last-bill": _amount, "last-payment": _amount}
