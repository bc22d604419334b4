"""What proves a notice of Stripe: an HMAC over its hour and its bytes."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime

TOLERANCE_S = 300
_HOUR = re.compile(r"[1-9][0-9]{0,11}")


def sign(hour: str, content: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), hour.encode() + b"." + content, hashlib.sha256).hexdigest()


def genuine(header: str, content: bytes, secrets: Iterable[str], now: datetime) -> bool:
    """Whether one of the header's `v1` is true under one of the secrets, and its hour near to ours, on either side."""
    pairs = [part.partition("=") for part in header.split(",")]
    hours = [value for name, _, value in pairs if name == "t"]
    shown = [value.encode() for name, _, value in pairs if name == "v1"]
    if len(hours) != 1 or not _HOUR.fullmatch(hours[0]):
        return False
    if abs(now.timestamp() - int(hours[0])) > TOLERANCE_S:
        return False
    right = [sign(hours[0], content, secret).encode() for secret in secrets]
    return any(hmac.compare_digest(one, other) for one in shown for other in right)
