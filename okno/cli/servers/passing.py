"""A private PostgreSQL for one run: made in a short temporary folder, gone afterwards."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from okno.cli.servers import roles
from okno.cli.servers.account import account_for_servers
from okno.cli.servers.postgres import Cluster

KIND = "connector"
(ROLE,) = roles.CONNECTOR_ROLES


@dataclass
class Passing:
    """`folder` is empty and private; `database` makes an empty database of a connector's role and returns its DSN."""

    folder: Path
    cluster: Cluster
    passwords: dict[str, str]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def database(self) -> str:
        name = f"run_{next(self.numbers)}"
        superuser = self.cluster.superuser_dsn()
        roles.database_create(superuser, name, KIND)
        roles.schema_rights(self.cluster.superuser_dsn(name), KIND)
        return self.cluster.dsn(ROLE, self.passwords[ROLE], name)


@contextmanager
def postgres_passing() -> Iterator[Passing]:
    """Nothing of it survives, so it waits for no disk. Raises ServerError when no PostgreSQL can be started."""
    account = account_for_servers()
    # Short, to leave room for a unix socket; a server that runs as another user has to pass through.
    home = Path(tempfile.mkdtemp(prefix="okno-"))
    home.chmod(0o711)
    try:
        folder = home / "run"
        folder.mkdir(mode=0o700)
        cluster = Cluster(home / "pg", account, sync=False, settings={"fsync": "off", "max_connections": "100"})
        cluster.start()
        try:
            passwords = roles.passwords_new()
            roles.roles_create(cluster.superuser_dsn(), passwords)
            yield Passing(folder, cluster, passwords)
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
