"""`okno agent`: a payment terminal in front of the demo's counter, with its own code for the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import time_ns
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer
import urllib3

from okno.cli.commands.ends import problem
from okno.cli.instance.layout import Secrets, State
from okno.sandbox.terminals.terminal import Order, Terminal, TerminalError, send, told

ZONE = ZoneInfo("Europe/Moscow")
OK_STATUS = 200

app = typer.Typer(no_args_is_help=True, help="A terminal that brings money to the demo's counter.")

DirectoryOption = Annotated[Path, typer.Option("--dir", help="The instance.")]
NameOption = Annotated[str, typer.Option("--agent", help="Which agent calls.")]
TxnOption = Annotated[str, typer.Option("--txn", help="The transaction's id; without one a new one is made.")]
AccountArgument = Annotated[str, typer.Argument(help="The account's number.")]
SumArgument = Annotated[str, typer.Argument(help="Like 200.00.")]


@app.command()
def check(
    account: AccountArgument,
    amount: SumArgument,
    *,
    txn: TxnOption = "",
    name: NameOption = "terminal",
    directory: DirectoryOption = Path("var/demo"),
) -> None:
    """Ask whether an account may be paid."""
    order = _order(account, amount, txn)
    _say(*_call(directory, name, lambda terminal: terminal.check(order)))


@app.command()
def pay(
    account: AccountArgument,
    amount: SumArgument,
    *,
    txn: TxnOption = "",
    name: NameOption = "terminal",
    directory: DirectoryOption = Path("var/demo"),
) -> None:
    """Bring money. The same --txn again is a repetition."""
    order = _order(account, amount, txn)
    _say(*_call(directory, name, lambda terminal: terminal.pay(order)))


@app.command()
def cancel(
    cancelled: Annotated[str, typer.Argument(help="The transaction to cancel.")],
    *,
    txn: TxnOption = "",
    name: NameOption = "terminal",
    directory: DirectoryOption = Path("var/demo"),
) -> None:
    """Ask for the money of a transaction back; staff decides."""
    own = txn or _txn()
    _say(*_call(directory, name, lambda terminal: terminal.cancel(own, cancelled)))


@app.command()
def status(
    txn: Annotated[str, typer.Argument(help="The transaction.")],
    *,
    name: NameOption = "terminal",
    directory: DirectoryOption = Path("var/demo"),
) -> None:
    """What has become of a transaction."""
    _say(*_call(directory, name, lambda terminal: terminal.status(txn)))


@app.command()
def register(
    day: Annotated[str, typer.Argument(help="Like 20261127.")],
    *,
    name: NameOption = "terminal",
    directory: DirectoryOption = Path("var/demo"),
) -> None:
    """Print what the agent has brought in a day, as CSV."""
    http, content = _call(directory, name, lambda terminal: terminal.register(day))
    if http != OK_STATUS:
        problem(f"the counter refused with HTTP {http}")
    typer.echo(content.decode(), nl=False)


def _order(account: str, amount: str, txn: str) -> Order:
    return Order(txn=txn or _txn(), account=account, sum=amount, at=datetime.now(ZONE).strftime("%Y%m%d%H%M%S"))


def _txn() -> str:
    """As terminals make them: digits, never the same twice."""
    return str(time_ns() // 1000)


def _call(directory: Path, name: str, write: Callable[[Terminal], str]) -> tuple[int, bytes]:
    try:
        secrets = msgspec.json.decode((directory / "etc" / "secrets.json").read_bytes(), type=Secrets)
        state = msgspec.json.decode((directory / "run" / "state.json").read_bytes(), type=State)
    except FileNotFoundError:
        problem(f"no demo runs in {directory}: start `okno demo`, or say --dir")
    if name not in secrets.agents:
        problem(f"there is no agent {name!r} here: {', '.join(sorted(secrets.agents))}", 2)
    address = urllib3.util.parse_url(state.addresses["pay"])
    url = f"http://127.0.0.1:{address.port}/agents/{name}"
    try:
        return send(url, write(Terminal(secrets.agents[name])), host=address.netloc)
    except urllib3.exceptions.HTTPError as error:
        problem(f"the counter does not answer: {type(error).__name__}")


def _say(http: int, content: bytes) -> None:
    """Exit status 1 for whatever is not 0."""
    if http != OK_STATUS:
        problem(f"the counter refused with HTTP {http}")
    try:
        said = told(content)
    except TerminalError as error:
        problem(str(error))
    typer.echo(f"{said.txn}: {said.result} {said.comment}" + (f", payment {said.number}" if said.number else ""))
    if said.result:
        raise typer.Exit(1)
