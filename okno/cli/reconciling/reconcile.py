"""`okno reconcile`: compare a business day's three registers now."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from okno.cli.reconciling.asking import child

WAIT_S = 120.0

app = typer.Typer(pretty_exceptions_enable=False, invoke_without_command=True)


@app.callback()
def reconcile(
    day: Annotated[
        datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="The last one if left out.")
    ] = None,
    directory: Annotated[Path, typer.Option("--dir", help="The instance.")] = Path("var/demo"),
    config: Annotated[Path | None, typer.Option("--config", help="desk.toml; instead of --dir.")] = None,
    wait_s: Annotated[float, typer.Option("--wait-s", help="How long to wait for the till's process.")] = WAIT_S,
) -> None:
    """Compare the provider's register, Okno and the books once more; repeating it changes nothing."""
    typer.echo(child(directory, config, "day", f"{day:%Y-%m-%d}" if day else "", str(wait_s)))
