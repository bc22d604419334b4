"""The epoch of a store: which history its versions count."""

from __future__ import annotations

import psycopg


def epoch_raise(connection: psycopg.Connection) -> int:
    """Begin a new epoch and return it: after the store was restored or rebuilt, and before anything is posted.

    What was sent since the backup may differ from what will be: receivers then ask for snapshots instead of trusting
    numbers that they have seen before.
    """
    row = connection.execute(
        "UPDATE store.state SET epoch = epoch + 1, raised_at = clock_timestamp() RETURNING epoch"
    ).fetchone()
    assert row is not None
    return int(row[0])
