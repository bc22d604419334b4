"""Ids are UUIDv7: unique, ordered by time, and they say nothing about what they name."""

from __future__ import annotations

import re
from datetime import datetime

import uuid_utils

from okno.protocol.strict import patterns

_UUID = re.compile(patterns.UUID)


def new_id() -> str:
    """A fresh UUIDv7 as lower-case text."""
    return str(uuid_utils.uuid7())


def id_first(at: datetime) -> str:
    """Below every id that was made at this moment or later, and above the earlier ones."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"


def is_id(text: str) -> bool:
    """Whether the text is a UUID in its one canonical spelling."""
    return _UUID.fullmatch(text) is not None
