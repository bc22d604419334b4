"""Who we are to CloudPayments, and whether a notice comes from it.

Two headers hold an HMAC, one of the body as it came and one of it decoded; sources disagree on which is which.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_plus

HEADERS = ("content-hmac", "x-content-hmac")


def basic(public_id: str, secret: str) -> str:
    """Value of the header Authorization."""
    return "Basic " + b64encode(f"{public_id}:{secret}".encode()).decode()


def content_hmac(content: bytes, secret: str) -> str:
    return b64encode(hmac.digest(secret.encode(), content, hashlib.sha256)).decode()


def decoded(content: bytes) -> bytes:
    """Raises UnicodeDecodeError."""
    return unquote_plus(content.decode("ascii"), errors="strict").encode()


def genuine(headers: Mapping[str, str], content: bytes, secrets: Iterable[str]) -> bool:
    """Whether either header is true of either form. A decoded form is ambiguous: a notice leads to asking anyway."""
    shown = [headers[name].encode() for name in HEADERS if name in headers]
    try:
        forms = (content, decoded(content))
    except UnicodeDecodeError:
        forms = (content, content)
    right = [content_hmac(form, secret).encode() for secret in secrets for form in forms]
    return any(hmac.compare_digest(one, other) for one in shown for other in right)
