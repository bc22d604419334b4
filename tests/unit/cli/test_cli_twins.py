"""Two processes under gunicorn behind one door: each takes what it can work on, and dies with that alone."""

import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from okno.cabinet.config.whole import HELD_MAX, Gathering
from okno.cli.processes.web import THREADS, options
from okno.cli.servers.doors import door_open
from okno.cli.street.supervisor import own_process

TIMEOUT_S = 60
WAITING = 3
# Says that it has begun, and answers with its process as soon as it may.
APPLICATION = """
import os, time
from pathlib import Path

def halves(size):
    yield b"h" * size
    (Path(".") / f"{os.getppid()}-half").touch()
    while not Path("go").exists():
        time.sleep(0.02)
    yield b"h" * size

def application(environ, start_response):
    if environ["PATH_INFO"] == "/held":
        (Path(".") / f"{os.getppid()}-{environ['QUERY_STRING']}").touch()
        while not Path("go").exists():
            time.sleep(0.02)
    if environ["PATH_INFO"] == "/half":
        half = int(environ["QUERY_STRING"])
        start_response("200 OK", [("Content-Length", str(2 * half))])
        return halves(half)
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


@pytest.mark.parametrize(("size", "begun"), [(1_000, False), (2 * HELD_MAX, True)])
def test_an_answer_has_not_begun_when_its_process_dies_half_way_unless_it_is_a_long_one(
    twins: Twins, size: int, *, begun: bool
) -> None:
    """So nginx can ask another: what has begun it has passed on."""
    heard: list[bytes] = []
    caller = threading.Thread(target=lambda: heard.append(twins.ask(f"/half?{size}")))
    caller.start()
    until(lambda: twins.begun().total() == 1, "half of it is made")
    (dies,) = twins.begun()
    os.killpg(dies, signal.SIGKILL)
    caller.join(TIMEOUT_S)
    assert [answer.startswith(b"HTTP/1.1 200 OK") for answer in heard] == [begun]
    assert all(len(answer) < 2 * size for answer in heard)


@pytest.mark.parametrize("size", [1_000, 2 * HELD_MAX])
def test_an_answer_leaves_whole(twins: Twins, size: int) -> None:
    (twins.home / "go").touch()
    head, _, body = twins.ask(f"/half?{size}").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert body == b"h" * (2 * size)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def taken(wire: socket.socket, count: int) -> bytes:
    wire.settimeout(TIMEOUT_S)
    seen = b""
    while len(seen) < count:
        seen += wire.recv(65_536)
    return seen


def test_a_short_file_waits_with_its_head(tmp_path: Path, pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    (tmp_path / "short").write_bytes(b"-" + b"s" * 1_000 + b"-")
    gathering = Gathering(near)
    with (tmp_path / "short").open("rb") as file:
        gathering.sendall(b"head ")
        assert gathering.sendfile(file, 1, 1_000) == 1_000
    with pytest.raises(BlockingIOError):
        far.recv(1, socket.MSG_DONTWAIT)
    gathering.send_held()
    assert taken(far, 1_005) == b"head " + b"s" * 1_000


def test_a_long_file_leaves_after_its_head(tmp_path: Path, pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    size = 2 * HELD_MAX
    (tmp_path / "long").write_bytes(b"-" + b"l" * size + b"-")
    gathering = Gathering(near)
    with ThreadPoolExecutor(1) as pool, (tmp_path / "long").open("rb") as file:
        seen = pool.submit(taken, far, size + 5)
        gathering.sendall(b"head ")
        assert gathering.sendfile(file, 1, size) == size
        assert seen.result(TIMEOUT_S) == b"head " + b"l" * size
