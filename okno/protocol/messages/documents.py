"""Bills, statements and requisites: data from which documents are made."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from okno.protocol.checkdigits import STATIC_LINK
from okno.protocol.messages.accounts import PAGE_MAX, AccountOperation
from okno.protocol.messages.base import (
    Amount,
    Day,
    Instant,
    Line,
    Message,
    Name,
    Opaque,
    Period,
    Sealed,
    Uuid,
    Version,
)
from okno.protocol.strict import patterns

# TM Forum TMF678, kebab-cased.
BillStatus = Literal["new", "on-hold", "validated", "sent", "partially-paid", "settled"]


class StatementGet(Message, frozen=True):
    """Query: all operations of a period with the balances at both ends."""

    account: Uuid
    period: Period


class Statement(Message, frozen=True):
    """Reply: `opening` + the effects of all operations = `closing`."""

    account: Uuid
    system: Name
    as_of: Instant
    period: Period
    opening: Amount
    closing: Amount
    operations: Annotated[tuple[AccountOperation, ...], Meta(max_length=PAGE_MAX)]


class ReconciliationGet(Message, frozen=True):
    """Query: the two-sided statement of a period, per contract."""

    account: Uuid
    period: Period


class ReconciliationLine(Message, frozen=True):
    """One document: charges in debit, payments in credit, corrections as lines of their own."""

    on: Day
    document: Line
    debit: Amount
    credit: Amount


class ReconciliationContract(Message, frozen=True):
    """One contract: opening + debits - credits = closing."""

    contract: Opaque
    opening: Amount
    lines: Annotated[tuple[ReconciliationLine, ...], Meta(max_length=PAGE_MAX)]
    closing: Amount


class Reconciliation(Message, frozen=True):
    """Reply: the side of the company."""

    account: Uuid
    system: Name
    as_of: Instant
    period: Period
    contracts: Annotated[tuple[ReconciliationContract, ...], Meta(max_length=100)]


class Bill(Message, frozen=True):
    """What is asked for a period; `remaining` is what is still open."""

    bill: Opaque
    number: Line
    period: Period
    amount: Amount
    remaining: Amount
    due_on: Day
    status: BillStatus


class BillList(Message, frozen=True):
    """Query: bills, newest first, before a cursor."""

    account: Uuid
    before: Opaque | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 24


class BillPage(Message, frozen=True):
    """Reply: newest first; `next` is None at the end."""

    account: Uuid
    system: Name
    as_of: Instant
    bills: Annotated[tuple[Bill, ...], Meta(max_length=100)]
    next: Opaque | None = None


class BillIssued(Message, frozen=True):
    """Event: a bill was issued or its state changed."""

    account: Uuid
    system: Name
    version: Version
    as_of: Instant
    bill: Bill


class RequisitesGet(Message, frozen=True):
    """Query: where to pay to, for the slip and its QR code."""

    account: Uuid


class Requisites(Message, frozen=True):
    """Reply: the payee is a firm and stands in clear; who the payer is, is sealed to the cabinet (`Profile`).

    `sbp_link`: the payee's static link of the faster payments system, the same for all customers.
    """

    account: Uuid
    as_of: Instant
    payee: Line
    payee_account: Annotated[str, Meta(pattern=r"^[0-9]{20}" + patterns.END, max_length=20)]
    bank: Line
    bic: Annotated[str, Meta(pattern=r"^[0-9]{9}" + patterns.END, max_length=9)]
    correspondent_account: Annotated[str, Meta(pattern=r"^[0-9]{20}" + patterns.END, max_length=20)] | None
    inn: Annotated[str, Meta(pattern=r"^[0-9]{10}([0-9]{2})?" + patterns.END, max_length=12)]
    kpp: Annotated[str, Meta(pattern=r"^[0-9]{9}" + patterns.END, max_length=9)] | None
    purpose: Line
    sealed: Sealed
    sbp_link: Annotated[str, Meta(pattern=STATIC_LINK + patterns.END, max_length=86)] | None = None
