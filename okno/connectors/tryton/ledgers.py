"""Accounts as the mirror reads them: whole ledgers, and which of them were touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from okno.connectors.runtime.port import Changes, Ledger, Refusal, RefusalCode
from okno.connectors.tryton.companies import Companies
from okno.connectors.tryton.lines import (
    LINE_FIELDS,
    POSTED,
    RECEIVABLE,
    Entries,
    Row,
    amount_of,
    is_ours,
    origin_payment,
    place_of_line,
)
from okno.connectors.tryton.references import Place, place_of
from okno.connectors.tryton.rests import due_of
from okno.connectors.tryton.rpc import Rpc
from okno.connectors.tryton.touches import Touch, Touches

#: A transaction that writes now may commit so much later: so far back every look goes once more. Touches look for those
#: that last longer.
OVERLAP = timedelta(seconds=60)
#: What was committed just now may not be seen by a query that began before.
SETTLED = timedelta(seconds=2)


class Cursor(msgspec.Struct, frozen=True):
    """`at`: the latest write that was seen; `seen`: rows of the overlap that were told already, with their moment."""

    at: datetime
    seen: dict[str, str]


class TrytonLedgers:
    """Fulfils Ledgers. `clock` is read before each look and has to agree with Tryton's within OVERLAP."""

    def __init__(self, rpc: Rpc, companies: Companies, zone: ZoneInfo) -> None:
        self._rpc = rpc
        self._companies = companies
        self._zone = zone
        self._touches = Touches(rpc, companies)

    def changes(self, cursor: str | None) -> Changes:
        """Touched accounts since the cursor. Raises Refusal VALUE_INVALID for a cursor that is none of ours."""
        begun = datetime.now(UTC)
        known = _cursor(cursor) if cursor is not None else Cursor(begun, {})
        touches = self._touches.since(known.at - OVERLAP)
        if cursor is not None:
            touches += self._touches.late(known.at - OVERLAP)
        fresh = [touch for touch in touches if known.seen.get(touch.row) != touch.at.isoformat()]
        latest = max([known.at, *(touch.at for touch in touches)])
        seen = {touch.row: touch.at.isoformat() for touch in touches if touch.at > latest - OVERLAP}
        return Changes(
            accounts=list(dict.fromkeys(place.reference for place in self._touched(fresh))),
            cursor=msgspec.json.encode(Cursor(latest, seen)).decode(),
            complete_before=begun - SETTLED,
        )

    def _touched(self, touches: Sequence[Touch]) -> list[Place]:
        """The accounts that they speak of."""
        places = [touch.place for touch in touches if touch.place is not None]
        parties = [touch.party for touch in touches if touch.place is None]
        return [*places, *(self._places(parties) if parties else ())]

    def _at_home(self, party: int) -> Place:
        home = self._companies.home
        return Place(home.id, party, home.currency)

    def _own(self) -> set[int]:
        """Parties that are companies themselves."""
        return {company.party for company in self._companies.values()}

    def first(self, *, after: str | None, limit: int) -> Sequence[str]:
        """Accounts in the order of their parties, a party's accounts side by side; a short page is the last one."""
        last = place_of(after) if after is not None else Place(0, 0, "")
        found: list[Place] = []
        party = last.party
        while len(found) < limit:
            domain = [("id", ">=", party)]
            rows = self._rpc.search_read("party.party", domain, ["id"], limit=limit, order=[("id", "ASC")])
            found += [place for place in self._places([row["id"] for row in rows]) if _order(place) > _order(last)]
            if len(rows) < limit:
                break
            party = rows[-1]["id"] + 1
        return [place.reference for place in found[:limit]]

    def of_party(self, party: int) -> list[str]:
        """All accounts of one party."""
        return [place.reference for place in self._places([party])]

    def ledgers(self, accounts: Sequence[str]) -> Sequence[Ledger]:
        places = [place_of(account) for account in accounts]
        people = self._parties({place.party for place in places})
        rows: dict[Place, list[Row]] = defaultdict(list)
        for row in self._lines(sorted(people)):
            rows[place_of_line(row, self._companies)].append(row)
        taken_back, ours = self._taken_back(rows), self._ours(rows)
        return [
            self._ledger(place, people[place.party], rows[place], taken_back, ours)
            for place in places
            if place.party in people and place.company in self._companies
        ]

    def _ledger(
        self, place: Place, party: Row, rows: Sequence[Row], taken_back: Mapping[int, int], ours: Collection[int]
    ) -> Ledger:
        balance = sum(amount_of(row, place.currency) for row in rows)
        return Ledger(
            account=place.reference,
            number=self._companies.numbers.of(party["code"] or str(party["id"]), place),
            currency=place.currency,
            status="active" if party["active"] else "closed",
            balance=balance,
            due=due_of(rows, place.currency, balance),
            entries=Entries(place, self._zone, ours).of(rows, taken_back),
            name=party["name"] or "",
        )

    def _parties(self, parties: set[int]) -> dict[int, Row]:
        found = self._rpc.search_read(
            "party.party", [("id", "in", sorted(parties))], ["name", "code", "active"], active_test=False
        )
        return {row["id"]: row for row in found}

    def _lines(self, parties: Sequence[int]) -> list[dict[str, Any]]:
        domain = [("party", "in", list(parties)), RECEIVABLE, POSTED]
        return self._rpc.search_read("account.move.line", domain, LINE_FIELDS, order=[("date", "ASC"), ("id", "ASC")])

    def _ours(self, rows: Mapping[Place, Sequence[Row]]) -> set[int]:
        """Of the payments that the lines come from, those that we have posted."""
        origins = {origin_payment(row) for found in rows.values() for row in found} - {None}
        if not origins:
            return set()
        found = self._rpc.search_read("account.payment", [("id", "in", list(origins))], ["reference"])
        return {row["id"] for row in found if is_ours(row["reference"])}

    def _taken_back(self, rows: Mapping[Place, Sequence[Row]]) -> dict[int, int]:
        """By move that cancels another one, the line of that one on the same account."""
        lines = {(place, row["move"]): row["id"] for place, found in rows.items() for row in found}
        taken: dict[int, int] = {}
        for place, found in rows.items():
            for row in found:
                model, _, origin = (row["move."]["origin"] or "").partition(",")
                if model == "account.move" and (line := lines.get((place, int(origin)))) is not None:
                    taken[row["move"]] = line
        return taken

    def _places(self, parties: Sequence[int]) -> list[Place]:
        """The home account of each, and wherever else they have a posted line of a receivable."""
        rows = self._rpc.search_read(
            "account.move.line",
            [("party", "in", list(parties)), RECEIVABLE, POSTED],
            ["company", "party", "second_currency.code"],
        )
        own = self._own()
        home = {self._at_home(party) for party in parties if party not in own}
        places = home | {place_of_line(row, self._companies) for row in rows}
        return sorted(places, key=_order)


def _order(place: Place) -> tuple[int, int, str]:
    return place.party, place.company, place.currency


def _cursor(text: str) -> Cursor:
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.DecodeError as error:
        raise Refusal(RefusalCode.VALUE_INVALID, "not a cursor of this system") from error
