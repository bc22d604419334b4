"""Keeps processes alive: whatever ends unasked is started again after a pause that grows with each fault.

It sleeps until a child ends or a signal comes; nothing is asked in a circle. All children are started by the main
thread, since the kernel ends them with the thread that started them.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol

from okno.cli.servers.account import ServerError
from okno.cli.servers.process import Server, command_bound

PAUSE_S_MIN = 0.1
PAUSE_S_MAX = 5.0
HEALTHY_S = 30.0
WAKES = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)


class Bell(Protocol):
    """Told of each change of who runs."""

    def __call__(self, pids: Mapping[str, int]) -> None: ...


@dataclass
class Kept:
    """A child: how it is launched, what runs now, when it may be launched again."""

    name: str
    launch: Callable[[], Server]
    ours: bool = False
    server: Server | None = None
    since: float = 0.0
    pause_s: float = PAUSE_S_MIN
    again_at: float | None = None
    restarts: int = 0

    def up(self, now: float) -> None:
        self.server, self.since, self.again_at = self.launch(), now, None

    def fell(self, now: float) -> None:
        """End what it left behind, and plan the next launch."""
        if self.server is not None:
            self.server.rest_end()
        if now - self.since > HEALTHY_S:
            self.pause_s = PAUSE_S_MIN
        self.again_at = now + self.pause_s
        self.pause_s = min(self.pause_s * 2, PAUSE_S_MAX)
        self.restarts += 1


def own_process(name: str, arguments: Sequence[str], *, log: Path, home: Path, doors: Sequence[int] = ()) -> Server:
    """One of our own processes: our environment, its own session and log, ended by SIGTERM and with its starter.

    `doors`: descriptors of listening sockets that it inherits under their numbers.
    """
    with log.open("ab") as out:
        os.fchmod(out.fileno(), 0o600)
        process = subprocess.Popen(
            command_bound(arguments, death_signal=signal.SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=home,
            start_new_session=True,
            pass_fds=tuple(doors),
        )
    return Server(name, process, log)


@dataclass
class Supervisor:
    """Watches children in the order they were given; ends them in the opposite order."""

    changed: Bell
    kept: list[Kept] = field(default_factory=list)
    ending: bool = field(default=False, init=False)
    _rings: int = field(default=-1, init=False)
    _ring: int = field(default=-1, init=False)

    def __post_init__(self) -> None:
        self._rings, self._ring = os.pipe()
        os.set_blocking(self._rings, False)
        os.set_blocking(self._ring, False)
        for number in WAKES:
            signal.signal(number, self._woken)
        signal.set_wakeup_fd(self._ring, warn_on_full_buffer=False)

    def add(self, name: str, launch: Callable[[], Server], *, ours: bool = False) -> Server:
        """Launch a child and keep it from now on. `ours` are ended before the servers that they talk to."""
        child = Kept(name, launch, ours)
        child.up(time.monotonic())
        self.kept.append(child)
        self.tell()
        assert child.server is not None
        return child.server

    def wake(self) -> None:
        """End the sleep of `watch`; may be called from any thread."""
        os.write(self._ring, b"\0")

    def watch(self, news: Callable[[], bool]) -> None:
        """Keep the children until a signal ends it or `news()`, asked after each wake, says so."""
        while not self.ending and not news():
            now = time.monotonic()
            self._look(now)
            waits = [child.again_at - now for child in self.kept if child.again_at is not None]
            ready, _, _ = select.select([self._rings], [], [], max(min(waits), 0) if waits else None)
            if ready:
                os.read(self._rings, 4096)

    def stop(self) -> None:
        """End ours together, then what they stand on, in the opposite order of their start."""
        self.ending = True
        ours = [child.server for child in reversed(self.kept) if child.ours and child.server is not None]
        for server in ours:
            if server.alive():
                server.process.terminate()
        for server in ours:
            server.stop()
        for child in reversed(self.kept):
            if child.server is not None:
                child.server.stop()
        self.kept.clear()

    def close(self) -> None:
        """Give the signals back; nobody may `wake` it any more."""
        signal.set_wakeup_fd(-1)
        for number in WAKES:
            signal.signal(number, signal.SIG_DFL)
        os.close(self._rings)
        os.close(self._ring)

    def tell(self) -> None:
        self.changed({child.name: child.server.pid for child in self.kept if child.server and child.again_at is None})

    def _look(self, now: float) -> None:
        changed = False
        for child in self.kept:
            if child.again_at is None and child.server is not None and not child.server.alive():
                child.fell(now)
                changed = True
            if child.again_at is not None and child.again_at <= now:
                try:
                    child.up(now)
                except ServerError:
                    child.fell(now)
                changed = True
        if changed:
            self.tell()

    def _woken(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self.ending = True
