"""What the mirror does with the system, one call at a time. Works in threads; several processes may do it at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import msgspec
import psycopg

from okno.connectors.runtime.mirror.applying import Batch
from okno.connectors.runtime.mirror.progress import (
    MIRROR_LOCK,
    Progress,
    progress_anew,
    progress_ended,
    progress_followed,
    progress_read,
    progress_walked,
)
from okno.connectors.runtime.port import Changes, Ledger, Refusal
from okno.connectors.runtime.steps import Step, no_step
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.unit import Unit
from okno.connectors.runtime.system import Ledgers


class Mirror:
    """Keeps a system's accounts in the store. Every method may raise what the system raises, and psycopg.Error."""

    def __init__(self, ledgers: Ledgers, *, connections: Connections, zone: str = "UTC", step: Step = no_step) -> None:
        self._ledgers = ledgers
        self._connections = connections
        self._zone = ZoneInfo(zone)
        self._step = step

    def progress(self) -> Progress:
        with self._connections.borrow() as connection:
            return progress_read(connection)

    def begin(self) -> None:
        """Note where the changes stand before all accounts are read: what changes meanwhile is followed after it."""
        changes = self.changes(None)
        with self._connections.borrow() as connection:
            progress_followed(connection, changes.cursor, changes.complete_before)

    def anew(self) -> None:
        """Read all accounts again: the system knows the cursor no more."""
        with self._connections.borrow() as connection:
            progress_anew(connection)

    def walk(self, limit: int) -> int:
        """Apply the next accounts of all, in the system's order; return how many, 0 at the end.

        A first load is not told: whoever needs it asks for pages of everything, or for a snapshot.
        """
        with self._alone() as connection:
            progress = progress_read(connection)
            references = self._ledgers.first(after=progress.walked_after, limit=limit)
            if references:
                self._apply(connection, references)
                progress_walked(connection, references[-1])
            else:
                progress_ended(connection)
            self._step("mirror.walked")
        self._step("mirror.walked.committed")
        return len(references)

    def changes(self, cursor: str | None) -> Changes:
        """The system's answer, complete by our clock: before the moment of asking, whatever the system's clock says."""
        with self._connections.borrow() as connection:
            asked_at = Unit(connection).clock()
        changes = self._ledgers.changes(cursor)
        return msgspec.structs.replace(changes, complete_before=min(changes.complete_before, asked_at))

    def follow(self, references: Sequence[str], done: Changes | None) -> None:
        """Apply touched accounts; with `done` they are the last ones of that answer."""
        with self._alone() as connection:
            if references:
                self._apply(connection, references)
            if done is not None:
                progress_followed(connection, done.cursor, done.complete_before)
            self._step("mirror.followed")
        self._step("mirror.followed.committed")

    @contextmanager
    def _alone(self) -> Iterator[psycopg.Connection]:
        with self._connections.borrow() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIRROR_LOCK,))
            yield connection

    def _apply(self, connection: psycopg.Connection, references: Sequence[str]) -> None:
        unit = Unit(connection)
        read_at = unit.clock()
        refused: dict[str, Refusal] = {}
        ledgers = self._read(references, refused)
        self._step("mirror.read")
        told = progress_read(connection).loaded_at is not None
        unit.begin()
        Batch(unit, self._zone, read_at, told=told).apply(references, ledgers, refused)

    def _read(self, references: Sequence[str], refused: dict[str, Refusal]) -> Sequence[Ledger]:
        """One call for all; where the system refuses that for good, one by one, so that one stops no others."""
        try:
            return self._ledgers.ledgers(references)
        except Refusal as refusal:
            if len(references) == 1:
                refused[references[0]] = refusal
                return ()
        return [ledger for reference in references for ledger in self._read([reference], refused)]
