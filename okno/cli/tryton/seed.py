"""Invented customers of a Tryton: parties with a phone and an address, a year of invoices and payments, in batches.

Everything goes through Tryton's own API, as a bookkeeper's client would send it; the same seed gives the same people
and sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from okno.cli.tryton.company import TERM_DAYS, Company
from okno.connectors.book.crowd import people
from okno.connectors.book.crowd.draws import Draws
from okno.connectors.tryton.rpc import Rpc

CODE_DIGITS = 8
PAY_AFTER = timedelta(days=13)
_TOPIC = 7
_CENT = Decimal("0.01")

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Party:
    """`code` is the number that people know; `charge` what a month costs; `paid_percent` of it is paid each month."""

    id: int
    code: str
    name: str
    phone: str
    address: int
    charge: Decimal
    paid_percent: int


def parties_make(rpc: Rpc, seed: int, indexes: Sequence[int]) -> list[Party]:
    """The people of these numbers. Tryton refuses a code that is there already."""
    rows = [people.row(seed, index, 1) for index in indexes]
    codes = [f"{seed % 100:02d}{index:0{CODE_DIGITS - 2}d}" for index in indexes]
    values = [
        {
            "name": row.name,
            "code": code,
            "addresses": [["create", [{"street_unstructured": row.address, "city": "Светлый"}]]],
            "contact_mechanisms": [["create", [{"type": "mobile", "value": row.phone}]]],
        }
        for row, code in zip(rows, codes, strict=True)
    ]
    ids = rpc.model("party.party", "create", values)
    addresses = rpc.search_read("party.address", [("party", "in", ids)], ["party"])
    address_of = {row["party"]: row["id"] for row in addresses}
    made = []
    for index, id_, code, row in zip(indexes, ids, codes, rows, strict=True):
        draws = Draws(seed, index, _TOPIC)
        charge = (Decimal(30_000 + draws.below(60_000)) * _CENT).quantize(_CENT)
        percent = (100, 100, 100, 75, 130)[draws.below(5)]
        made.append(Party(id_, code, row.name, row.phone, address_of[id_], charge, percent))
    return made


def month_bill(rpc: Rpc, company: Company, parties: Sequence[Party], day: date) -> list[int]:
    """An invoice to each party, of that day, posted; its text names no one. Returns the invoices.

    One whose term is over by now is due today: Tryton asks a person whether a term in the past is meant.
    """
    term = company.term if day + TERM_DAYS >= datetime.now(UTC).date() else None
    text = f"Услуги связи за {day:%m.%Y}"
    values = [invoice_values(company, party.id, party.address, party.charge, day, text, term) for party in parties]
    return _posted(rpc, company, values)


class NoSuchParty(Exception):  # noqa: N818 - an answer about what was typed
    """Nobody has that code."""


def party_of(rpc: Rpc, code: str) -> int:
    """The party of a code. Raises NoSuchParty."""
    found = rpc.search_read("party.party", [("code", "=", code)], ["id"], limit=1)
    if not found:
        raise NoSuchParty(f"there is no party {code}")
    return int(found[0]["id"])


def invoice_post(rpc: Rpc, company: Company, party: int, amount: Decimal, text: str) -> int:
    """An invoice of today to one party."""
    (address,) = rpc.search_read("party.address", [("party", "=", party)], ["id"], limit=1)
    today = datetime.now(UTC).date()
    return _posted(rpc, company, [invoice_values(company, party, address["id"], amount, today, text, company.term)])[0]


def _posted(rpc: Rpc, company: Company, values: list[dict[str, Any]]) -> list[int]:
    invoices: list[int] = rpc.model("account.invoice", "create", values, company=company.id)
    rpc.model("account.invoice", "post", invoices, company=company.id)
    return invoices


def invoice_values(
    company: Company, party: int, address: int, amount: Decimal, day: date, text: str, term: int | None
) -> dict[str, Any]:
    """A row of `account.invoice` with one line; below zero it is a credit note."""
    line = {
        "type": "line",
        "company": company.id,
        "currency": company.currency,
        "description": text,
        "quantity": 1.0 if amount > 0 else -1.0,
        "unit_price": abs(amount),
        "account": company.accounts["revenue"],
    }
    return {
        "type": "out",
        "company": company.id,
        "party": party,
        "invoice_address": address,
        "account": company.accounts["receivable"],
        "journal": company.revenue_journal,
        "currency": company.currency,
        "payment_term": term,
        "invoice_date": day,
        "description": text,
        "lines": [["create", [line]]],
    }


def month_pay(rpc: Rpc, company: Company, parties: Sequence[Party], day: date) -> list[int]:
    """What each party pays of a month, of that day, cleared and posted. Returns the payments."""
    paid = [(party.id, (party.charge * party.paid_percent / 100).quantize(_CENT)) for party in parties]
    return payments_post(rpc, company, paid, day)


def payments_post(rpc: Rpc, company: Company, paid: Sequence[tuple[int, Decimal]], day: date) -> list[int]:
    """Payments of these parties over these amounts, walked through Tryton's states to their posted moves."""
    values = [
        {
            "company": company.id,
            "kind": "receivable",
            "party": party,
            "journal": company.card_journal,
            "amount": amount,
            "date": day,
            "account": company.accounts["receivable"],
        }
        for party, amount in paid
    ]
    payments: list[int] = rpc.model("account.payment", "create", values, company=company.id)
    rpc.model("account.payment", "submit", payments, company=company.id)
    payments_process(rpc, company, payments)
    rpc.model("account.payment", "succeed", payments, company=company.id, clearing_date=day)
    rows = rpc.search_read("account.payment", [("id", "in", payments)], ["clearing_move"])
    rpc.model("account.move", "post", [row["clearing_move"] for row in rows], company=company.id)
    return payments


def payments_process(rpc: Rpc, company: Company, payments: Sequence[int]) -> None:
    """The wizard that hands payments over to whoever collects them."""
    session = rpc.call("wizard.account.payment.process.create", company=company.id)[0]
    context = {"active_model": "account.payment", "active_id": payments[0], "active_ids": list(payments)}
    rpc.call("wizard.account.payment.process.execute", session, {}, "process", company=company.id, **context)
    rpc.call("wizard.account.payment.process.delete", session, company=company.id)


def year_make(
    rpc: Rpc, company: Company, parties: Sequence[Party], months: Sequence[date], progress: Progress = lambda _: None
) -> None:
    """Bill and pay month by month, oldest first; `progress` is told how many months are done."""
    for number, first in enumerate(months, 1):
        month_bill(rpc, company, parties, first + timedelta(days=2))
        month_pay(rpc, company, parties, first + timedelta(days=2) + PAY_AFTER)
        progress(number)
