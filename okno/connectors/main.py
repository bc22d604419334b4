"""Wires one connector: the book, its store, a courier, keys."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg

from okno.connectors.book.system import book_system
from okno.connectors.runtime.connector import Connector, Limits
from okno.connectors.runtime.steps import Step, no_step
from okno.connectors.runtime.store.connections import Connections
from okno.couriers.port import Courier
from okno.protocol.keys import Keyring, SigningKey, keyring_from_signed_list
from okno.protocol.strict import base64url

ROOT_BYTES = 32
CABINET = "urn:okno:cabinet:1"


class ConnectorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`connector.toml` of an instance. Paths are absolute; `dsn` is the role `okno_book` on its own database."""

    dsn: str
    keylist: str
    root_public: str
    signing_key: str
    opening_key: str
    system: str = "main"
    inner_url: str | None = None
    cabinet: str = CABINET


class WrongStore(Exception):  # noqa: N818 - an answer about the database, not a fault of the program
    """The store of the DSN belongs to another system."""


def settings_read(path: Path) -> ConnectorSettings:
    """Read `connector.toml`. Raises OSError, or msgspec.ValidationError naming the member that is wrong."""
    return msgspec.toml.decode(path.read_bytes(), type=ConnectorSettings)


async def start(
    settings: ConnectorSettings, *, courier: Courier, limits: Limits | None = None, step: Step = no_step
) -> Connector:
    """Start the book's connector. The caller owns the courier and closes it after `stop`.

    Raises OSError for a key file, ProtocolError for a key, psycopg.OperationalError without a database, WrongStore.
    """
    keyring, key = _keys(settings)
    limits = limits or Limits()
    _check_store(settings)
    connections = Connections(settings.dsn, size=limits.ceiling + limits.command_threads)
    system = book_system(connections, system=settings.system)
    connector = Connector(
        system,
        connections=connections,
        courier=courier,
        keyring=keyring,
        key=key,
        audience=settings.cabinet,
        limits=limits,
        step=step,
    )
    connector.start()
    return connector


def _keys(settings: ConnectorSettings) -> tuple[Keyring, SigningKey]:
    listed = Path(settings.keylist).read_bytes()
    root_public = _root_public(Path(settings.root_public))
    keyring = keyring_from_signed_list(listed, root_public, datetime.now(UTC))
    return keyring, SigningKey.load(Path(settings.signing_key).read_bytes())


def _root_public(path: Path) -> bytes:
    """32 raw bytes, or their base64url as text."""
    raw = path.read_bytes()
    return raw if len(raw) == ROOT_BYTES else base64url.decode(raw.decode("ascii").strip())


def _check_store(settings: ConnectorSettings) -> None:
    with psycopg.connect(settings.dsn) as connection:
        row = connection.execute("SELECT system FROM store.state").fetchone()
    assert row is not None  # the migration writes it
    if row[0] != settings.system:
        raise WrongStore(f"the store belongs to {row[0]}, not to {settings.system}")
