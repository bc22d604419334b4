"""A bill on paper: what was asked for a period, what of it is still open, and a symbol to pay just that."""

import msgspec

from okno.cabinet.documents.core.figures import Locale, day_long, decimal
from okno.cabinet.documents.core.payees import Payee
from okno.cabinet.documents.core.periods import period_title
from okno.cabinet.documents.core.slips import CURRENCY, SLIP_MINOR_MAX, Slip, SlipSheet, slip_of, slip_sheet
from okno.cabinet.documents.core.texts import line
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.core.words import amount_words, amount_words_en
from okno.protocol.messages import Bill, Profile

STATES: dict[Locale, dict[str, str]] = {
    "ru": {
        "new": "новый",
        "on-hold": "отложен",
        "validated": "проверен",
        "sent": "выставлен",
        "partially-paid": "оплачен частично",
        "settled": "оплачен",
    },
    "en": {
        "new": "new",
        "on-hold": "on hold",
        "validated": "checked",
        "sent": "issued",
        "partially-paid": "paid in part",
        "settled": "paid",
    },
}


class BillSheet(msgspec.Struct, frozen=True):
    """The printed lines of a bill; `slip` are the requisites and what the symbol says, None when nothing is open.

    They are in the language of `locale`. The requisites are the payee's own, and what the symbol says stays as banks
    take it.
    """

    locale: Locale
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


def bill_sheet(bill: Bill, payee: Payee, payer: Profile, slip: Slip | None, locale: Locale = "ru") -> BillSheet:
    """The lines of a bill."""
    amount, remaining = bill.amount.money, bill.remaining.money
    return BillSheet(
        locale=locale,
        number=line(bill.number),
        period=period_title(bill.period, locale),
        due=day_long(bill.due_on, locale),
        state=STATES[locale][bill.status],
        currency=amount.currency,
        amount=decimal(amount.minor, amount.currency, locale),
        remaining=decimal(remaining.minor, remaining.currency, locale),
        words=amount_words(remaining) if locale == "ru" else amount_words_en(remaining),
        company=payee.name,
        name=line(payer.name),
        account=line(payer.number),
        slip=slip_sheet(slip) if slip is not None else None,
    )
