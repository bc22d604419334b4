"""A Tryton beside us: its own environment, its own process, its own database. None of its code is ever imported here.

Tryton is GPL-3.0-or-later; what we do with it is start it and speak to it as any client would.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import urllib3
from urllib3.exceptions import HTTPError

from okno.cli.files import file_write
from okno.cli.servers.account import ServerError
from okno.cli.servers.process import Server, server_start, tail

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy" / "tryton"
REQUIREMENTS = DEPLOY / "requirements.txt"
CACHE = ROOT / "var" / "cache" / "tryton"
CLIENT = Path("node_modules") / "tryton-sao"
#: Of the demo: the database, the connector's user, the person who posts, and the cabinet's payment journals.
DATABASE, USER, ACCOUNTANT, CABINET = "okno_tryton", "okno", "buhgalter", "Личный кабинет"
READY_TIMEOUT_S = 120
INSTALL_TIMEOUT_S = 600
ADMIN_TIMEOUT_S = 1200
ANSWER_TIMEOUT_S = 5
KEY_CHARS = 12
OK = 200
CONFIGURATION = """\
[database]
uri = postgresql:///
path = {home}/files
list = {listed}
[web]
listen = 127.0.0.1:{port}
root = {web}
[session]
authentications = password
[queue]
worker = {queue}
"""
# Its own way names every request, and so does its web server's; what is wrong is enough.
LOGGING = """\
[loggers]
keys = root, werkzeug
[handlers]
keys = stderr
[formatters]
keys = line
[logger_root]
level = WARNING
handlers = stderr
[logger_werkzeug]
level = WARNING
handlers =
qualname = werkzeug
[handler_stderr]
class = StreamHandler
args = (sys.stderr,)
formatter = line
[formatter_line]
format = %(asctime)s %(levelname)s %(name)s %(message)s
"""


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database as libpq finds it: the socket's directory, a role that owns it, its password."""

    host: str
    user: str
    password: str
    name: str

    @property
    def dsn(self) -> str:
        return f"postgresql://{self.user}:{self.password}@/{self.name}?host={self.host}"

    def environment(self) -> dict[str, str]:
        return {"PGHOST": self.host, "PGUSER": self.user, "PGPASSWORD": self.password}


def key(*files: Path) -> str:
    """Names what was installed: the hash of the lock files."""
    digest = hashlib.sha256()
    for file in files or (REQUIREMENTS,):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:KEY_CHARS]


def install_ensure(cache: Path = CACHE) -> Path:
    """The `bin` directory of an environment with Tryton, made on first use from the lock file. Raises ServerError."""
    folder = (cache / f"venv-{key()}").resolve()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)], "no environment can be made")
            python = str(folder / "bin" / "python")
            into = ["pip", "install", "--quiet", "--compile-bytecode", "--python", python]
            installer = Path(sys.executable).with_name("uv")
            _run([str(installer), *into, "--require-hashes", "-r", str(REQUIREMENTS)], "it cannot be installed")
            (folder / "whole").touch()
    return folder / "bin"


def client_ensure(cache: Path = CACHE) -> Path:
    """The folder of Tryton's web client, made on first use from its own lock file. Raises ServerError."""
    made_from = [DEPLOY / "web" / name for name in ("package.json", "package-lock.json", ".npmrc")]
    folder = (cache / f"web-{key(*made_from)}").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (cache / "client.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            for file in made_from:
                shutil.copy(file, folder / file.name)
            npm = Path(sys.executable).with_name("npm")
            ci = [str(npm), "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]
            _run(ci, "its web client cannot be installed", folder=folder)
            (folder / "whole").touch()
    return folder / CLIENT


def _run(command: list[str], trouble: str, *, folder: Path | None = None) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        check=False,
        timeout=INSTALL_TIMEOUT_S,
    )
    if done.returncode != 0:
        raise ServerError(f"Tryton: {trouble}:\n{done.stderr[-2000:]}")


class Tryton:
    """One trytond for one database. `home` is private to us; the port is loopback's.

    `web` is the folder of its web client. With `queue`, what Tryton does after a posting (printing, marking as paid)
    waits for `work` instead of being done before the answer.
    """

    def __init__(
        self,
        home: Path,
        binaries: Path,
        database: Database,
        port: int,
        *,
        web: Path | None = None,
        queue: bool = False,
    ) -> None:
        self._home = home
        self._binaries = binaries
        self.database = database
        self.port = port
        self._web = web or home / "web"
        self._queue = queue
        self.server: Server | None = None
        self.worker: Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self._home / "trytond.log"

    def admin(self, *arguments: str, password: str | None = None) -> None:
        """Run trytond-admin on the database; `password` becomes that of its user admin. Raises ServerError."""
        secret = self._home / "admin.password"
        command = self._command("trytond-admin")
        environment = self._environment()
        if password is not None:
            file_write(secret, password.encode())
            environment["TRYTONPASSFILE"] = str(secret)
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
        """Returns when it answers. After a kill -9 of it, on the same port. Raises ServerError."""
        self.launch().wait_ready(self.answers, timeout_s=READY_TIMEOUT_S)

    def launch(self) -> Server:
        """Start it, for whoever waits by himself."""
        self.server = self._start("trytond", self._command("trytond"))
        return self.server

    def work(self, queue: str) -> None:
        """Start who works off the tasks of one queue."""
        self.worker = self._start("trytond-worker", [*self._command("trytond-worker"), "--name", queue, "-n", "1"])

    def answers(self) -> bool:
        """Whether it tells its version, which it does once its database is loaded."""
        asked = {"id": 1, "method": "common.server.version", "params": []}
        try:
            with urllib3.PoolManager(retries=False, timeout=ANSWER_TIMEOUT_S) as pool:
                return pool.request("POST", f"{self.url}/rpc/", json=asked).status == OK
        except HTTPError:
            return False

    def stop(self) -> None:
        """End the server and its worker. Idempotent."""
        for server in (self.worker, self.server):
            if server is not None:
                server.stop()
                # A worker of Tryton's leaves behind whom it has begun for the tasks.
                server.rest_end()
        self.server = self.worker = None

    def _start(self, name: str, command: list[str]) -> Server:
        return server_start(name, command, account=None, home=self._home, log=self.log, env=self._environment())

    def _environment(self) -> dict[str, str]:
        """The database's password goes this way: a command line is seen by everybody."""
        own: Mapping[str, str] = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": str(self._home)}
        return {**own, **self.database.environment()}

    def _command(self, program: str) -> list[str]:
        """With a configuration as it stands now."""
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in ("files", "web"):
            (self._home / folder).mkdir(exist_ok=True)
        # Its web client asks for the name of the database unless it is told of the one that there is.
        listed = self._web != self._home / "web"
        text = CONFIGURATION.format(home=self._home, port=self.port, web=self._web, queue=self._queue, listed=listed)
        configuration, logging = self._home / "trytond.conf", self._home / "logging.conf"
        file_write(configuration, text.encode())
        file_write(logging, LOGGING.encode())
        binary = str(self._binaries / program)
        return [binary, "-c", str(configuration), "-d", self.database.name, "--logconf", str(logging)]
