"""The Token of requests and notices: a hash over the values of the root, with the password among them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256

Value = str | int | bool
"""What takes part: neither lists, nor objects, nor nulls."""


def token(values: Mapping[str, object], password: str) -> str:
    """Of the root's scalars but Token, sorted by name; a number as it is written, a boolean as true or false."""
    signed = {name: text(value) for name, value in values.items() if name != "Token" and isinstance(value, Value)}
    signed["Password"] = password
    return sha256("".join(signed[name] for name in sorted(signed)).encode()).hexdigest()


def genuine(values: Mapping[str, object], password: str) -> bool:
    shown = values.get("Token")
    return isinstance(shown, str) and hmac.compare_digest(shown.lower().encode(), token(values, password).encode())


def text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
