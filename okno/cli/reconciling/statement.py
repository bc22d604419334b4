"""`okno statement import`: a bank's file from the command line, as staff brings it at the desk."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from okno.cli.commands.ends import problem
from okno.cli.reconciling.asking import child

app = typer.Typer(no_args_is_help=True, help="Statements of the bank.")


@app.callback()
def group() -> None:
    """Keep `import` a command of the group while it is the only one."""


@app.command("import")
def bring(
    file: Annotated[Path, typer.Argument(help="1CClientBankExchange, camt.053 or MT940.")],
    directory: Annotated[Path, typer.Option("--dir", help="The instance.")] = Path("var/demo"),
    config: Annotated[Path | None, typer.Option("--config", help="desk.toml; instead of --dir.")] = None,
) -> None:
    """Take it whole, or refuse it whole and name the line; what was taken before changes nothing."""
    if not file.is_file():
        problem(f"{file}: no such file")
    typer.echo(child(directory, config, "import", str(file.resolve()), getpass.getuser()))
