"""Lines of a bank find their payments. Plain SQL in the caller's transaction, as the till's role.

A line that names a payment of ours, in its amount, is that payment's money: where its provider cannot be asked it is
the proof that nobody else gives; elsewhere it is another attempt, so that money of both roads is kept apart. A payer
who was matched by a person once is matched by himself when he pays again in the same words. Whoever names the number of
an account has it found (see `finding`); his line is `asked` while the inside has not said whose it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.payments.providers.port import Reached, Snapshot
from okno.cabinet.payments.services.moving import snapshot_apply
from okno.cabinet.reconciliation.core.purposes import numbers_of
from okno.cabinet.reconciliation.core.terms import Terms
from okno.cabinet.reconciliation.services.finding import ANSWER_WITHIN, Asking, Numbers, account_named, again_at
from okno.cabinet.reconciliation.services.payouts import payout_take
from okno.protocol.ids import new_id
from okno.protocol.money.amount import Money

BANK = "bank"
LINES_MAX = 200
_LABEL = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")

# An asked line is looked at as soon as an answer has come, and from time to time.
DUE = """
    SELECT id, key, day, amount, currency, payer_account, purpose, reference, marks, state, account_id, system,
           payer_inn, ask_until, (SELECT format FROM reconciliation_statement told WHERE told.id = line.statement_id)
      FROM reconciliation_line line
     WHERE state IN ('new', 'chosen') OR (state = 'asked' AND (ask_at <= %(now)s OR EXISTS (
               SELECT FROM reconciliation_question question JOIN kit_outbox row ON row.id = question.outbox
                WHERE question.line_id = line.id AND NOT question.taken AND row.state = 'done')))
     ORDER BY id LIMIT %(most)s FOR UPDATE OF line SKIP LOCKED
"""
NEXT = "SELECT min(ask_at) FROM reconciliation_line WHERE state = 'asked'"
NAMED = """
    SELECT payment.id, payment.amount, payment.currency, payment.captured, attempt.id, attempt.provider
      FROM payments_payment payment
      JOIN LATERAL (SELECT id, provider, state FROM payments_attempt WHERE payment_id = payment.id
                     ORDER BY number DESC LIMIT 1) attempt ON true
     WHERE payment.number = ANY(%s) FOR UPDATE OF payment
"""
LABELLED = """
    SELECT attempt.id, attempt.state, attempt.provider_id, payment.amount, payment.currency
      FROM payments_attempt attempt JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE attempt.id = %s::uuid AND attempt.provider = %s FOR UPDATE OF payment
"""
REMEMBERED = """
    SELECT DISTINCT line.account_id, line.system, COALESCE(account.status, '')
      FROM reconciliation_line line LEFT JOIN accounts_account account ON account.id = line.account_id
     WHERE line.payer_account = %s AND line.marks = %s AND line.currency = %s AND line.state = 'matched'
       AND line.account_id IS NOT NULL
"""
PAYMENT = """
    INSERT INTO payments_payment (id, user_id, key, method, amount, currency, locale)
    VALUES (%s, NULL, %s, 'bank', %s, %s, 'ru')
"""
SHARE = "INSERT INTO payments_share (payment_id, account_id, system, amount) VALUES (%s, %s, %s, %s)"
ATTEMPT = """
    INSERT INTO payments_attempt (id, payment_id, provider, provider_id, expires_at, ask_at)
    VALUES (%s, %s, 'bank', %s, %s, NULL)
"""
MATCHED = """
    UPDATE reconciliation_line SET state = 'matched', reason = %s, attempt_id = %s, account_id = %s, system = %s
     WHERE id = %s
"""
QUEUED = "UPDATE reconciliation_line SET state = 'queued', reason = %s WHERE id = %s"
WAITS = "UPDATE reconciliation_line SET state = 'asked', ask_at = %s, ask_until = %s WHERE id = %s"


@dataclass(frozen=True)
class _Line:
    id: UUID
    key: str
    day: date
    money: Money
    payer_account: str
    purpose: str
    reference: str
    marks: str
    state: str
    account: UUID | None
    system: str | None
    payer_inn: str
    ask_until: datetime | None
    format: str


@dataclass(frozen=True, kw_only=True)
class Rules:
    """`silent`: providers that nobody can ask. `zone`: the company's. `payers`: INN or account -> provider.

    `owner` has the differences that nobody took. `numbers`: what accounts are found by; None: staff finds them.
    `terms`: when payouts have to have come. `reached`: what a line proves of a provider whose register is read.
    `wallets`: those whose money the company sends to the bank by itself.
    """

    silent: Collection[str]
    zone: str
    payers: Mapping[str, str]
    owner: str
    numbers: Numbers | None = None
    terms: Terms = field(default_factory=Terms)
    reached: Mapping[str, Callable[[Money], Reached]] = field(default_factory=dict)
    wallets: Collection[str] = frozenset()


def lines_due(connection: Connection) -> datetime | None:
    """When a line that waits for the inside is looked at next, though no answer comes."""
    row = connection.execute(NEXT).fetchone()
    return row[0] if row is not None else None


def lines_match(connection: Connection, now: datetime, rules: Rules) -> int:
    """Match what is new, chosen or answered; how many lines were looked at, LINES_MAX when there may be more."""
    due = connection.execute(DUE, {"now": now, "most": LINES_MAX}).fetchall()
    for row in due:
        line = _Line(row[0], row[1], row[2], Money(row[3], row[4]), *row[5:])
        _match(connection, line, now, rules)
    return len(due)


def _match(connection: Connection, line: _Line, now: datetime, rules: Rules) -> None:
    if line.account is not None and line.system is not None:
        _pay(connection, line, line.account, line.system, now, rules.zone, "chosen")
        return
    if _registered(connection, line, now, rules) or _payout(connection, line, now, rules):
        return
    numbers = numbers_of(line.purpose)
    named = connection.execute(NAMED, [numbers]).fetchall() if numbers else []
    if len(named) == 1:
        _named(connection, line, named[0], now, rules)
        return
    repeats = line.payer_account and line.marks
    again = [line.payer_account, line.marks, line.money.currency]
    known = connection.execute(REMEMBERED, again).fetchall() if repeats else []
    if len(named) > 1 or len(known) > 1:
        connection.execute(QUEUED, ["several", line.id])
    elif known and known[0][2] == "closed":
        connection.execute(QUEUED, ["closed", line.id])
    elif known:
        _pay(connection, line, known[0][0], known[0][1], now, rules.zone, "remembered")
    else:
        _find(connection, line, now, rules)


def _find(connection: Connection, line: _Line, now: datetime, rules: Rules) -> None:
    """By the number of an account; while the inside says nothing the line waits, but not for ever."""
    named = account_named(connection, rules.numbers, Asking(line.id, line.purpose, line.money.currency, now))
    until = line.ask_until or now + ANSWER_WITHIN
    if named.account is not None:
        _pay(connection, line, named.account.account, named.account.system, now, rules.zone, "found")
    elif not named.waits:
        connection.execute(QUEUED, [named.reason, line.id])
    elif now >= until:
        connection.execute(QUEUED, ["not-answered", line.id])
    else:
        connection.execute(WAITS, [again_at(now, until), until, line.id])


def _registered(connection: Connection, line: _Line, now: datetime, rules: Rules) -> bool:
    """Whether a line of a provider's own register is of an attempt of ours: it proves what no notice has told."""
    label, reached = _LABEL.search(line.purpose), rules.reached.get(line.format)
    if label is None or reached is None:
        return False
    row = connection.execute(LABELLED, [label[0], line.format]).fetchone()
    if row is None:
        return False
    attempt, state, provider_id, amount = row[0], row[1], row[2], Money(row[3], row[4])
    is_known = provider_id in {None, line.reference}
    came = reached(line.money)
    if state == "paid":
        reason = "" if is_known else "paid-already"
    elif not is_known or not came.fits(amount):
        reason = "amount"
    else:
        at = _moment(line, now, rules.zone)
        told = Snapshot(state="paid", provider_id=line.reference, reached=came, at=at, method="wallet")
        done = snapshot_apply(connection, attempt, told, now, takes_test=False)
        assert done == "paid"  # the rows are locked, and this is the money that was asked for
        reason = ""
    end = (QUEUED, [reason, line.id]) if reason else (MATCHED, ["register", attempt, None, None, line.id])
    connection.execute(*end)
    return True


def _payout(connection: Connection, line: _Line, now: datetime, rules: Rules) -> bool:
    """Whether it is a payment system's transfer: whatever that names, a contract's number too, it is no customer's."""
    provider = rules.payers.get(line.payer_inn) or rules.payers.get(line.payer_account)
    if provider is None:
        return False
    took = payout_take(
        connection,
        line=line.id,
        provider=provider,
        money=line.money,
        came=line.day,
        owner=rules.owner,
        now=now,
        wallet=provider in rules.wallets,
    )
    if took == "unknown":
        connection.execute(QUEUED, ["unknown", line.id])
    return True


def _named(connection: Connection, line: _Line, named: tuple[object, ...], now: datetime, rules: Rules) -> None:
    payment, minor, currency, captured, attempt, provider = named
    if captured:
        connection.execute(QUEUED, ["paid-already", line.id])
    elif (minor, currency) != (line.money.minor, line.money.currency):
        connection.execute(QUEUED, ["amount", line.id])
    else:
        proven = str(attempt)
        if provider not in rules.silent:
            proven = _attempt(connection, UUID(str(payment)), line, now)
        _prove(connection, line, proven, now, rules.zone)
        connection.execute(MATCHED, ["named", proven, None, None, line.id])


def _pay(
    connection: Connection, line: _Line, account: UUID, system: str, now: datetime, zone: str, reason: str
) -> None:
    """A payment of nobody's wish: a bank brought it."""
    payment = UUID(new_id())
    connection.execute(PAYMENT, [payment, line.id, line.money.minor, line.money.currency])
    connection.execute(SHARE, [payment, account, system, line.money.minor])
    attempt = _attempt(connection, payment, line, now)
    _prove(connection, line, attempt, now, zone)
    connection.execute(MATCHED, [reason, attempt, account, system, line.id])


def _attempt(connection: Connection, payment: UUID, line: _Line, now: datetime) -> str:
    """One for a line, as the database holds: a line that came again would find its attempt standing."""
    attempt = new_id()
    connection.execute(ATTEMPT, [attempt, payment, line.key, now])
    return attempt


def _prove(connection: Connection, line: _Line, attempt: str, now: datetime, zone: str) -> None:
    snapshot = Snapshot(state="paid", amount=line.money, at=_moment(line, now, zone), method=BANK, trace=line.reference)
    done = snapshot_apply(connection, attempt, snapshot, now, takes_test=False)
    assert done == "paid"  # the rows are locked, nothing was captured, and the money is what was asked for


def _moment(line: _Line, now: datetime, zone: str) -> datetime:
    """A line names a day and no hour: money counts at noon of the company's day, and never after now."""
    return min(datetime.combine(line.day, time(12), ZoneInfo(zone)), now)
