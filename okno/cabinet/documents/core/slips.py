"""The payment slip, form ПД-4: what its two halves print, what its QR symbol says, and whether both say the same.

Source of the lines: payments reference, section 12. The sheet is what the template gets and prints sign by sign.
"""

import re
from collections.abc import Mapping

import msgspec

from okno.cabinet.documents.core import gost
from okno.cabinet.documents.core.figures import decimal
from okno.cabinet.documents.core.payees import Payee, payee_check
from okno.cabinet.documents.core.texts import line
from okno.cabinet.documents.core.troubles import DocumentError
from okno.protocol.errors import ProtocolError
from okno.protocol.messages import Profile
from okno.protocol.money import Money

CURRENCY = "RUB"
#: A slip is paid by a person at a counter: ten million roubles are a mistake.
SLIP_MINOR_MAX = 1_000_000_000
KOPECKS = 100
NO_ACCOUNT = "0"
#: Two to four words without digits and quotes: a person's name. Whoever is called otherwise stands in no name field.
PERSON = re.compile(r"[^\W\d_][\w.'’-]*( [^\W\d_][\w.'’-]*){1,3}")


class Slip(msgspec.Struct, frozen=True):
    """What is paid, to whom, by whom. `minor`: kopecks, None to be filled in by hand; `period` a title or empty."""

    payee: Payee
    purpose: str
    number: str
    name: str
    address: str
    minor: int | None
    period: str = ""


class SlipSheet(msgspec.Struct, frozen=True):
    """The printed lines. `roubles` has spaces between its thousands, both parts are empty for a sum left blank."""

    payee: str
    inn: str
    kpp: str
    account: str
    bank: str
    bic: str
    correspondent_account: str
    purpose: str
    number: str
    name: str
    address: str
    period: str
    roubles: str
    kopecks: str


def slip_minor(text: str | None, currency: str = CURRENCY) -> int | None:
    """Kopecks of an amount as people send it, `"1234.50"`; None stays None: a slip with a blank sum.

    Raises DocumentError amount-wrong: below one kopeck, over SLIP_MINOR_MAX, of another currency or no decimal at all.
    """
    if text is None:
        return None
    try:
        amount = Money.parse(text, currency)
    except ProtocolError as error:
        raise DocumentError("amount-wrong") from error
    if currency != CURRENCY or not 1 <= amount.minor <= SLIP_MINOR_MAX:
        raise DocumentError("amount-wrong")
    return amount.minor


def slip_of(payee: Payee, purpose: str, payer: Profile, minor: int | None, period: str = "") -> Slip:
    """A slip of checked parts. Raises DocumentError payee-wrong, amount-wrong."""
    payee_check(payee)
    if minor is not None and not 1 <= minor <= SLIP_MINOR_MAX:
        raise DocumentError("amount-wrong")
    return Slip(payee, line(purpose), line(payer.number), line(payer.name), line(payer.address), minor, period)


def slip_fields(slip: Slip) -> dict[str, str]:
    """The fields of the symbol, by the keys of the standard."""
    return {
        "Name": slip.payee.name,
        "PersonalAcc": slip.payee.account,
        "BankName": slip.payee.bank,
        "BIC": slip.payee.bic,
        "CorrespAcc": slip.payee.correspondent_account or NO_ACCOUNT,
        "PayeeINN": slip.payee.inn,
        "KPP": slip.payee.kpp or "",
        "Purpose": slip.purpose,
        "PersAcc": slip.number,
        "PayerAddress": slip.address,
        "PaymPeriod": slip.period,
        "Sum": str(slip.minor) if slip.minor is not None else "",
        **name_fields(slip.name),
    }


def name_fields(name: str) -> dict[str, str]:
    """A person's name by its parts, surname first as the books write it; nothing for a firm."""
    if PERSON.fullmatch(name) is None:
        return {}
    surname, first, *middle = name.split(" ")
    return {"LastName": surname, "FirstName": first, "MiddleName": " ".join(middle)}


def slip_sheet(slip: Slip) -> SlipSheet:
    """The lines of both halves."""
    roubles, _, kopecks = decimal(slip.minor, CURRENCY).partition(",") if slip.minor is not None else ("", "", "")
    return SlipSheet(
        payee=slip.payee.name,
        inn=slip.payee.inn,
        kpp=slip.payee.kpp or "",
        account=slip.payee.account,
        bank=slip.payee.bank,
        bic=slip.payee.bic,
        correspondent_account=slip.payee.correspondent_account or "",
        purpose=slip.purpose,
        number=slip.number,
        name=slip.name,
        address=slip.address,
        period=slip.period,
        roubles=roubles,
        kopecks=kopecks,
    )


def sheet_check(read: Mapping[str, str], sheet: SlipSheet) -> None:
    """Whether a symbol that was read says what is printed beside it, no more and no less.

    It goes from the printed signs back to the standard's fields. Raises DocumentError symbol-wrong with the keys.
    """
    roubles = "".join(sign for sign in sheet.roubles if sign.isdecimal())
    printed = {
        "Name": sheet.payee,
        "PersonalAcc": sheet.account,
        "BankName": sheet.bank,
        "BIC": sheet.bic,
        "CorrespAcc": sheet.correspondent_account or NO_ACCOUNT,
        "PayeeINN": sheet.inn,
        "KPP": sheet.kpp,
        "Purpose": sheet.purpose,
        "PersAcc": sheet.number,
        "PayerAddress": sheet.address,
        "PaymPeriod": sheet.period,
        "Sum": str(int(roubles) * KOPECKS + int(sheet.kopecks)) if roubles else "",
    }
    names = [key for key in ("LastName", "FirstName", "MiddleName") if key in read]
    wrong = [key for key in {*read, *printed} - set(names) if read.get(key, "") != printed.get(key, "")]
    if names and " ".join(read[key] for key in names) != sheet.name:
        wrong += names
    if wrong:
        raise DocumentError("symbol-wrong", *sorted(wrong))


def slip_payload(slip: Slip) -> bytes:
    """The bytes of the payment code. Raises DocumentError payload-wrong."""
    return gost.encode(slip_fields(slip))


def slip_payloads(slip: Slip) -> frozenset[bytes]:
    """What all symbols on the paper say: the payment code, and the payee's static link. Raises as `slip_payload`."""
    link = slip.payee.sbp_link
    return frozenset({slip_payload(slip), *([link.encode()] if link is not None else [])})
