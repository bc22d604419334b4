"""`okno sync`: everything the accounting has, into the read model; `okno sync verify`: where the two differ."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import psycopg
import typer
from psycopg.rows import class_row
from rich import progress as progress_bars
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from okno.cabinet.accounts.tasks.syncing.runs import Kind, RunBusyError, questions_again, run_begin
from okno.cli.commands.ends import EXIT_PROBLEM, EXIT_USAGE, problem
from okno.cli.instance.reach import ReachError, reach_of
from okno.cli.trust import TrustError, trust_read
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.parties import Party, split_party

#: The run tells of itself; this bounds the harm of a lost notification, and is how often what was given up is asked.
LOOK_S = 5.0
#: Bars that stand still so long are explained, once: a system that is away is waited for without an end.
SILENT_S = 60.0
SILENT = "nothing has come for a minute: ask `okno doctor`; the run goes on by itself as soon as something comes"
SHOWN_MAX = 50

app = typer.Typer(pretty_exceptions_enable=False, invoke_without_command=True)

SystemOption = Annotated[str, typer.Option("--system", help="Which accounting system.")]
DirectoryOption = Annotated[Path, typer.Option("--dir", help="The instance.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One line at the end instead of bars.")]


@dataclass(frozen=True)
class Standing:
    """How far a run is: `expected` operations are known once all accounts have been counted; `still` in seconds."""

    phase: str
    accounts: int
    expected: int
    operations: int
    differences: int
    state: str
    code: str | None
    seconds: float
    still: float


@app.callback()
def sync(
    context: typer.Context,
    *,
    system: SystemOption = "main",
    directory: DirectoryOption = Path("var/demo"),
    as_json: JsonOption = False,
) -> None:
    """Load all accounts and operations of the accounting through gateway and limits; begun before, it goes on."""
    if context.invoked_subcommand is not None:
        # A verb has its own options: one that stands before it would be passed over, and another instance compared.
        sources = map(context.get_parameter_source, context.params)
        if any(source is not None and source.name == "COMMANDLINE" for source in sources):
            problem(f"say the options after `{context.invoked_subcommand}`", EXIT_USAGE)
        return
    with _projector(directory) as connection:
        run = _begun(connection, _known(system, directory), "load")
        _tell(_watched(connection, run, quiet=as_json), as_json=as_json)


@app.command()
def verify(
    *, system: SystemOption = "main", directory: DirectoryOption = Path("var/demo"), as_json: JsonOption = False
) -> None:
    """Compare counts, sums and a hash of every account with the accounting; name each difference. Status 1 if any."""
    with _projector(directory) as connection:
        run = _begun(connection, _known(system, directory), "verify")
        standing = _watched(connection, run, quiet=as_json)
        found = _differences(connection, run)
    _tell(standing, as_json=as_json, differences=found)
    if found:
        raise typer.Exit(EXIT_PROBLEM)


@contextmanager
def _projector(directory: Path) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """The cabinet's database in the projector's name: it alone may write a run."""
    try:
        with psycopg.connect(reach_of(directory).projector, autocommit=True) as connection:
            yield connection
    except ReachError as error:
        problem(str(error))
    except psycopg.OperationalError as error:
        problem(f"the database cannot be reached, is the instance running? {str(error).strip()}")


def _known(system: str, directory: Path) -> str:
    """The system, if a connector can speak for it: a question to nobody would be asked again for good."""
    at = datetime.now(UTC)
    try:
        ring = trust_read(directory / "keys", at=at)
        ring.opening_for(f"{Party.CONNECTOR}.{system}", at)
    except ProtocolError as error:
        if error.code is not ErrorCode.KEY_UNKNOWN:
            problem(f"the key list of {directory} is refused ({error.code.value}): ask `okno doctor`")
        parties = {entry.party for entry in ring.entries}
        named = sorted({name for role, name in map(split_party, parties) if role is Party.CONNECTOR})
        problem(f"there is no accounting {system} here: say --system {' or '.join(named)}")
    except TrustError as error:
        problem(str(error))
    return system


def _begun(connection: psycopg.Connection[tuple[Any, ...]], system: str, kind: Kind) -> str:
    connection.execute("LISTEN okno_sync")
    try:
        with connection.transaction():
            return run_begin(connection, system, kind, datetime.now(UTC))
    except RunBusyError as error:
        problem(f"a {error} of {system} is under way: let it end first")


def _watched(connection: psycopg.Connection[tuple[Any, ...]], run: str, *, quiet: bool) -> Standing:
    """Until the run has ended. Ending this command ends nothing else: the run goes on, and is found again."""
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with progress_bars.Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        accounts = progress.add_task("accounts", total=None)
        operations = progress.add_task("operations", total=None)
        begun, told = time.monotonic(), False
        while (standing := _standing(connection, run)).state == "running":
            counted = standing.phase != "accounts"
            progress.update(accounts, completed=standing.accounts, total=standing.accounts if counted else None)
            progress.update(operations, completed=standing.operations, total=standing.expected if counted else None)
            # A run that was left yesterday has stood still since then, which says nothing of today.
            silent = min(standing.still, time.monotonic() - begun) >= SILENT_S
            if silent and not told:
                progress.console.print(SILENT)
            told = silent
            for _ in connection.notifies(timeout=LOOK_S, stop_after=1):
                break
            else:
                with connection.transaction():
                    questions_again(connection, run, datetime.now(UTC))
        progress.update(accounts, completed=standing.accounts, total=standing.accounts)
        progress.update(operations, completed=standing.operations, total=standing.operations)
    return standing


def _counted(differences: int) -> str:
    match differences:
        case 0:
            return "no difference"
        case 1:
            return "1 difference"
    return f"{differences} differences"


def _standing(connection: psycopg.Connection[tuple[Any, ...]], run: str) -> Standing:
    with connection.cursor(row_factory=class_row(Standing)) as cursor:
        found = cursor.execute(
            """
            SELECT phase, accounts, expected, operations, differences, state, code,
                   round(extract(epoch FROM COALESCE(finished_at, now()) - started_at), 1)::float AS seconds,
                   extract(epoch FROM now() - moved_at)::float AS still
              FROM accounts_sync WHERE id = %s
            """,
            [run],
        ).fetchone()
    assert found is not None
    return found


def _differences(connection: psycopg.Connection[tuple[Any, ...]], run: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT account_id::text, kind, key, here, there FROM accounts_sync_difference WHERE sync_id = %s ORDER BY id",
        [run],
    )
    return [dict(zip(("account", "kind", "key", "here", "there"), row, strict=True)) for row in rows.fetchall()]


def _tell(standing: Standing, *, as_json: bool, differences: list[dict[str, Any]] | None = None) -> None:
    if standing.state == "failed":
        problem(f"the run has ended: {standing.code}")
    said: dict[str, Any] = {
        "accounts": standing.accounts,
        "operations": standing.expected if differences is not None else standing.operations,
        "seconds": standing.seconds,
    }
    if as_json:
        typer.echo(msgspec.json.encode(said if differences is None else {**said, "differences": differences}))
        return
    typer.echo(f"{said['accounts']} accounts with {said['operations']} operations in {said['seconds']} s")
    if differences is None:
        return
    typer.echo(_counted(len(differences)))
    for one in differences[:SHOWN_MAX]:
        typer.echo(f"  {one['account']}  {one['kind']}  {one['key'] or ''}  here {one['here']}, there {one['there']}")
    if len(differences) > SHOWN_MAX:
        typer.echo(f"  and {len(differences) - SHOWN_MAX} more: --json lists all")
