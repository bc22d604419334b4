"""A bill on paper: what was asked for a period, what of it is still open, and a symbol to pay just that."""

import msgspec

from okno.cabinet.documents.core.figures import day_long, decimal
from okno.cabinet.documents.core.payees import Payee
from okno.cabinet.documents.core.periods import period_title
from okno.cabinet.documents.core.slips import CURRENCY, SLIP_MINOR_MAX, Slip, SlipSheet, slip_of, slip_sheet
from okno.cabinet.documents.core.texts import line
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.core.words import amount_words
from okno.protocol.messages import Bill, Profile

STATES = {
    "new": "новый",
    "on-hold": "отложен",
    "validated": "проверен",
    "sent": "выставлен",
    "partially-paid": "оплачен частично",
    "settled": "оплачен",
}


class BillSheet(msgspec.Struct, frozen=True):
    """The printed lines of a bill; `slip` are the requisites and what the symbol says, None when nothing is open."""

    number: str
    period: str
    due: str
    state: str
    currency: str
    amount: str
    remaining: str
    words: str
    company: str
    name: str
    account: str
    slip: SlipSheet | None


def bill_slip(bill: Bill, payee: Payee, purpose: str, payer: Profile) -> Slip | None:
    """What is still to be paid, as a slip; None when nothing is, or not in roubles.

    Raises DocumentError as `slip_of` does, does-not-add-up when more is open than was asked for.
    """
    amount, remaining = bill.amount.money, bill.remaining.money
    if remaining.currency != amount.currency or not 0 <= remaining.minor <= amount.minor:
        raise DocumentError("does-not-add-up", "remaining")
    if remaining.currency != CURRENCY or not 1 <= remaining.minor <= SLIP_MINOR_MAX:
        return None
    about = f"{purpose}. Счёт {bill.number}" if purpose else f"Счёт {bill.number}"
    return slip_of(payee, about, payer, remaining.minor, period_title(bill.period))


def bill_sheet(bill: Bill, payee: Payee, payer: Profile, slip: Slip | None) -> BillSheet:
    """The lines of a bill."""
    amount, remaining = bill.amount.money, bill.remaining.money
    return BillSheet(
        number=line(bill.number),
        period=period_title(bill.period),
        due=day_long(bill.due_on),
        state=STATES[bill.status],
        currency=amount.currency,
        amount=decimal(amount.minor, amount.currency),
        remaining=decimal(remaining.minor, remaining.currency),
        words=amount_words(remaining),
        company=payee.name,
        name=line(payer.name),
        account=line(payer.number),
        slip=slip_sheet(slip) if slip is not None else None,
    )
