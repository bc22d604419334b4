"""How YooMoney signs what it sends: over the bytes of the form with its names in order, and the older hash."""

from __future__ import annotations

import hashlib
import hmac

_KEPT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def escaped(text: str) -> bytes:
    """As RFC 3986 writes it: a space is %20."""
    return b"".join(bytes((byte,)) if byte in _KEPT else b"%%%02X" % byte for byte in text.encode())


def sealed(paper: dict[str, str], secret: str) -> bytes:
    """The form in the order of its names, `sign` last."""
    body = b"&".join(name.encode() + b"=" + escaped(paper[name]) for name in sorted(paper))
    return body + b"&sign=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex().encode()


def sealed_as_before(paper: dict[str, str], secret: str) -> bytes:
    """As until May 2026."""
    digest = hashlib.sha1(usedforsecurity=False)
    for name in ("notification_type", "operation_id", "amount", "currency", "datetime", "sender", "codepro"):
        digest.update(paper[name].encode() + b"&")
    digest.update(secret.encode() + b"&" + paper["label"].encode())
    body = b"&".join(name.encode() + b"=" + escaped(value) for name, value in paper.items())
    return body + b"&sha1_hash=" + digest.hexdigest().encode()
