"""How far a system's changes have been followed, and what may be said about its completeness."""

from __future__ import annotations

from datetime import datetime

import msgspec
import psycopg

from okno.connectors.runtime.events import WatermarkSet
from okno.connectors.runtime.store.clockwork import watermark_write
from okno.connectors.runtime.store.unit import Unit

# Who compares with what is kept reads the system under this lock: an answer that waited would look like entries gone.
MIRROR_LOCK = 0x6F6B6E6F03

_READ = "SELECT cursor, complete_before, walking, walked_after, loaded_at FROM mirror.progress"
_FOLLOWED = "UPDATE mirror.progress SET cursor = %s, complete_before = greatest(complete_before, %s)"
_BEGUN = "UPDATE mirror.progress SET cursor = NULL, walking = true, walked_after = NULL"
_WALKED = "UPDATE mirror.progress SET walked_after = %s"
_ENDED = """
UPDATE mirror.progress SET walking = false, walked_after = NULL, loaded_at = coalesce(loaded_at, clock_timestamp())
"""


class Progress(msgspec.Struct, frozen=True):
    """`loaded_at`: since when new accounts and entries are told; None during the first load."""

    cursor: str | None
    complete_before: datetime | None
    walking: bool
    walked_after: str | None
    loaded_at: datetime | None


def progress_read(connection: psycopg.Connection) -> Progress:
    row = connection.execute(_READ).fetchone()
    assert row is not None  # the migration writes it
    return Progress(*row)


def progress_followed(connection: psycopg.Connection, cursor: str, complete_before: datetime) -> None:
    """What `changes` answered with that cursor is applied."""
    connection.execute(_FOLLOWED, (cursor, complete_before))


def progress_anew(connection: psycopg.Connection) -> None:
    """The system knows the cursor no more: all accounts have to be read again."""
    connection.execute(_BEGUN)


def progress_walked(connection: psycopg.Connection, reference: str) -> None:
    """All accounts up to this one are read."""
    connection.execute(_WALKED, (reference,))


def progress_ended(connection: psycopg.Connection) -> None:
    """All accounts are read."""
    connection.execute(_ENDED)


def mirror_watermark(connection: psycopg.Connection) -> bool:
    """Write "everything the system committed before its last applied answer has been sent" to the outbox.

    No lock is needed: whatever that answer brought was committed before, or together with, its moment. False while
    nothing can be said yet.
    """
    with connection.transaction():
        progress = progress_read(connection)
        if progress.complete_before is None or progress.walking:
            return False
        watermark_write(Unit(connection), WatermarkSet(progress.complete_before))
    return True
