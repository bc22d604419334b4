"""Money: a whole number of minor units and a currency; on the wire a decimal string, never a float (house rule 15)."""

from __future__ import annotations

import re

import msgspec

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.money.currencies import EXPONENTS

MINOR_MAX = 10**18 - 1  # fits PostgreSQL's bigint with room for a sum of nine
_TEXT_MAX = 20
# ASCII digits only: `\d` and int() would take full-width and Arabic ones for digits too.
_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_MINOR_DIGITS_MAX = 18


class Money(msgspec.Struct, frozen=True, order=False):
    """`minor` minor units (kopecks) of `currency` (ISO 4217 alphabetic code). Sign: + is owed by the customer."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """`"1234.50"` of RUB. Fewer decimals than the currency has are taken, more are refused (`money`).

        Refused too: a plus, exponents, separators, white space, leading zeros, digits of other scripts, `-0`.
        """
        exponent = exponent_of(currency)
        if len(text) > _TEXT_MAX:
            raise ProtocolError(ErrorCode.MONEY, "too long")
        match = _AMOUNT.fullmatch(text)
        if match is None:
            raise ProtocolError(ErrorCode.MONEY, "not a decimal such as 123.45")
        sign, whole, fraction = match[1], match[2], match[3] or ""
        if len(fraction) > exponent:
            raise ProtocolError(ErrorCode.MONEY, f"{currency} has {exponent} decimals")
        minor = int(whole + fraction.ljust(exponent, "0"))
        if minor > MINOR_MAX:
            raise ProtocolError(ErrorCode.MONEY, "too large")
        if sign and minor == 0:
            raise ProtocolError(ErrorCode.MONEY, "minus zero")
        return cls(-minor if sign else minor, currency)

    @classmethod
    def canonical(cls, text: str, currency: str) -> Money:
        """Of a text that `check_canonical` has passed."""
        return cls(int(text.replace(".", "")), currency)

    @property
    def decimal(self) -> str:
        """The one canonical spelling: as many decimals as the currency has."""
        exponent = exponent_of(self.currency)
        digits = str(abs(self.minor)).rjust(exponent + 1, "0")
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else f"{sign}{digits}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ProtocolError(ErrorCode.MONEY, f"{self.currency} and {other.currency} do not add up")
        return other.minor


def exponent_of(currency: str) -> int:
    """Decimals of the currency. Raises `money` for a code that ISO 4217 does not list."""
    exponent = EXPONENTS.get(currency)
    if exponent is None:
        raise ProtocolError(ErrorCode.MONEY, "unknown currency")
    return exponent


def check_canonical(text: str, currency: str) -> None:
    """Whether the text is exactly what `decimal` would write. Raises `money`, as `parse` and for other spellings."""
    spelling = _SPELLINGS.get(currency)
    if spelling is None or spelling.fullmatch(text) is None:
        Money.parse(text, currency)  # says what is wrong with it, if it is more than the spelling
        raise ProtocolError(ErrorCode.MONEY, "not the canonical spelling")


def _spelling(exponent: int) -> re.Pattern[str]:
    """The canonical spellings of amounts up to `MINOR_MAX` with so many decimals."""
    whole = rf"(?:0|[1-9][0-9]{{0,{_MINOR_DIGITS_MAX - exponent - 1}}})"
    fraction = rf"\.[0-9]{{{exponent}}}" if exponent else ""
    zero = rf"-0\.0{{{exponent}}}" if exponent else "-0"
    return re.compile(rf"(?!{zero}\Z)-?{whole}{fraction}")


_BY_EXPONENT = {exponent: _spelling(exponent) for exponent in set(EXPONENTS.values())}
_SPELLINGS = {currency: _BY_EXPONENT[exponent] for currency, exponent in EXPONENTS.items()}
