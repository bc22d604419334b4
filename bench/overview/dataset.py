"""A cluster of its own with N customers, each with one account, one session of two factors and 20 operations."""

import hashlib
import json
import os
import subprocess
import sys
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from okno.cli.servers import roles
from okno.cli.servers.account import account_for_servers
from okno.cli.servers.postgres import Cluster

PER_ACCOUNT = 20
# Operations of one account lie apart on the heap, as in life: neighbours belong to different accounts.
STRIDE = 7919
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
NOTE = "bench.json"
COPY_LINES = 2000
SETTINGS = {
    "effective_cache_size": "12GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "1GB",
    "random_page_cost": "1.1",
    "wal_compression": "lz4",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "30min",
    "jit": "off",
    "max_connections": "100",
}


def token(number: int) -> bytes:
    """The session token of a customer, 32 bytes. The scripts of pgbench compute the same in SQL."""
    return hashlib.sha256(b"bench-token-%d" % number).digest()


def cookie(number: int) -> str:
    """The cookie that carries it."""
    return "__Host-okno=" + urlsafe_b64encode(token(number)).decode().rstrip("=")


def account(number: int) -> str:
    """The account of a customer."""
    return str(uuid.UUID(bytes=hashlib.md5(b"bench-account-%d" % number, usedforsecurity=False).digest()))


def user(number: int) -> str:
    """The user of a customer."""
    return str(uuid.UUID(bytes=hashlib.md5(b"bench-user-%d" % number, usedforsecurity=False).digest()))


@dataclass
class Dataset:
    """A running cluster with the cabinet's own schema and the customers in it."""

    cluster: Cluster
    passwords: dict[str, str]
    customers: int

    def superuser_dsn(self) -> str:
        return self.cluster.superuser_dsn("okno_cabinet")

    def live_dsn(self) -> str:
        return self.cluster.dsn("okno_live", self.passwords["okno_live"], "okno_cabinet")


def dataset_start(home: Path, *, quick: bool) -> Cluster:
    """Start the cluster on Debian's own PostgreSQL, whose pgbench is the limit."""
    buffers = "1GB" if quick else "4GB"
    cluster = Cluster(home, account_for_servers(), origin="system", settings={**SETTINGS, "shared_buffers": buffers})
    cluster.start()
    return cluster


def dataset_open(cluster: Cluster, customers: int) -> Dataset | None:
    """The dataset of an earlier run in a kept home, if it has as many customers."""
    note = cluster.home / NOTE
    if not note.exists():
        return None
    told = json.loads(note.read_text(encoding="utf-8"))
    if told["customers"] != customers:
        raise SystemExit(f"{cluster.home} holds {told['customers']} customers: name another directory")
    return Dataset(cluster, told["passwords"], customers)


def dataset_load(cluster: Cluster, customers: int) -> Dataset:
    """Create the schema by the product's own migrations and fill it by COPY."""
    passwords = roles.passwords_new()
    roles.roles_create(cluster.superuser_dsn(), passwords)
    roles.databases_create(
        cluster.superuser_dsn(),
        {"cabinet": cluster.superuser_dsn("okno_cabinet"), "book": cluster.superuser_dsn("okno_book")},
    )
    owner = cluster.dsn("okno_owner", passwords["okno_owner"], "okno_cabinet")
    subprocess.run(
        [sys.executable, "-m", "okno.cabinet.config.migrate"],
        env={**os.environ, "OKNO_OWNER_DSN": owner},
        check=True,
    )
    with psycopg.connect(cluster.superuser_dsn("okno_cabinet"), autocommit=True) as connection:
        _fill(connection, customers)
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
    note = cluster.home / NOTE
    note.write_text(json.dumps({"customers": customers, "passwords": passwords}), encoding="utf-8")
    note.chmod(0o600)
    return Dataset(cluster, passwords, customers)


def dataset_warm(data: Dataset) -> None:
    """Read everything into PostgreSQL's own memory: what is measured is work, not a disk."""
    with psycopg.connect(data.superuser_dsn(), autocommit=True) as connection:
        connection.execute("create extension if not exists pg_prewarm")
        connection.execute(
            "select pg_prewarm(oid) from pg_class where relkind in ('r', 'i') and relnamespace = 'public'::regnamespace"
        )


def _fill(connection: psycopg.Connection, customers: int) -> None:
    connection.execute("set synchronous_commit = off")
    connection.execute("insert into accounts_system (id, title, epoch, watermark) values ('main', 'Books', 1, now())")
    for table in (*FOREIGN, "accounts_operation"):
        connection.execute(f"alter table {table} disable trigger all")
    _copy(connection, "identity_user (id, login, password, phone_sealed, phone_mask)", _users(customers))
    _copy(
        connection,
        "identity_session (token_hash, id, user_id, factors, expires_at, idle_until, user_agent, address)",
        _sessions(customers),
    )
    _copy(
        connection,
        "accounts_account (id, system_id, tail, title, currency, balance, status, due_amount, due_on, epoch, version,"
        " position, as_of)",
        _accounts(customers),
    )
    _copy(connection, 'accounts_access (user_id, account_id, "right", grant_id, until)', _access(customers))
    with WithoutKeys(connection):
        _copy(
            connection,
            "accounts_operation (account_id, position, epoch, version, key, kind, channel, amount, balance, posted_at,"
            " text)",
            _operations(customers),
        )
    for table in (*FOREIGN, "accounts_operation"):
        connection.execute(f"alter table {table} enable trigger all")


FOREIGN = ("identity_session", "accounts_account", "accounts_access")


class WithoutKeys:
    """The keys of the operations are built after the load: that is faster than keeping them up row by row."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._keys: list[tuple[str, str]] = []

    def __enter__(self) -> None:
        self._keys = self._connection.execute(
            "select conname, pg_get_constraintdef(oid) from pg_constraint"
            " where conrelid = 'accounts_operation'::regclass and contype in ('p', 'u') order by contype"
        ).fetchall()
        for name, _ in self._keys:
            self._connection.execute(f"alter table accounts_operation drop constraint {name}")

    def __exit__(self, *_: object) -> None:
        for name, definition in self._keys:
            self._connection.execute(f"alter table accounts_operation add constraint {name} {definition}")


def _copy(connection: psycopg.Connection, target: str, lines: Iterator[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"copy {target} from stdin") as copy:
        part: list[str] = []
        for line in lines:
            part.append(line)
            if len(part) >= COPY_LINES:
                copy.write("".join(part))
                part.clear()
        copy.write("".join(part))


def _users(customers: int) -> Iterator[str]:
    for number in range(customers):
        yield f"{user(number)}\tcustomer-{number}\t!\t-\t··· {number % 10000:04}\n"


def _sessions(customers: int) -> Iterator[str]:
    until = (datetime.now(UTC) + timedelta(days=365)).isoformat()
    for number in range(customers):
        digest = hashlib.sha256(token(number)).hexdigest()
        session = uuid.UUID(digest[:32])
        yield f"\\\\x{digest}\t{session}\t{user(number)}\t2\t{until}\t{until}\tMozilla/5.0 (X11; Linux)\t192.0.2.1\n"


def _accounts(customers: int) -> Iterator[str]:
    now = datetime.now(UTC).isoformat()
    for number in range(customers):
        balance = number * 37 % 1_000_000 - 300_000
        yield (
            f"{account(number)}\tmain\t{number % 10000:04}\t\tRUB\t{balance}\tactive\t{abs(balance)}\t2026-12-10\t1\t"
            f"{PER_ACCOUNT}\t{PER_ACCOUNT}\t{now}\n"
        )


def _access(customers: int) -> Iterator[str]:
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    for number in range(customers):
        yield f"{user(number)}\t{account(number)}\tview\t{user(number)}\t{until}\n"


def _operations(customers: int) -> Iterator[str]:
    accounts = [account(number) for number in range(customers)]
    kinds = ("charge", "payment", "charge", "correction")
    for position in range(1, PER_ACCOUNT + 1):
        for step in range(customers):
            number = (STRIDE * step + 13 * position) % customers
            place = position * customers + step
            posted = BEGINNING + timedelta(seconds=place * 63_000_000 // (customers * (PER_ACCOUNT + 1)))
            kind = kinds[place % 4]
            channel = "card" if kind == "payment" else "\\N"
            yield (
                f"{accounts[number]}\t{position}\t1\t{position}\tbench-{place}\t{kind}\t{channel}\t"
                f"{place * 91 % 1_000_000 - 500_000}\t{place * 17 % 1_000_000}\t{posted:%Y-%m-%d %H:%M:%S+00}\t"
                f"Услуги связи за ноябрь, договор {place % 100}\n"
            )
