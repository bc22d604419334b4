"""Promised payments: a customer asks to pay later, and the company's rules decide. A refusal names its rule."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import msgspec
import psycopg
from msgspec import Meta

from okno.connectors.book.drafts import refuse
from okno.connectors.book.posting import Account, account_lock
from okno.connectors.runtime.port import Promise, Promised, RefusalCode
from okno.connectors.runtime.store.unit import Unit
from okno.protocol.money import exponent_of

_TODAY = "SELECT (clock_timestamp() AT TIME ZONE zone)::date FROM book.company"
_STANDING = """
SELECT count(*) FILTER (WHERE until >= %(today)s),
       count(*) FILTER (WHERE granted_at > clock_timestamp() - make_interval(days => %(days)s))
FROM book.promise WHERE account = %(account)s
"""
_WRITE = "INSERT INTO book.promise (id, account, amount, until) VALUES (%s, %s, %s, %s)"

_Count = Annotated[int, Meta(ge=1)]


class PromiseRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the company grants: up to `most_units` of the account's currency, for `days_max` days at most.

    No more than `promises_max` in `period_days`, and never a second one while one stands.
    """

    most_units: _Count = 3_000
    days_max: _Count = 7
    promises_max: _Count = 1
    period_days: _Count = 30


def promise_judge(unit: Unit, promise: Promise, rules: PromiseRules) -> Promised:
    """Grant and keep it, or say which rule forbids it.

    Raises Refusal ACCOUNT_UNKNOWN, ACCOUNT_CLOSED, CURRENCY_MISMATCH for what no customer's page asks for.
    """
    connection = unit.connection
    account = account_lock(connection, promise.account)
    if account.status == "closed":
        raise refuse(RefusalCode.ACCOUNT_CLOSED, f"account {account.number} is closed")
    if promise.currency != account.currency:
        raise refuse(RefusalCode.CURRENCY_MISMATCH, f"account {account.number} is kept in {account.currency}")
    reason = _forbidden(connection, account, promise, rules)
    if reason:
        return Promised(granted=False, reason=reason)
    connection.execute(_WRITE, (promise.promise, account.id, promise.amount, promise.until))
    return Promised(granted=True, until=promise.until)


def _forbidden(connection: psycopg.Connection, account: Account, promise: Promise, rules: PromiseRules) -> str:
    """The rule that stands against it, as a code; empty when none does."""
    today = _day(connection)
    values = {"account": account.id, "today": today, "days": rules.period_days}
    row = connection.execute(_STANDING, values).fetchone()
    assert row is not None
    standing, lately = row
    found = {
        "nothing-owed": account.balance <= 0,
        "too-much": promise.amount > rules.most_units * 10 ** exponent_of(account.currency),
        "day-passed": promise.until <= today,
        "too-late": promise.until > today + timedelta(days=rules.days_max),
        "one-stands": standing > 0,
        "too-often": lately >= rules.promises_max,
    }
    return next((reason for reason, holds in found.items() if holds), "")


def _day(connection: psycopg.Connection) -> date:
    """Today, where the company is."""
    row = connection.execute(_TODAY).fetchone()
    assert row is not None  # the migration writes it
    today: date = row[0]
    return today
