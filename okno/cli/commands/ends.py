"""How a command ends: one line that says what to do, and a status that scripts can rely on."""

from typing import NoReturn

import typer

EXIT_PROBLEM = 1
EXIT_USAGE = 2
EXIT_MISSING = 3


def problem(line: str, status: int = EXIT_PROBLEM) -> NoReturn:
    """Say it on stderr and end."""
    typer.echo(line, err=True)
    raise typer.Exit(status)
