"""`okno staff link`: how a member of staff gets in until hardware keys stand."""

import getpass
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from okno.cabinet.config.instance import ENVIRONMENT
from okno.cli.commands.ends import problem
from okno.cli.instance.layout import State

LOGIN = re.compile(r"[a-z][a-z0-9._-]{0,63}")
CHILD = "okno.cli.people.staff_link"

app = typer.Typer(no_args_is_help=True, help="Members of staff.")


@app.callback()
def group() -> None:
    """Keep `link` a command of the group while it is the only one."""


@app.command("link")
def link(
    login: Annotated[str, typer.Argument(help="Of the member of staff, who is made if new.")],
    directory: Annotated[Path, typer.Option("--dir", help="The instance.")] = Path("var/demo"),
    config: Annotated[Path | None, typer.Option("--config", help="desk.toml; instead of --dir.")] = None,
) -> None:
    """Print an address that lets them in once, within 30 minutes."""
    if not LOGIN.fullmatch(login):
        problem("a login is small Latin letters, digits, dot, hyphen and underscore", 2)
    files = [config] if config else [directory / "etc" / f"{name}.toml" for name in ("desk", "cabinet")]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        problem(f"there is no instance in {directory}: start `okno demo`, or say --dir or --config")
    done = subprocess.run(
        [sys.executable, "-m", CHILD, login, getpass.getuser()],
        env={**os.environ, ENVIRONMENT: str(found.resolve())},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        problem(f"no link was made:\n{done.stderr.strip()}")
    typer.echo(f"{_origin(directory)}{done.stdout.strip()}")


def _origin(directory: Path) -> str:
    """Address of the desk if the instance runs here; elsewhere the path alone is printed."""
    file = directory / "run" / "state.json"
    return msgspec.json.decode(file.read_bytes(), type=State).addresses["desk"] if file.exists() else ""
