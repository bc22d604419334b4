"""The road of a payment system's notices is broken: they are refused more than they may be, or do not come at all.

A stranger's noise is told apart by where it comes from: once a provider's notices have been taken from some networks,
only what is refused from those networks counts. Before that nobody can tell, and everything counts. So it does while
nothing is taken and payments are found by asking alone: then the provider may have moved to other addresses.

A company that gets few notices is told as well, when refusals are the last word of a provider. From where it is, one
that has stood for half an hour is enough, or a second one more than five minutes after the first. From elsewhere it
takes two, and a payment that should have been told of by then and was not: a stranger's call alone is never an alarm.

An incident is said once, whoever forges how much: again after an hour at the earliest, only about something that came
since, and only when a true notice came in between (a new incident) or a day has passed.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import Detail, signal_write
from okno.cabinet.payments.services.telling import Officers
from okno.cabinet.payments.states import OPEN

log = structlog.get_logger("okno.cabinet.till")

#: The promise is an alarm within five minutes: looked at so often, over so much.
LOOK_EVERY = timedelta(seconds=30)
WINDOW = timedelta(minutes=5)
#: Said once in so long about one provider, and about one incident that lasts.
SAID_EVERY = timedelta(hours=1)
REMINDED_EVERY = timedelta(days=1)
#: Where a provider's notices came from in so long is where it is.
HOME = timedelta(days=30)
#: One refused notice is a glitch; so many, and this share of what came, are a rise.
REFUSED_MIN = 3
REFUSED_SHARE = 0.2
PREFIX_BITS = {4: 24, 6: 48}
#: A refusal that stands so long, with no true notice after it, is the provider's last word; older ones are history.
HELD, HELD_SINCE = timedelta(minutes=30), timedelta(days=7)
#: So many refusals from where a provider is, or from anywhere, make its last word.
HELD_NEAR, HELD_FAR = 1, 2
#: A payment of so long before the first refusal is one that it may have told of; where nobody can ask, one that waits.
HELD_PAID, HELD_OPEN = timedelta(hours=1), timedelta(days=1)
#: Captured so long ago and no notice yet: it does not come. So many of the last half hour, and this share above what
#: was usual in the week before the last day, are a rise.
LATE, UNHEARD_WINDOW = timedelta(minutes=1), timedelta(minutes=30)
USUAL_SINCE, USUAL_UNTIL = timedelta(days=8), timedelta(days=1)
UNHEARD_MIN = 3
UNHEARD_SHARE = 0.2
REFUSED, UNHEARD = "notices.refused", "notices.unheard"

CAME = """
    SELECT provider, peer, count(*) FILTER (WHERE state = 'refused'), count(*) FILTER (WHERE state <> 'refused')
      FROM payments_notice WHERE received_at > %(since)s AND received_at <= %(now)s GROUP BY provider, peer
"""
HOMES = """
    SELECT DISTINCT peer FROM payments_notice
     WHERE provider = %(provider)s AND state IN ('applied', 'taken')
       AND received_at > %(home)s AND received_at <= %(now)s
"""
# What was refused after the provider's last true notice.
LAST_WORDS = """
    WITH whose AS (SELECT DISTINCT provider FROM payments_notice
                    WHERE state = 'refused' AND received_at > %(held)s AND received_at <= %(now)s),
         told AS (SELECT provider, (SELECT max(good.received_at) FROM payments_notice good
                         WHERE good.provider = whose.provider AND good.state <> 'refused'
                           AND good.received_at <= %(now)s) AS at FROM whose)
    SELECT notice.provider, notice.peer, count(*), min(notice.received_at), max(notice.received_at)
      FROM payments_notice notice JOIN told ON told.provider = notice.provider
     WHERE notice.state = 'refused' AND notice.received_at > GREATEST(%(held)s, told.at)
       AND notice.received_at <= %(now)s GROUP BY notice.provider, notice.peer
"""
MISSED = """
    SELECT EXISTS (SELECT FROM payments_attempt attempt
        LEFT JOIN payments_entry entry ON entry.attempt_id = attempt.id AND entry.kind = 'captured'
     WHERE attempt.provider = %(provider)s
       AND (entry.at > %(paid)s AND entry.at <= %(late)s
            OR %(cold)s AND attempt.state = ANY(%(open)s) AND attempt.created_at > %(begun)s
               AND attempt.created_at <= %(late)s)
       AND NOT EXISTS (SELECT FROM payments_notice notice
            WHERE notice.attempt_id = attempt.id AND notice.state IN ('applied', 'taken')))
"""
# Of whom notices come at all: neither a bank nor an agent sends any.
CAPTURED = """
    SELECT attempt.provider, count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT FROM payments_notice notice
            WHERE notice.attempt_id = attempt.id AND notice.state IN ('applied', 'taken')))
      FROM payments_entry entry JOIN payments_attempt attempt ON attempt.id = entry.attempt_id
     WHERE entry.kind = 'captured' AND entry.at > %(since)s AND entry.at <= %(until)s
       AND EXISTS (SELECT FROM payments_notice told WHERE told.provider = attempt.provider
            AND told.state IN ('applied', 'taken') AND told.received_at > %(home)s)
     GROUP BY attempt.provider ORDER BY attempt.provider
"""
# Kept, so that neither a restart nor a second till says it again.
SAY = """
    INSERT INTO payments_alarm (kind, provider, said_at) VALUES (%(kind)s, %(provider)s, %(now)s)
    ON CONFLICT (kind, provider) DO UPDATE SET said_at = EXCLUDED.said_at
     WHERE payments_alarm.said_at <= %(before)s AND payments_alarm.said_at < %(news)s
       AND (payments_alarm.said_at <= %(day)s OR EXISTS (SELECT FROM payments_notice told
            WHERE told.provider = %(provider)s AND told.state <> 'refused'
              AND told.received_at > payments_alarm.said_at))
    RETURNING said_at
"""


@dataclass(frozen=True)
class Captured:
    """Of one provider within a time: payments, and those of them that no notice told of."""

    provider: str
    payments: int
    unheard: int


@dataclass(frozen=True)
class Rise:
    """Of one provider within the window: notices refused from where it is, and taken.

    `last`: the latest refusal of a last word; None while they come.
    """

    provider: str
    refused: int
    taken: int
    last: datetime | None = None
    window: timedelta = WINDOW


@dataclass(frozen=True)
class Came:
    """From one address of a provider within the window."""

    provider: str
    peer: str
    refused: int
    taken: int


@dataclass(frozen=True)
class LastWord:
    """What was refused from one address of a provider since its last true notice."""

    provider: str
    peer: str
    refused: int
    first: datetime
    last: datetime


def rises(connection: Connection, now: datetime) -> list[Rise]:
    """Providers whose notices are refused more than they may be, or are their last word, by name."""
    found = {rise.provider: rise for rise in [*held(connection, now), *bursts(connection, now)]}
    return [found[provider] for provider in sorted(found)]


def bursts(connection: Connection, now: datetime) -> list[Rise]:
    """Providers many of whose notices were refused within the window."""
    came: dict[str, list[Came]] = defaultdict(list)
    for row in connection.execute(CAME, {"since": now - WINDOW, "now": now}).fetchall():
        came[row[0]].append(Came(*row))
    found = []
    silent = {one.provider for one in captured(connection, now, UNHEARD_WINDOW, LATE) if one.unheard}
    for provider, those in came.items():
        if sum(one.refused for one in those) < REFUSED_MIN:
            continue
        rise = rise_of(provider, those, homes_of(connection, now, provider), moved=provider in silent)
        if rise is not None:
            found.append(rise)
    return found


def held(connection: Connection, now: datetime) -> list[Rise]:
    """Providers whose last word is a refusal."""
    words: dict[str, list[LastWord]] = defaultdict(list)
    for row in connection.execute(LAST_WORDS, {"held": now - HELD_SINCE, "now": now}).fetchall():
        words[row[0]].append(LastWord(*row))
    found = []
    for provider, those in words.items():
        homes = homes_of(connection, now, provider)
        rise = held_of(provider, [one for one in those if network(one.peer) in homes], now, least=HELD_NEAR)
        if rise is None:
            far = held_of(provider, those, now, least=HELD_FAR)
            first = min(one.first for one in those)
            rise = far if far is not None and missed(connection, now, provider, first, cold=not homes) else None
        if rise is not None:
            found.append(rise)
    return found


def missed(connection: Connection, now: datetime, provider: str, first: datetime, *, cold: bool) -> bool:
    """Whether a payment should have been told of by now, and was not. `cold`: nobody knows where the provider is."""
    values = {
        "provider": provider,
        "paid": first - HELD_PAID,
        "begun": first - HELD_OPEN,
        "late": now - HELD,
        "cold": cold,
        "open": sorted(OPEN),
    }
    row = connection.execute(MISSED, values).fetchone()
    return row is not None and bool(row[0])


def homes_of(connection: Connection, now: datetime, provider: str) -> frozenset[str]:
    """The networks that its true notices came from."""
    values = {"provider": provider, "home": now - HOME, "now": now}
    return networks(row[0] for row in connection.execute(HOMES, values).fetchall())


def captured(connection: Connection, now: datetime, since: timedelta, until: timedelta) -> list[Captured]:
    """What was captured from `since` to `until` ago."""
    values = {"since": now - since, "until": now - until, "home": now - HOME}
    return [Captured(*row) for row in connection.execute(CAPTURED, values).fetchall()]


def silences(connection: Connection, now: datetime) -> list[Captured]:
    """Providers more of whose payments than usual were found by asking alone."""
    lately = [one for one in captured(connection, now, UNHEARD_WINDOW, LATE) if one.unheard >= UNHEARD_MIN]
    if not lately:
        return []
    usual = {one.provider: one.unheard / one.payments for one in captured(connection, now, USUAL_SINCE, USUAL_UNTIL)}
    return [one for one in lately if one.unheard / one.payments >= usual.get(one.provider, 0.0) + UNHEARD_SHARE]


def rise_of(provider: str, came: Sequence[Came], homes: Collection[str], *, moved: bool = False) -> Rise | None:
    """Whether it is one: a pure decision. `moved`: its payments are found without its notices."""
    taken = sum(one.taken for one in came)
    anywhere = not homes or (moved and not taken)
    refused = sum(one.refused for one in came if anywhere or network(one.peer) in homes)
    is_rise = refused >= REFUSED_MIN and refused >= REFUSED_SHARE * (refused + taken)
    return Rise(provider, refused, taken) if is_rise else None


def held_of(provider: str, words: Sequence[LastWord], now: datetime, *, least: int) -> Rise | None:
    """Whether these are a last word: a pure decision."""
    refused = sum(one.refused for one in words)
    if refused < least:
        return None
    first, last = min(one.first for one in words), max(one.last for one in words)
    return Rise(provider, refused, 0, last, now - first) if now - first >= HELD or last - first >= WINDOW else None


def networks(peers: Iterable[str]) -> frozenset[str]:
    return frozenset(map(network, peers))


def network(peer: str) -> str:
    """The neighbours of an address: payment systems send from several."""
    address = ipaddress.ip_address(peer)
    return str(ipaddress.ip_network((address, PREFIX_BITS[address.version]), strict=False))


@dataclass(frozen=True)
class News:
    """What may be said of a provider, and when the latest of it happened."""

    kind: str
    provider: str
    at: datetime
    counts: Mapping[str, int]


class Watch:
    """Of one process: looks now and then, and says what is new, to the operator's log and to `officers` by letter."""

    def __init__(self, officers: Officers | None = None) -> None:
        self._look_at: datetime | None = None
        self._officers = officers

    def turn(self, connection: Connection, now: datetime) -> None:
        """In the caller's transaction; mostly nothing is to be done yet."""
        if self._look_at is not None and now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY
        for rise in rises(connection, now):
            counts = {"refused": rise.refused, "taken": rise.taken, "window_s": int(rise.window.total_seconds())}
            self._say(connection, now, News(REFUSED, rise.provider, rise.last or now, counts))
        for silence in silences(connection, now):
            window_s = int(UNHEARD_WINDOW.total_seconds())
            counts = {"unheard": silence.unheard, "payments": silence.payments, "window_s": window_s}
            self._say(connection, now, News(UNHEARD, silence.provider, now, counts))

    def _say(self, connection: Connection, now: datetime, news: News) -> None:
        values = {
            "kind": news.kind,
            "provider": news.provider,
            "now": now,
            "news": news.at,
            "before": now - SAID_EVERY,
            "day": now - REMINDED_EVERY,
        }
        if connection.execute(SAY, values).fetchone() is None:
            return
        detail: Detail = {"action": news.kind, "provider": news.provider, **news.counts}
        signal_write(connection, "till", "authn_token_fail" if news.kind == REFUSED else "sequence_fail", detail)
        log.error(news.kind.replace(".", "-"), provider=news.provider, **news.counts)
        if self._officers is not None:
            self._officers.tell(connection, now, news.kind, news.provider, news.counts)
