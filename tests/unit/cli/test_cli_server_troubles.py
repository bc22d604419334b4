"""Servers that are missing, refuse or do not end: each is told in words, and nothing half-made stays."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from okno.cli.servers import postgres, process, rabbitmq
from okno.cli.servers.account import Account, ServerError, account_for_servers, private_directory
from okno.cli.servers.nginx import TEMPLATES, Nginx, program_find
from okno.cli.servers.postgres import Binaries, Cluster, binaries_choose, binaries_known
from okno.cli.servers.process import port_accepts, port_free_beside, ports_free
from okno.cli.servers.rabbitmq import Broker
from okno.couriers.topology import definitions, topology

WAIT_S = 30


@pytest.fixture
def ourselves() -> Account:
    """Whoever runs the tests: no rights to give up."""
    return Account(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid())


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def broken_initdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Binaries:
    """Programs of a PostgreSQL whose initdb writes a little and fails."""
    binaries = Binaries(tmp_path / "pginstall" / "bin", 15, "system")
    program(binaries.directory / "postgres", "echo 'postgres (PostgreSQL) 15.1'")
    program(binaries.directory / "initdb", 'mkdir "$2" && touch "$2/half"; echo no space left; exit 1')
    monkeypatch.setattr(postgres, "binaries_known", lambda: [binaries])
    return binaries


def test_an_initdb_that_fails_shows_its_words_and_leaves_no_data(
    short_directory: Path, broken_initdb: Binaries, ourselves: Account
) -> None:
    cluster = Cluster(short_directory / "initdb", ourselves)
    with pytest.raises(ServerError, match="initdb failed:\nno space left"):
        cluster.create()
    assert cluster.binaries() == broken_initdb
    assert not cluster.made()
    assert not cluster.data.exists()
    assert (cluster.home / "superuser.password").stat().st_mode & 0o777 == 0o600
    shutil.rmtree(cluster.home)


def test_what_is_no_postgresql_of_ours_is_passed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "old" / "bin" / "postgres", "echo 'postgres (PostgreSQL) 14.9'")
    program(tmp_path / "odd" / "bin" / "postgres", "echo something else")
    (tmp_path / "empty" / "bin").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres, "WHEEL", "no_such_wheel_of_okno")
    assert binaries_known(system_root=tmp_path) == []
    program(tmp_path / "new" / "bin" / "postgres", "echo 'postgres (PostgreSQL) 16.2'")
    assert [found.major for found in binaries_known(system_root=tmp_path)] == [16]
    with pytest.raises(ServerError, match="PostgreSQL >= 15 not found"):
        binaries_choose([], major=None, origin=None)


def test_an_orphan_that_does_not_end_is_named_and_no_second_server_started(
    short_directory: Path, ourselves: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "READY_TIMEOUT_S", 0.2)
    cluster = Cluster(private_directory(short_directory / "deaf", ourselves), ourselves)
    private_directory(cluster.data, ourselves)
    (cluster.data / "PG_VERSION").write_text("15\n")
    deaf = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", deaf, str(cluster.data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as orphan:
        assert orphan.stdout is not None
        assert orphan.stdout.readline() == b"1\n"
        (cluster.data / "postmaster.pid").write_text(f"{orphan.pid}\n")
        with pytest.raises(ServerError, match=rf"process {orphan.pid}\) does not end"):
            cluster.launch()
        assert orphan.poll() is None
        assert cluster.server is None
    assert orphan.returncode == 0
    shutil.rmtree(cluster.home)


def test_missing_programs_are_named_with_what_to_install(
    broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbitmq, "PROGRAM", tmp_path / "no-such-program")
    with pytest.raises(ServerError, match="apt-get install rabbitmq-server"):
        broker.epmd_launch()
    assert broker.epmd is None
    assert not broker.home.exists()
    monkeypatch.setattr("shutil.which", lambda *_args, **_named: None)
    with pytest.raises(ServerError, match="apt-get install nginx"):
        program_find()


@pytest.fixture
def broker(short_directory: Path, ourselves: Account) -> Broker:
    named = topology()
    passwords = {user.name: "test" for user in named.users}
    return Broker(short_directory / "mq-troubles", ourselves, passwords, definitions(named, passwords))


def test_a_brokers_cookie_outlives_its_start_and_its_ports_do_not(broker: Broker) -> None:
    """A node that comes back as another object finds its data and its secret, and ports of its own."""
    first = broker.epmd_launch()
    first.wait_ready(lambda: port_accepts(broker.epmd_port), timeout_s=WAIT_S)
    cookie = (broker.home / ".erlang.cookie").read_bytes()
    broker.stop()
    broker.stop()
    assert not port_accepts(broker.epmd_port)
    second = Broker(broker.home, broker.account, broker.passwords, broker.definitions, port=broker.port)
    second.epmd_launch().wait_ready(lambda: port_accepts(second.epmd_port), timeout_s=WAIT_S)
    assert (broker.home / ".erlang.cookie").read_bytes() == cookie
    assert (broker.home / ".erlang.cookie").stat().st_mode & 0o777 == 0o400
    assert second.port == broker.port
    second.stop()
    shutil.rmtree(broker.home)


@pytest.fixture
def nginx_wrong(short_directory: Path) -> Nginx:
    """All values that a configuration needs, one of them no number."""
    text = "".join(template.read_text(encoding="utf-8") for template in TEMPLATES.glob("*.conf"))
    values = dict.fromkeys({*re.findall(r"@([A-Z0-9_]+)@", text)} - {"HOME", "PORT"}, "1")
    return Nginx(short_directory / "ng-wrong", account_for_servers(), ports_free(1)[0], values | {"WORKERS": "many"})


def test_a_configuration_that_nginx_refuses_is_shown_and_nothing_started(nginx_wrong: Nginx) -> None:
    with pytest.raises(ServerError, match=r"nginx refuses its configuration:\n.*worker_processes.* invalid value"):
        nginx_wrong.start()
    assert nginx_wrong.server is None
    nginx_wrong.stop()
    assert not port_accepts(nginx_wrong.port)
    shutil.rmtree(nginx_wrong.home)


def test_a_port_that_somebody_has_on_ipv6_is_not_free() -> None:
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", 0))
        assert not port_free_beside(other.getsockname()[1])
        held = other.getsockname()[1]
    assert port_free_beside(held)


def test_without_a_free_port_it_says_so_instead_of_trying_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "port_free_beside", lambda _port: False)
    assert ports_free(0) == []
    with pytest.raises(ServerError, match="no port is free"):
        ports_free(2)
