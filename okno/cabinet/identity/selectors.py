"""Reading people and sessions. Without a context the database shows no row: each function opens the one it needs."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import structlog
from django.db.models.functions import Now

from okno.cabinet.identity.models import Challenge, Session, User
from okno.cabinet.kit import rls, vault
from okno.protocol.errors import ProtocolError
from okno.protocol.strict import base64url

log = structlog.get_logger("okno.identity")

TOKEN_BYTES = 32
NAME_PLACE = "identity_user|name_sealed"
SIGN_IN, PROOF = "sign-in", "proof"
PROOF_LIVES = timedelta(minutes=5)
"""How long a proof is fresh (ASVS 7.5.1)."""


@dataclass(frozen=True)
class Visitor:
    """Who holds a living session. `factors` 1 = a code is awaited, 2 = signed in."""

    session_id: UUID
    token_hash: bytes
    user_id: UUID
    factors: int
    expires_at: datetime
    idle_until: datetime
    proved_at: datetime | None = None

    @property
    def is_proved(self) -> bool:
        """Whether password and code were given within the last minutes, for more than signing in."""
        return self.proved_at is not None and datetime.now(UTC) - self.proved_at < PROOF_LIVES

    @property
    def is_open(self) -> bool:
        return self.factors >= 2  # noqa: PLR2004 (password and code)


@dataclass(frozen=True)
class Person:
    """What the portal's page shows of the signed-in person. `name` is empty when none was given or the key is away."""

    name: str
    locale: str
    phone_mask: str


@dataclass(frozen=True)
class CodeState:
    """The awaited code: where it went and when it was sent."""

    phone_mask: str
    sent_at: datetime
    expires_at: datetime


def token_hash_of(token: str | None) -> bytes | None:
    """SHA-256 of the token's 32 bytes, or None for what cannot be one."""
    if not token:
        return None
    try:
        raw = base64url.decode(token)
    except ProtocolError:
        return None
    return hashlib.sha256(raw).digest() if len(raw) == TOKEN_BYTES else None


def visitor_of(token: str | None) -> Visitor | None:
    """The living session of a cookie's token, pending or open."""
    token_hash = token_hash_of(token)
    if token_hash is None:
        return None
    with rls.holding(token_hash):
        session = Session.objects.filter(
            token_hash=token_hash, ended_at__isnull=True, expires_at__gt=Now(), idle_until__gt=Now()
        ).first()
    if session is None:
        return None
    return Visitor(
        session.id,
        token_hash,
        session.user_id,
        session.factors,
        session.expires_at,
        session.idle_until,
        session.proved_at,
    )


def user_by_login(login: str) -> User | None:
    """The active user of a login in canonical form."""
    with rls.naming(login):
        return User.objects.filter(login=login, is_active=True).first()


def person_of(visitor: Visitor) -> Person:
    """The signed-in person's own data."""
    with rls.acting(visitor.user_id):
        user = User.objects.get(id=visitor.user_id)
        return Person(_name_of(user), user.locale, user.phone_mask)


def locale_of(user_id: UUID) -> Literal["ru", "en"]:
    """The language that the user reads the portal in."""
    with rls.acting(user_id):
        return "en" if User.objects.values_list("locale", flat=True).get(id=user_id) == "en" else "ru"


def _name_of(user: User) -> str:
    if user.name_sealed is None:
        return ""
    try:
        return vault.field_open(user.id, NAME_PLACE, bytes(user.name_sealed))
    except vault.VaultError:
        # A missing key must not keep people out of their account: the page greets nobody by name until it is back.
        log.warning("vault-unreadable", place=NAME_PLACE)
        return ""


def code_state_of(visitor: Visitor) -> CodeState | None:
    """The code that a pending session waits for."""
    with rls.acting(visitor.user_id):
        challenge = (
            Challenge.objects.filter(session_id=visitor.session_id, purpose=SIGN_IN).select_related("user").first()
        )
    if challenge is None:
        return None
    return CodeState(challenge.user.phone_mask, challenge.sent_at, challenge.expires_at)
