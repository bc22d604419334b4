"""`okno run NAME`: one process of an installation, as the supervisor of the demo or systemd starts it."""

from pathlib import Path
from typing import Annotated

import typer

from okno.cli.commands.ends import problem
from okno.cli.lazily import process_serve
from okno.cli.processes import HELD, PROCESSES, WSGI
from okno.cli.processes.serving import SettingsError, logs_configure
from okno.cli.processes.web import become

NAMES = (*PROCESSES, *WSGI)

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def run_process(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.")],
    config: Annotated[Path, typer.Option("--config", help="Its TOML file.", exists=True, dir_okay=False)],
    bind: Annotated[
        str | None,
        typer.Option(
            "--bind",
            help="web, desk, counter: 127.0.0.1:PORT, unix:PATH or fd://N; live: fd://N. Others say it in the file.",
        ),
    ] = None,
) -> None:
    """Serve as one process until SIGTERM."""
    if name not in NAMES:
        problem(f"There is no process {name!r}: {', '.join(NAMES)}.", 2)
    if name in WSGI:
        if bind is None:
            problem(f"{name} needs --bind.", 2)
        become(config, bind)
    if bind is not None and name not in HELD:
        problem(f"{name} says in its file where it listens: it has no --bind.", 2)
    logs_configure()
    try:
        process_serve(name, config, bind)
    except SettingsError as error:
        problem(str(error))
