"""A database that is away for one role: its connections are cut and no new one is taken."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from factories.portal import Database
from psycopg import sql

CUT = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s AND usename = %s"


@contextmanager
def away(database: Database, role: str) -> Iterator[Callable[[], None]]:
    """Until the end, or until what this gives is called."""
    with psycopg.connect(database.superuser_dsn(), autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        rule = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}")
        connection.execute(rule.format(name, sql.Literal(0)))
        connection.execute(CUT, [connection.info.dbname, role])
        back = rule.format(name, sql.Literal(-1))
        yield lambda: connection.execute(back) and None
        connection.execute(back)
