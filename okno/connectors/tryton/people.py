"""Who stands behind an account: parties, their phones, and what only the customer is supposed to know."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers

from okno.connectors.runtime.port import CustomerRow, Facts, Identified, Page, Profile
from okno.connectors.runtime.port.people import CONTRACT, LAST_BILL, LAST_PAYMENT
from okno.connectors.tryton.companies import Companies, decimal_of
from okno.connectors.tryton.ledgers import TrytonLedgers
from okno.connectors.tryton.lines import LINE_FIELDS, Row, amount_of, is_paid, lines_of
from okno.connectors.tryton.references import Place, code_of, place_of, unknown
from okno.connectors.tryton.rpc import Rpc

PHONES, EMAIL = ("mobile", "phone"), "email"
REGION = "RU"
# Among so many of the last credits a payment is looked for.
CREDITS_MAX = 20
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
        accounts = self._ledgers.of_party(party["id"]) if party is not None else []
        if party is None or not self._fits(party["id"], accounts, facts):
            return None
        typed = self._numbered(party, accounts, facts.number)
        return Identified(accounts=typed, phone=self._phone(party["id"])) if typed else None

    def find(self, number: str) -> str | None:
        party = self._party(number)
        accounts = self._ledgers.of_party(party["id"]) if party is not None else []
        return self._numbered(party, accounts, number)[0] if party is not None and accounts else None

    def profile(self, account: str) -> Profile:
        found = self._profiles([account]).get(account)
        if found is None:
            raise unknown(account)
        return found

    def customers(self, *, after: str | None, limit: int) -> Page[CustomerRow]:
        accounts = self._ledgers.first(after=after, limit=limit)
        profiles = self._profiles(accounts)
        rows = [CustomerRow(account, profiles[account]) for account in accounts if account in profiles]
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

    def _fits(self, party: int, accounts: Sequence[str], facts: Facts) -> bool:
        """Whether the typed is the customer's; a sum may be of any of his accounts, in its currency."""
        if facts.fact == CONTRACT:
            domain = [("party", "=", party), ("code", "=", facts.value.strip())]
            return bool(self._rpc.search_read("party.identifier", domain, ["id"], limit=1))
        last = {LAST_BILL: self._last_bill, LAST_PAYMENT: self._last_payment}.get(facts.fact)
        try:
            typed = Decimal(_SPACE.sub("", facts.value).replace(",", "."))
        except InvalidOperation:
            return False
        return last is not None and typed in [last(place_of(account)) for account in accounts]

    def _last_bill(self, place: Place) -> Decimal | None:
        found = self._rpc.search_read(
            "account.invoice",
            [
                *(("party", "=", place.party), ("company", "=", place.company), ("type", "=", "out")),
                *(
                    ("currency.code", "=", place.currency),
                    ("state", "in", ["posted", "paid"]),
                    ("total_amount", ">", 0),
                ),
            ],
            ["total_amount"],
            limit=1,
            order=[("invoice_date", "DESC"), ("id", "DESC")],
        )
        return found[0]["total_amount"] if found else None

    def _last_payment(self, place: Place) -> Decimal | None:
        """Money that came, and not what was credited: of that the customer knows nothing before he is told."""
        rows = self._rpc.search_read(
            "account.move.line",
            [*lines_of(place, self._companies), ("credit", ">", 0)],
            LINE_FIELDS,
            limit=CREDITS_MAX,
            order=[("date", "DESC"), ("id", "DESC")],
        )
        # What a bookkeeper has entered without a payment or a statement comes from nowhere.
        found = next(
            (row for row in rows if is_paid(row)), next((row for row in rows if not row["move."]["origin"]), None)
        )
        return decimal_of(-amount_of(found, place.currency), place.currency) if found else None

    def _phone(self, party: int) -> str:
        return _dialled(self._contacts([party], PHONES)[party])

    def _contacts(self, parties: Sequence[int], kinds: Sequence[str]) -> Mapping[int, list[dict[str, Any]]]:
        """By party; of the kinds in their order, of each kind the first one first."""
        found = self._rpc.search_read(
            "party.contact_mechanism",
            [("party", "in", list(parties)), ("type", "in", list(kinds))],
            ["party", "type", "value"],
            order=[("sequence", "ASC"), ("id", "ASC")],
        )
        return _grouped(sorted(found, key=lambda row: kinds.index(row["type"])))

    def _profiles(self, accounts: Sequence[str]) -> dict[str, Profile]:
        """By account, of those whose party is there: three calls, however many there are."""
        places = {account: place_of(account) for account in accounts}
        ids = sorted({place.party for place in places.values()})
        parties = {
            row["id"]: row
            for row in self._rpc.search_read("party.party", [("id", "in", ids)], ["name", "code"], active_test=False)
        }
        domain, by = [("party", "in", ids)], [("sequence", "ASC"), ("id", "ASC")]
        addresses = _grouped(self._rpc.search_read("party.address", domain, ["party", "full_address"], order=by))
        contacts = self._contacts(ids, (*PHONES, EMAIL))
        return {
            account: self._profile(place, parties[place.party], contacts[place.party], addresses[place.party])
            for account, place in places.items()
            if place.party in parties
        }

    def _profile(self, place: Place, party: Row, contacts: Sequence[Row], addresses: Sequence[Row]) -> Profile:
        return Profile(
            name=party["name"] or "",
            number=self._companies.numbers.of(party["code"] or str(place.party), place),
            phone=_dialled([row for row in contacts if row["type"] in PHONES]),
            email=next((row["value"] for row in contacts if row["type"] == EMAIL), ""),
            address=", ".join((addresses[0]["full_address"] or "").splitlines()) if addresses else "",
        )


def _grouped(rows: Sequence[dict[str, Any]]) -> Mapping[int, list[dict[str, Any]]]:
    """By party, in their order; nothing for a party that has none."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["party"]].append(row)
    return found


def _dialled(contacts: Sequence[Row]) -> str:
    """The first that is a phone number, as E.164; nothing where there is none: then no code can be sent."""
    for row in contacts:
        try:
            number = phonenumbers.parse(row["value"], REGION)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ""
