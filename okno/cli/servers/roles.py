"""Roles and databases: who may connect where. Tables and policies are the migrations' affair."""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import LiteralString, cast

import psycopg
from psycopg import sql

CABINET_ROLES = (
    "okno_owner",
    "okno_web",
    "okno_desk",
    "okno_relay",
    "okno_projector",
    "okno_worker",
    "okno_sender",
    "okno_till",
    "okno_live",
)
BOOK_ROLES = ("okno_book",)
CONNECTOR_ROLES = ("okno_connector",)
LOGIN_ROLES = (*CABINET_ROLES, *BOOK_ROLES, *CONNECTOR_ROLES)
# `connector`: the store of a connector to a foreign system. The book's own database holds its store as well.
OWNERS = {"cabinet": "okno_owner", "book": "okno_book", "connector": "okno_connector"}
CONNECTS = {"cabinet": (*CABINET_ROLES, "okno_reader"), "book": BOOK_ROLES, "connector": CONNECTOR_ROLES}
DATABASES = {"cabinet": "okno_cabinet", "book": "okno_book", "connector": "okno_connector"}


def passwords_new() -> dict[str, str]:
    """A random password per role that may log in."""
    return {role: secrets.token_hex(24) for role in LOGIN_ROLES}


def roles_create(dsn: str, passwords: Mapping[str, str]) -> None:
    """Create the roles of roles.sql or set their passwords anew. `dsn`: a superuser, any database.

    A role without a password here cannot log in.
    """
    text = Path(__file__).with_name("roles.sql").read_text(encoding="utf-8")
    parts = re.split(r":'(\w+)'", text)
    composed = sql.Composed(
        [
            sql.Literal(passwords.get(part)) if index % 2 else sql.SQL(cast("LiteralString", part))
            for index, part in enumerate(parts)
        ]
    )
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(composed)


def database_create(dsn: str, name: str, kind: str, *, template: str = "template0") -> None:
    """Create a database of a kind (`cabinet` | `book` | `connector`) that only its own roles may enter.

    The rights to connect are not copied from a template, so each clone gets them anew; those inside it are.
    """
    owner = sql.Identifier(OWNERS[kind])
    database = sql.Identifier(name)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(database, owner, sql.Identifier(template))
        )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        roles = sql.SQL(", ").join(map(sql.Identifier, CONNECTS[kind]))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, roles))


def schema_rights(dsn: str, kind: str) -> None:
    """Inside a new database: the schema is its roles' alone. `dsn`: a superuser, that database."""
    roles = sql.SQL(", ").join(map(sql.Identifier, CONNECTS[kind]))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(roles))
        if kind == "cabinet":
            # A function changes hands only to a role that may create in its schema.
            connection.execute("GRANT CREATE ON SCHEMA public TO okno_reader")


def databases_create(superuser_dsn: str, dsn_of: Mapping[str, str]) -> None:
    """The databases of these kinds unless they exist. `dsn_of[kind]`: the superuser in the database of that kind."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        present = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
    for kind, dsn in dsn_of.items():
        if DATABASES[kind] not in present:
            database_create(superuser_dsn, DATABASES[kind], kind)
        schema_rights(dsn, kind)
