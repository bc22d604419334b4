"""`okno demo`: the whole product here, in one process or on Debian's own servers."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import msgspec
import typer

from okno.cabinet.config.instance import ENVIRONMENT
from okno.cli.commands.ends import EXIT_MISSING, problem
from okno.cli.instance.customers import PARTS
from okno.cli.instance.layout import PAYERS, InstanceError, production_refused
from okno.cli.instance.prepare import Handover, Options, instance_of, ports_choose, prepare
from okno.cli.instance.settings import embedded_files, files_write
from okno.cli.servers.account import ServerError
from okno.cli.servers.debian import missing_line
from okno.cli.street.full import full_run
from okno.cli.trust import TrustError

EMBEDDED_LISTENERS = ["gw1", "smsc", "mail", *PAYERS]
TRYTON_LISTENERS = [*EMBEDDED_LISTENERS, "tryton"]
Stack = Literal["embedded", "full", "tryton"]
System = Literal["book", "tryton"]


app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def demo(
    *,
    stack: Annotated[
        Stack, typer.Option("--stack", help="One process, Debian's servers, or a Tryton inside.")
    ] = "embedded",
    system: Annotated[System, typer.Option("--system", help="What accounting stands inside.")] = "book",
    name: Annotated[
        str | None, typer.Option("--name", help="Part of the host names: portal.NAME.localhost; demo or tryton.")
    ] = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Where everything of it lives; var/NAME unless said.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Of the front; the last one or a free one unless said.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line when ready, instead of the table.")] = False,
    run_as: Annotated[str | None, typer.Option("--run-as", help="User of the servers when root starts them.")] = None,
    postgres: Annotated[
        Literal["system", "wheel"] | None, typer.Option("--postgres", help="Which PostgreSQL makes a new cluster.")
    ] = None,
    parties: Annotated[int, typer.Option("--parties", min=len(PARTS), help="Subscribers of the Tryton.")] = 200,
    months: Annotated[int, typer.Option("--months", min=1, max=12, help="Of their past.")] = 12,
    qiwi: Annotated[bool, typer.Option("--qiwi", help="Offer QIWI too: legacy, off in production.")] = False,
    listen: Annotated[str, typer.Option("--listen", hidden=True)] = "127.0.0.1",
) -> None:
    """Run the whole product here: customer, staff, gateway, books, telephone. Ctrl-C stops it all."""
    system = "tryton" if stack == "tryton" else system
    name = name or ("tryton" if system == "tryton" else "demo")
    options = Options(
        directory=str(directory or Path("var") / name),
        name=name,
        stack=stack,
        system=system,
        parties=parties,
        months=months,
        qiwi=qiwi,
        port=port,
        listen=listen,
        run_as=run_as,
        postgres=postgres,
        as_json=as_json,
    )
    try:
        production_refused(listen, os.environ)
        if stack != "full":
            _embedded(options)
        missing = missing_line("test", needed=("nginx", "postgresql-15", "rabbitmq-server"))
        if missing:
            problem(missing, EXIT_MISSING)
        raise typer.Exit(full_run(options))
    except (InstanceError, ServerError, TrustError) as error:
        problem(str(error))


def _embedded(options: Options) -> NoReturn:
    """Write the settings, then become the street: Django reads them while it is imported."""
    instance, account = instance_of(options)
    lock = instance.lock()
    ports = ports_choose(options, instance, TRYTON_LISTENERS if options.system == "tryton" else EMBEDDED_LISTENERS)
    prepared = prepare(options, instance, account, ports)
    files_write(instance, embedded_files(prepared.plan()))
    os.set_inheritable(lock, True)  # noqa: FBT003 (the standard library's own form)
    handover = Handover(options=options, ports=ports, lock=lock)
    environment = {**os.environ, ENVIRONMENT: str(instance.etc / "cabinet.toml")}
    arguments = [sys.executable, "-m", "okno.cli.street.embedded", msgspec.json.encode(handover).decode()]
    os.execve(sys.executable, arguments, environment)  # noqa: S606 (no shell is wanted)
