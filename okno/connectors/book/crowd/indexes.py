"""A bulk load sets triggers, foreign keys and indexes aside, and puts them back as they were in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

_TRIGGERED = ("entry", "line")
_FOREIGN_KEYS = """
SELECT r.relname, c.conname, pg_get_constraintdef(c.oid)
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
WHERE c.contype = 'f' AND c.connamespace = 'book'::regnamespace ORDER BY 1, 2
"""
# Keys of entry and line that no foreign key refers to.
_KEYS = """
SELECT r.relname, c.conname, pg_get_constraintdef(c.oid)
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
WHERE c.contype IN ('u', 'p') AND c.conrelid IN ('book.entry'::regclass, 'book.line'::regclass) ORDER BY 1, 2
"""
_INDEXES = """
SELECT x.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
WHERE i.indrelid IN ('book.entry'::regclass, 'book.line'::regclass)
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid) ORDER BY 1
"""


@contextmanager
def indexes_apart(connection: psycopg.Connection, *, rebuild: bool) -> Iterator[None]:
    """Without `rebuild` only the row triggers rest, and the caller proves what they would have demanded."""
    for table in _TRIGGERED:
        _alter(connection, table, sql.SQL("DISABLE TRIGGER USER"))
    keys, indexes = _take_off(connection) if rebuild else ([], [])
    yield
    connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for definition in indexes:
        connection.execute(sql.SQL(definition))
    for table, name, definition in keys:
        _alter(connection, table, sql.SQL("ADD CONSTRAINT {} {}").format(sql.Identifier(name), _as_is(definition)))
    for table in _TRIGGERED:
        _alter(connection, table, sql.SQL("ENABLE TRIGGER USER"))


def _take_off(connection: psycopg.Connection) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Drop foreign keys first, since keys of other tables stand under them; return what to put back, keys first."""
    foreign = connection.execute(_FOREIGN_KEYS).fetchall()
    keys = connection.execute(_KEYS).fetchall()
    indexes = connection.execute(_INDEXES).fetchall()
    for table, name, _ in (*foreign, *keys):
        _alter(connection, table, sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)))
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX book.{}").format(sql.Identifier(name)))
    return [*keys, *foreign], [definition for _, definition in indexes]


def _alter(connection: psycopg.Connection, table: str, action: sql.Composable) -> None:
    connection.execute(sql.SQL("ALTER TABLE book.{} {}").format(sql.Identifier(table), action))


def _as_is(definition: str) -> sql.SQL:
    """Text that the server itself wrote down."""
    return sql.SQL(definition)
