"""Letters that do not leave: those that wait for the relay, and those that were given up, for whoever runs it."""

from dataclasses import dataclass
from datetime import datetime

from okno.cabinet.kit.processes.dispatcher import Connection

# A letter whose first tries failed leaves within minutes, or the relay is away.
WAITING = """
    SELECT count(*), min(created_at), (array_agg(last_error ORDER BY next_attempt_at DESC))[1] FROM notices_message
     WHERE channel = 'email' AND state IN ('queued', 'sending') AND attempts > 0
       AND created_at <= now() - interval '10 minutes'
"""
GIVEN_UP = """
    SELECT count(*), min(created_at), (array_agg(last_error ORDER BY created_at DESC))[1] FROM notices_message
     WHERE channel = 'email' AND state = 'failed' AND expires_at <= now() AND expires_at > now() - interval '1 day'
"""


@dataclass(frozen=True)
class Letters:
    """How many, the oldest of them, and the latest reason."""

    count: int
    since: datetime
    reason: str


def letters_waiting(connection: Connection) -> Letters | None:
    return _found(connection, WAITING)


def letters_given_up(connection: Connection) -> Letters | None:
    """Within the last day, because their time was over."""
    return _found(connection, GIVEN_UP)


def _found(connection: Connection, which: str) -> Letters | None:
    row = connection.execute(which).fetchone()
    return Letters(row[0], row[1], row[2] or "no answer yet") if row is not None and row[0] else None
