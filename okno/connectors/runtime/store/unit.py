"""One transaction of the store: the effect, its version and its event stand or fall together."""

from __future__ import annotations

import uuid
from datetime import datetime

import psycopg

from okno.connectors.runtime.events import Event
from okno.connectors.runtime.port import Version
from okno.connectors.runtime.wire import NUMBERED, Stamp, write_member
from okno.protocol.ids import new_id

# Whoever changes the books holds this shared until commit; the watermark takes it exclusively to read the clock.
CHANGE_LOCK = 0x6F6B6E6F02
OUTBOX_CHANNEL = "book_outbox"

_VERSIONS = """
INSERT INTO store.version AS v (account, n) VALUES (%(account)s, %(count)s)
ON CONFLICT (account) DO UPDATE SET n = v.n + %(count)s
RETURNING n, (SELECT epoch FROM store.state), (SELECT system FROM store.state), clock_timestamp()
"""
_STATE = "SELECT epoch, system, clock_timestamp() FROM store.state"
_OUTBOX = "INSERT INTO store.outbox (id, type, account, epoch, n, data) VALUES (%s, %s, %s, %s, %s, %s)"


class Unit:
    """The open transaction of `connection`, for effects that share the store's database.

    `begin` comes before the first change, so that no watermark overtakes it. Row locks of accounts are taken by
    `stamp`: the version's row orders the account's events as their transactions commit.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def begin(self) -> None:
        self.connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", (CHANGE_LOCK,))

    def stamp(self, account: str) -> Stamp:
        """Give the account its next version; its row stays locked until the transaction ends."""
        return self.stamps(account, 1)[0]

    def stamps(self, account: str, count: int) -> list[Stamp]:
        """Give the account its next `count` versions (1 or more) at once, for changes of one moment."""
        row = self.connection.execute(_VERSIONS, {"account": uuid.UUID(account), "count": count}).fetchone()
        assert row is not None
        last, epoch, system, now = row
        versions = (Version(epoch, n) for n in range(last - count + 1, last + 1))
        return [Stamp(system=system, version=version, as_of=now) for version in versions]

    def emit(self, account: str | None, event: Event, *, stamp: Stamp | None = None) -> Stamp:
        """Write the event to the outbox and wake the drain at commit; give a version where the type carries one.

        A caller that needs the version before the event is complete takes it with `stamp` and hands it over here.
        """
        numbered = isinstance(event, NUMBERED)
        if stamp is None:
            stamp = self.stamp(account) if account and numbered else self._time()
        kind, data = write_member(event, stamp)
        version = (stamp.version.epoch, stamp.version.n) if numbered else (None, None)
        row = (uuid.UUID(new_id()), kind, uuid.UUID(account) if account else None, *version, data)
        self.connection.execute(_OUTBOX, row)
        self.connection.execute("SELECT pg_notify(%s, '')", (OUTBOX_CHANNEL,))
        return stamp

    def clock(self) -> datetime:
        """The database's clock, the only one that the order of versions agrees with."""
        return self._time().as_of

    def _time(self) -> Stamp:
        row = self.connection.execute(_STATE).fetchone()
        assert row is not None
        epoch, system, now = row
        return Stamp(system=system, version=Version(epoch, 0), as_of=now)
