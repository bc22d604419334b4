"""What is asked for, and where to pay it to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec


class Bill(msgspec.Struct, frozen=True):
    bill: str
    account: str
    number: str
    period_from: date
    period_to: date
    currency: str
    amount: int
    remaining: int
    due_on: date
    issued_at: datetime


class BillsPage(msgspec.Struct, frozen=True):
    """Bills latest due first; `next` is the cursor of the older ones (letters, digits and . _ : - alone)."""

    bills: Sequence[Bill]
    as_of: datetime
    next: str | None


class Payee(msgspec.Struct, frozen=True):
    """Requisites of whom the account is paid to (GOST R 56042-2014): a firm, so nothing here is personal.

    `sbp_link`: its static link of the faster payments system, as its bank has registered it; for paper.
    """

    name: str
    account: str
    bank: str
    bic: str
    correspondent_account: str | None
    inn: str
    kpp: str | None
    sbp_link: str | None = None


class Requisites(msgspec.Struct, frozen=True):
    """Where and with which purpose to pay for an account, as of now."""

    payee: Payee
    purpose: str
    as_of: datetime
