"""Wires one connector: a system, its store, a courier, keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import psycopg

from okno.connectors.book.promises import PromiseRules
from okno.connectors.book.system import book_system
from okno.connectors.entries import EntryError, entry_load
from okno.connectors.runtime.connector import Connector, Limits
from okno.connectors.runtime.keys import Keys
from okno.connectors.runtime.people.limits import PeopleLimits
from okno.connectors.runtime.steps import Step, no_step
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.system import System
from okno.couriers.port import Courier
from okno.protocol.keys import OpeningKey, SigningKey, keyring_from_signed_list
from okno.protocol.strict import base64url

ROOT_BYTES = 32
CABINET = "urn:okno:cabinet:1"


BOOK = "book"

Adapter = Callable[[str, Mapping[str, Any]], object]


class ConnectorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`connector.toml` of an instance. Paths are absolute; `dsn` is the connector's own role on its own database.

    `adapter` is `book`, whose tables stand in that database too, or `package.module:factory` of an adapter. That is
    called with `system` and `options`, and returns a System. `promises` are the company's rules for promised payments,
    kept by the book; without them none is taken. `metrics_port` is opened on loopback.
    """

    dsn: str
    keylist: str
    root_public: str
    signing_key: str
    opening_key: str
    system: str = "main"
    adapter: str = BOOK
    options: dict[str, Any] = msgspec.field(default_factory=dict)
    inner_url: str | None = None
    cabinet: str = CABINET
    people: PeopleLimits = PeopleLimits()
    promises: PromiseRules | None = None
    limits: Limits = msgspec.field(default_factory=Limits)
    metrics_port: int | None = None


class WrongStore(Exception):  # noqa: N818 - an answer about the database, not a fault of the program
    """The store of the DSN belongs to another system."""


def settings_read(path: Path) -> ConnectorSettings:
    """Read `connector.toml`. Raises OSError, or msgspec.ValidationError naming the member that is wrong."""
    return msgspec.toml.decode(path.read_bytes(), type=ConnectorSettings)


async def start(
    settings: ConnectorSettings, *, courier: Courier, limits: Limits | None = None, step: Step = no_step
) -> Connector:
    """Start the connector of the settings' system. The caller owns the courier and closes it after `stop`.

    Raises OSError for a key file or a port in use, ProtocolError for a key, psycopg.OperationalError without a
    database, WrongStore, EntryError, and whatever an adapter raises that cannot begin.
    """
    keys = _keys(settings)
    limits = limits or settings.limits
    _check_store(settings)
    connections = Connections(settings.dsn, size=limits.ceiling + limits.command_threads)
    system = system_of(settings, connections)
    connector = Connector(
        system,
        connections=connections,
        courier=courier,
        keys=keys,
        audience=settings.cabinet,
        limits=limits,
        people=settings.people,
        metrics_port=settings.metrics_port,
        step=step,
    )
    connector.start()
    return connector


def system_of(settings: ConnectorSettings, connections: Connections) -> System:
    """The system that the settings name. Raises EntryError."""
    if settings.adapter == BOOK:
        return book_system(connections, system=settings.system, promises=settings.promises)
    return foreign_of(settings)


def foreign_of(settings: ConnectorSettings) -> System:
    """The system of an adapter. Raises EntryError, and whatever an adapter raises that cannot begin."""
    found = cast("Adapter", entry_load(settings.adapter))(settings.system, settings.options)
    if not isinstance(found, System):
        raise EntryError(f"{settings.adapter} returned {type(found).__name__}, not a System")
    return found


def _keys(settings: ConnectorSettings) -> Keys:
    listed = Path(settings.keylist).read_bytes()
    root_public = _root_public(Path(settings.root_public))
    keyring = keyring_from_signed_list(listed, root_public, datetime.now(UTC))
    signing = SigningKey.load(Path(settings.signing_key).read_bytes())
    return Keys(keyring, signing, OpeningKey.load(Path(settings.opening_key).read_bytes()))


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
