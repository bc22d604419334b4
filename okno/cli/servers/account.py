"""The unprivileged user that servers run as when root starts them."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

CANDIDATES = ("okno", "postgres", "nobody")
HOME_MODE = 0o700


class ServerError(Exception):
    """A server cannot be started or did not come up; the text says what to do."""


@dataclass(frozen=True)
class Account:
    """A user of the passwd table: PostgreSQL refuses a bare uid and refuses root."""

    name: str
    uid: int
    gid: int

    @property
    def drops(self) -> bool:
        """Whether becoming this user gives up rights, which only root can do."""
        return os.geteuid() == 0 and self.uid != 0

    def can(self, flag: str, path: Path) -> bool:
        """Whether this user passes `test FLAG PATH`, asked by a child that really is this user."""
        command = ["/usr/bin/test", flag, str(path)]
        if self.drops:
            done = subprocess.run(command, user=self.uid, group=self.gid, extra_groups=[], cwd="/", env={}, check=False)
        else:
            done = subprocess.run(command, cwd="/", env={}, check=False)
        return done.returncode == 0


def account_for_servers(run_as: str | None = None) -> Account:
    """Who the servers run as: ourselves, or for root the named user, else the first candidate that exists."""
    if os.geteuid() != 0:
        own = pwd.getpwuid(os.geteuid())
        if run_as not in (None, own.pw_name):
            raise ServerError(f"only root can run servers as {run_as!r}: leave --run-as out")
        return Account(own.pw_name, own.pw_uid, own.pw_gid)
    for name in (run_as,) if run_as else CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid == 0:
            raise ServerError("PostgreSQL refuses to run as root: name another user with --run-as")
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    wanted = run_as or ", ".join(CANDIDATES)
    raise ServerError(f"none of these users exists: {wanted}; create one: useradd --system okno")


def private_directory(path: Path, account: Account) -> Path:
    """Make `path` (its parents as they are) a directory of mode 0700 that belongs to the account.

    An existing directory of anybody else is refused: in a shared place like /tmp it may be a trap.
    """
    try:
        path.mkdir(mode=HOME_MODE)
    except FileExistsError:
        found = path.lstat()
        if path.is_symlink() or not path.is_dir() or found.st_uid not in (account.uid, os.geteuid()):
            raise ServerError(f"{path} belongs to somebody else: remove it or choose another directory") from None
    path.chmod(HOME_MODE)
    if account.drops:
        os.chown(path, account.uid, account.gid)
    return path
