"""`okno protocol`: the documents of OKNO/1, made from the registry."""

from pathlib import Path
from typing import Annotated

import typer

from okno.cli.commands.ends import EXIT_PROBLEM
from okno.protocol.export import export, render

FOLDER = Path("docs/protocol")

app = typer.Typer(no_args_is_help=True, help="The wire contract as documents.")


@app.callback()
def group() -> None:
    """Keep `export` a command of the group while it is the only one."""


@app.command("export")
def export_command(
    folder: Annotated[Path, typer.Argument(help="Where the documents go.")] = FOLDER,
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; say which are out of date.")] = False,
) -> None:
    """Write OpenAPI, AsyncAPI, JSON Schemas and the tables of operations and errors."""
    if not check:
        for path in export(folder):
            typer.echo(path)
        return
    stale = [name for name, text in render().items() if _text(folder / name) != text]
    for name in stale:
        typer.echo(f"{folder / name} is out of date: run okno protocol export", err=True)
    if stale:
        raise typer.Exit(EXIT_PROBLEM)


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
