"""Whose account a purpose names: by what is known here, else by asking the inside. In the caller's transaction.

The numbers are read from the purpose anew each time, so nothing keeps them but the line itself; a question carries its
number sealed, and is remembered by the number's keyed hash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.payments.services.finding.numbers import (
    Known,
    account_keep,
    account_known,
    answer_read,
    number_ask,
    number_key,
)
from okno.cabinet.reconciliation.core.naming import NUMBERS_MAX, account_numbers_of
from okno.protocol.errors import ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.keys import Keyring

#: Of the bulk: a long statement does not stand in the way of who signs in or pays.
PRIORITY = 3
#: A line is looked at again, and what was given up is asked again: soon at first, then after half as long as it waits.
AGAIN_FIRST = timedelta(minutes=5)
#: After that a person looks, even if the inside is still away.
ANSWER_WITHIN = timedelta(days=3)

QUESTION = "SELECT outbox FROM reconciliation_question WHERE line_id = %s AND key = %s"
TAKEN = """
    UPDATE reconciliation_question question SET taken = true FROM kit_outbox row
     WHERE question.line_id = %s AND row.id = question.outbox AND row.state = 'done'
"""
ASKED = """
    INSERT INTO reconciliation_question (id, line_id, key, outbox) VALUES (%s, %s, %s, %s)
    ON CONFLICT (line_id, key) DO UPDATE SET outbox = EXCLUDED.outbox, taken = false
"""


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What numbers are known and asked by. `pepper`: the portal's, under which agents' numbers are kept too."""

    pepper: bytes
    ring: Callable[[datetime], Keyring]
    systems: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Named:
    """`account` stands alone; `reason` is for the queue; `waits`: the inside has not said everything yet."""

    account: Known | None = None
    reason: str = ""
    waits: bool = False


@dataclass(frozen=True)
class Asking:
    """A line whose account is looked for. `currency`: that of its money."""

    line: UUID
    purpose: str
    currency: str
    now: datetime


def again_at(now: datetime, until: datetime) -> datetime:
    """When a line is looked at next that waits until `until` at the longest."""
    waited = now - (until - ANSWER_WITHIN)
    return min(now + max(AGAIN_FIRST, waited / 2), until)


def account_named(connection: Connection, numbers: Numbers | None, asking: Asking) -> Named:
    """The one account that the purpose names, asked for where it has to be."""
    named = account_numbers_of(asking.purpose) if numbers is not None else []
    if len(named) > NUMBERS_MAX:
        return Named(reason="several")
    if numbers is None or not named:
        return Named(reason="unknown")
    connection.execute(TAKEN, [asking.line])
    looks = [_look(connection, numbers, asking, system, each) for system in numbers.systems for each in named]
    if any(look is None for look in looks):
        return Named(waits=True)
    accounts = {look.account: look for look in looks if isinstance(look, Known)}
    if len(accounts) > 1:
        return Named(reason="several")
    for account in accounts.values():
        return _one(account, asking.currency)
    return Named(reason="no-account")


def _one(account: Known, currency: str) -> Named:
    if account.status == "closed":
        return Named(reason="closed")
    return Named(account=account) if account.currency == currency else Named(reason="currency")


def _look(
    connection: Connection, numbers: Numbers, asking: Asking, system: str, number: str
) -> Known | Literal["nobody"] | None:
    """The account; "nobody" has it open; None while the inside has not answered."""
    key = number_key(numbers.pepper, system, number)
    known = account_known(connection, key, asking.now)
    if known is not None and known.fresh:
        return known
    row = connection.execute(QUESTION, [asking.line, key]).fetchone()
    answer = answer_read(connection, row[0]) if row is not None else None
    if answer is not None and answer.reply is not None:
        found = account_keep(connection, key, answer.reply, system=system, currency=asking.currency)
        # What was known and is not to be paid any more has been closed.
        return found or (replace(known, status="closed") if known is not None else "nobody")
    if answer is None or answer.state == "lost":
        _ask(connection, numbers, asking, system, number, key)
    return None


def _ask(connection: Connection, numbers: Numbers, asking: Asking, system: str, number: str, key: bytes) -> None:
    try:
        ring = numbers.ring(asking.now)
        question = number_ask(connection, ring, asking.now, system=system, number=number, labels={}, priority=PRIORITY)
    except (ProtocolError, OSError):
        # No key of the accounting's is in force: the line waits for one as it waits for an answer.
        return
    connection.execute(ASKED, [new_id(), asking.line, key, question])
