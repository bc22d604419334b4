"""Invented subscribers live through their months in Tryton: created, invoiced and paid by its own API, in batches.

Everything bears a reference that follows from the seed, and is looked for before it is made: a run that was killed is
finished by the next one. Batches are small enough that Tryton's own cost does not grow with their square.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from okno.cli.tryton.company import Company
from okno.cli.tryton.history import CARD, Bill, Month, Payment, customs_of, month_of, months, opening_of
from okno.cli.tryton.people import Crowd, Subscriber, party_values, subscribers
from okno.cli.tryton.seed import invoice_values
from okno.cli.tryton.settling import Paid, bank_pay, card_pay
from okno.connectors.tryton.rpc import Rpc

PARTIES_PER_CALL, INVOICES_PER_CALL, LINES_PER_MOVE = 200, 50, 200
POSTED = frozenset({"posted", "paid"})
#: Printed copies of past invoices are nobody's need: their tasks get a queue that no worker takes from.
PRINTS = "prints"

Progress = Callable[[int, int], object]
"""(done, total) -> anything."""
Item = TypeVar("Item")


class Had(NamedTuple):
    """One month between a party and a company."""

    party: int
    month: Month


@dataclass
class Seeding:
    """One run. `companies` in the order of their ids."""

    rpc: Rpc
    companies: Sequence[Company]
    crowd: Crowd
    progress: Progress
    people: list[Subscriber] = field(init=False)
    parties: dict[str, int] = field(default_factory=dict, init=False)
    addresses: dict[int, int] = field(default_factory=dict, init=False)
    done: int = field(default=0, init=False)
    total: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.people = list(subscribers(self.crowd))

    def run(self) -> None:
        """Raises what Rpc raises; what was done stays done."""
        plan = list(self._plan())
        self.total = self.crowd.parties + sum(len(month.bills) + bool(month.payment) for *_, month in plan)
        self._parties()
        for place, company in enumerate(self.companies):
            self._openings(place, company)
        for (_, place), found in groupby(plan, lambda item: item[:2]):
            self._month(self.companies[place], [Had(self.parties[code], month) for _, _, code, month in found])

    def _plan(self) -> Iterator[tuple[date, int, str, Month]]:
        """(month, company, code, what was) of everybody, in the order in which it is done."""
        for month in months(self.crowd):
            for place in range(len(self.companies)):
                for person, custom in customs_of(self.people, place):
                    yield month, place, person.code, month_of(self.crowd, person, custom, month)

    def _parties(self) -> None:
        for chunk in chunks(self.people, PARTIES_PER_CALL):
            codes = [person.code for person in chunk]
            held = self.rpc.search_read("party.party", [("code", "in", codes)], ["code"])
            self.parties.update({row["code"]: row["id"] for row in held})
            missing = [person for person in chunk if person.code not in self.parties]
            made = (
                self.rpc.model("party.party", "create", [party_values(person) for person in missing]) if missing else []
            )
            self.parties.update(zip((person.code for person in missing), made, strict=True))
            ids = [self.parties[code] for code in codes]
            found = self.rpc.search_read("party.address", [("party", "in", ids)], ["party"])
            self.addresses.update({row["party"]: row["id"] for row in found})
            self._step(len(chunk))

    def _openings(self, place: int, company: Company) -> None:
        """What stood on accounts before the first month, as entries of many lines."""
        first = months(self.crowd)[0]
        owed = [
            (self.parties[person.code], amount)
            for person, custom in customs_of(self.people, place)
            if (amount := opening_of(self.crowd, person, custom))
        ]
        for number, chunk in enumerate(chunks(owed, LINES_PER_MOVE), 1):
            text = f"Входящие остатки на {first:%d.%m.%Y}, лист {number}"
            domain = [("description", "=", text), ("company", "=", company.id)]
            found = self.rpc.search_read("account.move", domain, ["state"], limit=1)
            move = found[0]["id"] if found else self._opening_move(company, first, text, chunk)
            if not found or found[0]["state"] == "draft":
                self.rpc.model("account.move", "post", [move], company=company.id)

    def _opening_move(self, company: Company, on: date, text: str, owed: Sequence[tuple[int, Decimal]]) -> int:
        within = [("company", "=", company.id), ("start_date", "<=", on), ("end_date", ">=", on)]
        (period,) = self.rpc.search_read("account.period", within, ["id"], limit=1)
        (journal,) = self.rpc.search_read("account.journal", [("code", "=", "MISC")], ["id"], limit=1)
        lines = [_sided(company.accounts["receivable"], amount, party) for party, amount in owed]
        total = sum((amount for _, amount in owed), Decimal(0))
        lines.append(_sided(company.accounts["capital"], -total, None))
        values = {
            "company": company.id,
            "journal": journal["id"],
            "period": period["id"],
            "date": on,
            "description": text,
            "lines": [["create", lines]],
        }
        return int(self.rpc.model("account.move", "create", [values], company=company.id)[0])

    def _month(self, company: Company, had: Sequence[Had]) -> None:
        bills = [(one.party, bill) for one in had for bill in one.month.bills]
        # In the order of days: the sequence that numbers invoices refuses to go back.
        for chunk in chunks(sorted(bills, key=lambda item: item[1].on), INVOICES_PER_CALL):
            self._bills(company, chunk)
        paid = [(one.party, one.month.payment) for one in had if one.month.payment]
        for (on, by), some in groupby(sorted(paid, key=_how), _how):
            self._payments(company, on, by, list(some))

    def _bills(self, company: Company, bills: Sequence[tuple[int, Bill]]) -> None:
        references = [bill.reference for _, bill in bills]
        domain = [("company", "=", company.id), ("reference", "in", references)]
        held = self.rpc.search_read("account.invoice", domain, ["reference", "state"])
        ids = {row["reference"]: row["id"] for row in held}
        missing = [(party, bill) for party, bill in bills if bill.reference not in ids]
        rows = [self._invoice(company, party, bill) for party, bill in missing]
        made = self.rpc.model("account.invoice", "create", rows, company=company.id) if rows else []
        ids.update(zip((bill.reference for _, bill in missing), made, strict=True))
        posted = {row["reference"] for row in held if row["state"] in POSTED}
        to_post = [ids[reference] for reference in references if reference not in posted]
        if to_post:
            self._foreseen(to_post)
            self.rpc.model("account.invoice", "post", to_post, company=company.id, queue_name=PRINTS)
        self._step(len(bills))

    def _invoice(self, company: Company, party: int, bill: Bill) -> dict[str, Any]:
        values = invoice_values(company, party, self.addresses[party], bill.amount, bill.on, bill.text, company.term)
        return {**values, "reference": bill.reference}

    def _foreseen(self, invoices: Sequence[int]) -> None:
        """Answer beforehand what Tryton would ask of each: whether a due date in the past is meant so."""
        marks = (hashlib.md5(f"account.invoice,{one}".encode()).hexdigest() for one in invoices)  # noqa: S324 (its name)
        rows = [{"user": self.rpc.user_id, "name": f"{mark}.invoice_payment_term"} for mark in marks]
        self.rpc.model("res.user.warning", "create", rows)

    def _payments(self, company: Company, on: date, by: str, paid: Paid) -> None:
        pay = card_pay if by == CARD else bank_pay
        for number, chunk in enumerate(chunks(paid, INVOICES_PER_CALL), 1):
            pay(self.rpc, company, on, chunk, sheet=number)
            self._step(len(chunk))

    def _step(self, count: int) -> None:
        self.done += count
        self.progress(self.done, self.total)


def _how(item: tuple[int, Payment]) -> tuple[date, str]:
    return item[1].on, item[1].by


def _sided(account: int, amount: Decimal, party: int | None) -> dict[str, Any]:
    """A line: above zero it is a debit."""
    nothing = Decimal(0)
    return {"account": account, "party": party, "debit": max(amount, nothing), "credit": max(-amount, nothing)}


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
