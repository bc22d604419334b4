"""What a person has to settle, and messages that could not be taken."""

from __future__ import annotations

import uuid
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


def work_open(connection: psycopg.Connection, *, kind: str, subject: str, detail: dict[str, Any]) -> None:
    connection.execute(
        "INSERT INTO store.work (id, kind, subject, detail) VALUES (%s, %s, %s, %s)",
        (uuid.UUID(new_id()), kind, subject, Jsonb(detail)),
    )


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
