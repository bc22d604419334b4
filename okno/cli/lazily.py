"""Commands and processes are found by name and imported when asked for: the whole product takes two seconds to import.

The one place of the command line where an import hides in a string; `cli` may import every room anyway.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, cast

import typer
from typer.core import TyperGroup

from okno.cli.processes import HELD, PROCESSES

COMMANDS = {
    "demo": "okno.cli.commands.demo",
    "doctor": "okno.cli.commands.doctor",
    "book": "okno.cli.book",
    "sync": "okno.cli.commands.sync",
    "connector": "okno.cli.commands.connector",
    "seed": "okno.cli.commands.seed",
    "tryton": "okno.cli.commands.tryton",
    "agent": "okno.cli.agent",
    "statement": "okno.cli.reconciling.statement",
    "reconcile": "okno.cli.reconciling.reconcile",
    "staff": "okno.cli.commands.staff",
    "keys": "okno.cli.commands.keys",
    "gateway": "okno.cli.commands.gateway",
    "protocol": "okno.cli.commands.protocol",
    "bench": "okno.cli.bench.command",
    "drill": "okno.cli.drill.command",
    "run": "okno.cli.commands.run",
}


class Commands(TyperGroup):
    """The group `okno`: knows the names of its commands, imports the one that is wanted."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 (typer keeps its click to itself)
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        if cmd_name not in COMMANDS:
            return None
        app = cast("typer.Typer", import_module(COMMANDS[cmd_name]).app)
        command = typer.main.get_command(app)
        command.name = cmd_name
        return command


def process_serve(name: str, path: Path, bind: str | None = None) -> None:
    """Serve as a process of PROCESSES; `bind` for those of HELD.

    Raises SettingsError, CourierError, OSError: its starter starts it again.
    """
    assert name in PROCESSES
    main = import_module(f"okno.cli.processes.{name}").main
    if name in HELD:
        main(path, bind)
    else:
        main(path)
