"""Check digits of Russian requisites: a wrong digit is money that goes nowhere."""

from __future__ import annotations

from collections.abc import Iterable

_ACCOUNT_WEIGHTS = (7, 1, 3)
_INN_10 = ((2, 4, 10, 3, 5, 9, 4, 6, 8),)
_INN_12 = ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))
# Settlement cash centres of the central bank keep their clients' accounts themselves.
_CENTRAL = ("000", "001", "002")


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


def _digits(text: str) -> list[int]:
    return [int(mark) for mark in text] if text.isascii() and text.isdigit() else []


def _inn_digit(digits: Iterable[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10


def _weighed(text: str) -> bool:
    digits = _digits(text)
    return bool(digits) and sum(digit * _ACCOUNT_WEIGHTS[place % 3] for place, digit in enumerate(digits)) % 10 == 0
