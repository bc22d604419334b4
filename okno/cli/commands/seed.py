"""`okno seed`: a crowd of invented customers, on both sides or inside alone, with a bar that says how long yet."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import psycopg
import typer
from rich import progress as progress_bars
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from okno.cli.commands.ends import problem
from okno.cli.files import file_write
from okno.cli.instance.reach import Reach, ReachError, reach_of
from okno.cli.seed.read_model import Crowd, CrowdPresent, Progress, read_model_load, sessions_open
from okno.connectors.book import crowd as book_crowd

CUSTOMERS_MAX = 5_000_000


app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def seed(
    *,
    customers: Annotated[int, typer.Option("--customers", min=1, max=CUSTOMERS_MAX)] = 1000,
    seed_number: Annotated[int, typer.Option("--seed", help="The same number, the same people.")] = 7,
    sessions: Annotated[int, typer.Option("--sessions", min=0, help="Open that many sessions; for benches.")] = 0,
    tokens: Annotated[
        Path | None, typer.Option("--tokens", help="Where the sessions' tokens go (mode 0600, one a line).")
    ] = None,
    inside_only: Annotated[
        bool, typer.Option("--inside-only", help="Into the book alone: what `okno sync` is for.")
    ] = False,
    directory: Annotated[Path, typer.Option("--dir", help="The instance.")] = Path("var/demo"),
    book_dsn: Annotated[
        str | None, typer.Option("--book-dsn", help="Instead of --dir: the book, as okno_book.")
    ] = None,
    cabinet_dsn: Annotated[
        str | None, typer.Option("--cabinet-dsn", help="Instead of --dir: the cabinet, as okno_owner.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line at the end instead of bars.")] = False,
) -> None:
    """Load a crowd into the book and into the cabinet, so that both sides agree; or into the book alone."""
    if sessions and tokens is None:
        problem("--sessions needs --tokens: a session without its token is of no use.", 2)
    if sessions and inside_only:
        problem("--sessions needs the cabinet's side too: leave --inside-only out.", 2)
    try:
        reach = Reach(book_dsn, cabinet_dsn) if book_dsn and cabinet_dsn else reach_of(directory)
        at = datetime.now(UTC)
        crowd = Crowd(customers, seed_number, at, epoch=_epoch(reach.book))
        with _bars(quiet=as_json) as bar:
            # The cabinet first: nobody can post to an account that the book does not know yet.
            loaded = [] if inside_only else [_cabinet_load(reach.cabinet, crowd, bar("cabinet", customers))]
            loaded.append(_book_load(reach.book, crowd, bar("book", customers)))
        opened = sessions_open(reach.cabinet, seed_number, min(sessions, customers), at=at)
    except ReachError as error:
        problem(str(error))
    except psycopg.OperationalError as error:
        away = "the databases cannot be reached, is the instance running?"
        problem(f"{away if error.sqlstate is None else 'a database broke the load off:'} {str(error).strip()}")
    if tokens is not None:
        file_write(tokens, "".join(f"{token}\n" for token in opened).encode())
    if not any(loaded) and not opened:
        where = "in the book" if inside_only else "on both sides"
        problem(f"the crowd of seed {seed_number} stands {where} already")
    said = {
        "customers": customers,
        "seed": seed_number,
        "operations": customers * book_crowd.OPERATIONS_PER_ACCOUNT,
        "seconds": round((datetime.now(UTC) - at).total_seconds(), 1),
    }
    if as_json:
        typer.echo(msgspec.json.encode(said))
    else:
        typer.echo(f"{customers} customers with {said['operations']} operations in {said['seconds']} s")


def _cabinet_load(dsn: str, crowd: Crowd, progress: Progress) -> bool:
    """False when an earlier run did it: the two sides cannot share a transaction."""
    try:
        read_model_load(dsn, crowd, progress)
    except CrowdPresent as present:
        if not present.same_size:
            problem(f"a crowd of seed {crowd.seed} and another size stands in the cabinet: take another --seed")
        progress(crowd.customers, crowd.customers)
        return False
    return True


def _book_load(dsn: str, crowd: Crowd, progress: Progress) -> bool:
    """False when an earlier run did it."""
    try:
        book_crowd.load(dsn, crowd.customers, crowd.seed, progress=progress)
    except book_crowd.CrowdPresent:
        progress(crowd.customers, crowd.customers)
        return False
    return True


def _epoch(book_dsn: str) -> int:
    with psycopg.connect(book_dsn) as connection:
        row = connection.execute("SELECT epoch FROM store.state").fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def _bars(*, quiet: bool) -> Iterator[Callable[[str, int], Progress]]:
    """Makes a bar per side; each is moved by (done, total)."""
    columns = (TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with progress_bars.Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:

        def bar(what: str, total: int) -> Progress:
            task = progress.add_task(what, total=total)
            return lambda done, _total: progress.update(task, completed=done)

        yield bar
