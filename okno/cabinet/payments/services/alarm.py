"""The road of a payment system's notices is broken: they are refused more than they may be, or do not come at all.

A stranger's noise is told apart by where it comes from: once a provider's notices have been taken from some networks,
only what is refused from those networks counts. Before that nobody can tell, and everything counts. So it does while
nothing is taken and payments are found by asking alone: then the provider may have moved to other addresses.
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

log = structlog.get_logger("okno.cabinet.till")

#: The promise is an alarm within five minutes: looked at so often, over so much.
LOOK_EVERY = timedelta(seconds=30)
WINDOW = timedelta(minutes=5)
#: Said once in so long about one provider.
SAID_EVERY = timedelta(hours=1)
#: Where a provider's notices came from in so long is where it is.
HOME = timedelta(days=30)
#: One refused notice is a glitch; so many, and this share of what came, are a rise.
REFUSED_MIN = 3
REFUSED_SHARE = 0.2
PREFIX_BITS = {4: 24, 6: 48}
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
    ON CONFLICT (kind, provider) DO UPDATE SET said_at = EXCLUDED.said_at WHERE payments_alarm.said_at <= %(before)s
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
    """Of one provider within the window: notices refused from where it is, and taken."""

    provider: str
    refused: int
    taken: int


@dataclass(frozen=True)
class Came:
    provider: str
    peer: str
    refused: int
    taken: int


def rises(connection: Connection, now: datetime) -> list[Rise]:
    """Providers whose notices are refused more than they may be, by name."""
    given = {"since": now - WINDOW, "home": now - HOME, "now": now}
    came: dict[str, list[Came]] = defaultdict(list)
    for row in connection.execute(CAME, given).fetchall():
        came[row[0]].append(Came(*row))
    found = []
    silent = {one.provider for one in captured(connection, now, UNHEARD_WINDOW, LATE) if one.unheard}
    for provider, those in sorted(came.items()):
        if sum(one.refused for one in those) < REFUSED_MIN:
            continue
        peers = [row[0] for row in connection.execute(HOMES, {**given, "provider": provider}).fetchall()]
        rise = rise_of(provider, those, networks(peers), moved=provider in silent)
        if rise is not None:
            found.append(rise)
    return found


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


def networks(peers: Iterable[str]) -> frozenset[str]:
    return frozenset(map(network, peers))


def network(peer: str) -> str:
    """The neighbours of an address: payment systems send from several."""
    address = ipaddress.ip_address(peer)
    return str(ipaddress.ip_network((address, PREFIX_BITS[address.version]), strict=False))


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
            counts = {"refused": rise.refused, "taken": rise.taken, "window_s": int(WINDOW.total_seconds())}
            self._say(connection, now, REFUSED, rise.provider, counts)
        for silence in silences(connection, now):
            window_s = int(UNHEARD_WINDOW.total_seconds())
            counts = {"unheard": silence.unheard, "payments": silence.payments, "window_s": window_s}
            self._say(connection, now, UNHEARD, silence.provider, counts)

    def _say(self, connection: Connection, now: datetime, kind: str, provider: str, counts: Mapping[str, int]) -> None:
        values = {"kind": kind, "provider": provider, "now": now, "before": now - SAID_EVERY}
        if connection.execute(SAY, values).fetchone() is None:
            return
        detail: Detail = {"action": kind, "provider": provider, **counts}
        signal_write(connection, "till", "authn_token_fail" if kind == REFUSED else "sequence_fail", detail)
        log.error(kind.replace(".", "-"), provider=provider, **counts)
        if self._officers is not None:
            self._officers.tell(connection, now, kind, provider, counts)
