"""The reads: overview, operations by cursor, the year at a glance. Bodies come ready from the database."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple
from urllib.parse import parse_qsl

from okno.live.core.batches import Statement
from okno.live.edge.store.database import OPERATIONS, OVERVIEW, YEAR
from okno.live.edge.web.problems import Problem, RefusalError

ACCOUNT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
KINDS = frozenset({"charge", "payment", "credit", "refund", "correction"})
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
PAGE_DEFAULT = 50
PAGE_MAX = 200
MEMBERS_MAX = 10

Members = Mapping[str, str]


class Ask(NamedTuple):
    """What a request asks of the database for its session."""

    statement: Statement
    arguments: tuple[object, ...]


def overview(members: Members) -> Ask:
    """State of one account with its last operations, and the list of all."""
    return Ask(OVERVIEW, (account_of(members, needed=False),))


def operations(members: Members) -> Ask:
    """A page of operations, newest first."""
    kind = members.get("kind")
    if kind is not None and kind not in KINDS:
        raise RefusalError(Problem.BAD_REQUEST)
    return Ask(
        OPERATIONS,
        (
            account_of(members),
            number_of(members, "before"),
            min(number_of(members, "limit") or PAGE_DEFAULT, PAGE_MAX),
            kind,
            day_of(members, "from"),
            day_of(members, "to"),
        ),
    )


def year(members: Members) -> Ask:
    """Charged and paid in each of the last twelve months."""
    return Ask(YEAR, (account_of(members),))


class Read(NamedTuple):
    """An endpoint: the members its query may have, and how they become an Ask."""

    allowed: frozenset[str]
    ask: Callable[[Members], Ask]


READS = {
    "/live/v1/overview": Read(frozenset({"account"}), overview),
    "/live/v1/operations": Read(frozenset({"account", "before", "limit", "kind", "from", "to"}), operations),
    "/live/v1/year": Read(frozenset({"account"}), year),
}


def members_of(query: str, allowed: frozenset[str]) -> Members:
    """The members of a query string, each known and given once; else a problem."""
    if not query:
        return {}
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MEMBERS_MAX
        )
    except ValueError:
        raise RefusalError(Problem.BAD_REQUEST) from None
    members = dict(pairs)
    if len(members) != len(pairs) or not members.keys() <= allowed:
        raise RefusalError(Problem.BAD_REQUEST)
    return members


def account_of(members: Members, *, needed: bool = True) -> str | None:
    """The account named in a query. One of another form cannot exist: the answer is that of an unknown one."""
    account = members.get("account")
    if account is None and not needed:
        return None
    if account is None:
        raise RefusalError(Problem.BAD_REQUEST)
    if ACCOUNT.fullmatch(account) is None:
        raise RefusalError(Problem.NOT_FOUND)
    return account


def number_of(members: Members, name: str) -> int | None:
    """A positive number of a query, or None when it is not given."""
    text = members.get(name)
    if text is None:
        return None
    if NUMBER.fullmatch(text) is None:
        raise RefusalError(Problem.BAD_REQUEST)
    return int(text)


def day_of(members: Members, name: str) -> date | None:
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
