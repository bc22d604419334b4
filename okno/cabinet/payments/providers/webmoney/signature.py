"""What WebMoney signs a notice with, and what it is asked with.

`LMI_HASH` joins its parts with nothing between them, so a digit may move into the neighbouring field: it is no
evidence. `LMI_HASH2` joins the same with `;`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

_BEFORE = ("LMI_PAYEE_PURSE", "LMI_PAYMENT_AMOUNT", "LMI_HOLD", "LMI_PAYMENT_NO", "LMI_MODE")
_NUMBERS = ("LMI_SYS_INVS_NO", "LMI_SYS_TRANS_NO", "LMI_SYS_TRANS_DATE")
_AFTER = ("LMI_PAYER_PURSE", "LMI_PAYER_WM")


def lmi_hash(fields: Mapping[str, str], secret: str) -> str:
    return _sha256("".join(_parts(fields, secret)))


def lmi_hash2(fields: Mapping[str, str], secret: str) -> str:
    return _sha256(";".join(_parts(fields, secret)))


def genuine(fields: Mapping[str, str], secrets: Iterable[str]) -> bool:
    """Whether `LMI_HASH2` is true under one of the secrets, and no part holds the sign between two."""
    shown = fields.get("LMI_HASH2", "").upper().encode()
    if any(";" in fields.get(name, "") for name in (*_BEFORE, *_NUMBERS, *_AFTER)):
        return False
    return any(hmac.compare_digest(shown, lmi_hash2(fields, secret).encode()) for secret in secrets)


def question(*, wmid: str, purse: str, number: str, secret: str) -> str:
    """Of X18, from memory."""
    return _sha256(wmid + purse + number + secret)


def _parts(fields: Mapping[str, str], secret: str) -> list[str]:
    before = [fields.get(name, "") for name in _BEFORE if name != "LMI_HOLD" or name in fields]
    return [
        *before,
        *(fields.get(name, "") for name in _NUMBERS),
        secret,
        *(fields.get(name, "") for name in _AFTER),
    ]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest().upper()
