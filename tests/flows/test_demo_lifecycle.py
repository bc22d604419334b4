"""A demo starts beside another, ends without a trace, and comes back after a kill -9."""

import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from factories.street import OKNO, Demo, Visitor, gone_within, processes_naming

from okno.cli.instance.layout import Instance
from okno.cli.servers.account import account_for_servers
from okno.cli.servers.process import port_accepts
from okno.protocol.ids import new_id


@pytest.fixture(scope="module")
def second(short_directory: Path, embedded_street: Demo) -> Iterator[Demo]:
    """Beside the one that runs: made from the wheel, as on a machine without PostgreSQL."""
    demo = Demo.start(short_directory / "l", "second", "--postgres", "wheel")
    yield demo
    if demo.process.poll() is None:
        demo.stop()


def secrets_of(demo: Demo) -> bytes:
    return (demo.directory / "etc" / "secrets.json").read_bytes()


def test_two_demos_stand_side_by_side(second: Demo, embedded_street: Demo) -> None:
    assert second.port != embedded_street.port
    assert not set(second.said["addresses"].values()) & set(embedded_street.said["addresses"].values())
    for one in (second, embedded_street):
        assert one.request("GET", "portal", "/api/session").json()["state"] == "closed"
    assert secrets_of(second) != secrets_of(embedded_street)


def test_nothing_of_one_is_served_by_the_other(second: Demo, embedded_street: Demo) -> None:
    answer = second.request("GET", "portal", "/", headers={"Host": f"{embedded_street.host('portal')}:{second.port}"})
    assert answer.status == 421


def test_a_second_start_in_the_same_directory_is_refused(second: Demo) -> None:
    done = second.okno("demo", "--dir", str(second.directory), "--name", second.name)
    assert done.returncode == 1
    assert f"runs already as process {second.process.pid}" in done.stderr


def test_secrets_are_for_their_owner_alone(second: Demo) -> None:
    files = [path for folder in ("etc", "keys", "log") for path in (second.directory / folder).rglob("*")]
    assert len(files) > 10
    assert {path.stat().st_mode & 0o077 for path in files if path.is_file()} == {0}
    assert not processes_naming(second.customer("in debt")["password"])


def test_the_doctor_says_when_nobody_of_the_staff_has_a_second_factor(second: Demo) -> None:
    where = ("--dir", str(second.directory))
    assert second.okno("staff", "add", "ivan", "--role", "senior", *where).returncode == 0
    assert "Nobody of the staff has a second factor" in second.okno("doctor", *where).stdout


def test_it_ends_without_a_trace_and_comes_back_as_it_was(second: Demo) -> None:
    customer, key = second.customer("in debt"), new_id()
    second.book_post(customer["numbers"][0], "charge", "7.00", key)
    ports = [*second.state().ports.values()]
    assert second.stop(signal.SIGINT) == 0
    assert gone_within(str(second.directory), 10)
    assert not [port for port in ports if port_accepts(port)]
    said = second.said
    second.again()
    assert second.said["addresses"] == said["addresses"]
    assert second.said["customers"] == said["customers"]
    operations = Visitor(second, customer).sign_in().overview()["account"]["operations"]
    assert key in [operation["key"] for operation in operations]


def test_a_killed_demo_takes_its_database_along_and_starts_again(second: Demo) -> None:
    second.kill()
    assert gone_within(str(second.directory), 30)
    second.again()
    assert second.request("GET", "portal", "/api/session").status == 200


def test_an_orphaned_database_is_taken_over(second: Demo) -> None:
    """Even where the kernel could not end it with its starter."""
    renewed_from = grants_soon_over(second)
    postgres = second.state().pids["postgres"]
    assert processes_naming(str(second.directory / "pg" / "data"))
    os.kill(postgres, signal.SIGSTOP)
    second.kill()
    os.kill(postgres, signal.SIGCONT)
    second.again()
    assert second.state().pids["postgres"] != postgres
    secrets = Instance(second.directory, second.name).secrets()
    assert all(customer.granted_until > renewed_from for customer in secrets.customers if customer.granted_until)
    assert second.stop() == 0


def grants_soon_over(demo: Demo) -> datetime:
    """Make every grant end tomorrow: the next start renews them, or the customers would see an empty page."""
    instance = Instance(demo.directory, demo.name)
    secrets, tomorrow = instance.secrets(), datetime.now(UTC) + timedelta(days=1)
    for customer in secrets.customers:
        if customer.has_user:
            customer.granted_until = tomorrow
    instance.secrets_write(secrets)
    return tomorrow


def test_a_signal_ends_it_while_it_starts(short_directory: Path) -> None:
    directory = short_directory / "early"
    arguments = [*OKNO, "demo", "--dir", str(directory), "--name", "early"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = process.stderr.readline()
    assert "PostgreSQL" in line
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert out == ""
    assert gone_within(str(directory), 10)


def test_data_of_another_postgresql_is_named(short_directory: Path) -> None:
    directory = short_directory / "old"
    instance = Instance(directory, "demo")
    instance.make(account_for_servers())
    instance.secrets()
    (directory / "pg" / "data").mkdir(parents=True)
    (directory / "pg" / "data" / "PG_VERSION").write_text("9\n")
    done = subprocess.run([*OKNO, "demo", "--dir", str(directory)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "PostgreSQL 9 not found" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--listen", "0.0.0.0"], {}, "listens on 127.0.0.1 alone"),  # noqa: S104 (what is refused)
        ([], {"OKNO_CABINET_CONFIG": "/etc/okno/web.toml"}, "unset it"),
        (["--name", "Bad_Name"], {}, "becomes part of host names"),
    ],
)
def test_what_is_no_demo_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    embedded_street: Demo,
    arguments: list[str],
    environment: dict[str, str],
    said: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = embedded_street.okno("demo", "--dir", str(tmp_path / "d"), *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert not (tmp_path / "d").exists()


def test_a_port_that_is_taken_is_named(tmp_path: Path, embedded_street: Demo) -> None:
    done = embedded_street.okno("demo", "--dir", str(tmp_path / "d"), "--port", str(embedded_street.port))
    assert done.returncode == 1
    assert f"port {embedded_street.port} is taken" in done.stderr
