"""`okno staff`: who works at the desk, with what roles, and how they get in."""

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
CHILD = "okno.cli.people.staff"
USUAL = Path("var/demo")

Login = Annotated[str, typer.Argument(help="Of the member of staff.")]
Directory = Annotated[Path, typer.Option("--dir", help="The instance.")]
Config = Annotated[Path | None, typer.Option("--config", help="desk.toml; instead of --dir.")]
Roles = Annotated[list[str], typer.Option("--role", help="cashier, senior or auditor; may be said again.")]

app = typer.Typer(no_args_is_help=True, help="Members of staff.")


@app.command("add")
def add(login: Login, role: Roles, directory: Directory = USUAL, config: Config = None) -> None:
    """Make a member of staff, or change one: they have exactly the roles named here."""
    _done(directory, config, "add", login, *role)
    typer.echo(f"{login}: {', '.join(role)}")


@app.command("link")
def link(login: Login, directory: Directory = USUAL, config: Config = None) -> None:
    """Print an address that lets them in once, within 30 minutes, with their key."""
    typer.echo(f"{_origin(directory)}{_done(directory, config, 'link', login)}")


@app.command("code")
def code(login: Login, directory: Directory = USUAL, config: Config = None) -> None:
    """Print the code that their authenticator shows now. In a demonstration alone."""
    typer.echo(_done(directory, config, "code", login))


@app.command("reset")
def reset(login: Login, directory: Directory = USUAL, config: Config = None) -> None:
    """Forget lost keys and the authenticator, and end the session; their next entry makes new ones."""
    _done(directory, config, "reset", login)
    typer.echo(f"{login} has no second factor now: make a link, and see that it is they who open it")


def _done(directory: Path, config: Path | None, deed: str, login: str, *more: str) -> str:
    if not LOGIN.fullmatch(login):
        problem("a login is small Latin letters, digits, dot, hyphen and underscore", 2)
    found = config or desk_settings(directory)
    if found is None or not found.is_file():
        problem(f"there is no instance in {directory}: start `okno demo`, or say --dir or --config")
    done = desk_do(found, deed, login, getpass.getuser(), *more)
    if done.returncode != 0:
        problem(f"staff {deed} was not done:\n{done.stderr.strip()}")
    return done.stdout.strip()


def desk_settings(directory: Path) -> Path | None:
    """The settings file of the desk's process in an instance."""
    files = [directory / "etc" / f"{name}.toml" for name in ("desk", "cabinet")]
    return next((file for file in files if file.is_file()), None)


def desk_do(settings: Path, *said: str) -> subprocess.CompletedProcess[str]:
    """Run the child that may import models."""
    return subprocess.run(
        [sys.executable, "-m", CHILD, *said],
        env={**os.environ, ENVIRONMENT: str(settings.resolve())},
        capture_output=True,
        text=True,
        check=False,
    )


def _origin(directory: Path) -> str:
    """Address of the desk if the instance runs here; elsewhere the path alone is printed."""
    file = directory / "run" / "state.json"
    return msgspec.json.decode(file.read_bytes(), type=State).addresses["desk"] if file.exists() else ""
