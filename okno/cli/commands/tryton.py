"""`okno tryton`: the demo's Tryton built, served alone, and an invoice posted in it by hand."""

from __future__ import annotations

import signal
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from okno.cli.commands.ends import EXIT_MISSING, problem
from okno.cli.instance.layout import Secrets, State
from okno.cli.servers.account import ServerError
from okno.cli.servers.process import ports_free
from okno.cli.servers.tryton import ACCOUNTANT, DATABASE, Tryton, client_ensure, install_ensure
from okno.cli.street.report import FOREIGN, bar
from okno.cli.tryton.building import dump_of, restored, today
from okno.cli.tryton.company import companies_read
from okno.cli.tryton.people import CROWD_MAX, SEED, SEEDS_MAX, Crowd
from okno.cli.tryton.seed import NoSuchParty, invoice_post, party_of
from okno.cli.tryton.stages import Kept, database_make, workshop
from okno.connectors.runtime.port import SystemAway
from okno.connectors.tryton.rpc import Rpc, TrytonRefusal

PARTIES, MONTHS_MAX = 200, 12

app = typer.Typer(no_args_is_help=True, help="A real Tryton for the demo and for whoever writes a connector.")

Parties = Annotated[int, typer.Option("--parties", min=0, max=CROWD_MAX, help="Subscribers; 0 for books alone.")]
Months = Annotated[int, typer.Option("--months", min=1, max=MONTHS_MAX, help="Of invoices and payments.")]
Seed = Annotated[int, typer.Option("--seed", min=1, max=SEEDS_MAX, help="The same number, the same people.")]


@app.command("build")
def build(*, parties: Parties = PARTIES, months: Months = MONTHS_MAX, seed: Seed = SEED) -> None:
    """Make the database, or say where it is kept: minutes at the first time, nothing at the next."""
    typer.echo(_kept(parties, months, seed).dump)


@app.command("serve")
def serve(
    *,
    parties: Parties = PARTIES,
    months: Months = MONTHS_MAX,
    seed: Seed = SEED,
    port: Annotated[int, typer.Option("--port", help="A free one unless said.")] = 0,
) -> None:
    """Serve such a database until Ctrl-C, on this machine alone; what is done in it ends with it."""
    kept = _kept(parties, months, seed)
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        with workshop() as (cluster, place, folder):
            database = database_make(place, DATABASE)
            restored(database, kept, cluster.binaries().directory)
            server = Tryton(
                folder / "tryton", install_ensure(), database, port or ports_free(1)[0], web=client_ensure()
            )
            try:
                server.start()
                said = {"url": server.url, "database": database.name, "passwords": kept.passwords}
                typer.echo(msgspec.json.encode(said))
                sys.stdout.flush()
                signal.sigwait(ends)
            finally:
                server.stop()
    except ServerError as error:
        problem(str(error), EXIT_MISSING)


@app.command("post")
def post(
    *,
    account: Annotated[str, typer.Option("--account", help="Its number, which is the party's code.")],
    amount: Annotated[str, typer.Option("--amount", help="Below zero it is a credit note.")],
    text: Annotated[str, typer.Option("--text", help="What the customer reads beside it.")] = "Услуги связи",
    company: Annotated[int, typer.Option("--company", min=1, max=2, help="1 takes roubles, 2 euros.")] = 1,
    directory: Annotated[Path, typer.Option("--dir", help="The instance.")] = FOREIGN,
) -> None:
    """Post an invoice as the accountant of the demo: it is on the customer's screen within two seconds."""
    try:
        exact = Decimal(amount).quantize(Decimal("0.01"))
        rpc = _accountant(directory)
        firm = companies_read(rpc)[company - 1]
        invoice = invoice_post(rpc, firm, party_of(rpc, account), exact, text)
        (made,) = rpc.search_read("account.invoice", [("id", "=", invoice)], ["number", "total_amount"])
    except InvalidOperation:
        problem(f"{amount!r} is no amount", 2)
    except FileNotFoundError:
        problem(f"there is no Tryton in {directory}: start `okno demo --stack tryton`, or say --dir")
    except (NoSuchParty, TrytonRefusal) as refused:
        problem(f"Refused, nothing was posted: {refused}")
    except SystemAway as away:
        problem(f"{away}: is the demo running?", EXIT_MISSING)
    typer.echo(f"invoice  {made['number']}")
    typer.echo(f"total    {made['total_amount']}")


def _accountant(directory: Path) -> Rpc:
    """Tryton of an instance as its accountant. Raises FileNotFoundError."""
    state = msgspec.json.decode((directory / "run" / "state.json").read_bytes(), type=State)
    secrets = msgspec.json.decode((directory / "etc" / "secrets.json").read_bytes(), type=Secrets)
    if "tryton" not in state.ports:
        raise FileNotFoundError(directory)
    url = f"http://127.0.0.1:{state.ports['tryton']}"
    return Rpc(url, database=DATABASE, user=ACCOUNTANT, password=secrets.tryton[ACCOUNTANT])


def _kept(parties: int, months: int, seed: int) -> Kept:
    crowd = Crowd(parties, months, seed, today().replace(day=1)) if parties else None
    try:
        with bar("Tryton", Console(stderr=True)) as progress:
            return dump_of(crowd, progress)
    except (ServerError, SystemAway) as error:
        problem(str(error), EXIT_MISSING)
