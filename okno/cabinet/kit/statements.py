"""Plain SQL where it says more than the ORM: one statement, its rows or how many it changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections

Value = str | int | float | bytes | datetime | timedelta | UUID | list[str] | None
Values = Sequence[Value] | Mapping[str, Value]


def rows(sql: str, values: Values = (), *, using: str = DEFAULT_DB_ALIAS) -> list[tuple[Any, ...]]:
    """All rows of a query or of a RETURNING clause."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, values)  # type: ignore[arg-type]  # the stubs leave out what psycopg adapts: timedelta
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def changed(sql: str, values: Values = (), *, using: str = DEFAULT_DB_ALIAS) -> int:
    """How many rows a statement without RETURNING wrote."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, values)  # type: ignore[arg-type]  # as above
        count: int = cursor.rowcount
    return count


def notify(channel: str, payload: str = "", *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Wake who listens, once the caller's transaction is committed."""
    rows("SELECT pg_notify(%s, %s)", [channel, payload], using=using)
