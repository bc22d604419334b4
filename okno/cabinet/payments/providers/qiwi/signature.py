"""What proves a notice of QIWI: five of its values, the amount with two decimals whatever way it came."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

HEADER = "x-api-signature-sha256"


def sign(*, currency: str, value: str, bill: str, site: str, status: str, secret: str) -> str:
    """`value` with two decimals."""
    text = f"{currency}|{value}|{bill}|{site}|{status}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def genuine(shown: str, right: Iterable[str]) -> bool:
    given = shown.lower().encode()
    return any(hmac.compare_digest(given, one.encode()) for one in right)
