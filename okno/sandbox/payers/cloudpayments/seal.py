"""How CloudPayments signs a notice, and how it knows its shop."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re


def seal(content: bytes, secret: str) -> str:
    maker = hmac.new(secret.encode(), digestmod=hashlib.sha256)
    maker.update(content)
    return base64.standard_b64encode(maker.digest()).decode()


def plain(content: bytes) -> bytes:
    """The form with its escapes undone, byte by byte."""
    spaced = content.replace(b"+", b" ")
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), spaced)


def known(authorization: str, public_id: str, secret: str) -> bool:
    kind, _, shown = authorization.partition(" ")
    try:
        pair = base64.b64decode(shown, validate=True)
    except binascii.Error:
        return False
    return kind == "Basic" and hmac.compare_digest(pair, f"{public_id}:{secret}".encode())
