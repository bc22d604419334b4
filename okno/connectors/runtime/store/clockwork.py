"""What the store does by the clock: watermarks, and forgetting what is old."""

from __future__ import annotations

from datetime import timedelta

import psycopg
from psycopg import errors

from okno.connectors.runtime.events import WatermarkSet
from okno.connectors.runtime.store.attempts import attempts_prune
from okno.connectors.runtime.store.inbox import inbox_prune
from okno.connectors.runtime.store.outbox import outbox_prune
from okno.connectors.runtime.store.unit import CHANGE_LOCK, Unit
from okno.connectors.runtime.wire import WATERMARK

# An event lives this long in the broker, and as long may a refusal of it come back.
OUTBOX_KEPT = timedelta(days=7)
INBOX_KEPT = timedelta(days=90)
# No limit on attempts looks further back than a day.
ATTEMPTS_KEPT = timedelta(days=2)
LOCK_WAIT_MS = 2_000

_OVERTAKEN = "DELETE FROM store.outbox WHERE type = %s AND sent_at IS NULL"


def watermark_set(connection: psycopg.Connection) -> bool:
    """Write "everything committed before now stands before this" to the outbox.

    For the moment of reading the clock nobody is inside of a change: who is, ends first, and who comes later commits
    later. A long change (an import) is not waited for: then there is no watermark this time, and False.
    """
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (CHANGE_LOCK,))
            unit = Unit(connection)
            watermark_write(unit, WatermarkSet(unit.clock()))
    except errors.LockNotAvailable:
        return False
    return True


def watermark_write(unit: Unit, watermark: WatermarkSet) -> None:
    """Write it in place of one that still waits and says less."""
    unit.connection.execute(_OVERTAKEN, (WATERMARK,))
    unit.emit(None, watermark)


def store_prune(connection: psycopg.Connection) -> int:
    """Forget what nobody can ask about any more; return how many rows."""
    now = Unit(connection).clock()
    attempts = attempts_prune(connection, now - ATTEMPTS_KEPT)
    return attempts + outbox_prune(connection, now - OUTBOX_KEPT) + inbox_prune(connection, now - INBOX_KEPT)
