"""What is said and decided around the two stacks, without starting them."""

import os
import pwd
import shlex
import sys
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from okno.cli.commands import doctor
from okno.cli.instance.customers import customers_draw
from okno.cli.instance.layout import Instance, State
from okno.cli.instance.prepare import Options, Prepared, instance_of, ports_choose, prepare
from okno.cli.instance.ready import databases_ready, schema_print
from okno.cli.main import app
from okno.cli.people.furnish import arrival_await, customers_move_in
from okno.cli.servers.account import ServerError, account_for_servers, private_directory
from okno.cli.servers.debian import installed
from okno.cli.servers.postgres import Cluster
from okno.cli.servers.roles import LOGIN_ROLES
from okno.cli.street import full
from okno.cli.street.report import json_line, tell

LISTENERS = ["web", "desk", "live", "smsc", "mail", "counter"]


@pytest.fixture
def prepared(short_directory: Path) -> Prepared:
    instance, account = instance_of(Options(directory=str(short_directory / "stack"), name="unit"))
    options = Options(directory=str(instance.directory), name="unit")
    return prepare(options, instance, account, ports_choose(options, instance, LISTENERS))


def state_of(instance: Instance) -> State:
    addresses = instance.addresses(4711)
    return State(name="unit", stack="embedded", pid=1, addresses=addresses, ports={"front": 4711})


def test_what_people_read_is_never_cut(
    prepared: Prepared, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    prepared.secrets.customers = customers_draw()
    tell(prepared.instance, state_of(prepared.instance), prepared.secrets, as_json=False)
    said = capsys.readouterr().out
    assert max(len(line) for line in said.splitlines()) <= 80
    for customer in prepared.secrets.customers:
        assert [word in said for word in (customer.login, customer.password, *customer.numbers)].count(False) == 0
    assert "http://phone.unit.localhost:4711" in said
    assert "\x1b[" not in said
    monkeypatch.setenv("COLUMNS", "40")
    tell(prepared.instance, state_of(prepared.instance), prepared.secrets, as_json=False)
    assert capsys.readouterr().out == said


def test_the_lines_to_copy_run_as_they_stand(
    prepared: Prepared, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared.secrets.customers = customers_draw()
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("okno.cli.street.report.USUAL", prepared.instance.directory)
    tell(prepared.instance, state_of(prepared.instance), prepared.secrets, as_json=False)
    usual = capsys.readouterr().out
    assert "--config" not in usual
    monkeypatch.undo()
    tell(prepared.instance, state_of(prepared.instance), prepared.secrets, as_json=False)
    said = capsys.readouterr().out.replace("\\\n", " ")
    post = shlex.split(next(line for line in said.splitlines() if " book post " in line))
    assert Path(post[0]).absolute() == Path(sys.executable).with_name("okno")
    assert post[post.index("--config") + 1] == str(prepared.instance.etc / "connector.toml")
    link = shlex.split(next(line for line in said.splitlines() if " staff link " in line))
    assert link[1:] == ["staff", "link", "ivan", "--dir", str(prepared.instance.directory)]
    add = shlex.split(next(line for line in said.splitlines() if " staff add " in line))
    assert add[1:] == ["staff", "add", "ivan", "--role", "senior", "--dir", str(prepared.instance.directory)]


def test_programs_get_one_line(prepared: Prepared) -> None:
    prepared.secrets.customers = customers_draw()
    line = json_line(prepared.instance, state_of(prepared.instance), prepared.secrets)
    assert line.count(b"\n") == 1
    read = msgspec.json.decode(line)
    assert read["customers"][0]["shows"] == "in debt"
    assert read["messages"] == read["addresses"]["phone"]


def test_missing_servers_stop_the_full_stack_before_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("okno.cli.commands.demo.missing_line", lambda *_args, **_named: "Run: apt-get install nginx")
    done = CliRunner().invoke(app, ["demo", "--stack", "full", "--dir", str(tmp_path / "d")])
    assert done.exit_code == 3
    assert "Run: apt-get install nginx" in done.output
    assert not (tmp_path / "d").exists()


def test_the_doctor_sees_the_machines_wants(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "missing_line", lambda *_args, **_named: "Run: apt-get install nginx")
    monkeypatch.setattr(doctor, "PORTAL_DIST", tmp_path / "not-built")
    monkeypatch.setattr(doctor, "DISK_BYTES_MIN", 10**18)
    monkeypatch.setattr(doctor, "PYTHON_MIN", (99, 0))
    problems = list(doctor.of_machine("full", tmp_path / "none"))
    for part in ("is too old", "apt-get install nginx", "make web/dist/.built", "make room"):
        assert [problem for problem in problems if part in problem]
    said = CliRunner().invoke(app, ["doctor", "--dir", str(tmp_path / "none")])
    assert said.exit_code == 1
    assert "make room" in said.output


def test_assets_out_of_nginx_reach_are_copied(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = tmp_path / "closed" / "portal"
    (built / "assets").mkdir(parents=True)
    (built / "assets" / "app.js").write_text("export {}")
    (tmp_path / "closed").chmod(0o700)
    monkeypatch.setattr(full, "PORTAL_DIST", built)
    root = Path(full.nginx_of(prepared).values["ASSETS_ROOT"])
    assert (root / "assets" / "app.js").read_text() == "export {}"
    assert prepared.account.can("-r", root / "assets" / "app.js")
    monkeypatch.setattr(full, "PORTAL_DIST", tmp_path / "never-built")
    assert Path(full.nginx_of(prepared).values["ASSETS_ROOT"]).is_dir()


def test_an_ordinary_user_runs_servers_as_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(os, "geteuid", lambda: nobody.pw_uid)
    account = account_for_servers()
    assert (account.name, account.uid) == ("nobody", nobody.pw_uid)
    assert not account.drops
    with pytest.raises(ServerError, match="leave --run-as out"):
        account_for_servers("postgres")


def test_arrivals_that_fail_show_why(prepared: Prepared, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="could not move in"):
        customers_move_in(prepared.instance, tmp_path / "no.toml", fresh=True)


def test_a_schema_is_brought_up_once_and_again_when_its_files_change(short_directory: Path, tmp_path: Path) -> None:
    account = account_for_servers()
    cluster = Cluster(short_directory / "ready", account, sync=False, settings={"fsync": "off"})
    cluster.start()
    passwords = dict.fromkeys(LOGIN_ROLES, "test")
    databases_ready(cluster, passwords)
    assert cluster.mark("schema") == schema_print()
    databases_ready(cluster, {})
    cluster.mark_set("schema", "older")
    databases_ready(cluster, passwords)
    assert cluster.mark("schema") == schema_print()
    accounts = ["01a204f7-663b-70c9-86c0-f6edd280d452"]
    with pytest.raises(ServerError, match="has not heard of 01a204f7"):
        arrival_await(cluster.superuser_dsn, accounts, timeout_s=0.3)
    cluster.mark_set("schema", "older")
    with pytest.raises(ServerError, match="was not brought up to date"):
        databases_ready(cluster, {**passwords, "okno_owner": "a'b:/@"})
    cluster.stop()
    assert schema_print(tmp_path) != schema_print()


def test_without_dpkg_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_args: object, **_named: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("okno.cli.servers.debian.subprocess.run", absent)
    assert not installed("dpkg")


def test_a_private_directory_may_be_made_twice(tmp_path: Path) -> None:
    account = account_for_servers()
    made = private_directory(tmp_path / "p", account)
    assert private_directory(tmp_path / "p", account) == made
