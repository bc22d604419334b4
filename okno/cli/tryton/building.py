"""The database of a Tryton with two companies: built once (a minute), kept as a dump, restored in seconds."""

from __future__ import annotations

import fcntl
import secrets
import subprocess
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from okno.cli.files import file_write
from okno.cli.servers.account import ServerError
from okno.cli.servers.tryton import Database, Tryton, key
from okno.cli.tryton.company import company_make, currency_of, gateway_user
from okno.connectors.tryton.rpc import Rpc

ADMIN, GATEWAY = "admin", "okno"
ROLE = "okno_tryton"
MODULES = (
    *("party", "account", "account_invoice", "account_payment", "account_payment_clearing"),
    *("account_statement", "bank"),
)
#: Raised when what is built changes: an older dump is then of no use.
EDITION = 1
TOOL_TIMEOUT_S = 120


@dataclass(frozen=True)
class Place:
    """Where databases can be made: a superuser's connection string, the socket's directory."""

    superuser_dsn: str
    host: str
    password: str
    """Of the role that owns Tryton's databases."""


def furnish(tryton: Tryton, cache: Path, tools: Path) -> None:
    """Fill an empty database from the dump of this edition; the first time it is built, and the dump is made of it.

    `tools` holds pg_dump and pg_restore. Nobody knows the passwords of a dump: `passwords_set` draws new ones. Raises
    ServerError.
    """
    dump = cache / f"erp-{key()}-{EDITION}-{_today():%Y}.dump"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not dump.exists():
            _build(tryton)
            draft = dump.with_suffix(".part")
            _tool(tools, tryton.database, "pg_dump", "-Fc", "-d", tryton.database.name, "-f", str(draft))
            draft.rename(dump)
            return
    whose = ("--no-owner", "--no-privileges")
    _tool(tools, tryton.database, "pg_restore", *whose, "-d", tryton.database.name, str(dump))


def _build(tryton: Tryton) -> None:
    password = secrets.token_urlsafe(24)
    tryton.admin("--all", "--email", "admin@example.com", password=password)
    tryton.admin("-u", *MODULES, "--activate-dependencies")
    tryton.admin("-u", "ir", "-l", "ru")
    tryton.start()
    try:
        rpc = Rpc(tryton.url, database=tryton.database.name, user=ADMIN, password=password, timeout_s=120)
        rouble, euro = currency_of(rpc, "RUB", "Российский рубль", "₽"), currency_of(rpc, "EUR", "Евро", "€")
        years = range(_today().year - 1, _today().year + 2)
        for name, currency in (("ООО «Светлый дом»", rouble), ("Svetly Dom Oy", euro)):
            company_make(rpc, name, currency, years)
        gateway_user(rpc, GATEWAY, secrets.token_urlsafe(24))
        rpc.close()
    finally:
        tryton.stop()


def passwords_set(tryton: Tryton, secret_file: Path) -> str:
    """New passwords for a database that was restored; the gateway's goes into the file. Returns admin's."""
    password, gateway = secrets.token_urlsafe(12), secrets.token_urlsafe(24)
    tryton.admin("-p", "--administrator", "--email", "admin@example.com", password=password)
    tryton.start()
    rpc = Rpc(tryton.url, database=tryton.database.name, user=ADMIN, password=password)
    (user,) = rpc.search_read("res.user", [("login", "=", GATEWAY)], ["id"])
    rpc.model("res.user", "write", [user["id"]], {"password": gateway})
    rpc.close()
    file_write(secret_file, gateway.encode())
    return password


def database_make(place: Place, name: str) -> Database:
    """An empty database of Tryton's role, which is made with it; one of that name is dropped."""
    database_drop(place, name)
    with psycopg.connect(place.superuser_dsn, autocommit=True) as connection:
        role = sql.Identifier(ROLE)
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        change = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(place.password))
        connection.execute(change)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(sql.Identifier(name), role))
    return Database(place.host, ROLE, place.password, name)


def database_drop(place: Place, name: str) -> None:
    with psycopg.connect(place.superuser_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _tool(tools: Path, database: Database, tool: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(tools / tool), *arguments],
        capture_output=True,
        text=True,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", **database.environment()},
        check=False,
        timeout=TOOL_TIMEOUT_S,
    )
    if done.returncode != 0:
        raise ServerError(f"{tool}: {done.stderr[-2000:]}")


def _today() -> date:
    return datetime.now(UTC).date()
