"""Wires one connector: the book, its store, a courier, keys."""

from __future__ import annotations

from pathlib import Path

import msgspec


class ConnectorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`connector.toml` of an instance. Paths are absolute; `dsn` is the role `okno_book` on its own database."""

    dsn: str
    keylist: str
    root_public: str
    signing_key: str
    opening_key: str
    system: str = "main"
    inner_url: str | None = None


def settings_read(path: Path) -> ConnectorSettings:
    """Read `connector.toml`. Raises OSError, or msgspec.ValidationError naming the member that is wrong."""
    return msgspec.toml.decode(path.read_bytes(), type=ConnectorSettings)
