"""`okno drill`: prove on a running installation that no fault loses or doubles anything."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from okno.cli.commands.ends import EXIT_PROBLEM, problem
from okno.cli.drill.billing import DrillError
from okno.cli.drill.campaign import running as campaign
from okno.cli.drill.campaign.judging import lines_of as campaign_lines
from okno.cli.drill.drilling import Drill, Wanted
from okno.cli.drill.judging import lines_of
from okno.cli.street.report import FOREIGN

DEMO = Path("var/demo")

app = typer.Typer(no_args_is_help=True, help="Put a running demo through faults, and compare both books afterwards.")


@app.callback()
def drill() -> None:
    """Each drill is a command."""


@app.command()
def tryton(
    *,
    operations: Annotated[int, typer.Option("--operations", min=1, help="Invoices and credit notes.")] = 1000,
    payments: Annotated[int, typer.Option("--postings", min=1, help="Captured payments to be posted.")] = 300,
    rounds: Annotated[int, typer.Option("--rounds", min=0, help="How often each process is killed.")] = 2,
    seed: Annotated[int, typer.Option("--seed", help="The same number, the same drill.")] = 1,
    settle: Annotated[float, typer.Option("--settle", min=1, help="Seconds to wait for the last of it.")] = 600,
    directory: Annotated[Path, typer.Option("--dir", help="The instance: a full stack on a Tryton.")] = FOREIGN,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line at the end.")] = False,
) -> None:
    """Kill Tryton, PostgreSQL, RabbitMQ, gateway, connector, projector in turn at work. Status 1 if it shows."""
    # A broker that is down is what this is about: its client need not say so each time that it is looked at.
    logging.getLogger("aiormq").addHandler(logging.NullHandler())
    wanted = Wanted(operations=operations, payments=payments, rounds=rounds, seed=seed, settled_s_max=settle)
    try:
        report = Drill(directory, wanted, told=lambda line: typer.echo(line, err=True)).run()
    except DrillError as error:
        problem(str(error))
    if as_json:
        typer.echo(msgspec.json.encode(report))
    else:
        for line in lines_of(report):
            typer.echo(line)
    if report.problems:
        raise typer.Exit(EXIT_PROBLEM)


@app.command()
def payments(
    *,
    payments: Annotated[int, typer.Option("--payments", min=1, help="Customers who begin to pay.")] = 10_000,
    rounds: Annotated[int, typer.Option("--rounds", min=0, help="How often each process is killed.")] = 2,
    seed: Annotated[int, typer.Option("--seed", help="The same number, the same plan.")] = 1,
    settle: Annotated[float, typer.Option("--settle", min=1, help="Seconds to wait for the last of it.")] = 900,
    directory: Annotated[Path, typer.Option("--dir", help="The instance: a full stack on the book.")] = DEMO,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line at the end.")] = False,
) -> None:
    """Pay at every payment system while processes die and notices are forged, lost, doubled. Status 1 if it shows."""
    # A database that is killed is what this is about: its client need not say so as well.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    wanted = campaign.Wanted(payments=payments, rounds=rounds, seed=seed, settled_s_max=settle)
    try:
        report = campaign.Campaign(directory, wanted, told=lambda line: typer.echo(line, err=True)).run()
    except DrillError as error:
        problem(str(error))
    if as_json:
        typer.echo(msgspec.json.encode(report))
    else:
        for line in campaign_lines(report):
            typer.echo(line)
    if report.problems:
        raise typer.Exit(EXIT_PROBLEM)
