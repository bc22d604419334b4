"""How T-Bank seals what it writes and checks what it reads: plain values of the root by name, and the password."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def sealed(paper: dict[str, Any], password: str) -> dict[str, Any]:
    return {**paper, "Token": seal(paper, password)}


def seal(paper: dict[str, Any], password: str) -> str:
    digest = hashlib.sha256()
    for _, value in sorted([*((n, v) for n, v in paper.items() if n != "Token"), ("Password", password)]):
        if value is True or value is False:
            digest.update(b"true" if value else b"false")
        elif isinstance(value, str | int):
            digest.update(str(value).encode())
    return digest.hexdigest()


def opened(content: bytes) -> dict[str, Any]:
    """Raises ValueError."""
    paper = json.loads(content)
    if not isinstance(paper, dict):
        raise ValueError("no object")  # noqa: TRY004 - of what was sent, not of how we were called
    return paper
