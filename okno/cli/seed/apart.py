"""Keys of a table taken off while millions of rows come in: building them once is cheaper than keeping them."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE conrelid = %s::regclass AND contype IN ('p', 'u') ORDER BY contype
"""


@contextmanager
def keys_apart(connection: psycopg.Connection, table: str, *, rebuild: bool) -> Iterator[None]:
    """Within one transaction: drop primary and unique keys, and put them back as the server itself wrote them down."""
    name = sql.Identifier(table)
    keys = connection.execute(KEYS, [table]).fetchall() if rebuild else []
    for key, _ in keys:
        connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, sql.Identifier(key)))
    yield
    connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for key, definition in keys:
        added = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(name, sql.Identifier(key), sql.SQL(definition))
        connection.execute(added)
