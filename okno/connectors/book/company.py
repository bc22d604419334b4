"""The company: what it is called, and where its customers pay to."""

from __future__ import annotations

import re

import psycopg

from okno.connectors.book.drafts import refuse
from okno.connectors.book.reads import head_read
from okno.connectors.runtime.port import Payee, RefusalCode, Requisites
from okno.connectors.runtime.wire import utc
from okno.protocol.checkdigits import account_right, correspondent_right, inn_right, static_link_fault

LINE_CHARS_MAX = 200

_SET = """
UPDATE book.company SET payee = %(name)s, payee_account = %(account)s, bank = %(bank)s, bic = %(bic)s,
    correspondent_account = %(correspondent_account)s, inn = %(inn)s, kpp = %(kpp)s, sbp_link = %(sbp_link)s,
    purpose = %(purpose)s
"""
_READ = """
SELECT payee, payee_account, bank, bic, correspondent_account, inn, kpp, sbp_link, purpose, clock_timestamp()
  FROM book.company
"""
_BIC = re.compile(r"04[0-9]{7}")
_ACCOUNT = re.compile(r"[0-9]{20}")
_KPP = re.compile(r"[0-9]{9}")


def company_set(connection: psycopg.Connection, payee: Payee, *, purpose: str) -> None:
    """Write where to pay to. `purpose` goes beyond the inside in clear, so it names nobody.

    Raises Refusal naming what is wrong.
    """
    wrong = [what for what, right in _checks(payee, purpose).items() if not right]
    if wrong:
        raise refuse(RefusalCode.VALUE_INVALID, f"not right: {', '.join(wrong)}")
    if payee.sbp_link is not None and (fault := static_link_fault(payee.sbp_link)) is not None:
        raise refuse(RefusalCode.VALUE_INVALID, f"the static SBP link is not right: {fault}")
    members = {name: getattr(payee, name) for name in Payee.__struct_fields__}
    connection.execute(_SET, members | {"purpose": purpose})


def _checks(payee: Payee, purpose: str) -> dict[str, bool]:
    lines = {"name": payee.name, "bank": payee.bank, "purpose": purpose}
    found = {what: bool(line.strip()) and _is_line(line) for what, line in lines.items()}
    bic = bool(_BIC.fullmatch(payee.bic))
    account, correspondent = payee.account, payee.correspondent_account
    return found | {
        "bic": bic,
        "account": bic and bool(_ACCOUNT.fullmatch(account)) and account_right(account, payee.bic),
        "correspondent account": correspondent is None
        or (bic and bool(_ACCOUNT.fullmatch(correspondent)) and correspondent_right(correspondent, payee.bic)),
        "inn": inn_right(payee.inn),
        "kpp": payee.kpp is None or bool(_KPP.fullmatch(payee.kpp)),
    }


def _is_line(text: str) -> bool:
    return text.isprintable() and len(text) <= LINE_CHARS_MAX


def company_read(connection: psycopg.Connection) -> Requisites | None:
    """Where to pay to, if the company has said so."""
    row = connection.execute(_READ).fetchone()
    assert row is not None  # the migration writes it
    *payee, purpose, now = row
    return None if purpose is None else Requisites(Payee(*payee), purpose, utc(now))


def requisites_read(connection: psycopg.Connection, account: str) -> Requisites:
    """For one account. Raises Refusal ACCOUNT_UNKNOWN, VALUE_INVALID while the company has not said where to pay to."""
    head_read(connection, account)
    found = company_read(connection)
    if found is None:
        raise refuse(RefusalCode.VALUE_INVALID, "the company has no requisites yet: `okno book company` sets them")
    return found
