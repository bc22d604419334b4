"""`okno bench NAME`: runs a script of `bench/NAME` in the source tree, which prints one JSON object."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(
    no_args_is_help=True, help="Measure against a limit in the same run; prints ratios, never bare times."
)

FOLDER = Path(__file__).parents[3] / "bench"
EXIT_UNKNOWN = 2


class Result(msgspec.Struct, forbid_unknown_fields=True):
    """What a bench prints. `ratios`: okno divided by the limit or peer of that name, medians within the rounds."""

    bench: str
    okno: dict[str, object]
    limit: dict[str, object]
    peers: dict[str, dict[str, object]]
    ratios: dict[str, float]
    conditions: dict[str, object]


def benches(folder: Path = FOLDER) -> list[str]:
    """Names of the benches of the source tree: the folders with a script."""
    return sorted(path.name for path in folder.iterdir() if script(path) is not None)


def script(folder: Path) -> Path | None:
    """What runs a bench: NAME.py or run.py of its folder."""
    named = (folder / f"{folder.name}.py", folder / "run.py")
    return next((path for path in named if path.exists()), None)


@app.command("list")
def list_command() -> None:
    """Print the names."""
    for name in benches():
        print(name)


def bench_run(name: str, *, quick: bool, folder: Path = FOLDER) -> Result:
    """Run one bench; its progress goes to our standard error. Raises subprocess.CalledProcessError."""
    command = [sys.executable, str(script(folder / name)), "--json", *(["--quick"] if quick else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Result)


def table(result: Result) -> Table:
    """The ratios for people."""
    shown = Table("okno divided by", "ratio", title=f"bench {result.bench}")
    for name, ratio in result.ratios.items():
        shown.add_row(name, f"{ratio:.3f}")
    return shown


def bench_command(name: str, *, quick: bool, as_json: bool, folder: Path = FOLDER) -> None:
    """Run a bench and show it. Exit status 2 for an unknown name, that of the bench when it fails."""
    if name not in benches(folder):
        print(f"no bench {name!r}; there are: {', '.join(benches(folder))}", file=sys.stderr)
        raise typer.Exit(EXIT_UNKNOWN)
    try:
        result = bench_run(name, quick=quick, folder=folder)
    except subprocess.CalledProcessError as error:
        raise typer.Exit(error.returncode) from None
    if as_json:
        print(msgspec.json.encode(result).decode())
    else:
        Console().print(table(result))


Quick = Annotated[bool, typer.Option("--quick", help="Smaller data; ends within 50 seconds.")]
Json = Annotated[bool, typer.Option("--json", help="Print the JSON object alone.")]


def _add(name: str) -> None:
    @app.command(name, help=f"Run bench/{name}.")
    def command(quick: Quick = False, as_json: Json = False) -> None:
        bench_command(name, quick=quick, as_json=as_json)


for _name in benches():
    _add(_name)
