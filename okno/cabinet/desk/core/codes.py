"""Codes of an authenticator: RFC 6238 with SHA-1, 30 seconds and six digits, which every such application knows."""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
SECRET_BYTES = 20
#: A clock that is one step off still enters.
SKEW_STEPS = 1
OFFSET_MASK, SIGN_MASK = 0x0F, 0x7FFFFFFF


def step_at(moment: datetime) -> int:
    """The number of the step that `moment` (aware) is in."""
    return int(moment.timestamp()) // STEP_S


def code_at(secret: bytes, step: int) -> str:
    """The code of one step, with its leading zeros (RFC 4226, 5.3)."""
    mac = hmac.digest(secret, step.to_bytes(8), hashlib.sha1)
    offset = mac[-1] & OFFSET_MASK
    number = int.from_bytes(mac[offset : offset + 4]) & SIGN_MASK
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(secret: bytes, said: str, now: int) -> int | None:
    """The step whose code was said, at most SKEW_STEPS from `now`; None for another code or another spelling of one."""
    if len(said) != DIGITS or not said.isascii():
        return None
    steps = range(now - SKEW_STEPS, now + SKEW_STEPS + 1)
    fitting = [step for step in steps if hmac.compare_digest(code_at(secret, step).encode(), said.encode())]
    return fitting[-1] if fitting else None


def secret_text(secret: bytes) -> str:
    """As an authenticator takes it by hand: base32."""
    return base64.b32encode(secret).decode().rstrip("=")


def secret_address(secret: bytes, *, login: str, issuer: str) -> str:
    """What the QR symbol says (Key URI format of authenticators)."""
    return f"otpauth://totp/{quote(issuer)}:{quote(login)}?secret={secret_text(secret)}&issuer={quote(issuer)}"
