"""What a person may be asked for beside the number of an account, and whether he is right."""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Callable
from datetime import date

import msgspec

from okno.connectors.book.accounts import NUMBER_DIGITS
from okno.connectors.runtime.port.people import BIRTH_DATE, CONTRACT, LAST_BILL, LAST_PAYMENT
from okno.protocol.errors import ProtocolError
from okno.protocol.money import Money

_NUMBER = re.compile(rf"[0-9]{{{NUMBER_DIGITS}}}")
_SEPARATORS = re.compile(r"[\s\-–—]+")


class Known(msgspec.Struct, frozen=True):
    """What the book has of a customer and of the account asked about; amounts in minor units of its currency."""

    born: date | None = None
    contract: str | None = None
    last_bill: int | None = None
    last_payment: int | None = None
    currency: str = "RUB"


def number_of(typed: str) -> str:
    """The account's number without the blanks and dashes it was typed with; empty when it cannot be one."""
    number = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed))
    return number if _NUMBER.fullmatch(number) else ""


def fits(known: Known, fact: str, value: str) -> bool:
    """Whether `value` is what the book has. A fact that it has not, or has no kind of, fits nobody."""
    kind = _KINDS.get(fact)
    if kind is None:
        return False
    right, said = kind.right(known), kind.said(value, known.currency)
    # Nothing said is never equal to nothing known.
    return right is not None and said is not None and hmac.compare_digest(right.encode(), said.encode())


class _Kind(msgspec.Struct, frozen=True):
    """The one spelling of a fact: as the book has it, and as it was typed (None when it is no such fact)."""

    right: Callable[[Known], str | None]
    said: Callable[[str, str], str | None]


def _day(text: str, _currency: str) -> str | None:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return None


def _amount(text: str, currency: str) -> str | None:
    try:
        return Money.parse("".join(text.split()).replace(",", "."), currency).decimal
    except ProtocolError:
        return None


def _decimal(minor: int | None, currency: str) -> str | None:
    return Money(minor, currency).decimal if minor is not None else None


def _folded(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).casefold()


_KINDS: dict[str, _Kind] = {
    BIRTH_DATE: _Kind(lambda known: None if known.born is None else known.born.isoformat(), _day),
    CONTRACT: _Kind(
        lambda known: None if known.contract is None else _folded(known.contract), lambda text, _: _folded(text)
    ),
    LAST_BILL: _Kind(lambda known: _decimal(known.last_bill, known.currency), _amount),
    LAST_PAYMENT: _Kind(lambda known: _decimal(known.last_payment, known.currency), _amount),
}
