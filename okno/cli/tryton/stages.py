"""Databases of Tryton kept as dumps, so that what takes minutes is done once per machine: empty, laid out, lived in.

A dump is kept under a mark of everything that it is made from: the lock file of Tryton, the code that makes it, the
PostgreSQL that wrote it, the calendar. What is marked otherwise is never looked at again.
"""

from __future__ import annotations

import fcntl
import hashlib
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from okno.cli.files import file_write
from okno.cli.servers.account import ServerError, account_for_servers
from okno.cli.servers.postgres import Cluster, binaries_choose, binaries_known
from okno.cli.servers.tryton import CACHE, Database

ROLE = "okno_tryton"
MARK_CHARS = 16
TOOL_TIMEOUT_S = 600
DUMP = ".dump"
#: Nothing in a workshop need survive a power cut.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}

Passwords = dict[str, str]
"""By login."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside a dump: the passwords of the users in it."""

    passwords: Passwords


@dataclass(frozen=True)
class Kept:
    """A dump in the cache."""

    dump: Path
    passwords: Passwords


@dataclass(frozen=True)
class Stage:
    """`make(database, folder, passwords)` changes what `before` left (None: an empty database), and adds passwords."""

    name: str
    mark: str
    make: Callable[[Database, Path, Passwords], None]
    before: Stage | None = None


@dataclass(frozen=True)
class Place:
    """Where databases can be made: a superuser's connection string, the socket's directory."""

    superuser_dsn: str
    host: str
    password: str
    """Of the role that owns Tryton's databases."""


def mark_of(*parts: str | Path) -> str:
    """A name for the content of files and for texts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:MARK_CHARS]


def kept(stage: Stage, cache: Path = CACHE) -> Kept:
    """The dump of a stage, made at the first asking; who else asks meanwhile waits. Raises ServerError.

    `cache` is for this stage alone.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{stage.name}-{stage.mark}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = cache / f"{stage.name}-{stage.mark}.json"
        if not note.exists():
            before = kept(stage.before) if stage.before else None
            _build(stage, before, note)
        return Kept(note.with_suffix(DUMP), msgspec.json.decode(note.read_bytes(), type=Note).passwords)


def _build(stage: Stage, before: Kept | None, note: Path) -> None:
    passwords = dict(before.passwords) if before else {}
    dump = note.with_suffix(DUMP)
    with workshop() as (cluster, place, folder):
        tools = cluster.binaries().directory
        database = database_make(place, "tryton")
        if before:
            restore(database, before.dump, tools)
        stage.make(database, folder / "tryton", passwords)
        draft = dump.with_suffix(".part")
        _tool(tools / "pg_dump", database, "-Fc", "-f", str(draft))
        draft.chmod(0o600)
        draft.replace(dump)
    file_write(note, msgspec.json.encode(Note(passwords=passwords)))


@contextmanager
def workshop() -> Iterator[tuple[Cluster, Place, Path]]:
    """A PostgreSQL that lives as long as the block, and a folder beside it. Raises ServerError."""
    folder = Path(tempfile.mkdtemp(prefix="okno-tryton-"))
    folder.chmod(0o711)
    cluster = Cluster(folder / "pg", account_for_servers(), sync=False, settings=QUICK)
    try:
        cluster.start()
        yield cluster, Place(cluster.superuser_dsn(), str(cluster.socket_directory), secrets.token_hex(16)), folder
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def database_make(place: Place, name: str, *, template: str = "template0") -> Database:
    """A database of Tryton's role that nobody else may enter; one of that name is dropped."""
    database_drop(place, name)
    found = database_of(place, name)
    role, named = sql.Identifier(ROLE), sql.Identifier(name)
    with psycopg.connect(place.superuser_dsn, autocommit=True) as connection:
        made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(named, role, sql.Identifier(template))
        connection.execute(made)
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(named))
    return found


def database_of(place: Place, name: str) -> Database:
    """One that is there or will be: from now on its role logs in with the password of the place."""
    role = sql.Identifier(ROLE)
    with psycopg.connect(place.superuser_dsn, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(place.password)))
    return Database(place.host, ROLE, place.password, name)


def database_drop(place: Place, name: str) -> None:
    with psycopg.connect(place.superuser_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def restore(database: Database, dump: Path, tools: Path) -> None:
    """Fill an empty database; `tools` holds pg_restore. Raises ServerError."""
    _tool(tools / "pg_restore", database, "--no-owner", "--no-privileges", "--exit-on-error", str(dump))


def postgres_major() -> int:
    """Of the PostgreSQL that a workshop gets: an older one could not read its dumps."""
    return binaries_choose(binaries_known(), major=None, origin=None).major


def _tool(program: Path, database: Database, *arguments: str) -> None:
    done = subprocess.run(
        [str(program), "-w", "-d", database.name, *arguments],
        capture_output=True,
        text=True,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", **database.environment()},
        check=False,
        timeout=TOOL_TIMEOUT_S,
    )
    if done.returncode != 0:
        raise ServerError(f"{program.name}: {done.stderr[-2000:]}")
