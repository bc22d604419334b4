"""Base64url as RFC 7515 section 2 wants it: no padding, no white space, no spare bits set."""

from __future__ import annotations

import base64
import string

from okno.protocol.errors import ErrorCode, ProtocolError

_ALPHABET = f"{string.ascii_letters}{string.digits}-_".encode("ascii")


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Raises `base64` for every text that `encode` would not have written: a byte string has exactly one spelling."""
    rest = len(text) % 4
    if rest == 1 or text.encode("utf-8", "replace").translate(None, _ALPHABET):
        raise ProtocolError(ErrorCode.BASE64, "alphabet or length")
    raw = base64.urlsafe_b64decode(text + "=" * (-rest % 4))
    # Only a last group that is not full has spare bits.
    if rest and encode(raw[1 - rest :]) != text[-rest:]:
        raise ProtocolError(ErrorCode.BASE64, "spare bits are set")
    return raw
