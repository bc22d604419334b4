"""The register of whom none can be asked for one: each payment of the day is asked about, a few at a time.

The answers are rows, so what is killed goes on where it was, and a day is compared again by asking only about what did
not agree. Plain SQL in the caller's transaction, as the till's role.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import structlog

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.payments.providers.port import Asking, ProviderAway, ProviderRefusal, Snapshot
from okno.cabinet.reconciliation.core.comparing import There
from okno.protocol.ids import id_first
from okno.protocol.money.amount import Money

log = structlog.get_logger("okno.cabinet.reconciler")

State = Literal["paid", "unpaid", "refused"]

#: Calls of one turn, one after the other: with the pause between turns at most ten in a second.
ASKS_MAX = 50
#: A payment that a provider will not speak of is a case of its own; several in a row are the provider's trouble.
REFUSALS_MAX = 3

# What was captured in the day, and what was begun in it: money of a payment that is not paid here is found too. An
# attempt's id holds its moment, so the attempts of a day stand beside each other in the index of their ids.
WANTED = """
      FROM (SELECT entry.attempt_id AS id FROM payments_entry entry
             WHERE entry.kind = 'captured' AND entry.at >= %(since)s AND entry.at < %(until)s
             UNION SELECT made.id FROM payments_attempt made
             WHERE made.id >= %(first)s AND made.id < %(after)s) wanted
      JOIN payments_attempt attempt ON attempt.id = wanted.id
     WHERE attempt.provider = ANY(%(providers)s)
       AND NOT EXISTS (SELECT FROM reconciliation_answer answer
            WHERE answer.day_id = %(day)s AND answer.attempt_id = wanted.id)
"""
DUE = f"""
    SELECT attempt.id, attempt.provider, attempt.provider_id, attempt.number, payment.amount, payment.currency
      FROM (SELECT attempt.* {WANTED} ORDER BY attempt.id LIMIT %(most)s) attempt
      JOIN payments_payment payment ON payment.id = attempt.payment_id ORDER BY attempt.id
"""  # noqa: S608 - made of constants
LEFT = f"""
    SELECT DISTINCT attempt.provider {WANTED}
     UNION SELECT provider FROM reconciliation_answer WHERE day_id = %(day)s AND state = 'refused'
     ORDER BY 1
"""  # noqa: S608 - made of constants
KEEP = """
    INSERT INTO reconciliation_answer (day_id, attempt_id, provider, state, provider_id, amount, currency)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (day_id, attempt_id) DO NOTHING
"""
KNOWN = """
    SELECT attempt_id::text, provider, state, provider_id, amount, currency FROM reconciliation_answer
     WHERE day_id = %s AND state <> 'refused'
"""
# What is compared again is asked about again where it did not agree; a day that is over needs none of it.
FORGET = """
    DELETE FROM reconciliation_answer answer
     WHERE answer.day_id = %(day)s AND (%(over)s OR answer.state = 'refused' OR EXISTS (
           SELECT FROM reconciliation_difference found
            WHERE found.state = 'open' AND found.provider = answer.provider
              AND (found.attempt_id = answer.attempt_id
                   OR found.subject IN (answer.provider_id, answer.attempt_id::text))))
"""


@dataclass(frozen=True)
class Question:
    """Of an attempt whose payment is of `money`."""

    attempt: UUID
    provider: str
    provider_id: str | None
    number: int
    money: Money


@dataclass(frozen=True)
class Answer:
    """`money`: what was paid there; None where it was not, or where the provider does not say how much."""

    question: Question
    state: State
    provider_id: str = ""
    money: Money | None = None


@dataclass(frozen=True)
class Period:
    """A day, since <= at < until."""

    day: date
    since: datetime
    until: datetime


def questions_due(connection: Connection, period: Period, providers: Collection[str]) -> list[Question]:
    """What has not been asked of these providers yet; at most ASKS_MAX."""
    if not providers:
        return []
    values = {**_values(period, providers), "most": ASKS_MAX}
    return [
        Question(row[0], row[1], row[2], row[3], Money(row[4], row[5]))
        for row in connection.execute(DUE, values).fetchall()
    ]


def providers_left(connection: Connection, period: Period, providers: Collection[str]) -> tuple[str, ...]:
    """Those of them that have not said all of the day."""
    return tuple(row[0] for row in connection.execute(LEFT, _values(period, providers)).fetchall())


def questions_ask(questions: Sequence[Question], asking: Mapping[str, Asking]) -> tuple[list[Answer], tuple[str, ...]]:
    """What came of them, and which providers are not to be asked for a while."""
    answers: list[Answer] = []
    away: list[str] = []
    refusals: dict[str, int] = {}
    for question in questions:
        name = question.provider
        if name in away:
            continue
        try:
            answers.append(_ask(question, asking[name]))
            refusals[name] = 0
        except ProviderRefusal as refusal:
            log.warning("register", provider=name, attempt=str(question.attempt), reason=refusal.code)
            answers.append(Answer(question, "refused"))
            refusals[name] = refusals.get(name, 0) + 1
            if refusals[name] == REFUSALS_MAX:
                away.append(name)
        except ProviderAway as error:
            log.warning("register", provider=name, reason=str(error))
            away.append(name)
    return answers, tuple(away)


def answers_keep(connection: Connection, day: date, answers: Sequence[Answer]) -> None:
    for one in answers:
        question, money = one.question, one.money
        row = [day, question.attempt, question.provider, one.state, one.provider_id]
        connection.execute(KEEP, [*row, money.minor if money else None, money.currency if money else ""])


def answers_told(connection: Connection, day: date) -> tuple[list[There], frozenset[str]]:
    """What is paid there, and all attempts that were told of."""
    rows = connection.execute(KNOWN, [day]).fetchall()
    told = [
        There(provider=row[1], provider_id=row[3], attempt=row[0], minor=row[4], currency=row[5], inside=True)
        for row in rows
        if row[2] == "paid"
    ]
    return told, frozenset(row[0] for row in rows)


def answers_forget(connection: Connection, day: date, *, over: bool) -> None:
    connection.execute(FORGET, {"day": day, "over": over})


def _ask(question: Question, asking: Asking) -> Answer:
    told = asking.ask(provider_id=question.provider_id, attempt=question.attempt, number=question.number)
    if told is None or told.state != "paid":
        return Answer(question, "unpaid")
    return Answer(question, "paid", told.provider_id or "", _money(question.money, told))


def _money(wanted: Money, told: Snapshot) -> Money | None:
    """Where only what reached the company is said, it may prove what was wanted."""
    if told.amount is not None or told.reached is None:
        return told.amount
    return wanted if told.reached.fits(wanted) else told.reached.kept


def _values(period: Period, providers: Collection[str]) -> dict[str, object]:
    return {
        "day": period.day,
        "since": period.since,
        "until": period.until,
        "first": id_first(period.since),
        "after": id_first(period.until),
        "providers": sorted(providers),
    }
