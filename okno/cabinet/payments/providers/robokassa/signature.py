"""Robokassa's signatures: values joined by `:`, hashed as the shop's office says."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Literal

Hash = Literal["md5", "sha256", "sha384", "sha512"]


def digest(kind: Hash, *parts: str) -> str:
    return hashlib.new(kind, ":".join(parts).encode(), usedforsecurity=kind != "md5").hexdigest()


def started(kind: Hash, *, login: str, amount: str, number: str, receipt: str | None, password1: str) -> str:
    """Of the address of a payment; `receipt` as it is url-encoded once."""
    return digest(kind, login, amount, number, *([] if receipt is None else [receipt]), password1)


def result(kind: Hash, fields: Mapping[str, str], password2: str) -> str:
    """Of the call from server to server, over the values as they came."""
    return digest(kind, fields.get("OutSum", ""), fields.get("InvId", ""), password2, *_shop(fields))


def success(kind: Hash, fields: Mapping[str, str], password1: str) -> str:
    """Of what the browser returns with: display only."""
    return digest(kind, fields.get("OutSum", ""), fields.get("InvId", ""), password1, *_shop(fields))


def question(kind: Hash, *, login: str, number: str, password2: str) -> str:
    return digest(kind, login, number, password2)


def fiscal(kind: Hash, content: bytes, password1: str) -> str:
    """A question to the fiscal service: its JSON and the hash of that, both in base64 without padding."""
    told = _plain(content)
    return f"{told}.{_plain(digest(kind, told + password1).encode())}"


def _plain(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def genuine(kind: Hash, fields: Mapping[str, str], passwords2: Iterable[str]) -> bool:
    """Whether a result is true under one of the passwords."""
    shown = fields.get("SignatureValue", "").lower().encode()
    return any(hmac.compare_digest(shown, result(kind, fields, one).encode()) for one in passwords2)


def _shop(fields: Mapping[str, str]) -> list[str]:
    return sorted(f"{name}={value}" for name, value in fields.items() if name.lower().startswith("shp_"))
