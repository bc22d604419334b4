"""Who a customer is. Nothing of this leaves the inside but sealed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

# What a person may be asked for beside the number (`okno.protocol.messages.customers.FactKind`).
BIRTH_DATE, CONTRACT, LAST_BILL, LAST_PAYMENT = "birth-date", "contract", "last-bill", "last-payment"


class Facts(msgspec.Struct, frozen=True):
    """What a person typed: the number of an account, and one fact (a date is YYYY-MM-DD, an amount "1234.50")."""

    number: str
    fact: str
    value: str


class Identified(msgspec.Struct, frozen=True):
    """The customer whom the facts fit: all of his open accounts, and the phone on file (E.164, empty if there is none).

    The account whose number was typed comes first.
    """

    accounts: Sequence[str]
    phone: str


class Profile(msgspec.Struct, frozen=True):
    """Personal data behind an account, as the books have it; what they do not have is empty."""

    name: str
    number: str
    phone: str = ""
    email: str = ""
    address: str = ""
