"""Whom a customer pays to. A bank refuses what fails its check digits, or sends it elsewhere: so do we, before."""

import re

import msgspec

from okno.cabinet.documents.core.texts import line
from okno.cabinet.documents.core.troubles import DocumentError
from okno.protocol.checkdigits import account_right, correspondent_right, inn_right, static_link_fault
from okno.protocol.messages import Requisites

# Digit 6 to 8 of an account is its currency; letters stand there for clearing currencies alone.
ACCOUNT = re.compile(r"[1-9][0-9]{19}", re.ASCII)
BIC = re.compile(r"0[0-9]{8}", re.ASCII)
CORRESPONDENT = re.compile(r"301[0-9]{17}", re.ASCII)
KPP = re.compile(r"[0-9]{9}", re.ASCII)
# What the payment code has room for.
NAME_CHARS_MAX, BANK_CHARS_MAX = 160, 45


class Payee(msgspec.Struct, frozen=True):
    """Requisites of the firm that is paid. No correspondent account: the bank keeps its accounts with the state.

    `sbp_link`: its static link of the faster payments system.
    """

    name: str
    account: str
    bank: str
    bic: str
    correspondent_account: str | None
    inn: str
    kpp: str | None = None
    sbp_link: str | None = None


def payee_of(told: Requisites) -> Payee:
    """The payee of what the inside told. Raises DocumentError payee-wrong with the names of the wrong fields."""
    payee = Payee(
        name=line(told.payee),
        account=told.payee_account,
        bank=line(told.bank),
        bic=told.bic,
        correspondent_account=told.correspondent_account,
        inn=told.inn,
        kpp=told.kpp,
        sbp_link=told.sbp_link,
    )
    payee_check(payee)
    return payee


def payee_check(payee: Payee) -> None:
    """Raises DocumentError payee-wrong with the names of the fields that fail."""
    correspondent = payee.correspondent_account
    checks = {
        "name": 1 <= len(payee.name) <= NAME_CHARS_MAX,
        "bank": 1 <= len(payee.bank) <= BANK_CHARS_MAX,
        "bic": BIC.fullmatch(payee.bic) is not None,
        "account": ACCOUNT.fullmatch(payee.account) is not None and account_right(payee.account, payee.bic),
        "correspondent_account": correspondent is None
        or (CORRESPONDENT.fullmatch(correspondent) is not None and correspondent_right(correspondent, payee.bic)),
        "inn": inn_right(payee.inn),
        "kpp": payee.kpp is None or KPP.fullmatch(payee.kpp) is not None,
        "sbp_link": payee.sbp_link is None or static_link_fault(payee.sbp_link) is None,
    }
    if wrong := [field for field, right in checks.items() if not right]:
        raise DocumentError("payee-wrong", *wrong)
