"""Sessions: a random token in the browser, its hash here; a new one at each step; `live` is told when one ends."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from okno.cabinet.identity.selectors import TOKEN_BYTES, Visitor, token_hash_of
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.signals import signal_write
from okno.cabinet.kit.statements import Value, changed, notify, rows
from okno.protocol.ids import new_id
from okno.protocol.strict import base64url

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
PENDING = timedelta(minutes=15)
ALIVE_EVERY = timedelta(minutes=5)
SESSIONS_MAX = 5
USER_AGENT_CHARS_MAX = 200

BEGIN = """
    INSERT INTO identity_session
        (token_hash, id, user_id, factors, created_at, expires_at, idle_until, user_agent, address)
    VALUES (%s, %s, %s, 1, clock_timestamp(), clock_timestamp() + %s, clock_timestamp() + %s, %s, %s)
"""

COMPLETE = """
    UPDATE identity_session SET token_hash = %s, factors = 2, created_at = clock_timestamp(),
        expires_at = clock_timestamp() + %s, idle_until = clock_timestamp() + %s
    WHERE token_hash = %s AND factors = 1 AND ended_at IS NULL AND expires_at > clock_timestamp()
    RETURNING id
"""

CROWDED = """
    UPDATE identity_session SET ended_at = clock_timestamp() WHERE token_hash IN (
        SELECT token_hash FROM identity_session
        WHERE user_id = %s AND factors = 2 AND ended_at IS NULL
            AND expires_at > clock_timestamp() AND idle_until > clock_timestamp()
        ORDER BY created_at DESC OFFSET %s)
    RETURNING token_hash
"""

END = """
    UPDATE identity_session SET ended_at = clock_timestamp()
    WHERE token_hash = %s AND ended_at IS NULL RETURNING token_hash
"""

END_ALL = """
    UPDATE identity_session SET ended_at = clock_timestamp()
    WHERE user_id = %s AND ended_at IS NULL RETURNING token_hash
"""

ALIVE = """
    UPDATE identity_session SET idle_until = LEAST(clock_timestamp() + %s, expires_at)
    WHERE token_hash = %s AND ended_at IS NULL AND factors = 2 AND idle_until < clock_timestamp() + %s
"""


@dataclass(frozen=True)
class Device:
    """Where a sign-in comes from, as far as it is kept: the network, not the machine's address."""

    address: str
    network: str
    user_agent: str


def session_begin(user_id: UUID, device: Device) -> tuple[UUID, str]:
    """A pending session after the right password: its id and token. In the caller's transaction, with its context."""
    token, token_hash = token_new()
    session_id = UUID(new_id())
    agent = "".join(sign for sign in device.user_agent if sign.isprintable())[:USER_AGENT_CHARS_MAX]
    changed(BEGIN, [token_hash, session_id, user_id, PENDING, PENDING, agent, device.network])
    return session_id, token


def complete_login(visitor: Visitor, *, method: str) -> str | None:
    """The one way in: every path that proved who it is ends here. Returns the new token, or None if it came too late.

    In the caller's transaction, with its context. The oldest sessions beyond the limit end.
    """
    token, token_hash = token_new()
    # One sign-in of a person at a time, or two could each find room for themselves.
    if not rows("SELECT 1 FROM identity_user WHERE id = %s AND is_active FOR UPDATE", [visitor.user_id]):
        return None
    if not rows(COMPLETE, [token_hash, ABSOLUTE, IDLE, visitor.token_hash]):
        return None
    _end(CROWDED, [visitor.user_id, SESSIONS_MAX])
    signal_write("authn_login_success", session_id=visitor.session_id, user_id=visitor.user_id)
    audit_write(
        actor=f"user:{visitor.user_id}",
        action="session.open",
        subject=f"session:{visitor.session_id}",
        detail={"method": method},
    )
    return token


def session_open(user_id: UUID, device: Device, *, method: str) -> str:
    """The token of an open session for somebody who has proved all there is to prove in one step.

    In the caller's transaction, with its context.
    """
    session_id, pending = session_begin(user_id, device)
    pending_hash, now = token_hash_of(pending), datetime.now(UTC)
    assert pending_hash is not None  # our own token
    token = complete_login(Visitor(session_id, pending_hash, user_id, 1, now, now), method=method)
    assert token is not None  # it began in this very transaction, and so did its user
    return token


def session_alive(visitor: Visitor) -> None:
    """Move the idle end, at most once in five minutes."""
    with rls.acting(visitor.user_id):
        changed(ALIVE, [IDLE, visitor.token_hash, IDLE - ALIVE_EVERY])


def session_end(visitor: Visitor, *, reason: str) -> None:
    """End one session; its sockets close within moments."""
    with rls.acting(visitor.user_id):
        ended = _end(END, [visitor.token_hash])
        if ended and visitor.is_open:
            audit_write(
                actor=f"user:{visitor.user_id}",
                action="session.end",
                subject=f"session:{visitor.session_id}",
                detail={"reason": reason},
            )


def sessions_end_all(user_id: UUID) -> int:
    """End all of a person's sessions, in the caller's transaction; returns how many lived."""
    return _end(END_ALL, [user_id])


def _end(statement: str, values: list[Value]) -> int:
    """End sessions and tell `live`, which closes their sockets; returns how many lived."""
    ended = rows(statement, values)
    for (token_hash,) in ended:
        notify("okno_session", bytes(token_hash).hex())
    return len(ended)


def token_new() -> tuple[str, bytes]:
    """A token for a cookie, and the only thing that is kept of it."""
    raw = secrets.token_bytes(TOKEN_BYTES)
    return base64url.encode(raw), hashlib.sha256(raw).digest()
