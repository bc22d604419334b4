"""`okno book`: the accountant's hand on the reference book."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import psycopg
import typer

from okno.connectors.book.company import company_read, company_set
from okno.connectors.book.drafts import Draft, parse_amount
from okno.connectors.book.imports import ImportRefused, import_csv
from okno.connectors.book.posting import post
from okno.connectors.book.reads import head_read, operations_read
from okno.connectors.main import settings_read
from okno.connectors.runtime.port import Payee, Refusal
from okno.protocol.ids import new_id
from okno.protocol.money import Money

app = typer.Typer(no_args_is_help=True, help="Post to the built-in book of accounts, look into it, import a file.")

OPERATIONS_SHOWN = 10
DEFAULT_CONFIG = Path("var/demo/etc/connector.toml")
EXIT_REFUSED = 1
EXIT_UNREACHABLE = 3

Dsn = Annotated[
    str | None, typer.Option("--dsn", help="Database of the book; instead of --config.", show_default=False)
]
Config = Annotated[Path, typer.Option("--config", help="connector.toml of an instance.")]


@app.command("post")
def post_command(
    *,
    account: Annotated[str, typer.Option("--account", help="Number of 20 digits.")],
    kind: Annotated[str, typer.Option("--kind", help="charge, payment, credit, refund or correction.")],
    amount: Annotated[str, typer.Option("--amount", help="Above zero; the direction is in the kind.")] = "",
    text: Annotated[str, typer.Option("--text", help="What the customer reads beside it.")] = "",
    currency: Annotated[str | None, typer.Option("--currency", help="Refused if the account has another.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="Posting the same key again changes nothing.")] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Where money came or went: card, cash, …")] = None,
    service: Annotated[str, typer.Option("--service", help="What is charged: internet, water, …")] = "service",
    reverses: Annotated[str | None, typer.Option("--reverses", help="Key of the entry taken or paid back.")] = None,
    dsn: Dsn = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Post one entry: it is on the customer's screen within a second."""
    with _book(dsn, config) as connection:
        try:
            held = head_read(connection, account).currency
            minor = 0 if kind == "correction" and not amount else parse_amount(amount, currency or held)
            draft = Draft(
                account=account,
                kind=kind,
                key=key or new_id(),
                amount=minor,
                currency=currency,
                text=text,
                channel=channel,
                service=service,
                reverses=reverses,
            )
            posting = post(connection, draft)
        except Refusal as refusal:
            _refused(refusal)
    typer.echo(f"key      {posting.key}{' (posted before)' if posting.repeated else ''}")
    typer.echo(f"version  {posting.version.epoch}.{posting.version.n}")
    typer.echo(f"balance  {_money(posting.balance, posting.currency)}")


@app.command("show")
def show_command(
    number: Annotated[str, typer.Argument(help="Number of 20 digits.")],
    dsn: Dsn = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Print an account and its last operations; + is owed by the customer."""
    with _book(dsn, config) as connection:
        try:
            head = head_read(connection, number)
            page = operations_read(connection, number, before=None, limit=OPERATIONS_SHOWN)
        except Refusal as refusal:
            _refused(refusal)
    typer.echo(f"account  {head.number} ({head.status})")
    typer.echo(f"version  {head.epoch}.{head.n}")
    typer.echo(f"balance  {_money(head.balance, head.currency)}")
    for item in page.operations:
        operation = item.operation
        amount = Money(operation.amount, head.currency).decimal
        balance = Money(operation.balance, head.currency).decimal
        at = f"{operation.posted_at:%Y-%m-%d %H:%M:%S}Z"
        typer.echo(f"{at}  {operation.kind:<10} {amount:>16} {balance:>16}  {operation.key}  {operation.text}")


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="CSV of accounts or of operations.", exists=True, dir_okay=False)],
    dsn: Dsn = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Import a CSV file: all of it or nothing."""
    with _book(dsn, config) as connection, file.open(encoding="utf-8-sig", newline="") as source:
        try:
            report = import_csv(connection, source)
        except ImportRefused as refused:
            typer.echo(f"{file}: nothing was stored", err=True)
            for line, what in refused.lines:
                typer.echo(f"  line {line}: {what}", err=True)
            raise typer.Exit(EXIT_REFUSED) from refused
    typer.echo(f"{report.kind}: {report.written} written, {report.repeated} in the book before")


@app.command("company")
def company_command(
    *,
    name: Annotated[str, typer.Option("--name", help="Who is paid.")] = "",
    account: Annotated[str, typer.Option("--account", help="Settlement account of 20 digits.")] = "",
    bank: Annotated[str, typer.Option("--bank", help="Name of its bank.")] = "",
    bic: Annotated[str, typer.Option("--bic", help="The bank's code of 9 digits.")] = "",
    correspondent: Annotated[str, typer.Option("--correspondent", help="The bank's own account, if it has one.")] = "",
    inn: Annotated[str, typer.Option("--inn", help="Tax number of 10 or 12 digits.")] = "",
    kpp: Annotated[str, typer.Option("--kpp", help="Of a company: 9 digits.")] = "",
    sbp_link: Annotated[str, typer.Option("--sbp-link", help="Static SBP link of the bank, for slips.")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="What is paid for. It names nobody.")] = "",
    dsn: Dsn = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Say where customers pay to, or print it when nothing is said; check digits are checked."""
    payee = Payee(name, account, bank, bic, correspondent or None, inn, kpp or None, sbp_link or None)
    with _book(dsn, config) as connection:
        if any((name, account, bank, bic, correspondent, inn, kpp, sbp_link, purpose)):
            try:
                company_set(connection, payee, purpose=purpose)
            except Refusal as refusal:
                _refused(refusal)
        found = company_read(connection)
    if found is None:
        typer.echo("The company has not said where to pay to: see `okno book company --help`.")
        return
    for what, value in zip(("name", "account", "bank", "bic"), msgspec.structs.astuple(found.payee), strict=False):
        typer.echo(f"{what:<14}{value}")
    typer.echo(f"{'correspondent':<14}{found.payee.correspondent_account or '-'}")
    typer.echo(f"{'inn, kpp':<14}{found.payee.inn}, {found.payee.kpp or '-'}")
    typer.echo(f"{'sbp link':<14}{found.payee.sbp_link or '-'}")
    typer.echo(f"{'purpose':<14}{found.purpose}")


def _book(dsn: str | None, config: Path) -> psycopg.Connection:
    """Connect, or end with one line that says what to do."""
    try:
        return psycopg.connect(dsn or settings_read(config).dsn, autocommit=True)
    except FileNotFoundError as error:
        typer.echo(f"There is no {config}: start `okno demo`, or say --config or --dsn.", err=True)
        raise typer.Exit(EXIT_UNREACHABLE) from error
    except (OSError, msgspec.DecodeError, psycopg.Error) as error:
        typer.echo(f"The book cannot be reached: {str(error).strip()}", err=True)
        raise typer.Exit(EXIT_UNREACHABLE) from error


def _money(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).decimal} {currency}"


def _refused(refusal: Refusal) -> NoReturn:
    typer.echo(f"Refused, nothing was stored ({refusal.code.value}): {refusal.detail}", err=True)
    raise typer.Exit(EXIT_REFUSED) from refusal
