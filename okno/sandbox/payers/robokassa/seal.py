"""How Robokassa seals what it writes and checks what it reads: every value and a colon, but for the last."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable


def seal(kind: str, *values: str) -> str:
    """`kind` as the office names it: MD5, SHA256 and so on."""
    running = hashlib.new(kind.lower(), usedforsecurity=False)
    for place, value in enumerate(values):
        running.update(b":" * (place > 0) + value.encode())
    return running.hexdigest()


def extras(fields: dict[str, str]) -> Iterable[str]:
    """The shop's own fields, in the order of their names."""
    return (f"{name}={fields[name]}" for name in sorted(fields) if name[:4] in {"Shp_", "shp_", "SHP_"})


def true(kind: str, shown: str, *values: str) -> bool:
    return hmac.compare_digest(shown.lower().encode(), seal(kind, *values).encode())
