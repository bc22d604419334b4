"""Who stands behind an account: parties, their phones, and what only the customer is supposed to know."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers

from okno.connectors.runtime.port import CustomerRow, Facts, Identified, Page, Profile
from okno.connectors.runtime.port.people import CONTRACT, LAST_BILL, LAST_PAYMENT
from okno.connectors.tryton.companies import Companies
from okno.connectors.tryton.ledgers import TrytonLedgers
from okno.connectors.tryton.references import Place, code_of, place_of, unknown
from okno.connectors.tryton.rpc import Rpc

PHONES, EMAIL = ("mobile", "phone"), "email"
REGION = "RU"
_SPACE = re.compile(r"\s+")


class TrytonDirectory:
    """Fulfils Directory and Customers.

    Facts: the sum of the last bill or of the last payment, the number of a contract (an identifier of the party).
    """

    def __init__(self, rpc: Rpc, companies: Companies, ledgers: TrytonLedgers) -> None:
        self._rpc = rpc
        self._ledgers = ledgers
        self._companies = companies

    def identify(self, facts: Facts) -> Identified | None:
        party = self._party(facts.number)
        if party is None or not self._fits(party["id"], facts):
            return None
        accounts = self._ledgers.of_party(party["id"])
        typed = self._numbered(party, accounts, facts.number)
        return Identified(accounts=typed, phone=self._phone(party["id"])) if typed else None

    def find(self, number: str) -> str | None:
        party = self._party(number)
        accounts = self._ledgers.of_party(party["id"]) if party is not None else []
        return self._numbered(party, accounts, number)[0] if party is not None and accounts else None

    def profile(self, account: str) -> Profile:
        place = place_of(account)
        party = self._read(place.party)
        if party is None:
            raise unknown(account)
        return self._profile(place, party)

    def customers(self, *, after: str | None, limit: int) -> Page[CustomerRow]:
        accounts = self._ledgers.first(after=after, limit=limit)
        rows = [CustomerRow(account, self.profile(account)) for account in accounts]
        return Page(rows, datetime.now(UTC), accounts[-1] if len(accounts) == limit else None)

    def _party(self, number: str) -> dict[str, Any] | None:
        code = code_of(number)
        if not code:
            return None
        found = self._rpc.search_read("party.party", [("code", "=", code)], ["name", "code"], limit=1)
        return found[0] if found else None

    def _numbered(self, party: Mapping[str, Any], accounts: Sequence[str], number: str) -> list[str]:
        """The party's accounts, the one whose number was typed first."""
        typed = _SPACE.sub("", number).upper()
        return sorted(
            accounts, key=lambda one: self._companies.numbers.of(party["code"], place_of(one)).upper() != typed
        )

    def _fits(self, party: int, facts: Facts) -> bool:
        """Whether the typed is the customer's; a sum may be of any of his accounts."""
        if facts.fact == CONTRACT:
            domain = [("party", "=", party), ("code", "=", facts.value.strip())]
            return bool(self._rpc.search_read("party.identifier", domain, ["id"], limit=1))
        try:
            typed = Decimal(_SPACE.sub("", facts.value).replace(",", "."))
        except InvalidOperation:
            return False
        if facts.fact == LAST_BILL:
            return typed in self._last_bills(party)
        return facts.fact == LAST_PAYMENT and typed in self._last_payments(party)

    def _last_bills(self, party: int) -> set[Decimal]:
        return {
            row["total_amount"]
            for company in self._companies
            for row in self._rpc.search_read(
                "account.invoice",
                [
                    *(("party", "=", party), ("company", "=", company), ("type", "=", "out")),
                    ("state", "in", ["posted", "paid"]),
                ],
                ["total_amount"],
                limit=1,
                order=[("invoice_date", "DESC"), ("id", "DESC")],
            )
        }

    def _last_payments(self, party: int) -> set[Decimal]:
        return {
            row["credit"]
            for company in self._companies
            for row in self._rpc.search_read(
                "account.move.line",
                [
                    *(("party", "=", party), ("company", "=", company), ("account.type.receivable", "=", True)),
                    *(("move.state", "=", "posted"), ("credit", ">", 0)),
                ],
                ["credit"],
                limit=1,
                order=[("date", "DESC"), ("id", "DESC")],
            )
        }

    def _phone(self, party: int) -> str:
        """The first phone on file as E.164, or nothing: then no code can be sent."""
        for row in self._contacts(party, PHONES):
            try:
                number = phonenumbers.parse(row["value"], REGION)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_possible_number(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return ""

    def _contacts(self, party: int, kinds: Sequence[str]) -> list[dict[str, Any]]:
        found = self._rpc.search_read(
            "party.contact_mechanism",
            [("party", "=", party), ("type", "in", list(kinds))],
            ["type", "value"],
            order=[("sequence", "ASC"), ("id", "ASC")],
        )
        return sorted(found, key=lambda row: kinds.index(row["type"]))

    def _read(self, party: int) -> dict[str, Any] | None:
        found = self._rpc.search_read("party.party", [("id", "=", party)], ["name", "code"], active_test=False)
        return found[0] if found else None

    def _profile(self, place: Place, party: Mapping[str, Any]) -> Profile:
        addresses = self._rpc.search_read(
            "party.address", [("party", "=", place.party)], ["full_address"], limit=1, order=[("sequence", "ASC")]
        )
        emails = self._contacts(place.party, (EMAIL,))
        return Profile(
            name=party["name"] or "",
            number=self._companies.numbers.of(party["code"], place),
            phone=self._phone(place.party),
            email=emails[0]["value"] if emails else "",
            address=", ".join((addresses[0]["full_address"] or "").splitlines()) if addresses else "",
        )
