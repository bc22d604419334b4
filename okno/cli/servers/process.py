"""One child process of a server: started without a shell, ended by its own pid, gone when we are gone."""

import contextlib
import errno
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from okno.cli.servers.account import Account, ServerError

POLL_S = 0.02
LOG_TAIL_LINES = 15
PORTS_TRIES_MAX = 50


def ports_free(count: int) -> list[int]:
    """That many different free ports of 127.0.0.1, each also free on ::1, where epmd listens besides."""
    ports: list[int] = []
    with contextlib.ExitStack() as held:
        for _ in range(PORTS_TRIES_MAX + count):
            if len(ports) == count:
                return ports
            holder = held.enter_context(socket.socket())
            holder.bind(("127.0.0.1", 0))
            port = holder.getsockname()[1]
            if port_free_beside(port):
                ports.append(port)
    raise ServerError("no port is free on 127.0.0.1 and on ::1")


def port_free_beside(port: int) -> bool:
    """Whether ::1 has the port free too; a machine without IPv6 has nobody there."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", port))
    except OSError as error:
        return error.errno != errno.EADDRINUSE
    return True


def port_accepts(port: int) -> bool:
    """Whether somebody accepts connections at 127.0.0.1:port."""
    with contextlib.closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def pid_command(pid: int) -> list[str]:
    """Command line of a living process; empty when it is gone or only waits to be reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [] if state == "Z" else command


def pid_wait_gone(pid: int, *, timeout_s: float) -> bool:
    """Wait until a process that may not be our child is gone; False when it outlives the time."""
    until = time.monotonic() + timeout_s
    while pid_command(pid):
        if time.monotonic() > until:
            return False
        time.sleep(POLL_S)
    return True


def tail(log: Path) -> str:
    """The last lines of a log, for an error message."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])


def command_bound(command: Sequence[str], *, death_signal: signal.Signals) -> list[str]:
    """The command under setpriv, so that the kernel ends it when its starter is killed -9 (Linux alone).

    A signal that its starter blocks or ignores would be blocked or ignored in it as well: env gives it back first.
    """
    binder = shutil.which("setpriv", path="/usr/bin:/bin")
    if binder is None:
        return list(command)
    bound = [binder, f"--pdeathsig={death_signal.name.removeprefix('SIG')}"]
    return ["/usr/bin/env", "--default-signal=TERM,INT,QUIT", *bound, *command]


@dataclass
class Server:
    """A running child. `stop_signal` asks it to end in good order."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def wait_ready(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Wait until `ready()`; a child that ends or is late is an error that shows its log."""
        until = time.monotonic() + timeout_s
        while not ready():
            if not self.alive():
                raise ServerError(f"{self.name} ended with status {self.process.returncode}:\n{tail(self.log)}")
            if time.monotonic() > until:
                self.stop(timeout_s=1)
                raise ServerError(f"{self.name} is not ready after {timeout_s:.0f} s:\n{tail(self.log)}")
            time.sleep(POLL_S)

    def rest_end(self) -> None:
        """After it ended unasked: kill what it started in its own session, as systemd does with what is left.

        Workers of a killed master would go on with its socket, and its successor could not listen.
        """
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def stop(self, *, timeout_s: float = 20) -> None:
        """Ask it to end; kill it when it does not."""
        if self.alive():
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


def server_start(
    name: str,
    command: Sequence[str],
    *,
    account: Account | None,
    home: Path,
    log: Path,
    env: Mapping[str, str],
    stop_signal: signal.Signals = signal.SIGTERM,
    death_signal: signal.Signals | None = None,
    doors: Sequence[int] = (),
) -> Server:
    """Start a server in its own session (a terminal's Ctrl-C reaches us alone) with nothing of our environment.

    `doors`: descriptors that it inherits under their numbers.
    `death_signal` is what the kernel sends it when we are killed -9; unless told, what asks it to end.
    """
    with log.open("ab") as out:
        os.fchmod(out.fileno(), 0o600)
        rights = {"user": account.uid, "group": account.gid, "extra_groups": []} if account and account.drops else {}
        process = subprocess.Popen(
            command_bound(command, death_signal=death_signal or stop_signal),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=home,
            env=dict(env),
            umask=0o077,
            start_new_session=True,
            pass_fds=tuple(doors),
            **rights,  # type: ignore[call-overload]
        )
    return Server(name, process, log, stop_signal)
