"""A payment system's transfer becomes a payout: its days beside its money. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.reconciliation.core.payouts import DaySum, Payout, payout_of
from okno.protocol.ids import new_id
from okno.protocol.money.amount import Money

# Days that no payout is for yet, with what the ledger has of each. What a bank's own line has proven went past the
# payment system.
WAITING = """
    SELECT attempt.provider, payment.currency, day.day,
           COALESCE(sum(entry.amount) FILTER (WHERE entry.kind = 'captured'), 0)::bigint,
           COALESCE(sum(entry.amount) FILTER (WHERE entry.kind = 'fee'), 0)::bigint,
           COALESCE(sum(CASE entry.kind WHEN 'chargeback_won' THEN -entry.amount ELSE entry.amount END)
               FILTER (WHERE entry.kind IN ('refunded', 'charged_back', 'chargeback_won')), 0)::bigint
      FROM reconciliation_day day
      JOIN payments_entry entry ON entry.at >= day.since AND entry.at < day.until
      JOIN payments_attempt attempt ON attempt.id = entry.attempt_id AND attempt.provider = ANY(%(providers)s)
      JOIN payments_payment payment ON payment.id = entry.payment_id
     WHERE day.day >= %(since)s AND day.day < %(before)s
       AND NOT EXISTS (SELECT FROM reconciliation_line line
            WHERE line.attempt_id = attempt.id AND line.reason = 'named')
       AND day.day > COALESCE((SELECT max(last) FROM reconciliation_payout payout
            WHERE payout.provider = attempt.provider AND payout.currency = payment.currency), '-infinity'::date)
     GROUP BY attempt.provider, payment.currency, day.day ORDER BY attempt.provider, payment.currency, day.day
"""
PAYOUT = """
    INSERT INTO reconciliation_payout (id, provider, line_id, first, last, gross, fees, refunds, currency, amount,
        state)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
DIFFERENCE = """
    INSERT INTO reconciliation_difference (id, day_id, kind, provider, subject, currency, there, here, owner, opened_at)
    VALUES (%s, %s, 'payout', %s, %s, %s, %s, %s, %s, %s)
"""
CUT = "SELECT EXISTS (SELECT FROM reconciliation_day WHERE day = %s)"
LINE = "UPDATE reconciliation_line SET state = 'payout', reason = %s WHERE id = %s"

#: A day is cut within hours of its end.
CUT_WITHIN = timedelta(days=3)

Took = Literal["payout", "later", "unknown"]


def days_waiting(
    connection: Connection, providers: Sequence[str], *, before: date, since: date = date.min
) -> dict[tuple[str, str], list[DaySum]]:
    """Business days since `since` and before `before` that no payout is for yet, by payment system and currency."""
    values = {"providers": list(providers), "since": since, "before": before}
    waiting: dict[tuple[str, str], list[DaySum]] = {}
    for provider, currency, day, gross, fees, refunds in connection.execute(WAITING, values).fetchall():
        waiting.setdefault((provider, currency), []).append(DaySum(day=day, gross=gross, fees=fees, refunds=refunds))
    return waiting


def payout_take(
    connection: Connection,
    *,
    line: UUID,
    provider: str,
    money: Money,
    came: date,
    owner: str,
    now: datetime,
    wallet: bool = False,
) -> Took:
    """With no day that waits it is for a person to say what came.

    From a `wallet` the company sends its money when it likes, on the day that it came as well: that day has to be over.
    """
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 6))", [provider])
    # Those that were over when the transfer came.
    before = came + timedelta(days=1) if wallet else came
    days = days_waiting(connection, [provider], before=before).get((provider, money.currency), [])
    payout = payout_of(days, money.minor)
    if wallet and (payout is None or not payout.agrees) and not _is_over(connection, came, now):
        return "later"
    if payout is None:
        return "unknown"
    _keep(connection, line, provider, money, payout)
    if not payout.agrees:
        row = [new_id(), payout.last, provider, str(line), money.currency, money.minor, payout.net, owner, now]
        connection.execute(DIFFERENCE, row)
    connection.execute(LINE, ["payout" if payout.agrees else "payout-differs", line])
    return "payout"


def _is_over(connection: Connection, day: date, now: datetime) -> bool:
    """Whether the day is cut, or is too old to be cut ever: before the first one there was nothing to pay out."""
    row = connection.execute(CUT, [day]).fetchone()
    return now.date() > day + CUT_WITHIN or (row is not None and bool(row[0]))


def _keep(connection: Connection, line: UUID, provider: str, money: Money, payout: Payout) -> None:
    row = [
        *(new_id(), provider, line, payout.first, payout.last, payout.gross, payout.fees, payout.refunds),
        *(money.currency, money.minor, "matched" if payout.agrees else "differs"),
    ]
    connection.execute(PAYOUT, row)
