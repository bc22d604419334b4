"""A payment system whose notices are refused more than they are taken: it may have changed how it signs.

A stranger's noise is told apart by where it comes from: once a provider's notices have been taken from some networks,
only what is refused from those networks counts. Before that nobody can tell, and everything counts.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import Detail, signal_write

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
ACTION = "notices.refused"

CAME = """
    SELECT provider, peer, count(*) FILTER (WHERE state = 'refused'), count(*) FILTER (WHERE state <> 'refused')
      FROM payments_notice WHERE received_at > %(since)s AND received_at <= %(now)s GROUP BY provider, peer
"""
HOMES = """
    SELECT DISTINCT peer FROM payments_notice
     WHERE provider = %(provider)s AND state IN ('applied', 'taken')
       AND received_at > %(home)s AND received_at <= %(now)s
"""


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
    for provider, those in sorted(came.items()):
        if sum(one.refused for one in those) < REFUSED_MIN:
            continue
        peers = [row[0] for row in connection.execute(HOMES, {**given, "provider": provider}).fetchall()]
        rise = rise_of(provider, those, networks(peers))
        if rise is not None:
            found.append(rise)
    return found


def rise_of(provider: str, came: Sequence[Came], homes: Collection[str]) -> Rise | None:
    """Whether it is one: a pure decision."""
    near = [one for one in came if not homes or network(one.peer) in homes]
    refused, taken = sum(one.refused for one in near), sum(one.taken for one in came)
    is_rise = refused >= REFUSED_MIN and refused >= REFUSED_SHARE * (refused + taken)
    return Rise(provider, refused, taken) if is_rise else None


def networks(peers: Iterable[str]) -> frozenset[str]:
    return frozenset(map(network, peers))


def network(peer: str) -> str:
    """The neighbours of an address: payment systems send from several."""
    address = ipaddress.ip_address(peer)
    return str(ipaddress.ip_network((address, PREFIX_BITS[address.version]), strict=False))


class Watch:
    """Of one process: looks now and then, and says what is new."""

    def __init__(self) -> None:
        self._look_at: datetime | None = None
        self._said: dict[str, datetime] = {}

    def turn(self, connection: Connection, now: datetime) -> None:
        """In the caller's transaction; mostly nothing is to be done yet."""
        if self._look_at is not None and now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY
        for rise in rises(connection, now):
            said = self._said.get(rise.provider)
            if said is not None and now < said + SAID_EVERY:
                continue
            self._said[rise.provider] = now
            detail: Detail = {
                "action": ACTION,
                "provider": rise.provider,
                "refused": rise.refused,
                "taken": rise.taken,
                "window_s": int(WINDOW.total_seconds()),
            }
            signal_write(connection, "till", "authn_token_fail", detail)
            log.error("notices-refused", provider=rise.provider, refused=rise.refused, taken=rise.taken)
