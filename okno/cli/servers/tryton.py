"""A Tryton beside us: its own environment, its own process, its own database. None of its code is ever imported here.

Tryton is GPL-3.0-or-later; what we do with it is start it and speak to it as any client would.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from okno.cli.files import file_write
from okno.cli.servers.account import ServerError
from okno.cli.servers.process import Server, port_accepts, server_start, tail

REQUIREMENTS = Path(__file__).parents[3] / "deploy" / "tryton" / "requirements.txt"
READY_TIMEOUT_S = 60
INSTALL_TIMEOUT_S = 600
ADMIN_TIMEOUT_S = 600
KEY_CHARS = 12


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database as libpq finds it: the socket's directory, a role that owns it, its password."""

    host: str
    user: str
    password: str
    name: str

    def environment(self) -> dict[str, str]:
        return {"PGHOST": self.host, "PGUSER": self.user, "PGPASSWORD": self.password}


def key() -> str:
    """Names what was installed: the hash of the lock file."""
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:KEY_CHARS]


def install_ensure(cache: Path) -> Path:
    """The `bin` directory of an environment with Tryton, made on first use from the lock file. Raises ServerError."""
    folder = (cache / f"venv-{key()}").resolve()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            _run([sys.executable, "-m", "venv", "--clear", str(folder)], "its environment cannot be made")
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
            _run([*pip, "-r", str(REQUIREMENTS)], "it cannot be installed")
            (folder / "whole").touch()
    return folder / "bin"


def _run(command: list[str], trouble: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_TIMEOUT_S)
    if done.returncode != 0:
        raise ServerError(f"Tryton: {trouble}:\n{done.stderr[-2000:]}")


class Tryton:
    """One trytond for one database. `home` is private to us; the port is loopback's."""

    def __init__(self, home: Path, binaries: Path, database: Database, port: int) -> None:
        self._home = home
        self._binaries = binaries
        self.database = database
        self.port = port
        self.server: Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self._home / "trytond.log"

    def admin(self, *arguments: str, password: str | None = None) -> None:
        """Run trytond-admin on the database; `password` becomes that of its user admin. Raises ServerError."""
        configuration = self._configuration()
        secret = self._home / "admin.password"
        environment = self._environment()
        if password is not None:
            file_write(secret, password.encode())
            environment["TRYTONPASSFILE"] = str(secret)
        command = [str(self._binaries / "trytond-admin"), "-c", str(configuration), "-d", self.database.name]
        with self.log.open("ab") as log:
            done = subprocess.run(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                check=False,
                timeout=ADMIN_TIMEOUT_S,
            )
        with suppress(FileNotFoundError):
            secret.unlink()
        if done.returncode != 0:
            raise ServerError(f"trytond-admin ended with status {done.returncode}:\n{tail(self.log)}")

    def start(self) -> None:
        """Returns when it accepts connections. Raises ServerError."""
        command = [str(self._binaries / "trytond"), "-c", str(self._configuration()), "-d", self.database.name]
        self.server = server_start(
            "trytond", command, account=None, home=self._home, log=self.log, env=self._environment()
        )
        self.server.wait_ready(lambda: port_accepts(self.port), timeout_s=READY_TIMEOUT_S)

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
            self.server = None

    def _environment(self) -> dict[str, str]:
        own: Mapping[str, str] = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
        return {**own, **self.database.environment()}

    def _configuration(self) -> Path:
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in ("files", "web"):
            (self._home / folder).mkdir(exist_ok=True)
        path = self._home / "trytond.conf"
        text = (
            f"[database]\nuri = postgresql:///\npath = {self._home / 'files'}\n"
            f"[web]\nlisten = 127.0.0.1:{self.port}\nroot = {self._home / 'web'}\n"
            "[session]\nauthentications = password\n"
        )
        file_write(path, text.encode())
        return path
