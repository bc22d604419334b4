"""Making a cluster ready for the street: roles, databases, both schemas. Repeatable."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import okno
from okno.cli.servers.account import ServerError
from okno.cli.servers.postgres import Cluster
from okno.cli.servers.roles import DATABASES, OWNERS, databases_create, roles_create
from okno.connectors.book.schema import migrate as book_migrate
from okno.connectors.runtime.store.migrations import migrate as store_migrate

ROOT = Path(okno.__file__).parent
SOURCES = ("cabinet/*/migrations/*.py", "cabinet/*/sql/*.sql", "connectors/**/*.sql", "cli/servers/roles.*")
SCHEMA = "schema"
MIGRATE = [sys.executable, "-m", "okno.cabinet.config.migrate"]


def databases_ready(cluster: Cluster, passwords: Mapping[str, str], *, inside: str = "book") -> None:
    """Create what is missing and bring both schemas up to date. Raises ServerError with what the child said.

    `inside` is the database of the connector: the book with its store, or the store alone (`connector`).
    """
    wanted = schema_print()
    if cluster.mark(SCHEMA) == wanted:
        return
    roles_create(cluster.superuser_dsn(), passwords)
    dsn_of = {kind: cluster.superuser_dsn(DATABASES[kind]) for kind in ("cabinet", inside)}
    databases_create(cluster.superuser_dsn(), dsn_of)
    owner = cluster.dsn("okno_owner", passwords["okno_owner"], DATABASES["cabinet"])
    # Django reads its settings once per process and here only the owner's are wanted: a child of its own. The
    # password goes by the environment, since the command line is seen by everybody.
    migrating = subprocess.Popen(
        MIGRATE, env={**os.environ, "OKNO_OWNER_DSN": owner}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if inside == "book":
        book_migrate(cluster.dsn("okno_book", passwords["okno_book"], DATABASES["book"]))
    else:
        store_migrate(cluster.dsn(OWNERS[inside], passwords[OWNERS[inside]], DATABASES[inside]), system="main")
    _, said = migrating.communicate()
    if migrating.returncode != 0:
        raise ServerError(f"the cabinet's schema was not brought up to date:\n{said.decode(errors='replace')}")
    cluster.mark_set(SCHEMA, wanted)


def schema_print(root: Path = ROOT) -> str:
    """A fingerprint of every file that makes a role, a table or a function: the same one means nothing to do."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in root.glob(pattern)):
        digest.update(path.read_bytes())
    return digest.hexdigest()
