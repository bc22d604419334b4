"""The door of live: a socket held by another, and what several who stand behind it take."""

import asyncio
import errno
import os
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import pytest
import uvloop
from tornado.web import Application, RequestHandler

from okno.live.edge.web.desk import Desk
from okno.live.edge.web.held import HeldError, socket_held
from okno.live.edge.web.listening import Listening

TIMEOUT_S = 60
WAITING = 40
REQUEST = b"GET /who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


class Who(RequestHandler):
    def initialize(self, name: str) -> None:
        self.name = name

    def get(self) -> None:
        self.write(self.name)


class Failing:
    """A door that gives nobody to the process when it is woken for the first time."""

    def __init__(self, door: socket.socket, error: OSError) -> None:
        self._door = door
        self._error = error
        self.refused = 0

    def accept(self) -> tuple[socket.socket, object]:
        if not self.refused:
            self.refused += 1
            raise self._error
        return self._door.accept()

    def fileno(self) -> int:
        return self._door.fileno()

    def close(self) -> None:
        self._door.close()


def listening(name: str, door: socket.socket) -> Listening:
    application = Application([("/who", Who, {"name": name})])
    # The desk is for the lean way, which none of these requests goes.
    made = Listening(application, cast(Desk, None), [door], ())
    made.start()
    return made


@pytest.fixture
def held() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=2 * WAITING) as door:
        yield door


def copy(door: socket.socket) -> socket.socket:
    made = socket_held(f"fd://{door.fileno()}")
    assert made is not None
    return made


async def ask(wire: socket.socket) -> str:
    reader, writer = await asyncio.open_connection(sock=wire)
    writer.write(REQUEST)
    async with asyncio.timeout(TIMEOUT_S):
        answer = await reader.read()
    writer.close()
    return answer.rpartition(b"\r\n")[2].decode()


def knock(door: socket.socket, count: int) -> list[socket.socket]:
    return [socket.create_connection(door.getsockname(), timeout=TIMEOUT_S) for _ in range(count)]


def run(work: object) -> object:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def test_of_those_who_wait_nobody_behind_a_shared_door_takes_more_than_his_share(held: socket.socket) -> None:
    """As after a start of both: each is woken, takes one, and lets the other take one."""

    async def scenario() -> Counter[str]:
        waiting = knock(held, WAITING)
        both = [listening(name, copy(held)) for name in ("one", "two")]
        taken = Counter(await asyncio.gather(*(ask(wire) for wire in waiting)))
        for each in both:
            each.stop()
            await each.close()
        return taken

    assert run(scenario()) == {"one": WAITING // 2, "two": WAITING // 2}


def test_who_stops_leaves_the_door_to_the_others(held: socket.socket) -> None:
    async def scenario() -> set[str]:
        leaves, stays = listening("leaves", copy(held)), listening("stays", copy(held))
        leaves.stop()
        taken = {await ask(wire) for wire in knock(held, WAITING)}
        stays.stop()
        await leaves.close()
        await stays.close()
        return taken

    assert run(scenario()) == {"stays"}


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(OSError(errno.EMFILE, "no descriptor is left"), id="full"),
        pytest.param(BlockingIOError(errno.EAGAIN, "another was faster"), id="late"),
        pytest.param(ConnectionAbortedError(errno.ECONNABORTED, "who knocked has left"), id="left"),
    ],
)
def test_who_got_nobody_stands_at_the_door_again(
    held: socket.socket, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    monkeypatch.setattr("okno.live.edge.web.listening.FULL_S", 0.01)
    door = Failing(copy(held), error)

    async def scenario() -> str:
        one = listening("one", cast(socket.socket, door))
        answer = await ask(knock(held, 1)[0])
        one.stop()
        await one.close()
        return answer

    assert run(scenario()) == "one"
    assert door.refused == 1


def test_a_door_may_be_a_path(short_directory: Path) -> None:
    """As the units of systemd have it."""
    path = str(short_directory / "door.sock")
    with ExitStack() as stack:
        door = stack.enter_context(socket.socket(socket.AF_UNIX))
        door.bind(path)
        door.listen()

        async def scenario() -> str:
            one = listening("one", copy(door))
            wire = socket.socket(socket.AF_UNIX)
            wire.connect(path)
            answer = await ask(wire)
            one.stop()
            await one.close()
            return answer

        assert run(scenario()) == "one"


def test_the_number_of_a_descriptor_names_the_socket(held: socket.socket) -> None:
    with copy(held) as made:
        assert made.getsockname() == held.getsockname()
        assert not made.getblocking()


@pytest.mark.parametrize(
    "bind", ["", "3", "fd://", "fd://x", "fd://-1", "fd://3 ", "127.0.0.1:8000", "unix:/run/a.sock"]
)
def test_what_names_no_descriptor_is_refused(bind: str) -> None:
    with pytest.raises(HeldError, match=r"is no socket held by another: fd://N"):
        socket_held(bind)


def test_what_does_not_listen_is_refused(tmp_path: Path) -> None:
    with socket.socket() as silent, pytest.raises(HeldError, match=r"fd://\d+ is a socket that does not listen"):
        socket_held(f"fd://{silent.fileno()}")
    with (
        socket.socket(type=socket.SOCK_DGRAM) as datagrams,
        pytest.raises(HeldError, match=r"fd://\d+ is a socket that does not listen"),
    ):
        socket_held(f"fd://{datagrams.fileno()}")
    with (tmp_path / "file").open("w") as file, pytest.raises(HeldError, match=r"is no socket"):
        socket_held(f"fd://{file.fileno()}")
    with pytest.raises(HeldError, match=r"fd://999999 is no socket: Bad file descriptor"):
        socket_held("fd://999999")


def test_systemd_hands_over_one_socket(held: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okno.live.edge.web.held.FIRST", held.fileno())
    told = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
    made = socket_held(None, told)
    assert made is not None
    with made:
        assert made.getsockname() == held.getsockname()


def test_what_systemd_handed_to_another_process_is_not_ours() -> None:
    assert socket_held(None, {}) is None
    assert socket_held(None, {"LISTEN_PID": str(os.getppid()), "LISTEN_FDS": "1"}) is None


@pytest.mark.parametrize("count", ["0", "2", "", "x"])
def test_systemd_hands_over_no_other_number_of_sockets(count: str) -> None:
    with pytest.raises(HeldError, match=f"LISTEN_FDS={count}: one listening socket is wanted"):
        socket_held(None, {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": count})
