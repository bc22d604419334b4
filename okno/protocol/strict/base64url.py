"""Base64url as RFC 7515 section 2 wants it: no padding, no white space, no spare bits set."""

from __future__ import annotations

import base64
import binascii

from okno.protocol.errors import ErrorCode, ProtocolError

# To the alphabet that the decoder knows; what is of that alphabet alone, and padding, becomes what no alphabet has.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Raises `base64` for every text that `encode` would not have written: a byte string has exactly one spelling."""
    rest = len(text) % 4
    try:
        raw = binascii.a2b_base64(text.encode("ascii").translate(_TO_STANDARD) + b"=" * (-rest % 4), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ProtocolError(ErrorCode.BASE64, "alphabet or length") from error
    # Only a last group that is not full has spare bits.
    if rest and encode(raw[1 - rest :]) != text[-rest:]:
        raise ProtocolError(ErrorCode.BASE64, "spare bits are set")
    return raw
