"""`okno doctor`: each problem in one line with what to do."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from okno.cli.commands.demo import Stack
from okno.cli.commands.ends import EXIT_PROBLEM
from okno.cli.commands.staff import desk_do, desk_settings
from okno.cli.instance.accounting import accounting_troubles
from okno.cli.instance.layout import State
from okno.cli.instance.paying_look import paying_troubles, payout_troubles, refusal_troubles
from okno.cli.instance.settings import PORTAL_DIST
from okno.cli.letters_look import letter_troubles
from okno.cli.servers.account import ServerError, account_for_servers
from okno.cli.servers.debian import missing_line
from okno.cli.servers.postgres import binaries_choose, binaries_known
from okno.cli.servers.process import pid_command, port_accepts
from okno.cli.trust import TrustError, trust_read
from okno.protocol.errors import ProtocolError
from okno.protocol.keys import expiry_warnings

DISK_BYTES_MIN = 1_000_000_000
PYTHON_MIN = (3, 11)


app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def doctor(
    *,
    stack: Annotated[Stack, typer.Option("--stack", help="What the machine is to run.")] = "embedded",
    directory: Annotated[Path, typer.Option("--dir", help="The instance, if there is one.")] = Path("var/demo"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line.")] = False,
) -> None:
    """Look at the machine and at the instance. Exit status 1 when something is wrong."""
    problems = [*of_machine(stack, directory), *(of_instance(directory) if directory.is_dir() else ())]
    if as_json:
        typer.echo(msgspec.json.encode({"problems": problems}))
    else:
        for line in problems:
            typer.echo(line)
        if not problems:
            typer.echo("Nothing is wrong.")
    if problems:
        raise typer.Exit(EXIT_PROBLEM)


def of_machine(stack: Stack, directory: Path) -> Iterator[str]:
    """What keeps this machine from running the stack."""
    if sys.version_info < PYTHON_MIN:
        yield f"Python {sys.version_info.major}.{sys.version_info.minor} is too old: 3.11 is needed."
    try:
        account_for_servers()
        binaries_choose(binaries_known(), major=_major(directory), origin=None)
    except ServerError as error:
        yield f"PostgreSQL cannot be started: {error}."
    if stack == "full":
        missing = missing_line("test", needed=("nginx", "postgresql-15", "rabbitmq-server"))
        if missing:
            yield f"The full stack needs Debian packages. {missing}."
    if not (PORTAL_DIST / "index.html").is_file():
        yield "The portal is not built: run make web/dist/.built."
    place = next(path for path in (directory.resolve(), *directory.resolve().parents) if path.exists())
    if shutil.disk_usage(place).free < DISK_BYTES_MIN:
        yield f"Less than 1 GB is free at {place}: make room."


def _major(directory: Path) -> int | None:
    """Major version of the instance's cluster, which alone can read its data."""
    file = directory / "pg" / "data" / "PG_VERSION"
    try:
        return int(file.read_text(encoding="ascii"))
    except (FileNotFoundError, PermissionError):
        return None


def of_instance(directory: Path) -> Iterator[str]:
    """What is wrong with an instance."""
    yield from _secrets(directory)
    yield from _keys(directory / "keys")
    yield from paying_troubles(directory)
    state = _running(directory / "run" / "state.json")
    if state is None:
        return
    lost = list(_processes(state, directory / "log"))
    yield from (line for _, line in lost)
    if not {"postgres", "desk", "cabinet"} & {name for name, _ in lost}:
        yield from of_staff(directory)
    if "postgres" not in {name for name, _ in lost}:
        yield from refusal_troubles(directory)
        yield from payout_troubles(directory)
        yield from letter_troubles(directory)
    if "tryton" not in {name for name, _ in lost}:
        yield from accounting_troubles(directory)


def _secrets(directory: Path) -> Iterator[str]:
    for path in sorted(path for folder in ("etc", "keys") for path in (directory / folder).glob("*")):
        found = path.stat()
        if stat.S_IMODE(found.st_mode) & 0o077:
            yield f"{path} can be read by others: run chmod 600 {path}."
        if found.st_uid != os.geteuid():
            yield f"{path} belongs to another user: start the demo as that user, or with another --dir."


def _keys(directory: Path) -> Iterator[str]:
    at = datetime.now(UTC)
    try:
        ring = trust_read(directory, at=at)
    except TrustError as error:
        yield f"{error}."
    except ProtocolError as error:
        yield f"{directory}/keylist.jws is refused ({error.code.value}): copy it anew from where it was signed."
    else:
        for warning in expiry_warnings(ring.entries, at):
            yield f"Key {warning.kid} of {warning.party} ends on {warning.ends:%Y-%m-%d}: make and sign its successor."


def _running(file: Path) -> State | None:
    """What an instance that runs now says of itself."""
    if not file.exists():
        return None
    state = msgspec.json.decode(file.read_bytes(), type=State)
    return state if pid_command(state.pid) else None


def of_staff(directory: Path) -> Iterator[str]:
    """Whether there is staff, and nobody of it with a second factor."""
    settings = desk_settings(directory) or directory / "etc" / "desk.toml"
    said = desk_do(settings, "factors")
    if said.returncode != 0:
        yield f"The desk cannot be asked by {settings}: run okno staff link NAME to see why."
    elif said.stdout.strip() == "missing":
        yield "Nobody of the staff has a second factor: make one enter by okno staff link NAME."


def _processes(state: State, log: Path) -> Iterator[tuple[str, str]]:
    """Who is lost, each once: a process that is gone listens nowhere either."""
    gone = {name: pid for name, pid in state.pids.items() if not pid_command(pid)}
    for name, pid in gone.items():
        yield name, f"Process {name} ({pid}) is gone: look into {log}/{name}.log."
    for name, port in state.ports.items():
        if name not in gone and not port_accepts(port):
            yield name, f"Nobody listens on port {port} of {name}: look into {log}."
