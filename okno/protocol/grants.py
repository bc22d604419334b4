"""Grants: what the inside allows one user on one subject, as a compact JWS of its own (PR-01)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys import Keyring, SigningKey
from okno.protocol.parties import Party
from okno.protocol.strict import jose, jsontext, patterns

TYP = "okno-grant+jws"
TERM_MAX = timedelta(days=30)
TOKEN_BYTES_MAX = 4096
_SKEW = timedelta(minutes=1)  # between the clock of the inside that issued it and ours

Right = Literal["view", "pay", "documents", "manage"]


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`authid` may do `rights` on `subject` (`acct:<uuid>`) until `expires` (at most 30 days after the issue)."""

    id: Annotated[str, msgspec.Meta(pattern=patterns.UUID, max_length=36)]
    authid: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    subject: Annotated[str, msgspec.Meta(pattern=patterns.SUBJECT, max_length=96)]
    rights: Annotated[tuple[Right, ...], msgspec.Meta(min_length=1, max_length=4)]
    expires: Annotated[datetime, msgspec.Meta(tz=True)]


def issue(grant: Grant, key: SigningKey) -> str:
    """The token: compact JWS, typ `okno-grant+jws`, by a connector's key."""
    return jose.sign_compact(msgspec.json.encode(grant), key, typ=TYP)


def read(token: str, keyring: Keyring, *, at: datetime, system: str | None = None) -> Grant:
    """The grant of a token that a connector signed, whatever it allows. Raises `grant-form` and the codes of keys.

    With `system` the connector must be that system's: one system grants nothing on another's accounts.
    """
    if len(token) > TOKEN_BYTES_MAX:
        raise ProtocolError(ErrorCode.GRANT_FORM, "too long")
    payload, signature = jose.parse_compact(token, typ=TYP)
    issuer = f"{Party.CONNECTOR}.{system}" if system else str(Party.CONNECTOR)
    keyring.verify_key(signature.kid, issuer, at).verify(signature.signed, signature.value)
    return jsontext.convert(jsontext.parse(payload), Grant, ErrorCode.GRANT_FORM)


def check(
    token: str,
    keyring: Keyring,
    *,
    at: datetime,
    authid: str,
    subject: str,
    right: str,
    system: str | None = None,
) -> Grant:
    """The grant, if it is this caller's, on this subject, with this right, at `at`.

    `at` is now for a query; for a queued command it is `recordedtime`, the same in every attempt. Raises
    `grant-form`, `grant-expired`, `subject-not-granted`, `right-not-granted`.
    """
    grant = read(token, keyring, at=at, system=system)
    if not at < grant.expires <= at + TERM_MAX + _SKEW:
        raise ProtocolError(ErrorCode.GRANT_EXPIRED)
    if (grant.authid, grant.subject) != (authid, subject):
        raise ProtocolError(ErrorCode.SUBJECT_NOT_GRANTED)
    if right not in grant.rights:
        raise ProtocolError(ErrorCode.RIGHT_NOT_GRANTED, right)
    return grant
