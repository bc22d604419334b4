"""The read model under measure: one cluster, one filled database, and a fresh clone of it for each contender's turn."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from okno.cli.instance.ready import databases_ready
from okno.cli.seed.apart import keys_apart
from okno.cli.servers import roles
from okno.cli.servers.account import account_for_servers
from okno.cli.servers.postgres import Cluster

SYSTEM = "main"
EPOCH = 1
PER_ACCOUNT = 2
"""Operations that each account has before a turn; its version is one more, since it began with its state."""
AMOUNT = 100
BEGINNING = datetime(2026, 11, 1, tzinfo=UTC)
TEMPLATE = roles.DATABASES["cabinet"]
SETTINGS = {
    "effective_cache_size": "12GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "1GB",
    "random_page_cost": "1.1",
    "wal_compression": "lz4",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "30min",
    "jit": "off",
    "max_connections": "60",
}


def account(number: int) -> str:
    """The id of an account; the filling statement computes the same in SQL."""
    return str(uuid.UUID(bytes=hashlib.md5(b"bench-account-%d" % number, usedforsecurity=False).digest()))


@dataclass
class Model:
    """A running cluster whose database `TEMPLATE` holds the accounts and their first operations."""

    cluster: Cluster
    passwords: dict[str, str]
    accounts: int

    @contextmanager
    def clone(self, name: str) -> Iterator[Database]:
        """A copy at the fill level of all others: warm, and just behind a checkpoint, so that nobody pays for it."""
        superuser = self.cluster.superuser_dsn()
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        roles.database_create(superuser, name, "cabinet", template=TEMPLATE)
        found = Database(self, name)
        with psycopg.connect(found.superuser_dsn(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_prewarm(oid) FROM pg_class"
                " WHERE relkind IN ('r', 'i') AND relname LIKE 'accounts%' AND relnamespace = 'public'::regnamespace"
            )
        yield found
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@dataclass
class Database:
    """One clone."""

    model: Model
    name: str

    def superuser_dsn(self) -> str:
        return self.model.cluster.superuser_dsn(self.name)

    def projector_dsn(self) -> str:
        role = "okno_projector"
        return self.model.cluster.dsn(role, self.model.passwords[role], self.name)


def model_start(home: Path, *, accounts: int) -> Model:
    """Start the cluster, make the schema by the product's own migrations, fill it."""
    buffers = f"{512 + accounts // 200}MB"
    cluster = Cluster(home, account_for_servers(), origin="system", settings={**SETTINGS, "shared_buffers": buffers})
    cluster.start()
    passwords = roles.passwords_new()
    databases_ready(cluster, passwords)
    with psycopg.connect(cluster.superuser_dsn(TEMPLATE), autocommit=True) as connection:
        _fill(connection, accounts)
        connection.execute("CREATE EXTENSION pg_prewarm")
        connection.execute("VACUUM ANALYZE")
    return Model(cluster, passwords, accounts)


def _fill(connection: psycopg.Connection, accounts: int) -> None:
    connection.execute("SET synchronous_commit = off")
    connection.execute("INSERT INTO accounts_system (id, epoch) VALUES (%s, %s)", [SYSTEM, EPOCH])
    given = {
        "system": SYSTEM,
        "epoch": EPOCH,
        "last": accounts - 1,
        "per": PER_ACCOUNT,
        "amount": AMOUNT,
        "at": BEGINNING,
    }
    connection.execute(
        """
        INSERT INTO accounts_account (id, system_id, tail, currency, balance, status, epoch, version, position, as_of)
        SELECT md5('bench-account-' || n)::uuid, %(system)s, to_char(n %% 10000, 'FM0000'), 'RUB',
               %(per)s * %(amount)s, 'active', %(epoch)s, %(per)s + 1, %(per)s, %(at)s
          FROM generate_series(0, %(last)s) n
        """,
        given,
    )
    with connection.transaction(), keys_apart(connection, "accounts_operation", rebuild=True):
        connection.execute(
            """
            INSERT INTO accounts_operation (account_id, position, epoch, version, key, kind, amount, balance, posted_at,
                                            text)
            SELECT md5('bench-account-' || n)::uuid, p, %(epoch)s, p + 1, 'before-' || p, 'charge', %(amount)s,
                   p * %(amount)s, %(at)s, 'Услуги связи, договор ' || n
              FROM generate_series(1, %(per)s) p, generate_series(0, %(last)s) n
            """,
            given,
        )
