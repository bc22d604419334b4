"""The reconciler: matches lines of the bank, cuts business days and compares them. A part of the till's process.

It stands there because it calls payment systems, and only the till holds their secrets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from okno.cabinet.kit.processes.bell import Bell
from okno.cabinet.kit.processes.dispatcher import Clock, Connection, Dispatcher, utc_now
from okno.cabinet.payments.providers.port import Provider, ProviderAway, ProviderRefusal, Registers, Snapshot
from okno.cabinet.reconciliation.core.comparing import There
from okno.cabinet.reconciliation.core.terms import Terms
from okno.cabinet.reconciliation.services.finding import Numbers
from okno.cabinet.reconciliation.services.matching import LINES_MAX, Rules, lines_due, lines_match
from okno.cabinet.reconciliation.tasks.answers import Answer, answers_keep, questions_ask
from okno.cabinet.reconciliation.tasks.days import (
    AWAY,
    DayDue,
    day_again,
    day_compare,
    day_keep,
    days_claim,
    days_cut,
)
from okno.cabinet.reconciliation.tasks.overdue import payouts_look

log = structlog.get_logger("okno.cabinet.reconciler")

LEASE = timedelta(minutes=30)
#: A register is asked for a little more than the day: what it says of the edge is not missing there.
MARGIN = timedelta(hours=1)
#: Who has no register is asked payment by payment, and left alone for so long between two turns of it.
PAUSE = timedelta(seconds=5)
#: Payouts are looked for after each line of the bank, and so often without one.
PAYOUTS = timedelta(minutes=10)
#: More lines wait than one turn takes: the next turn is due.
EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """Registers of a day or, where it has questions, their answers; and who could not tell."""

    due: DayDue
    registers: Mapping[str, Sequence[There]] = field(default_factory=dict)
    away: tuple[str, ...] = ()
    answers: Sequence[Answer] = ()


class ReconcilerDesk:
    """See `okno.cabinet.kit.processes.dispatcher.Desk`. `mark`: how the books' own keys of our payments begin."""

    def __init__(self, providers: Mapping[str, Provider], rules: Rules, *, mark: str) -> None:
        self._providers = providers
        self._rules = rules
        self._mark_of_ours = mark
        self._more = False
        self._look_at = EARLIEST
        self._asked = {
            name: one.asking for name, one in providers.items() if one.registers is None and one.asking is not None
        }
        self._spared: dict[str, datetime] = {}

    def claim(self, connection: Connection, slots: int, now: datetime) -> Sequence[DayDue]:
        days_cut(connection, now, self._rules.zone)
        looked = lines_match(connection, now, self._rules)
        self._more = looked == LINES_MAX
        if looked or now >= self._look_at:
            rules = self._rules
            payouts_look(connection, now, terms=rules.terms, zone=rules.zone, owner=rules.owner)
            self._look_at = now + PAYOUTS
        spared = [name for name, until in self._spared.items() if now < until]
        return days_claim(connection, now, slots, LEASE, asked=self._asked, spared=spared)

    def due(self, connection: Connection) -> datetime | None:
        if self._more:
            return EARLIEST
        row = connection.execute("SELECT min(run_at) FROM reconciliation_day").fetchone()
        moments = [moment for moment in (row[0] if row is not None else None, lines_due(connection)) if moment]
        return min(moments, default=None)

    def work(self, job: DayDue) -> Told:
        if job.questions:
            answers, gone = questions_ask(job.questions, self._asked)
            return Told(job, {}, gone, answers)
        registers: dict[str, Sequence[There]] = {}
        away = list(job.left)
        for name, provider in self._providers.items():
            if provider.registers is None:
                continue
            try:
                registers[name] = _register(name, provider.registers, job)
            except (ProviderAway, ProviderRefusal) as error:
                log.warning("register", provider=name, day=job.day.isoformat(), reason=str(error))
                away.append(name)
        return Told(job, registers, tuple(away))

    def broken(self, job: DayDue, error: Exception) -> Told:
        log.warning("register", day=job.day.isoformat(), reason=type(error).__name__)
        if job.questions:
            return Told(job, {}, tuple(sorted({one.provider for one in job.questions})))
        listed = [name for name, one in self._providers.items() if one.registers is not None]
        return Told(job, {}, (*job.left, *listed))

    def mark(self, connection: Connection, done: Sequence[Told], now: datetime) -> None:
        for told in done:
            if told.due.questions:
                self._answered(connection, told, now)
                continue
            compared = day_compare(connection, told.due, told.registers, self._mark_of_ours)
            day_keep(connection, told.due, compared, told.away, self._rules.owner, now)

    def _answered(self, connection: Connection, told: Told, now: datetime) -> None:
        """Whoever did not answer is left alone for as long as one whose register was not to be had."""
        answers_keep(connection, told.due.day, told.answers)
        self._spared |= dict.fromkeys(told.away, now + AWAY)
        day_again(connection, told.due, now + PAUSE)


def _register(name: str, registers: Registers, due: DayDue) -> list[There]:
    told = registers.register(since=due.since - MARGIN, until=due.until + MARGIN)
    return [there for one in told if (there := _there(name, one, due)) is not None]


def _there(name: str, one: Snapshot, due: DayDue) -> There | None:
    money = one.amount or (one.reached.kept if one.reached is not None else None)
    if one.state != "paid" or one.provider_id is None or money is None:
        return None
    is_given = one.amount is not None or one.reached is None
    return There(
        provider=name,
        provider_id=one.provider_id,
        minor=money.minor,
        currency=money.currency,
        inside=one.at is None or due.since <= one.at < due.until,
        given=None if is_given or one.reached is None else (one.reached.least.minor, one.reached.most.minor),
    )


def rules_of(
    providers: Mapping[str, Provider],
    *,
    zone: str,
    owner: str,
    payers: Mapping[str, str] | None = None,
    numbers: Numbers | None = None,
    terms: Terms | None = None,
) -> Rules:
    """`payers`: provider -> INN or account that its transfers come from; `numbers` and `terms` as in Rules."""
    silent = frozenset(name for name, provider in providers.items() if provider.asking is None)
    return Rules(
        silent=silent,
        zone=zone,
        payers={payer: name for name, payer in (payers or {}).items()},
        owner=owner,
        numbers=numbers,
        terms=terms or Terms(),
        wallets=frozenset(name for name, provider in providers.items() if provider.wallet),
        reached={name: provider.reached for name, provider in providers.items() if provider.reached is not None},
    )


class Reconciler:
    """Its threads."""

    def __init__(self, dsn: str, desk: ReconcilerDesk, *, clock: Clock = utc_now) -> None:
        self._dispatcher = Dispatcher("reconciler", dsn, desk, slots=1, clock=clock)
        self._bell = Bell("reconciler-bell", dsn, ["okno_till", "okno_answer"], self._ring)

    def start(self) -> None:
        self._bell.start()
        self._dispatcher.start()

    def stop(self) -> None:
        self._bell.stop()
        self._dispatcher.stop()

    def _ring(self, _channel: str, _payload: str) -> None:
        self._dispatcher.ring()
