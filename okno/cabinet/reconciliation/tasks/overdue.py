"""Payouts that should have come: a work item for each business day whose money is late, until the payout is here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.reconciliation.core.terms import Terms, missing_of
from okno.cabinet.reconciliation.services.payouts import days_waiting
from okno.cabinet.reconciliation.tasks.days import KEEP
from okno.protocol.ids import new_id
from okno.protocol.money.amount import Money

KIND = "payout-missing"
HEAL = """
    UPDATE reconciliation_difference SET state = 'healed', closed_at = %s
     WHERE state = 'open' AND kind = 'payout-missing' AND NOT (id = ANY(%s::uuid[]))
"""
LATE = """
    SELECT provider, currency, count(*), min(day_id), sum(here)::bigint FROM reconciliation_difference
     WHERE kind = 'payout-missing' AND state = 'open' GROUP BY provider, currency ORDER BY provider, currency
"""


@dataclass(frozen=True)
class Late:
    """What a payment system owes of `days` business days, the first of them `first`."""

    provider: str
    money: Money
    days: int
    first: date


def payouts_look(connection: Connection, now: datetime, *, terms: Terms, zone: str, owner: str) -> None:
    """Open what is late, heal what has come. What staff closed stays closed."""
    found = []
    if terms.terms:
        today = now.astimezone(ZoneInfo(zone)).date()
        since = min(term.since for term in terms.terms)
        for (provider, currency), days in days_waiting(connection, terms.providers, before=today, since=since).items():
            for one in missing_of(days, provider, terms, today):
                subject = f"{one.day.isoformat()} {currency}"
                row = [new_id(), one.day, KIND, provider, subject, currency, None, one.owed, None, None, owner, now]
                kept = connection.execute(KEEP, row).fetchone()
                assert kept is not None
                found.append(str(kept[0]))
    connection.execute(HEAL, [now, found])


def payouts_late(connection: Connection) -> list[Late]:
    """What is late and open, for who looks after the instance."""
    return [
        Late(provider, Money(minor, currency), days, first)
        for provider, currency, days, first, minor in connection.execute(LATE).fetchall()
    ]
