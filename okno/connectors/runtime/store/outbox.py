"""Events on their way: what waits, what was carried by which message, what was refused."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from okno.connectors.runtime.store.unit import OUTBOX_CHANNEL
from okno.connectors.runtime.store.worklist import work_open

_WAITING = """
SELECT seq, id::text, type, data, alone, written_at FROM store.outbox
WHERE sent_at IS NULL AND NOT refused ORDER BY seq LIMIT %s
"""
_SENT = "UPDATE store.outbox SET sent_at = clock_timestamp(), carried_by = %s WHERE seq = ANY (%s)"
_CARRIED = """
SELECT seq, id::text, type, data, alone, written_at FROM store.outbox WHERE carried_by = %s ORDER BY seq FOR UPDATE
"""
_AGAIN = "UPDATE store.outbox SET sent_at = NULL, carried_by = NULL, alone = alone OR %s WHERE seq = ANY (%s)"
_REFUSE = "UPDATE store.outbox SET refused = true, sent_at = NULL, carried_by = NULL WHERE seq = %s"
_QUEUE = """
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(written_at)) * 1000, 0)::bigint
FROM store.outbox WHERE sent_at IS NULL AND NOT refused
"""


class OutboxRow(msgspec.Struct, frozen=True):
    seq: int
    id: str
    type: str
    data: bytes
    alone: bool
    written_at: datetime


async def outbox_listen(connection: psycopg.AsyncConnection) -> None:
    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(OUTBOX_CHANNEL)))


async def outbox_waiting(connection: psycopg.AsyncConnection, limit: int) -> list[OutboxRow]:
    """What is not sent yet, in the order of writing.

    By state and not by a cursor: a transaction that took its number earlier may commit later.
    """
    cursor = await connection.execute(_WAITING, (limit,))
    return [OutboxRow(*row) for row in await cursor.fetchall()]


async def outbox_sent(connection: psycopg.AsyncConnection, rows: Sequence[OutboxRow], carried_by: str) -> None:
    """The broker holds the message whose payload has that hash."""
    await connection.execute(_SENT, (carried_by, [row.seq for row in rows]))


def outbox_refused(
    connection: psycopg.Connection, carried_by: str, *, index: int | None, reason: dict[str, Any], final: bool
) -> bool:
    """The gateway refused the message: send the good events again, open a work item for the bad one.

    Without an index the bad one is not known, and each event goes again by itself. What is not `final` is only sent
    again. False when no event is known to have been carried by that message (yet).
    """
    with connection.transaction():
        rows = [OutboxRow(*row) for row in connection.execute(_CARRIED, (carried_by,)).fetchall()]
        if rows and final:
            outbox_part(connection, rows, index=index, reason=reason)
        elif rows:
            _send_again(connection, rows, alone=False)
    return bool(rows)


def outbox_part(
    connection: psycopg.Connection, rows: Sequence[OutboxRow], *, index: int | None, reason: dict[str, Any]
) -> None:
    """Part the bad event of a message from the good ones; the bad one is kept until its work item is settled."""
    bad = rows[0] if len(rows) == 1 else rows[index] if index is not None and index < len(rows) else None
    if bad is not None:
        connection.execute(_REFUSE, (bad.seq,))
        detail = {"type": bad.type, "seq": bad.seq, "reason": reason}
        work_open(connection, kind="event-refused", subject=bad.id, detail=detail)
    _send_again(connection, [row for row in rows if row is not bad], alone=bad is None)


def _send_again(connection: psycopg.Connection, rows: Sequence[OutboxRow], *, alone: bool) -> None:
    connection.execute(_AGAIN, (alone, [row.seq for row in rows]))
    connection.execute("SELECT pg_notify(%s, '')", (OUTBOX_CHANNEL,))


def row_release(connection: psycopg.Connection, work: uuid.UUID, *, outcome: str, again: bool) -> None:
    """Settle the work item of a refused event: send it again, or give it up."""
    with connection.transaction():
        row = connection.execute(
            "UPDATE store.work SET settled_at = clock_timestamp(), outcome = %s "
            "WHERE id = %s AND settled_at IS NULL RETURNING subject",
            (outcome, work),
        ).fetchone()
        if row is None:
            raise LookupError(f"no open work item {work}")
        if again:
            connection.execute("UPDATE store.outbox SET refused = false, alone = true WHERE id = %s", (row[0],))
            connection.execute("SELECT pg_notify(%s, '')", (OUTBOX_CHANNEL,))
        else:
            connection.execute("DELETE FROM store.outbox WHERE id = %s", (row[0],))


def outbox_age(connection: psycopg.Connection) -> tuple[int, int]:
    """How many events wait, and for how many milliseconds the oldest has."""
    row = connection.execute(_QUEUE).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def outbox_prune(connection: psycopg.Connection, before: datetime) -> int:
    """Forget what was sent before that moment, when the gateway can refuse it no more."""
    return connection.execute("DELETE FROM store.outbox WHERE sent_at < %s", (before,)).rowcount
