"""Tables of the book and of its connector's store, as numbered SQL files."""

from __future__ import annotations

from importlib.resources import files

import psycopg

from okno.connectors.runtime.store.migrations import apply_files, migrate_store


def migrate(dsn: str, *, system: str = "main") -> list[str]:
    """Bring the database of `dsn` up to date in one transaction; return the names of the files applied now.

    The role of `dsn` becomes the owner of the schemas `book` and `store` and needs no other right than CREATE on its
    database and its schema `public`.
    """
    with psycopg.connect(dsn) as connection:
        fresh = migrate_store(connection, system=system)
        fresh += apply_files(connection, part="book", folder=files("okno.connectors.book.schema"))
    return fresh
