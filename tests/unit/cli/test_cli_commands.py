"""The commands: what they say, and the status they end with."""

import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from okno.cli.commands.doctor import of_instance, of_machine, of_staff
from okno.cli.files import file_write
from okno.cli.instance.layout import Instance, State
from okno.cli.main import app
from okno.cli.servers.account import account_for_servers
from okno.cli.servers.debian import installed, missing_line, packages_of
from okno.cli.servers.process import ports_free
from okno.cli.trust import KEY_LIFE, TrustError, trust_ensure, trust_make, trust_read
from okno.gateway.core.verdicts import Entry
from okno.gateway.edge.chain import Chain
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys import SigningKey

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def okno(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_help_names_every_command_and_what_the_status_means() -> None:
    said = okno("--help").output
    for name in ("demo", "doctor", "book", "seed", "staff", "keys", "gateway", "protocol", "bench", "run"):
        assert f" {name} " in said
    assert "Exit status" in said
    assert okno("nothing-of-this-name").exit_code == 2


def test_keys_are_made_once_and_listed(tmp_path: Path) -> None:
    made = okno("keys", "init", tmp_path / "keys")
    assert made.exit_code == 0
    assert "8 keys" in made.output
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == {0o600}
    listed = okno("keys", "list", tmp_path / "keys")
    assert "connector.main" in listed.output
    as_json = msgspec.json.decode(okno("keys", "list", tmp_path / "keys", "--json").output)
    assert len(as_json["keys"]) == 8
    again = okno("keys", "init", tmp_path / "keys")
    assert again.exit_code == 1
    assert "has a root already" in again.output


def test_only_the_wanted_parties_get_keys(tmp_path: Path) -> None:
    done = okno("keys", "init", tmp_path / "k", "--sign", "connector.north", "--open", "connector.north")
    assert "2 keys" in done.output
    assert (tmp_path / "k" / "connector.north.sign").exists()
    assert okno("keys", "init", tmp_path / "l", "--sign", "nobody").exit_code == 1


def test_without_keys_the_command_is_named(tmp_path: Path) -> None:
    done = okno("keys", "list", tmp_path)
    assert done.exit_code == 1
    assert "okno keys init" in done.output


def test_a_forged_list_is_refused(tmp_path: Path) -> None:
    trust_make(tmp_path / "a", at=NOW)
    trust_make(tmp_path / "b", at=NOW)
    (tmp_path / "a" / "keylist.jws").write_bytes((tmp_path / "b" / "keylist.jws").read_bytes())
    with pytest.raises(ProtocolError) as refused:
        trust_read(tmp_path / "a", at=NOW)
    assert refused.value.code is ErrorCode.SIGNATURE_BAD
    said = okno("keys", "list", tmp_path / "a")
    assert said.exit_code == 1
    assert "refused (" in said.output


def test_a_set_that_a_crash_left_without_its_pin_is_made_anew(tmp_path: Path) -> None:
    trust_ensure(tmp_path)
    (tmp_path / "root.pub").unlink()
    trust_ensure(tmp_path)
    ring = trust_read(tmp_path, at=datetime.now(UTC))
    key = SigningKey.load((tmp_path / "cabinet.sign").read_bytes())
    assert key.kid in {entry.kid for entry in ring.entries}
    with pytest.raises(TrustError):
        trust_make(tmp_path, at=NOW)


def written_log(folder: Path, count: int) -> None:
    folder.mkdir()
    chain = Chain(folder, at=NOW)
    for number in range(count):
        chain.append(Entry(hop="intake", verdict="passed", id=str(number)), NOW)
    chain.close()


def test_the_log_is_proved_or_the_broken_record_named(tmp_path: Path) -> None:
    written_log(tmp_path / "log", 5)
    good = okno("gateway", "verify-log", tmp_path / "log")
    assert good.exit_code == 0
    assert "5 records proved, 1 to 5" in good.output
    head = good.output.split("head ")[1].strip()
    assert okno("gateway", "verify-log", tmp_path / "log", "--checkpoint", head).exit_code == 0
    file = next((tmp_path / "log").iterdir())
    file.write_bytes(file.read_bytes().replace(b'"id":"2"', b'"id":"9"'))
    bad = okno("gateway", "verify-log", tmp_path / "log")
    assert bad.exit_code == 1
    assert "line 3: record 3" in bad.output
    as_json = okno("gateway", "verify-log", tmp_path / "log", "--json")
    assert as_json.exit_code == 1
    assert msgspec.json.decode(as_json.stdout)["broken"]["n"] == 3


def test_a_folder_without_a_log_and_a_bad_checkpoint_are_named(tmp_path: Path) -> None:
    assert "no log" in okno("gateway", "verify-log", tmp_path).output
    written_log(tmp_path / "log", 1)
    assert okno("gateway", "verify-log", tmp_path / "log", "--checkpoint", "x").exit_code == 2


def test_the_protocols_documents_are_written_and_checked(tmp_path: Path) -> None:
    written = okno("protocol", "export", tmp_path)
    assert written.exit_code == 0
    assert str(tmp_path / "openapi.json") in written.output
    assert okno("protocol", "export", tmp_path, "--check").exit_code == 0
    (tmp_path / "errors.md").write_text("stale")
    (tmp_path / "operations.md").unlink()
    stale = okno("protocol", "export", tmp_path, "--check")
    assert stale.exit_code == 1
    assert stale.output.count("out of date") == 2


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["run", "nothing", "--config", "FILE"], 2, "There is no process"),
        (["run", "web", "--config", "FILE"], 2, "needs --bind"),
        (["run", "relay", "--config", "FILE"], 1, "FILE: "),
        (["run", "gateway", "--config", "FILE"], 1, "FILE: "),
        (["staff", "link", "Bad Login"], 2, "small Latin letters"),
        (["staff", "link", "ivan", "--dir", "nowhere"], 1, "start `okno demo`"),
        (["staff", "reset", "ivan", "--config", "nowhere"], 1, "start `okno demo`"),
        (["statement", "import", "no-file"], 1, "no such file"),
        (["statement", "import", "FILE", "--dir", "nowhere"], 1, "start `okno demo`"),
        (["reconcile", "--dir", "nowhere"], 1, "start `okno demo`"),
        (["reconcile", "--config", "FILE"], 1, "empty.toml"),
        (["reconcile", "--day", "yesterday"], 2, "yesterday"),
        (["seed", "--dir", "nowhere"], 1, "start `okno demo`"),
        (["seed", "--sessions", "1"], 2, "needs --tokens"),
        (["seed", "--book-dsn", "host=/nowhere", "--cabinet-dsn", "host=/nowhere"], 1, "cannot be reached"),
    ],
)
def test_a_refusal_says_what_to_do(tmp_path: Path, arguments: list[str], status: int, said: str) -> None:
    file = tmp_path / "empty.toml"
    file.write_text("odd = 1\n")
    done = okno(*(str(file) if argument == "FILE" else argument for argument in arguments))
    assert done.exit_code == status
    assert said.replace("FILE", str(file)) in done.output


@pytest.mark.parametrize(
    ("name", "members", "address"),
    [
        ("projector", {"dsn", "keylist", "root_public"}, "outer_url"),
        ("connector", {"dsn", "keylist", "root_public", "signing_key", "opening_key"}, "inner_url"),
    ],
)
def test_a_process_of_its_own_asks_for_its_broker(tmp_path: Path, name: str, members: set[str], address: str) -> None:
    """The embedded street hands the courier over, so its settings may leave the address out."""
    file = tmp_path / f"{name}.toml"
    file.write_text("".join(f'{member} = "x"\n' for member in members))
    done = okno("run", name, "--config", file)
    assert done.exit_code == 1
    assert done.output == f"{address} is needed by a process of its own\n"


def test_a_link_that_cannot_be_made_shows_why(tmp_path: Path) -> None:
    config = tmp_path / "desk.toml"
    config.write_text("odd = 1\n")
    done = okno("staff", "link", "ivan", "--config", config)
    assert done.exit_code == 1
    assert "desk.toml" in done.output


def test_the_doctor_says_that_the_desk_cannot_be_asked(tmp_path: Path) -> None:
    [line] = of_staff(tmp_path)
    assert line == f"The desk cannot be asked by {tmp_path}/etc/desk.toml: run okno staff link NAME to see why."


def test_packages_are_listed_once_and_asked_of_dpkg(tmp_path: Path) -> None:
    listed = tmp_path / "packages.txt"
    listed.write_text("# a comment\n\ntest   dpkg\ntest   no-such-package-of-okno\nbench  other-missing\n")
    assert packages_of("test", listed=listed) == ["dpkg", "no-such-package-of-okno"]
    assert installed("dpkg")
    line = missing_line("test", listed=listed)
    assert line is not None
    assert line.endswith("apt-get install -y --no-install-recommends no-such-package-of-okno")
    assert missing_line("test", needed=["dpkg"], listed=listed) is None
    assert packages_of("test")


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    made = Instance(tmp_path / "i", "unit")
    made.make(account_for_servers())
    trust_ensure(made.keys)
    return made


def test_a_sound_instance_has_no_problem(instance: Instance) -> None:
    instance.secrets()
    assert list(of_instance(instance.directory)) == []
    assert okno("doctor", "--dir", instance.directory).output.count("\n") >= 1


def test_each_problem_is_one_line_with_what_to_do(instance: Instance) -> None:
    file_write(instance.etc / "web.toml", b"", mode=0o644)
    soon = datetime.now(UTC) - KEY_LIFE + timedelta(days=5)
    for path in instance.keys.iterdir():
        path.unlink()
    trust_make(instance.keys, at=soon)
    gone = ports_free(1)[0]
    state = State(
        name="unit",
        stack="full",
        pid=os.getpid(),
        addresses={},
        ports={"front": gone},
        pids={"okno": os.getpid(), "relay": 2**22 + 1},
    )
    instance.state_write(state)
    problems = list(of_instance(instance.directory))
    assert [problem for problem in problems if "chmod 600" in problem and "web.toml" in problem]
    assert len([problem for problem in problems if "make and sign its successor" in problem]) == 8
    assert [problem for problem in problems if problem.startswith("Process relay")]
    assert [problem for problem in problems if f"port {gone} of front" in problem]
    said = okno("doctor", "--dir", instance.directory, "--json")
    assert said.exit_code == 1
    assert set(problems) <= set(msgspec.json.decode(said.stdout)["problems"])


def test_an_instance_that_does_not_run_has_no_processes_to_miss(instance: Instance) -> None:
    instance.state_write(
        State(name="unit", stack="full", pid=2**22 + 1, addresses={}, ports={"front": 1}, pids={"relay": 2**22 + 1})
    )
    assert list(of_instance(instance.directory)) == []


def test_keys_that_are_missing_or_forged_are_named(instance: Instance, tmp_path: Path) -> None:
    trust_make(tmp_path / "other", at=NOW)
    (instance.keys / "keylist.jws").write_bytes((tmp_path / "other" / "keylist.jws").read_bytes())
    (forged,) = of_instance(instance.directory)
    assert "is refused" in forged
    (instance.keys / "root.pub").unlink()
    (missing,) = of_instance(instance.directory)
    assert "okno keys init" in missing


def test_secrets_of_another_user_are_named(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    instance.secrets()
    count = len([*instance.etc.iterdir(), *instance.keys.iterdir()])
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    problems = [problem for problem in of_instance(instance.directory) if "belongs to another user" in problem]
    assert len(problems) == count > 0


def test_the_machine_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "pg" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    problems = list(of_machine("full", tmp_path))
    assert any("PostgreSQL 9 not found" in problem for problem in problems)
    assert not any("Debian packages" in problem for problem in problems)


def test_a_terminal_needs_a_demo_that_knows_it(tmp_path: Path) -> None:
    missing = okno("agent", "status", "1", "--dir", tmp_path)
    assert (missing.exit_code, "start `okno demo`" in missing.stderr) == (1, True)
    instance = Instance(tmp_path / "i", "unit")
    instance.make(account_for_servers())
    instance.secrets()
    (port,) = ports_free(1)
    instance.state_write(
        State(name="unit", stack="embedded", pid=1, addresses=instance.addresses(port), ports={"front": port})
    )
    stranger = okno("agent", "status", "1", "--agent", "bank", "--dir", instance.directory)
    assert (stranger.exit_code, stranger.stderr) == (2, "there is no agent 'bank' here: terminal\n")
    silent = okno("agent", "pay", "1", "5.00", "--dir", instance.directory)
    assert (silent.exit_code, silent.stderr) == (1, "the counter does not answer: NewConnectionError\n")


@pytest.mark.parametrize(
    ("arguments", "status", "body", "said"),
    [
        (("status", "1"), 401, b"", "the counter refused with HTTP 401\n"),
        (("register", "1"), 400, b"", "the counter refused with HTTP 400\n"),
        (("check", "1", "5.00"), 200, b"<html>", "not an answer of a counter\n"),
    ],
)
def test_a_terminal_tells_what_it_was_refused_with(
    tmp_path: Path, arguments: tuple[str, ...], status: int, body: bytes, said: str
) -> None:
    class Counter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    instance = Instance(tmp_path / "i", "unit")
    instance.make(account_for_servers())
    instance.secrets()
    with HTTPServer(("127.0.0.1", 0), Counter) as counter:
        addresses, ports = instance.addresses(counter.server_port), {"front": counter.server_port}
        instance.state_write(State(name="unit", stack="embedded", pid=1, addresses=addresses, ports=ports))
        serving = threading.Thread(target=counter.handle_request)
        serving.start()
        refused = okno("agent", *arguments, "--dir", instance.directory)
        serving.join()
    assert (refused.exit_code, refused.stderr) == (1, said)
