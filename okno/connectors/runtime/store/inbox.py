"""Commands by idempotency key: once in effect, and the same answer ever after."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from typing import Any, Literal

import msgspec
import psycopg

# A claim of a process that died is taken over after this; a call to a foreign system must end sooner.
CLAIM_S = 60

_FIND = """
SELECT digest, state, result, claimed_by, clock_timestamp() - claimed_at > make_interval(secs => %s), finished_at
  FROM store.inbox
WHERE key = %s
"""
_DONE = "SELECT result FROM store.inbox WHERE key = %s AND state = 'done' FOR UPDATE"
_CLAIM = """
INSERT INTO store.inbox (key, digest, type, money, payment, state, claimed_by, claimed_at)
VALUES (%s, %s, %s, %s, %s, 'running', %s, clock_timestamp())
ON CONFLICT (key) DO UPDATE SET state = 'running', result = NULL, finished_at = NULL,
    claimed_by = EXCLUDED.claimed_by, claimed_at = EXCLUDED.claimed_at
"""
_PAYMENT = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))"
_BESIDE = """
SELECT EXISTS (SELECT FROM store.inbox WHERE payment = %s AND key <> %s AND state = 'running'
    AND claimed_at > clock_timestamp() - make_interval(secs => %s))
"""
_FINISH = """
INSERT INTO store.inbox (key, digest, type, money, state, result, finished_at)
VALUES (%s, %s, %s, %s, 'done', %s, clock_timestamp())
ON CONFLICT (key) DO UPDATE SET state = 'done', result = EXCLUDED.result, finished_at = EXCLUDED.finished_at
"""


class Answer(msgspec.Struct, frozen=True):
    """What a command or query is answered with: data of a reply or of a problem, as the wire has them."""

    kind: Literal["reply", "problem"]
    data: dict[str, Any]


class Command(msgspec.Struct, frozen=True):
    """A command as the inbox knows it. `recorded_at`: when it was asked for, the same in every attempt.

    `payment`: whose money it moves, if it does.
    """

    key: str
    digest: bytes
    type: str
    money: bool
    recorded_at: datetime
    payment: str | None = None


class Found(msgspec.Struct, frozen=True):
    """`same`: the content is that of the first time; `stale`: it is free to be taken over.

    `answer`: what was done is answered for ever. A refusal did nothing: it answers every attempt of what was recorded
    before it, also one that was under way, and what was recorded later is judged anew: somebody has sent it again.
    """

    same: bool
    answer: Answer | None
    claimed_by: uuid.UUID | None
    stale: bool


def command_digest(type_: str, subject: str | None, data: dict[str, Any]) -> bytes:
    """SHA-256 over type, subject and data with sorted members: what makes a repeat the same command."""
    return hashlib.sha256(msgspec.json.encode([type_, subject, data], order="sorted")).digest()


def key_lock(connection: psycopg.Connection, key: str) -> bool:
    """Hold the key until the transaction ends; False when another transaction holds it."""
    row = connection.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))", (key,)).fetchone()
    assert row is not None
    return bool(row[0])


def command_find(connection: psycopg.Connection, command: Command) -> Found | None:
    row = connection.execute(_FIND, (CLAIM_S, command.key)).fetchone()
    if row is None:
        return None
    digest, state, result, claimed_by, stale, finished_at = row
    answer = msgspec.json.decode(result, type=Answer) if state == "done" else None
    is_same = bytes(digest) == command.digest
    if is_same and answer is not None and answer.kind == "problem" and finished_at < command.recorded_at:
        return Found(is_same, None, None, stale=True)
    return Found(is_same, answer, claimed_by, bool(stale))


def command_done(connection: psycopg.Connection, command: Command) -> Answer | None:
    """The reply, if the command has taken effect; its row is held until the transaction ends."""
    row = connection.execute(_DONE, (command.key,)).fetchone()
    answer = None if row is None else msgspec.json.decode(row[0], type=Answer)
    return answer if answer is not None and answer.kind == "reply" else None


def command_claim(connection: psycopg.Connection, command: Command, owner: uuid.UUID) -> bool:
    """Say, before a call that shares no transaction, that the command is being worked on.

    False while another one moves money of the same payment, or did and nobody knows yet how that ended: such a system
    looks at what is left of a payment and takes it in several steps, and two would take the same.
    """
    connection.execute(_PAYMENT, (command.payment,))
    row = connection.execute(_BESIDE, (command.payment, command.key, CLAIM_S)).fetchone()
    assert row is not None
    if row[0]:
        return False
    values = (command.key, command.digest, command.type, command.money, command.payment, owner)
    connection.execute(_CLAIM, values)
    return True


def command_finish(connection: psycopg.Connection, command: Command, answer: Answer) -> None:
    """Store the answer; in the transaction of the effect where there is one to share."""
    result = msgspec.json.encode(answer)
    connection.execute(_FINISH, (command.key, command.digest, command.type, command.money, result))


def inbox_prune(connection: psycopg.Connection, before: datetime) -> int:
    """Forget commands finished before that moment, except money's."""
    cursor = connection.execute("DELETE FROM store.inbox WHERE finished_at < %s AND NOT money", (before,))
    return cursor.rowcount
