"""A business day's three registers as the database has them, and what was found, kept as work items."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.reconciliation.core.calendar import days_due
from okno.cabinet.reconciliation.core.comparing import Booked, Compared, Found, Here, There, compare
from okno.cabinet.reconciliation.tasks.answers import (
    Period,
    Question,
    answers_forget,
    answers_told,
    providers_left,
    questions_due,
)
from okno.protocol.ids import new_id

LAST = "SELECT day, until FROM reconciliation_day ORDER BY day DESC LIMIT 1"
CUT = """
    INSERT INTO reconciliation_day (day, zone, since, until, run_at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (day) DO NOTHING
"""
DUE = """
    SELECT day, since, until FROM reconciliation_day WHERE run_at <= %s ORDER BY day LIMIT %s FOR UPDATE SKIP LOCKED
"""
LEASE = "UPDATE reconciliation_day SET run_at = %s WHERE day = ANY(%s)"
# What was captured in the day, and whatever a register of it may name. `booked` is what stands in the books by each
# posting's operation, and null while one of them is not there. What was moved, or won back from the payer's bank, left
# by another operation before it came in again: it counts where the books never had it before.
OURS = """
    SELECT attempt.provider, COALESCE(attempt.provider_id, ''), attempt.id::text, entry.amount, payment.currency,
           (SELECT CASE WHEN bool_and(operation.key IS NOT NULL) THEN sum(-operation.amount) FILTER (
                       WHERE posting.cause IS NULL OR EXISTS (SELECT FROM payments_unposting part
                           WHERE part.move_id = posting.cause AND part.state = 'needless'))::bigint END
              FROM payments_posting posting LEFT JOIN accounts_operation operation
                ON operation.account_id = posting.account_id AND operation.key = posting.operation
             WHERE posting.attempt_id = attempt.id AND posting.state <> 'moved'),
           entry.at >= %(since)s AND entry.at < %(until)s
      FROM (SELECT id FROM payments_entry WHERE kind = 'captured' AND at >= %(since)s AND at < %(until)s
             UNION SELECT entry.id FROM payments_attempt named
              JOIN payments_entry entry ON entry.payment_id = named.payment_id AND entry.attempt_id = named.id
             WHERE entry.kind = 'captured'
               AND (named.provider, named.provider_id) IN (SELECT * FROM unnest(%(names)s::text[], %(told)s::text[]))
             UNION SELECT entry.id FROM payments_attempt asked
              JOIN payments_entry entry ON entry.payment_id = asked.payment_id AND entry.attempt_id = asked.id
             WHERE entry.kind = 'captured' AND asked.id = ANY(%(asked)s::uuid[])) wanted
      JOIN payments_entry entry ON entry.id = wanted.id
      JOIN payments_attempt attempt ON attempt.id = entry.attempt_id
      JOIN payments_payment payment ON payment.id = entry.payment_id
"""
# An operation whose key says that it is a payment of ours, and that no posting of ours answers for.
ORPHANS = """
    SELECT operation.key, COALESCE(operation.channel, ''), -operation.amount, account.currency
      FROM accounts_operation operation JOIN accounts_account account ON account.id = operation.account_id
     WHERE operation.posted_at >= %(since)s AND operation.posted_at < %(until)s AND operation.kind = 'payment'
       AND starts_with(operation.key, %(mark)s)
       AND NOT EXISTS (SELECT FROM payments_posting posting
            WHERE posting.account_id = operation.account_id AND posting.operation = operation.key)
"""
KEEP = """
    INSERT INTO reconciliation_difference (id, day_id, kind, provider, subject, currency, there, here, books,
        attempt_id, owner, opened_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (kind, provider, subject) DO UPDATE SET there = EXCLUDED.there, here = EXCLUDED.here,
        books = EXCLUDED.books,
        state = CASE reconciliation_difference.state WHEN 'healed' THEN 'open' ELSE reconciliation_difference.state END,
        closed_at = CASE reconciliation_difference.state WHEN 'healed' THEN NULL
            ELSE reconciliation_difference.closed_at END
    RETURNING id
"""
# What is not found again has come right by itself, unless the register that would tell was not to be had.
HEAL = """
    UPDATE reconciliation_difference SET state = 'healed', closed_at = %(now)s
     WHERE day_id = %(day)s AND state = 'open' AND kind NOT IN ('payout', 'payout-missing')
       AND NOT (id = ANY(%(found)s::uuid[])) AND provider <> ALL(%(away)s)
"""
STILL = """
    SELECT count(*) FROM reconciliation_difference WHERE day_id = %s AND state = 'open' AND kind <> 'payout-missing'
"""
DONE = """
    UPDATE reconciliation_day SET state = %(state)s, run_at = %(next)s, runs = runs + 1, matched = %(matched)s,
           away = %(away)s, finished_at = %(now)s WHERE day = %(day)s
"""
#: What is open is compared again each day for so long, what could not be asked for each hour.
AGAIN, AWAY, GIVES_UP = timedelta(days=1), timedelta(hours=1), timedelta(days=14)


@dataclass(frozen=True)
class DayDue(Period):
    """`questions` are asked before it is compared; `left` are those who have not said all, though it is compared."""

    questions: tuple[Question, ...] = ()
    left: tuple[str, ...] = ()


def days_cut(connection: Connection, now: datetime, zone: str) -> None:
    """Rows for the days that are over since the last one."""
    last = connection.execute(LAST).fetchone()
    for day, since, until in days_due((last[0], last[1]) if last else None, now, zone):
        connection.execute(CUT, [day, zone, since, until, now])


def days_claim(
    connection: Connection,
    now: datetime,
    slots: int,
    lease: timedelta,
    *,
    asked: Collection[str],
    spared: Collection[str],
) -> list[DayDue]:
    """`asked` are asked payment by payment, `spared` of them not now."""
    due = [DayDue(*row) for row in connection.execute(DUE, [now, slots]).fetchall()]
    connection.execute(LEASE, [now + lease, [one.day for one in due]])
    return [_with_questions(connection, one, asked, spared) for one in due]


def day_again(connection: Connection, due: DayDue, at: datetime) -> None:
    """There is more to ask."""
    connection.execute(LEASE, [at, [due.day]])


def _with_questions(connection: Connection, due: DayDue, asked: Collection[str], spared: Collection[str]) -> DayDue:
    questions = questions_due(connection, due, [name for name in asked if name not in spared])
    left = () if questions else providers_left(connection, due, asked)
    return replace(due, questions=tuple(questions), left=left)


def day_compare(
    connection: Connection,
    due: DayDue,
    told: Mapping[str, Sequence[There]],
    mark: str,
) -> Compared:
    asked, answered = answers_told(connection, due.day)
    names = [(name, one.provider_id) for name, register in told.items() for one in register]
    values = {
        "since": due.since,
        "until": due.until,
        "names": [name for name, _ in names],
        "told": [provider_id for _, provider_id in names],
        "asked": [one.attempt for one in asked],
        "mark": mark,
    }
    ours = [
        Here(
            provider=row[0],
            provider_id=row[1],
            attempt=row[2],
            minor=row[3],
            currency=row[4],
            booked=row[5],
            inside=row[6],
        )
        for row in connection.execute(OURS, values).fetchall()
    ]
    orphans = [
        Booked(operation=row[0], method=row[1], minor=row[2], currency=row[3])
        for row in connection.execute(ORPHANS, values).fetchall()
    ]
    return compare(told, ours, orphans, asked=asked, answered=answered)


def day_keep(
    connection: Connection, due: DayDue, compared: Compared, away: Sequence[str], owner: str, now: datetime
) -> None:
    """What was found stands once, however often the day is compared; what came right is healed."""
    found = [_keep(connection, due, one, owner, now) for one in compared.found]
    connection.execute(HEAL, {"now": now, "day": due.day, "found": found, "away": list(away)})
    row = connection.execute(STILL, [due.day]).fetchone()
    still = row is not None and row[0] > 0
    following = now + AWAY if away else now + AGAIN if still else None
    if now > due.until + GIVES_UP:
        following = None
    values = {
        "state": "partial" if away else "done",
        "next": following,
        "matched": compared.matched,
        "away": " ".join(away),
        "now": now,
        "day": due.day,
    }
    connection.execute(DONE, values)
    answers_forget(connection, due.day, over=following is None)


def _keep(connection: Connection, due: DayDue, one: Found, owner: str, now: datetime) -> str:
    values = [
        *(new_id(), due.day, one.kind, one.provider, one.subject, one.currency, one.there, one.here, one.books),
        *(one.attempt, owner, now),
    ]
    row = connection.execute(KEEP, values).fetchone()
    assert row is not None
    return str(row[0])
