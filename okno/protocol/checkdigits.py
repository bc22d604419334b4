"""Check digits of Russian requisites: a wrong digit is money that goes nowhere."""

from __future__ import annotations

import re
from binascii import crc_hqx
from collections.abc import Iterable
from typing import Final

_ACCOUNT_WEIGHTS = (7, 1, 3)
_INN_10 = ((2, 4, 10, 3, 5, 9, 4, 6, 8),)
_INN_12 = ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
# Settlement cash centres of the central bank keep their clients' accounts themselves.
_CENTRAL = ("000", "001", "002")

#: A static link of the faster payments system: a bank registers one for a payee, for all his customers and any amount.
STATIC_LINK: Final = r"^https://qr\.nspk\.ru/AS[0-9A-Z]{30}\?type=01&bank=[0-9]{12}&crc=[0-9A-F]{4}"
_LINK = re.compile(
    r"https://qr\.nspk\.ru/(?P<kind>A[SD])[0-9A-Z]{30}\?type=(?P<type>0[12])&bank=[0-9]{12}"
    r"(?P<sum>&sum=[0-9]+&cur=RUB)?&crc=(?P<crc>[0-9A-F]{4})",
    re.ASCII,
)
_CRC_BEGINS = 0xFFFF


def inn_right(inn: str) -> bool:
    """Of 10 digits (a company: one check digit) or 12 (a person in business: two)."""
    digits = _digits(inn)
    rules = {10: _INN_10, 12: _INN_12}.get(len(digits), ())
    return bool(rules) and all(_inn_digit(digits, weights) == digits[len(weights)] for weights in rules)


def account_right(account: str, bic: str) -> bool:
    """An account of 20 digits at the bank of that BIC (rule of the central bank of 8 September 1997, no. 515)."""
    prefix = f"0{bic[4:6]}" if bic[-3:] in _CENTRAL else bic[-3:]
    return _weighed(prefix + account)


def correspondent_right(account: str, bic: str) -> bool:
    """The bank's own account with the central bank: it ends as the BIC does."""
    return account[-3:] == bic[-3:] and _weighed(f"0{bic[4:6]}{account}")


def static_link_fault(link: str) -> str | None:
    """What is wrong with a link that is to stand on paper as a code, None when nothing is.

    Its checksum is CRC-16/CCITT-FALSE of all before `&crc=` (payments reference, section 9).
    """
    found = _LINK.fullmatch(link)
    if found is None:
        return "it is not of the form https://qr.nspk.ru/AS…?type=01&bank=…&crc=XXXX"
    if (found["kind"], found["type"]) != ("AS", "01"):
        return f"it is of type {found['type']}, on paper stands type 01: paid many times, of any amount"
    if found["sum"] is not None:
        return "it names an amount, on paper it must not"
    if found["crc"] != f"{crc_hqx(link.rpartition('&crc=')[0].encode('ascii'), _CRC_BEGINS):04X}":
        return "its checksum does not match, a sign of it is wrong"
    return None


def _digits(text: str) -> list[int]:
    return [int(mark) for mark in text] if text.isascii() and text.isdigit() else []


def _inn_digit(digits: Iterable[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10


def _weighed(text: str) -> bool:
    digits = _digits(text)
    return bool(digits) and sum(digit * _ACCOUNT_WEIGHTS[place % 3] for place, digit in enumerate(digits)) % 10 == 0
