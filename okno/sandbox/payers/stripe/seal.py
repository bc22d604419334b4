"""How Stripe signs an event at the hour it leaves."""

from __future__ import annotations

import hashlib
import hmac


def seal(content: bytes, secret: str, at: int) -> str:
    """Value of the header Stripe-Signature."""
    maker = hmac.new(secret.encode("ascii"), digestmod=hashlib.sha256)
    maker.update(f"{at}.".encode())
    maker.update(content)
    return f"t={at},v1={maker.hexdigest()}"
