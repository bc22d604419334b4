"""The reads: overview, operations by cursor, the year at a glance. Bodies come ready from the database."""

import re
from collections.abc import Mapping
from datetime import date

from okno.live.edge.store.database import OPERATIONS, OVERVIEW, YEAR
from okno.live.edge.web.handler import Asking, account_of
from okno.live.edge.web.problems import Problem, RefusalError

KINDS = frozenset({"charge", "payment", "credit", "refund", "correction"})
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
PAGE_DEFAULT = 50
PAGE_MAX = 200


class Overview(Asking):
    """State of one account with its last operations, and the list of all."""

    allowed = frozenset({"account"})

    async def get(self) -> None:
        token = self.token_hash()
        row = await self.ask(OVERVIEW, token, account_of(self.query(), needed=False))
        self.finish(str(row[3]))


class Operations(Asking):
    """A page of operations, newest first."""

    allowed = frozenset({"account", "before", "limit", "kind", "from", "to"})

    async def get(self) -> None:
        token, members = self.token_hash(), self.query()
        kind = members.get("kind")
        if kind is not None and kind not in KINDS:
            raise RefusalError(Problem.BAD_REQUEST)
        row = await self.ask(
            OPERATIONS,
            token,
            account_of(members),
            number_of(members, "before"),
            min(number_of(members, "limit") or PAGE_DEFAULT, PAGE_MAX),
            kind,
            day_of(members, "from"),
            day_of(members, "to"),
        )
        self.finish(str(row[3]))


class Year(Asking):
    """Charged and paid in each of the last twelve months."""

    allowed = frozenset({"account"})

    async def get(self) -> None:
        token = self.token_hash()
        row = await self.ask(YEAR, token, account_of(self.query()))
        self.finish(str(row[3]))


def number_of(members: Mapping[str, str], name: str) -> int | None:
    """A positive number of a query, or None when it is not given."""
    text = members.get(name)
    if text is None:
        return None
    if NUMBER.fullmatch(text) is None:
        raise RefusalError(Problem.BAD_REQUEST)
    return int(text)


def day_of(members: Mapping[str, str], name: str) -> date | None:
    """A day of a query as YYYY-MM-DD, or None when it is not given."""
    text = members.get(name)
    if text is None:
        return None
    try:
        if DAY.fullmatch(text) is not None:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise RefusalError(Problem.BAD_REQUEST)
