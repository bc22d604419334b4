"""`okno bench NAME`: finds benches by their folder, checks what they print, passes their failure on."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from okno.cli.bench import app
from okno.cli.bench.command import bench_command, benches

RESULT = {
    "bench": "toy",
    "okno": {"per_s": 50.0},
    "limit": {"name": "sun", "per_s": 100.0},
    "peers": {"moon": {"per_s": 10.0}},
    "ratios": {"sun": 0.5, "moon": 5.0},
    "conditions": {"cpus": 2},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "toy.py").write_text(
        f"import json, sys\nresult = json.loads({json.dumps(RESULT)!r})\n"
        "result['conditions']['asked'] = sys.argv[1:]\nprint(json.dumps(result))\n"
    )
    (tmp_path / "toy" / "part.py").write_text("")
    (tmp_path / "sad").mkdir()
    (tmp_path / "sad" / "run.py").write_text("raise SystemExit(7)\n")
    (tmp_path / "results").mkdir()
    return tmp_path


def test_benches_are_the_folders_with_a_script_of_their_name(folder: Path) -> None:
    assert benches(folder) == ["sad", "toy"]
    assert {"ingest", "overview", "street"} <= set(benches())


def test_json_is_one_object_and_the_switches_reach_the_bench(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench_command("toy", quick=True, as_json=True, folder=folder)
    told = json.loads(capsys.readouterr().out)
    assert told == {**RESULT, "conditions": {"cpus": 2, "asked": ["--json", "--quick"]}}


def test_people_see_the_ratios(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench_command("toy", quick=False, as_json=False, folder=folder)
    shown = capsys.readouterr().out
    assert "sun" in shown
    assert "0.500" in shown


@pytest.mark.parametrize(("name", "code"), [("sad", 7), ("unknown", 2)])
def test_failure_is_the_exit_status(folder: Path, name: str, code: int) -> None:
    with pytest.raises(typer.Exit) as left:
        bench_command(name, quick=False, as_json=True, folder=folder)
    assert left.value.exit_code == code


def test_commands_are_listed_and_know_their_switches() -> None:
    assert "overview" in CliRunner().invoke(app, ["list"]).stdout.split()
    help_of = CliRunner().invoke(app, ["overview", "--help"])
    assert help_of.exit_code == 0
    assert "--quick" in help_of.stdout
