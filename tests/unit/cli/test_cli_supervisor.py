"""The supervisor: what ends unasked is started again, later each time; a signal ends all."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from okno.cli.servers.account import Account, ServerError
from okno.cli.servers.doors import answers, door_open
from okno.cli.servers.process import (
    Server,
    command_bound,
    pid_command,
    pid_wait_gone,
    port_accepts,
    ports_free,
    server_start,
    tail,
)
from okno.cli.street import supervisor
from okno.cli.street.supervisor import Kept, Supervisor, own_process

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
WAIT_S = 30
BEHIND_THE_DOOR = """
import http.server, socket, sys
server = http.server.HTTPServer(('', 0), http.server.BaseHTTPRequestHandler, bind_and_activate=False)
server.socket = socket.socket(fileno=int(sys.argv[1]))
server.serve_forever()
"""


@pytest.fixture
def keeper() -> Iterator[Supervisor]:
    before = {number: signal.getsignal(number) for number in supervisor.WAKES}
    told: list[dict[str, int]] = []
    made = Supervisor(lambda pids: told.append(dict(pids)))
    made.told = told  # type: ignore[attr-defined]
    yield made
    made.stop()
    made.close()
    for number, handler in before.items():
        signal.signal(number, handler)


def sleeper(tmp_path: Path) -> Callable[[], Server]:
    return lambda: own_process("sleeper", SLEEPER, log=tmp_path / "sleeper.log", home=tmp_path)


def watch_until(keeper: Supervisor, over: Callable[[], bool]) -> None:
    """Watch in this thread; a helper wakes it so that a failure ends the test."""
    until = time.monotonic() + WAIT_S
    stop = threading.Event()

    def wake() -> None:
        while not stop.wait(0.05):
            keeper.wake()

    helper = threading.Thread(target=wake)
    helper.start()
    keeper.watch(lambda: over() or time.monotonic() > until)
    stop.set()
    helper.join()
    assert over()


def test_what_is_killed_runs_again_as_another_process(keeper: Supervisor, tmp_path: Path) -> None:
    first = keeper.add("sleeper", sleeper(tmp_path), ours=True)
    os.kill(first.pid, signal.SIGKILL)
    kept = keeper.kept[0]
    watch_until(keeper, lambda: kept.server is not None and kept.server.pid != first.pid)
    assert kept.restarts == 1
    told: list[dict[str, int]] = keeper.told  # type: ignore[attr-defined]
    assert told[0] == {"sleeper": first.pid}
    assert kept.server is not None
    assert told[-1] == {"sleeper": kept.server.pid}


def test_workers_of_a_killed_master_end_with_it(keeper: Supervisor, tmp_path: Path) -> None:
    master = "import subprocess, sys, time; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); time.sleep(600)"
    log = tmp_path / "master.log"
    first = keeper.add(
        "master",
        lambda: own_process("master", [sys.executable, "-c", master, *SLEEPER], log=log, home=tmp_path),
        ours=True,
    )
    first.wait_ready(lambda: log.read_text() != "", timeout_s=WAIT_S)
    worker = int(log.read_text())
    os.kill(first.pid, signal.SIGKILL)
    kept = keeper.kept[0]
    watch_until(keeper, lambda: kept.server is not None and kept.server.pid != first.pid)
    assert pid_wait_gone(worker, timeout_s=WAIT_S)


def test_a_door_refuses_nobody_while_its_process_is_started_anew(keeper: Supervisor, tmp_path: Path) -> None:
    (port,) = ports_free(1)
    with door_open(port) as door:
        number = door.fileno()
        program = [sys.executable, "-c", BEHIND_THE_DOOR, str(number)]
        first = keeper.add(
            "web",
            lambda: own_process("web", program, log=tmp_path / "web.log", home=tmp_path, doors=[number]),
            ours=True,
        )
        first.wait_ready(lambda: answers(port), timeout_s=WAIT_S)
        os.kill(first.pid, signal.SIGKILL)
        first.process.wait()
        with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as queued:
            queued.sendall(b"GET / HTTP/1.0\r\n\r\n")
            kept = keeper.kept[0]
            watch_until(keeper, lambda: kept.server is not None and kept.server.pid != first.pid)
            assert queued.recv(64).startswith(b"HTTP/1.0 501")
        with pytest.raises(ServerError, match=f"port {port}"):
            door_open(port)
        keeper.stop()
        assert port_accepts(port)
        assert not answers(port)


def test_who_cannot_start_waits_longer_each_time(keeper: Supervisor, tmp_path: Path) -> None:
    keeper.add("sleeper", sleeper(tmp_path), ours=True)
    kept = keeper.kept[0]
    tries: list[float] = []

    def refuse() -> Server:
        tries.append(time.monotonic())
        raise ServerError("no")

    kept.launch = refuse
    assert kept.server is not None
    kept.server.process.kill()
    watch_until(keeper, lambda: len(tries) >= 3)
    assert tries[2] - tries[1] > tries[1] - tries[0]


def test_a_long_life_is_forgiven() -> None:
    kept = Kept("x", lambda: None)  # type: ignore[arg-type,return-value]
    kept.pause_s, kept.since = 4.0, 0.0
    kept.fell(supervisor.HEALTHY_S + 1)
    assert kept.again_at == supervisor.HEALTHY_S + 1 + supervisor.PAUSE_S_MIN


def test_a_signal_ends_the_watch_and_stop_ends_the_children(keeper: Supervisor, tmp_path: Path) -> None:
    ours = keeper.add("ours", sleeper(tmp_path), ours=True)
    theirs = keeper.add("theirs", sleeper(tmp_path))
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
    keeper.watch(lambda: False)
    assert keeper.ending
    keeper.stop()
    assert not ours.alive()
    assert not theirs.alive()
    assert keeper.kept == []


def test_children_are_bound_to_their_starter(tmp_path: Path) -> None:
    """The starter dies by kill -9; the kernel ends what it started."""
    program = (
        "import sys, pathlib, time\n"
        "from okno.cli.street.supervisor import own_process\n"
        f"home = pathlib.Path({str(tmp_path)!r})\n"
        f"child = own_process('c', {SLEEPER!r}, log=home / 'c.log', home=home)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert starter.stdout is not None
    child = int(starter.stdout.readline())
    until = time.monotonic() + WAIT_S
    # Until then it is the binder, which has the same words behind its own and may not have bound anything yet.
    while pid_command(child)[:3] != SLEEPER and time.monotonic() < until:
        time.sleep(0.05)
    starter.kill()
    starter.wait()
    starter.stdout.close()
    assert pid_wait_gone(child, timeout_s=WAIT_S)


def test_who_does_not_end_is_killed(tmp_path: Path) -> None:
    deaf = [
        sys.executable,
        "-c",
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)",
    ]
    log = tmp_path / "deaf.log"
    server = own_process("deaf", deaf, log=log, home=tmp_path)
    server.wait_ready(lambda: log.read_text() != "", timeout_s=WAIT_S)
    assert not pid_wait_gone(server.pid, timeout_s=0.05)
    server.stop(timeout_s=0.2)
    assert not server.alive()


def test_who_is_late_is_stopped_and_shows_its_log(tmp_path: Path) -> None:
    talker = [sys.executable, "-c", "import time; print('not yet', flush=True); time.sleep(600)"]
    server = own_process("talker", talker, log=tmp_path / "t.log", home=tmp_path)
    with pytest.raises(ServerError, match=r"not ready after 1 s:\nnot yet"):
        server.wait_ready(lambda: False, timeout_s=1)
    assert not server.alive()


def test_a_server_gets_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKNO_CABINET_CONFIG", "secret place")
    own = Account("own", os.geteuid(), os.getegid())
    server = server_start(
        "env", ["/usr/bin/env"], account=own, home=tmp_path, log=tmp_path / "env.log", env={"LANG": "C.UTF-8"}
    )
    assert server.process.wait(WAIT_S) == 0
    assert (tmp_path / "env.log").read_text().splitlines() == ["LANG=C.UTF-8"]
    assert (tmp_path / "env.log").stat().st_mode & 0o777 == 0o600


def test_what_its_starter_blocks_or_ignores_ends_a_server_all_the_same(tmp_path: Path) -> None:
    """Both are inherited, also by a new program: a mask of its own is given to each child."""
    program = (
        "import signal, subprocess\n"
        "from okno.cli.servers.process import command_bound\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "asked = ['/usr/bin/grep', '-E', 'SigBlk|SigIgn', '/proc/self/status']\n"
        "for command in (asked, command_bound(asked, death_signal=signal.SIGTERM)):\n"
        "    subprocess.run(command, check=True)\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    terminate, interrupt = (1 << (number - 1) for number in (signal.SIGTERM, signal.SIGINT))
    blocked, ignored, blocked_given, ignored_given = (int(mask, 16) for mask in told[1::2])
    assert (blocked & terminate, ignored & interrupt) == (terminate, interrupt)
    assert (blocked_given & terminate, ignored_given & interrupt) == (0, 0)


def test_without_setpriv_the_command_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_named: None)
    assert command_bound(["/bin/true"], death_signal=signal.SIGTERM) == ["/bin/true"]


def test_free_ports_differ_and_nobody_listens_there(tmp_path: Path) -> None:
    ports = ports_free(20)
    assert len(set(ports)) == 20
    assert not any(port_accepts(port) for port in ports)
    assert tail(tmp_path / "none.log") == "(no log)"
