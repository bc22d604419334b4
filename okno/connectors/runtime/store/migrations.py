"""Numbered SQL files applied once each, in order, under one lock."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

import psycopg
from psycopg import sql

# Any constant: it only has to be the same in every process that migrates.
MIGRATION_LOCK = 0x6F6B6E6F01

_TABLE = """
CREATE TABLE IF NOT EXISTS public.okno_migration (
    part text NOT NULL,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (part, name)
)
"""


def apply_files(connection: psycopg.Connection, *, part: str, folder: Traversable) -> list[str]:
    """Apply the `*.sql` of `folder` that `part` has not had yet, in the order of their names; return those names.

    Runs in the caller's transaction, so a file that fails leaves nothing behind.
    """
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
    connection.execute(_TABLE)
    rows = connection.execute("SELECT name FROM public.okno_migration WHERE part = %s", (part,)).fetchall()
    applied = {row[0] for row in rows}
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    fresh = [name for name in names if name not in applied]
    for name in fresh:
        text = folder.joinpath(name).read_text(encoding="utf-8")
        connection.execute(sql.SQL(text))
        connection.execute("INSERT INTO public.okno_migration (part, name) VALUES (%s, %s)", (part, name))
    return fresh


def migrate_store(connection: psycopg.Connection, *, system: str) -> list[str]:
    """Bring the schemas `store` and `mirror` up to date; a new store belongs to `system` and begins at epoch 1."""
    fresh = apply_files(connection, part="store", folder=files("okno.connectors.runtime.store") / "schema")
    connection.execute("INSERT INTO store.state (system) VALUES (%s) ON CONFLICT DO NOTHING", (system,))
    return fresh


def migrate(dsn: str, *, system: str) -> list[str]:
    """Bring a database that holds the store alone up to date in one transaction; return the files applied now.

    The role of `dsn` becomes the owner of the schemas `store` and `mirror` and needs no other right than CREATE on its
    database and its schema `public`.
    """
    with psycopg.connect(dsn) as connection:
        return migrate_store(connection, system=system)
