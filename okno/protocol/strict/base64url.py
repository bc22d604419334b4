"""Base64url as RFC 7515 section 2 wants it: no padding, no white space, no spare bits set."""

from __future__ import annotations

import base64
import re

from okno.protocol.errors import ErrorCode, ProtocolError

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Raises `base64` for every text that `encode` would not have written: a byte string has exactly one spelling."""
    if _ALPHABET.fullmatch(text) is None or len(text) % 4 == 1:
        raise ProtocolError(ErrorCode.BASE64, "alphabet or length")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(raw) != text:
        raise ProtocolError(ErrorCode.BASE64, "spare bits are set")
    return raw
