"""Real servers for every test that needs one: each started once per run, each test with its own database.

Every xdist worker has its own servers, so nothing is shared and nothing has to be counted.
"""

import itertools
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import structlog
from factories.street import Demo
from factories.tryton import Office, office_running
from psycopg import sql

from okno.cli.servers import roles
from okno.cli.servers.account import account_for_servers, private_directory
from okno.cli.servers.postgres import Cluster
from okno.cli.servers.rabbitmq import Broker
from okno.cli.tryton.stages import Place
from okno.connectors.book.schema import migrate as book_migrate
from okno.connectors.runtime.store.migrations import migrate as store_migrate
from okno.couriers.topology import definitions, topology


@dataclass
class Postgres:
    """A running cluster with the product's roles."""

    cluster: Cluster
    passwords: dict[str, str]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def superuser_dsn(self, db: str = "postgres") -> str:
        return self.cluster.superuser_dsn(db)

    def create_database(self, kind: str = "cabinet", *, template: str = "template0") -> str:
        """A new database of a kind (`cabinet` | `book` | `connector`); returns its name."""
        name = f"{kind}_{next(self.numbers)}"
        roles.database_create(self.superuser_dsn(), name, kind, template=template)
        if template == "template0":
            roles.schema_rights(self.superuser_dsn(name), kind)
        return name

    def drop_database(self, name: str) -> None:
        with psycopg.connect(self.superuser_dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@dataclass
class Database:
    """One database and how each role reaches it; `okno_` before a role's name may be left out."""

    postgres: Postgres
    name: str

    def dsn(self, role: str) -> str:
        full = role if role.startswith("okno_") else f"okno_{role}"
        return self.postgres.cluster.dsn(full, self.postgres.passwords[full], self.name)

    def superuser_dsn(self) -> str:
        return self.postgres.superuser_dsn(self.name)


@pytest.fixture(autouse=True)
def logs_begin_anew() -> None:
    """What an import or an earlier test configured writes to a stream that is closed by now."""
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def short_directory() -> Iterator[Path]:
    """A private directory whose path leaves room for a unix socket."""
    path = Path(tempfile.mkdtemp(prefix="okno-t-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def postgres(short_directory: Path) -> Iterator[Postgres]:
    cluster = Cluster(
        short_directory / "pg", account_for_servers(), sync=False, settings={"max_connections": "300", "fsync": "off"}
    )
    cluster.start()
    passwords = roles.passwords_new()
    roles.roles_create(cluster.superuser_dsn(), passwords)
    yield Postgres(cluster, passwords)
    cluster.stop()


@pytest.fixture(scope="session")
def cabinet_template(postgres: Postgres) -> str:
    name = postgres.create_database("cabinet")
    environment = {**os.environ, "OKNO_OWNER_DSN": Database(postgres, name).dsn("owner")}
    done = subprocess.run(
        [sys.executable, "-m", "okno.cabinet.config.migrate"],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return name


@pytest.fixture(scope="session")
def book_template(postgres: Postgres) -> str:
    name = postgres.create_database("book")
    book_migrate(Database(postgres, name).dsn("book"))
    return name


@pytest.fixture(scope="session")
def connector_template(postgres: Postgres) -> str:
    name = postgres.create_database("connector")
    store_migrate(Database(postgres, name).dsn("connector"), system="main")
    return name


@pytest.fixture
def cabinet_database(postgres: Postgres, cabinet_template: str) -> Iterator[Database]:
    """A fresh clone of the migrated cabinet."""
    name = postgres.create_database("cabinet", template=cabinet_template)
    yield Database(postgres, name)
    postgres.drop_database(name)


@pytest.fixture
def book_database(postgres: Postgres, book_template: str) -> Iterator[Database]:
    """A fresh clone of the migrated book of accounts."""
    name = postgres.create_database("book", template=book_template)
    yield Database(postgres, name)
    postgres.drop_database(name)


@pytest.fixture
def connector_database(postgres: Postgres, connector_template: str) -> Iterator[Database]:
    """A fresh clone of the store of a connector to a foreign system."""
    name = postgres.create_database("connector", template=connector_template)
    yield Database(postgres, name)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def tryton(postgres: Postgres, short_directory: Path) -> Iterator[Office]:
    """Tryton with six customers; tests share it, and each keeps to customers and keys of its own."""
    cluster = postgres.cluster
    place = Place(cluster.superuser_dsn(), str(cluster.socket_directory), secrets.token_hex(12))
    yield from office_running(place, cluster.binaries().directory, short_directory / "tryton", "erp")


@pytest.fixture(scope="session")
def rabbitmq(short_directory: Path) -> Iterator[Broker]:
    """A node with the product's own objects, users and rights: `.url(user, vhost)`."""
    named = topology()
    passwords = {user.name: f"test-{number}" for number, user in enumerate(named.users)}
    broker = Broker(
        private_directory(short_directory / "mq", account_for_servers()),
        account_for_servers(),
        passwords,
        definitions(named, passwords),
    )
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def embedded_street(short_directory: Path) -> Iterator[Demo]:
    """The whole product in one process."""
    demo = Demo.start(short_directory / "e", "emb")
    yield demo
    assert demo.stop() == 0


@pytest.fixture(scope="session")
def full_street(short_directory: Path) -> Iterator[Demo]:
    """Debian's servers and every process of ours apart: started once for all tests that need it."""
    demo = Demo.start(short_directory / "f", "full", "--stack", "full")
    yield demo
    assert demo.stop() == 0


@pytest.fixture(scope="session")
def tryton_street(short_directory: Path) -> Iterator[Demo]:
    """The full stack on a real Tryton with a few customers."""
    inside = ("--system", "tryton", "--parties", "8", "--months", "2")
    demo = Demo.start(short_directory / "ft", "ft", "--stack", "full", *inside)
    yield demo
    assert demo.stop() == 0
