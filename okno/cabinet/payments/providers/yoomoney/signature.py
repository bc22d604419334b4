"""What proves a notice of YooMoney: `sign` of 2026; the older `sha1_hash` leaves the amount that was paid unsigned."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

#: Names are signed as they are: another one could hold the `=` and `&` of two fields.
_NAME = re.compile(r"[0-9A-Za-z_]{1,64}")
_SHA1_PARTS = ("notification_type", "operation_id", "amount", "currency", "datetime", "sender", "codepro")


def sign(fields: Mapping[str, str], secret: str) -> str:
    """Over every field but itself, empty ones too."""
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(fields.items()) if name != "sign")
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def sha1_hash(fields: Mapping[str, str], secret: str) -> str:
    parts = [*(fields.get(name, "") for name in _SHA1_PARTS), secret, fields.get("label", "")]
    return hashlib.sha1("&".join(parts).encode()).hexdigest()  # noqa: S324 - it is what YooMoney had


def signed(fields: Mapping[str, str], secrets: Iterable[str]) -> bool:
    """Whether `sign` is true under one of the secrets."""
    if not all(_NAME.fullmatch(name) for name in fields):
        return False
    return _is_one_of(fields.get("sign", ""), (sign(fields, secret) for secret in secrets))


def hashed(fields: Mapping[str, str], secrets: Iterable[str]) -> bool:
    """Whether `sha1_hash` is true under one of the secrets."""
    return _is_one_of(fields.get("sha1_hash", ""), (sha1_hash(fields, secret) for secret in secrets))


def _is_one_of(shown: str, right: Iterable[str]) -> bool:
    given = shown.lower().encode()
    return any(hmac.compare_digest(given, one.encode()) for one in right)
