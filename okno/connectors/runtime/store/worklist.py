"""What a person has to settle, and messages that could not be taken."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from okno.protocol.ids import new_id

BAD_BYTES_MAX = 65_536
# A seized broker may send rubbish without end: the newest tell enough.
BAD_ROWS_MAX = 10_000

_BAD = "INSERT INTO store.bad (id, queue, code, detail, attempt, size, raw) VALUES (%s, %s, %s, %s, %s, %s, %s)"
_BAD_TRIM = """
DELETE FROM store.bad WHERE id IN (SELECT id FROM store.bad ORDER BY received_at DESC, id DESC OFFSET %s)
"""

_OPEN = """
SELECT id, kind, subject FROM store.work WHERE settled_at IS NULL AND kind = ANY (%s) AND subject = ANY (%s)
"""
_GONE = (
    "UPDATE store.work SET settled_at = clock_timestamp(), outcome = 'the system says so no more' WHERE id = ANY (%s)"
)


def work_open(connection: psycopg.Connection, *, kind: str, subject: str, detail: dict[str, Any]) -> None:
    connection.execute(
        "INSERT INTO store.work (id, kind, subject, detail) VALUES (%s, %s, %s, %s)",
        (uuid.UUID(new_id()), kind, subject, Jsonb(detail)),
    )


def work_end(connection: psycopg.Connection, *, kind: str, key: str, outcome: str) -> None:
    """Nobody has to settle it any more, if somebody had to: the item whose detail has this `key`."""
    connection.execute(
        "UPDATE store.work SET settled_at = clock_timestamp(), outcome = %s"
        " WHERE kind = %s AND detail->>'key' = %s AND settled_at IS NULL",
        (outcome, kind, key),
    )


def work_hold(
    connection: psycopg.Connection,
    kinds: Sequence[str],
    subjects: Sequence[str],
    found: Mapping[tuple[str, str], dict[str, Any]],
) -> None:
    """Make the open work of these kinds and subjects what was found, by (kind, subject): opened once, ended when gone.

    An item that is open already keeps the detail of its first day.
    """
    open_now = connection.execute(_OPEN, (list(kinds), list(subjects))).fetchall()
    known = {(kind, subject) for _, kind, subject in open_now}
    gone = [id_ for id_, kind, subject in open_now if (kind, subject) not in found]
    if gone:
        connection.execute(_GONE, (gone,))
    for (kind, subject), detail in found.items():
        if (kind, subject) not in known:
            work_open(connection, kind=kind, subject=subject, detail=detail)


def bad_keep(connection: psycopg.Connection, raw: bytes, *, queue: str, code: str, detail: str, attempt: int) -> None:
    """Store the reason before the message is handed to the broker's dead queue."""
    with connection.transaction():
        values = (uuid.UUID(new_id()), queue, code, detail[:500], attempt, len(raw), raw[:BAD_BYTES_MAX])
        connection.execute(_BAD, values)
        connection.execute(_BAD_TRIM, (BAD_ROWS_MAX,))


def message_keep(connection: psycopg.Connection, id_: str, type_: str, raw: bytes) -> None:
    """Keep a message of the gateway as it came, with its signature: the inside's proof of what was said when."""
    connection.execute(
        "INSERT INTO store.message (id, type, raw) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", (id_, type_, raw)
    )


def work_count(connection: psycopg.Connection) -> int:
    """How many items nobody has settled."""
    row = connection.execute("SELECT count(*) FROM store.work WHERE settled_at IS NULL").fetchone()
    assert row is not None
    return int(row[0])
