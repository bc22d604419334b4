"""The terminal's side of the signature: written from docs/reference/agent-protocol.md, apart from the counter's."""

from __future__ import annotations

import hmac

#: Of RFC 3986: what stands for itself. Every other byte is written as %XX.
PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def escaped(text: str) -> str:
    return "".join(chr(byte) if byte in PLAIN else f"%{byte:02X}" for byte in text.encode())


def query(fields: dict[str, str]) -> str:
    """Fields in the order of their names, as they are signed."""
    return "&".join(f"{escaped(name)}={escaped(fields[name])}" for name in sorted(fields))


def signed(fields: dict[str, str], secret: str) -> str:
    """The query with its signature at the end."""
    text = query(fields)
    seal = hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()
    return f"{text}&sign={seal}"
