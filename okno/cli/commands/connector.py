"""`okno connector`: what an integrator does with his adapter before anybody depends on it."""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, cast

import msgspec
import psycopg
import typer

from okno.cli.commands.ends import EXIT_MISSING, EXIT_PROBLEM, problem
from okno.cli.processes.serving import SettingsError, settings_of
from okno.cli.servers.account import ServerError
from okno.cli.servers.passing import postgres_passing
from okno.connectors.bench import Bench, Place
from okno.connectors.conformance.checks import CHECKS
from okno.connectors.conformance.failing import Failed
from okno.connectors.conformance.suite import Check, Finding, Report, run
from okno.connectors.conformance.trial import told_of
from okno.connectors.entries import EntryError, entry_load
from okno.connectors.main import BOOK, ConnectorSettings
from okno.connectors.runtime.store.migrations import migrate

app = typer.Typer(no_args_is_help=True, help="Check an adapter, see what it tells, prepare its store.")

# Benches of this house have short names.
BENCHES = {BOOK: "okno.connectors.book.bench:BookBench", "tryton": "okno.cli.tryton.bench:TrytonBench"}
WIDTH = max(len(check.name) for check in CHECKS)

Name = Annotated[str, typer.Argument(metavar="CONNECTOR", help="package.module:factory of a bench; book; tryton.")]


@app.command()
def check(
    connector: Name,
    *,
    only: Annotated[list[str] | None, typer.Option("--only", help="One check by its name; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line at the end.")] = False,
) -> None:
    """Run the conformance suite against an adapter on its bench. Exit status 1 when a promise is broken."""
    checks = _chosen(only or [])
    with _place(connector) as (bench, place):
        report = asyncio.run(run(bench, place, checks, told=(lambda _: None) if as_json else _tell))
    if as_json:
        typer.echo(msgspec.json.encode(report))
    else:
        typer.echo(_summary(report))
    if not report.passed:
        raise typer.Exit(EXIT_PROBLEM)


@app.command("try")
def try_it(connector: Name) -> None:
    """Open an account on the bench, charge it, take a payment, and print what the cabinet gets: one JSON line each."""
    with _place(connector) as (bench, place):
        lines = asyncio.run(told_of(bench, place))
    for line in lines:
        typer.echo(line)


@app.command()
def prepare(
    config: Annotated[Path, typer.Option("--config", help="connector.toml.", exists=True, dir_okay=False)],
) -> None:
    """Bring the connector's own database up to date; whatever is in it stays."""
    try:
        settings = settings_of(config, ConnectorSettings)
        fresh = migrate(settings.dsn, system=settings.system)
    except SettingsError as error:
        problem(str(error))
    except psycopg.OperationalError as error:
        problem(f"the connector's database cannot be reached: {str(error).strip()}", EXIT_MISSING)
    typer.echo(f"The store of {settings.system} is up to date: {len(fresh)} files applied.")


def _chosen(names: list[str]) -> list[Check]:
    known = {one.name: one for one in CHECKS}
    if unknown := [name for name in names if name not in known]:
        problem(f"there is no check {unknown[0]!r}: {', '.join(known)}", 2)
    return [known[name] for name in names] or list(CHECKS)


@contextmanager
def _place(name: str) -> Iterator[tuple[Bench, Place]]:
    log, here = logging.getLogger("okno"), str(Path.cwd())
    level = log.level
    # What a check disturbs on purpose is warned of in vain.
    log.setLevel(logging.ERROR)
    # An integrator works in the folder of his package, which need not be installed yet.
    sys.path.insert(0, here)
    try:
        bench = cast("Callable[[], Bench]", entry_load(BENCHES.get(name, name)))()
        with postgres_passing() as server:
            store = server.database()
            migrate(store, system="main")
            yield bench, Place(server.folder, server.database, store)
    except EntryError as error:
        problem(str(error), 2)
    except Failed as error:
        problem(str(error))
    except ServerError as error:
        problem(str(error), EXIT_MISSING)
    finally:
        sys.path.remove(here)
        log.setLevel(level)


def _tell(finding: Finding) -> None:
    typer.echo(f"{finding.outcome:<12}{finding.check:<{WIDTH + 2}}{finding.sentence}")
    if finding.outcome == "failed":
        typer.echo(f"{'':<12}{finding.detail}")


def _summary(report: Report) -> str:
    counts = dict.fromkeys(("passed", "failed", "not offered"), 0)
    for finding in report.findings:
        counts[finding.outcome] += 1
    lines = [", ".join(f"{count} {outcome}" for outcome, count in counts.items())]
    missing = sorted(
        {type_ for one in report.findings if one.outcome == "not offered" for type_ in one.detail.split(", ")}
    )
    if missing:
        lines.append(f"Not offered: {', '.join(missing)}.")
    return "\n".join(lines)
