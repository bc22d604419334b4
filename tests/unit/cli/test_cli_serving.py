"""What processes do alike when they serve."""

import socket
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from okno.cli.main import app
from okno.cli.processes.serving import Several


@dataclass
class Noted:
    """A process that notes what becomes of it."""

    name: str
    notes: list[str]

    def start(self) -> None:
        self.notes.append(f"{self.name} starts")

    def stop(self) -> None:
        self.notes.append(f"{self.name} stops")


def test_several_start_in_their_order_and_stop_in_the_opposite_one() -> None:
    notes: list[str] = []
    several = Several(Noted("first", notes), Noted("second", notes))
    several.start()
    several.stop()
    assert notes == ["first starts", "second starts", "second stops", "first stops"]


@pytest.mark.parametrize(
    ("port", "bind", "said"),
    [
        ("", [], "no socket is handed over and the file has no listen_port: live needs one of them"),
        (
            "listen_port = 1",
            ["--bind", "HELD"],
            "a socket is handed over and the file has listen_port = 1: live needs one of them",
        ),
        ("", ["--bind", "127.0.0.1:8000"], "'127.0.0.1:8000' is no socket held by another: fd://N"),
        ("", ["--bind", "fd://999999"], "fd://999999 is no socket: Bad file descriptor"),
    ],
)
def test_live_says_what_is_wrong_with_its_door(tmp_path: Path, port: str, bind: list[str], said: str) -> None:
    config = tmp_path / "live.toml"
    config.write_text(f'dsn = "postgresql://nobody@/nothing?host=/nowhere"\npublic_origins = []\n{port}\n')
    with socket.create_server(("127.0.0.1", 0)) as door:
        named = [part.replace("HELD", f"fd://{door.fileno()}") for part in bind]
        done = CliRunner().invoke(app, ["run", "live", "--config", str(config), *named])
    assert done.exit_code == 1
    assert said in done.stderr


def test_a_process_that_listens_as_its_file_says_takes_no_other_door(tmp_path: Path) -> None:
    config = tmp_path / "relay.toml"
    config.touch()
    done = CliRunner().invoke(app, ["run", "relay", "--config", str(config), "--bind", "fd://3"])
    assert (done.exit_code, done.stderr) == (2, "relay says in its file where it listens: it has no --bind.\n")
