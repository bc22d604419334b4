"""What was written in Tryton lately: rows by the moments that they carry, those included that come to light late.

A row carries the moment at which its transaction began, and nobody sees it before that has ended.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from okno.connectors.tryton.companies import Companies
from okno.connectors.tryton.lines import POSTED, RECEIVABLE, Row, place_of_line
from okno.connectors.tryton.references import Place
from okno.connectors.tryton.rpc import Rpc

#: A transaction that lasts longer than OVERLAP, as the posting of some thousand invoices does, is looked for so often,
#: and so long after its beginning.
LATE_EVERY_S = 10.0
LATE_MAX = timedelta(hours=1)
PAGE_ROWS = 2000
_WRITTEN = ("create_date", "write_date")


class Touch(msgspec.Struct, frozen=True):
    """A row that was written at a moment, and what it speaks of: all accounts of a party, or the one at a place."""

    row: str
    at: datetime
    party: int
    place: Place | None = None


class Model(msgspec.Struct, frozen=True):
    """Rows of a kind that are watched. `mark` begins their names, `moments` are the members that date them."""

    name: str
    mark: str
    domain: list[Any]
    fields: tuple[str, ...]
    moments: tuple[str, ...] = _WRITTEN


PARTIES = Model("party.party", "p", [], ())
LINES = Model(
    *("account.move.line", "l", [RECEIVABLE, POSTED, ("party", "!=", None)]),
    ("company", "party", "second_currency.code"),
    tuple(f"{owner}{name}" for owner in ("", "move.") for name in _WRITTEN),
)


class Touches:
    """Used by one thread at a time. What it remembers only saves questions: another one names some rows again."""

    def __init__(self, rpc: Rpc, companies: Companies) -> None:
        self._rpc = rpc
        self._companies = companies
        # Rows that were named, by what they are called, with all moments that they carry.
        self._named: dict[str, list[datetime]] = {}
        self._looked_at: float | None = None

    def since(self, moment: datetime) -> list[Touch]:
        """Customers and posted lines that were written after the moment, or whose move was."""
        return [touch for model in (PARTIES, LINES) for touch in self._told(model, self._rows(model, moment, None))]

    def late(self, until: datetime) -> list[Touch]:
        """Of the hour before `until` what has not been named; nothing while it is not time to look."""
        now = time.monotonic()
        if self._looked_at is not None and now - self._looked_at < LATE_EVERY_S:
            return []
        since = until - LATE_MAX
        found = [touch for model in (PARTIES, LINES) for touch in self._late(model, since, until)]
        self._named = {name: moments for name, moments in self._named.items() if max(moments) > since}
        self._looked_at = now
        return found

    def _late(self, model: Model, since: datetime, until: datetime) -> list[Touch]:
        """Counting is cheap; the rows themselves are read only when there are others than have been named."""
        named = self._between(model, since, until)
        counted = self._rpc.model(model.name, "search_count", _domain(model, since, until), active_test=False)
        if counted == len(named):
            return []
        rows = self._rows(model, since, until)
        # What is gone, or was written again, is counted no more.
        for name in named:
            del self._named[name]
        return [touch for touch in self._told(model, rows) if named.get(touch.row) != self._named[touch.row]]

    def _between(self, model: Model, since: datetime, until: datetime) -> dict[str, list[datetime]]:
        return {
            name: moments
            for name, moments in self._named.items()
            if name.startswith(model.mark) and any(since < moment <= until for moment in moments)
        }

    def _told(self, model: Model, rows: Sequence[Row]) -> list[Touch]:
        """The rows as touches; from now on they have been named."""
        touches = [self._touch(model, row) for row in rows]
        for touch, row in zip(touches, rows, strict=True):
            self._named[touch.row] = _moments(model, row)
        own = {company.party for company in self._companies.values()}
        return [touch for touch in touches if touch.place is not None or touch.party not in own]

    def _touch(self, model: Model, row: Row) -> Touch:
        name, at = f"{model.mark}{row['id']}", max(_moments(model, row))
        if model is PARTIES:
            return Touch(name, at, row["id"])
        return Touch(name, at, row["party"], place_of_line(row, self._companies))

    def _rows(self, model: Model, since: datetime, until: datetime | None) -> list[dict[str, Any]]:
        # A month's invoices may be posted in one transaction: all of them carry its moment.
        found: list[dict[str, Any]] = []
        while len(found) % PAGE_ROWS == 0:
            page = self._rpc.search_read(
                model.name,
                _domain(model, since, until),
                (*model.fields, *model.moments),
                offset=len(found),
                limit=PAGE_ROWS,
                order=[("id", "ASC")],
                active_test=False,
            )
            found += page
            if not page:
                break
        return found


def _domain(model: Model, since: datetime, until: datetime | None) -> list[Any]:
    """Rows of which any moment lies after `since`, and not after `until`."""
    ends = [("<=", until)] if until is not None else []
    moments = [[(name, sign, moment) for sign, moment in ((">", since), *ends)] for name in model.moments]
    return [*model.domain, ["OR", *moments]]


def _moments(model: Model, row: Row) -> list[datetime]:
    values: Sequence[Any] = [_member(row, name) for name in model.moments]
    return [moment for moment in values if moment is not None]


def _member(row: Row, name: str) -> Any:  # noqa: ANN401 - whatever the row has there
    owner, _, member = name.rpartition(".")
    return (row[f"{owner}."] or {}).get(member) if owner else row[name]
