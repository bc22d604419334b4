"""Attempts to prove who somebody is. A try is counted in SQL before it is judged, so two at once outrun no limit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

import msgspec
import psycopg

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(encode(%s, 'hex'), 2))"
_BEGIN = """
WITH earlier AS (
    SELECT count(*) < %(attempts_max)s AS few FROM store.attempt
    WHERE number_hash = %(number)s AND begun_at > clock_timestamp() - interval '1 hour'
)
INSERT INTO store.attempt (id, number_hash, person_hash, code_hash, accounts)
SELECT %(id)s, %(number)s, %(person)s, CASE WHEN few THEN %(code)s::bytea ELSE %(blank)s::bytea END,
       CASE WHEN few THEN %(accounts)s::text[] ELSE '{}' END FROM earlier
RETURNING (SELECT few FROM earlier)
"""
_LOCK_PERSON = """
SELECT pg_advisory_xact_lock(hashtextextended(encode(person_hash, 'hex'), 3)) FROM store.attempt WHERE id = %s
"""
_TRY = """
UPDATE store.attempt a SET tries = tries + 1
WHERE id = %(id)s AND tries < %(tries_max)s AND begun_at > clock_timestamp() - make_interval(secs => %(ttl_s)s)
  AND (proved_by IS NULL OR proved_by = %(user)s)
  AND (SELECT sum(f.tries) - count(f.proved_at) FROM store.attempt f
       WHERE f.person_hash = a.person_hash AND f.begun_at > clock_timestamp() - interval '1 day') < %(failures_max)s
RETURNING code_hash, accounts
"""
# Why nothing may be tried any more, of an attempt that lives and has proved nothing: then a limit is what refuses.
_TRIPPED = """
SELECT tries >= %(tries_max)s, number_hash FROM store.attempt
WHERE id = %(id)s AND proved_by IS NULL AND begun_at > clock_timestamp() - make_interval(secs => %(ttl_s)s)
"""
_PROVED = """
UPDATE store.attempt SET proved_by = %(user)s, proved_at = coalesce(proved_at, clock_timestamp())
WHERE id = %(id)s AND (proved_by IS NULL OR proved_by = %(user)s)
"""


class NewAttempt(msgspec.Struct, frozen=True):
    """`code` and `blank`: what proves it, and what nothing proves; see the table for the rest."""

    id: str
    number: bytes
    person: bytes
    code: bytes
    blank: bytes
    accounts: Sequence[str]


class OpenAttempt(msgspec.Struct, frozen=True):
    code: bytes
    accounts: Sequence[str]


class Tripped(msgspec.Struct, frozen=True):
    """A limit is reached: the attempt's own, or else that of the person's failures within a day."""

    is_attempt: bool
    number: bytes


def attempt_begin(connection: psycopg.Connection, attempt: NewAttempt, *, attempts_max: int) -> bool:
    """Write the attempt; False when its number has had that many within an hour: then nothing proves it."""
    values = msgspec.structs.asdict(attempt) | {"accounts": list(attempt.accounts), "attempts_max": attempts_max}
    with connection.transaction():
        connection.execute(_LOCK, (attempt.number,))
        row = connection.execute(_BEGIN, values).fetchone()
    assert row is not None
    return bool(row[0])


def attempt_try(
    connection: psycopg.Connection, attempt: str, user: str, *, tries_max: int, ttl_s: int, failures_max: int
) -> OpenAttempt | Tripped | None:
    """Count one try, for good, and return what to compare it with.

    Tripped when a limit refuses it; None when it is no open attempt: unknown, too old, or of another user.
    """
    values = {
        "id": uuid.UUID(attempt),
        "user": uuid.UUID(user),
        "tries_max": tries_max,
        "ttl_s": ttl_s,
        "failures_max": failures_max,
    }
    with connection.transaction():
        connection.execute(_LOCK_PERSON, (values["id"],))
        row = connection.execute(_TRY, values).fetchone()
        if row is not None:
            return OpenAttempt(bytes(row[0]), row[1])
        row = connection.execute(_TRIPPED, values).fetchone()
    return None if row is None else Tripped(row[0], bytes(row[1]))


def attempt_prove(connection: psycopg.Connection, attempt: str, user: str) -> bool:
    """Use the attempt up for this user; False when it has proved another one.

    The same user may be told again: an answer can be lost on its way.
    """
    values = {"id": uuid.UUID(attempt), "user": uuid.UUID(user)}
    return connection.execute(_PROVED, values).rowcount == 1


def attempts_prune(connection: psycopg.Connection, before: datetime) -> int:
    """Forget attempts begun before that moment, which must lie further back than any limit looks."""
    return connection.execute("DELETE FROM store.attempt WHERE begun_at < %s", (before,)).rowcount
