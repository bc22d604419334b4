"""How WebMoney seals a result: its values in a fixed order around the purse's key."""

from __future__ import annotations

import hashlib

ORDER = (
    "LMI_PAYEE_PURSE",
    "LMI_PAYMENT_AMOUNT",
    "LMI_HOLD",
    "LMI_PAYMENT_NO",
    "LMI_MODE",
    "LMI_SYS_INVS_NO",
    "LMI_SYS_TRANS_NO",
    "LMI_SYS_TRANS_DATE",
    "*",
    "LMI_PAYER_PURSE",
    "LMI_PAYER_WM",
)


def seal(paper: dict[str, str], key: str, between: str) -> str:
    digest = hashlib.sha256()
    mark = ""
    for name in ORDER:
        value = key if name == "*" else paper.get(name)
        if value is None:
            continue
        digest.update(f"{mark}{value}".encode())
        mark = between
    return digest.hexdigest().upper()


def sealed(paper: dict[str, str], key: str) -> dict[str, str]:
    return {**paper, "LMI_HASH": seal(paper, key, ""), "LMI_HASH2": seal(paper, key, ";")}


def asks_rightly(*, wmid: str, purse: str, number: str, key: str) -> str:
    """What X18 is asked with."""
    digest = hashlib.sha256(f"{wmid}{purse}".encode())
    digest.update(f"{number}{key}".encode())
    return digest.hexdigest().upper()
