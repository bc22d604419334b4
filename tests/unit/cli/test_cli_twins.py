"""Two processes under gunicorn behind one door: each takes what it can work on, and dies with that alone."""

import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from okno.cli.processes.web import THREADS, options
from okno.cli.servers.doors import door_open
from okno.cli.street.supervisor import own_process

TIMEOUT_S = 60
WAITING = 3
# Says that it has begun, and answers with its process as soon as it may.
APPLICATION = """
import os, time
from pathlib import Path

def application(environ, start_response):
    if environ["PATH_INFO"] == "/held":
        (Path(".") / f"{os.getppid()}-{environ['QUERY_STRING']}").touch()
        while not Path("go").exists():
            time.sleep(0.02)
    who = str(os.getppid()).encode()
    start_response("200 OK", [("Content-Length", str(len(who)))])
    return [who]
"""


@dataclass
class Twins:
    """`pids`: of the masters. `heard`: what callers of /held were answered, b"" for who was cut."""

    home: Path
    door: socket.socket
    pids: list[int]
    heard: list[bytes] = field(default_factory=list)

    def hold(self, number: int) -> None:
        self.heard.append(self.ask(f"/held?{number}"))

    def ask(self, path: str) -> bytes:
        with socket.create_connection(self.door.getsockname(), timeout=TIMEOUT_S) as wire:
            wire.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            answer = b""
            try:
                while part := wire.recv(1024):
                    answer += part
            except ConnectionResetError:
                return b""
        return answer

    def begun(self) -> Counter[int]:
        """How many requests each of them works on."""
        return Counter(int(file.name.partition("-")[0]) for file in self.home.glob("*-*"))


def until(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[Twins]:
    (tmp_path / "holding.py").write_text(APPLICATION)
    door = door_open(0)
    arguments = [sys.executable, "-m", "gunicorn", *options(f"fd://{door.fileno()}"), "holding:application"]
    kept = [
        own_process(name, arguments, log=tmp_path / f"{name}.log", home=tmp_path, doors=[door.fileno()])
        for name in ("web1", "web2")
    ]
    made = Twins(tmp_path, door, [server.pid for server in kept])
    seen: set[bytes] = set()

    def both() -> bool:
        seen.add(made.ask("/").rpartition(b"\n")[2])
        return seen >= {str(pid).encode() for pid in made.pids}

    until(both, "both are there")
    yield made
    (tmp_path / "go").touch()
    for server in kept:
        server.stop()
        server.rest_end()
    door.close()


def test_each_takes_as_much_as_it_works_on_and_the_rest_waits_for_whoever_is_free(twins: Twins) -> None:
    hands = [threading.Thread(target=twins.hold, args=(number,)) for number in range(2 * THREADS + WAITING)]
    for hand in hands:
        hand.start()
    until(lambda: twins.begun().total() == 2 * THREADS, "as much is worked on as can be")
    dies, lives = twins.pids
    assert twins.begun() == {dies: THREADS, lives: THREADS}
    os.killpg(dies, signal.SIGKILL)
    until(lambda: len(twins.heard) == THREADS, "callers of the one that died hear of it")
    assert set(twins.heard) == {b""}
    (twins.home / "go").touch()
    for hand in hands:
        hand.join(TIMEOUT_S)
    # Who waited at the door was nobody's yet.
    answers = twins.heard[THREADS:]
    assert len(answers) == THREADS + WAITING
    assert all(answer.endswith(str(lives).encode()) for answer in answers)
    assert all(b"Connection: close" in answer for answer in answers)
