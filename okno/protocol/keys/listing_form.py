"""The form of the key list: its entries and when they count."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.strict import patterns

Use = Literal["sign", "open"]
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class KeyEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One public key: X25519 to seal to (`open`) or Ed25519 to verify with (`sign`), base64url of 32 bytes."""

    kid: Annotated[str, msgspec.Meta(pattern=patterns.KID, max_length=64)]
    party: Annotated[str, msgspec.Meta(max_length=64)]
    use: Use
    public: Annotated[str, msgspec.Meta(min_length=43, max_length=43)]
    not_before: _Instant
    not_after: _Instant
    revoked: _Instant | None = None

    @property
    def ends(self) -> datetime:
        return self.not_after if self.revoked is None else min(self.not_after, self.revoked)

    def valid_at(self, at: datetime) -> bool:
        return self.not_before <= at < self.ends

    def check(self, at: datetime, use: Use) -> None:
        """Raises `key-use`, `key-revoked`, `key-early`, `key-expired`."""
        if self.use != use:
            raise ProtocolError(ErrorCode.KEY_USE, self.kid)
        if self.revoked is not None and at >= self.revoked:
            raise ProtocolError(ErrorCode.KEY_REVOKED, self.kid)
        if at < self.not_before:
            raise ProtocolError(ErrorCode.KEY_EARLY, self.kid)
        if at >= self.not_after:
            raise ProtocolError(ErrorCode.KEY_EXPIRED, self.kid)


class KeyList(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All keys of an installation. `number` rises with each list; a lower one is refused by who holds a higher one."""

    number: Annotated[int, msgspec.Meta(ge=1)]
    issued: _Instant
    keys: Annotated[tuple[KeyEntry, ...], msgspec.Meta(max_length=256)]


class Expiry(msgspec.Struct, frozen=True):
    """A key that ends soon: `days` is the warning step it has reached (30, 14, 7, 1; 0 when it has ended)."""

    kid: str
    party: str
    days: int
    ends: datetime


WARNING_DAYS = (1, 7, 14, 30)


def expiry_warnings(entries: tuple[KeyEntry, ...], at: datetime) -> tuple[Expiry, ...]:
    """The keys within 30, 14, 7 or 1 days of their end, soonest first; revoked ones are nobody's surprise."""
    warnings = []
    for entry in entries:
        left = entry.not_after - at
        if entry.revoked is None and left <= timedelta(days=WARNING_DAYS[-1]):
            days = next(step for step in WARNING_DAYS if left <= timedelta(days=step)) if left > timedelta(0) else 0
            warnings.append(Expiry(entry.kid, entry.party, days, entry.not_after))
    return tuple(sorted(warnings, key=lambda warning: (warning.ends, warning.kid)))
