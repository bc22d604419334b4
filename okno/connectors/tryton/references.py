"""Which account a reference means: what one party owes one company in one currency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from okno.connectors.runtime.port import Refusal, RefusalCode

_REFERENCE = re.compile(r"c([0-9]{1,9})\.p([0-9]{1,9})\.([A-Z]{3})")
#: What people type around a number, and what a second account of the same party is told apart by.
_NUMBER = re.compile(r"[^0-9A-Za-z]")


class Place(NamedTuple):
    """Company and party by Tryton's ids, currency by its code."""

    company: int
    party: int
    currency: str

    @property
    def reference(self) -> str:
        return f"c{self.company}.p{self.party}.{self.currency}"


def place_of(reference: str) -> Place:
    """Raises Refusal ACCOUNT_UNKNOWN for what is no reference of ours."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise unknown(reference)
    return Place(int(found[1]), int(found[2]), found[3])


def unknown(reference: str) -> Refusal:
    return Refusal(RefusalCode.ACCOUNT_UNKNOWN, f"there is no account {reference!r}")


class Numbers:
    """Makes the numbers that people know: the party's code, then company and currency where they are not the first.

    `currencies`: the own currency of each company by its id, the first company first.
    """

    def __init__(self, currencies: Mapping[int, str]) -> None:
        self._currencies = currencies
        self._home = next(iter(currencies))

    def of(self, code: str, place: Place) -> str:
        company = "" if place.company == self._home else f"-{place.company}"
        currency = "" if place.currency == self._currencies.get(place.company) else f"-{place.currency}"
        return f"{code}{company}{currency}"


def code_of(number: str) -> str:
    """The party's code in a number as typed: without spaces and dashes, and without what stands behind the code."""
    return _NUMBER.sub("", number.strip().split("-")[0])
