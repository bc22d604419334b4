"""Looks at one account whose figures differ: what exactly, operation by operation."""

from dataclasses import replace
from datetime import datetime

from okno.cabinet.accounts.tasks import store
from okno.cabinet.accounts.tasks.changes import Operation, Page, State, Version
from okno.cabinet.accounts.tasks.folding import Account
from okno.cabinet.accounts.tasks.syncing.comparing import (
    Difference,
    Line,
    lines_compare,
    lines_here,
    states_compare,
)
from okno.cabinet.accounts.tasks.syncing.runs import Asked, account_ask
from okno.cabinet.kit.processes.dispatcher import Connection

BEFORE_ALL = Version(0, 0)
#: An account that events are on the way to is looked at again before it is said to differ.
TRIES_MAX = 3


def explain(connection: Connection, asked: Asked, page: Page, now: datetime) -> list[Difference]:
    """The differences of the span that the page covers; a rest, or an account in motion, is asked for again."""
    here = store.accounts_read(connection, [page.account]).get(page.account)
    if here is None:
        return [Difference(page.account, "account-missing")]
    moving = here.version != page.version and not page.more
    if moving and asked.tries < TRIES_MAX:
        account_ask(connection, replace(asked, tries=asked.tries + 1), now)
        return []
    if page.more:
        account_ask(connection, replace(asked, since=page.reach), now)
    high = page.reach if page.more else max(page.reach, here.version)
    ours = lines_here(connection, page.account, asked.since or BEFORE_ALL, high)
    found = lines_compare(page.account, ours, [_line(one) for one in page.operations])
    if page.more:
        return found
    if moving:
        return [*found, Difference(page.account, "version-differs", None, list(here.version), list(page.version))]
    return found + states_compare(page.account, _state(here), page.state)


def _state(account: Account) -> State:
    return State(account.currency, account.tail, account.status, account.balance, account.due_amount, account.due_on)


def _line(operation: Operation) -> Line:
    posted = operation.posted_at
    return Line(
        operation.key, operation.kind, operation.amount, int(posted.timestamp()) * 1_000_000 + posted.microsecond
    )
