"""What the demo says: progress while it starts, then addresses, customers, and where their messages arrive."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from okno.cli.instance.layout import Instance, Secrets, State
from okno.cli.servers.tryton import ACCOUNTANT

USUAL, FOREIGN = Path("var/demo"), Path("var/tryton")
"""Where the other commands look when they are told nothing."""

USES = {
    "portal": "sign in here",
    "phone": "the SMS codes arrive here",
    "desk": "for the staff, by link and code",
    "tryton": "its accountant works here",
}
"""What people open, where it is there; a program is told of every name."""


@contextmanager
def step(what: str, console: Console) -> Iterator[None]:
    """One line per step with its seconds, so that a slow or a failed one is seen by name; it moves while it lasts."""
    begun = time.monotonic()
    with console.status(what) if console.is_terminal else nullcontext():
        yield
    console.print(f"  {what} [dim]{time.monotonic() - begun:.1f} s[/dim]", highlight=False)


@contextmanager
def bar(what: str, console: Console) -> Iterator[Callable[[int, int], object]]:
    """A bar with the time that is left, moved by (done, total); it appears when there is something to wait for."""
    columns = (TextColumn(f"  {what}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task(what, total=None, visible=False)
        yield lambda done, total: bars.update(task, completed=done, total=total, visible=True)


def logs_aside(log: Path) -> Console:
    """Send what this process logs (its stderr) to a file; returns a console on what stderr was. Honours NO_COLOR."""
    terminal = os.fdopen(os.dup(2), "w", encoding="utf-8")
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    return Console(file=terminal)


def tell(instance: Instance, state: State, secrets: Secrets, *, as_json: bool) -> None:
    """Say on stdout that the street stands: for people, or as one line for programs."""
    if as_json:
        sys.stdout.buffer.write(json_line(instance, state, secrets))
        sys.stdout.flush()
    else:
        print_ready(instance, state, secrets)


def json_line(instance: Instance, state: State, secrets: Secrets) -> bytes:
    """One line for programs."""
    line: dict[str, object] = {
        "name": state.name,
        "stack": state.stack,
        "pid": state.pid,
        "addresses": state.addresses,
        "customers": [
            {
                "shows": customer.shows,
                "login": customer.login,
                "password": customer.password,
                "registered": customer.has_user,
                "phone": customer.phone,
                "accounts": customer.accounts,
                "numbers": customer.numbers,
            }
            for customer in secrets.customers
        ],
        "messages": state.addresses["phone"],
        "connector": str(instance.etc / "connector.toml"),
        "state": str(instance.run / "state.json"),
    }
    if secrets.tryton:
        line["tryton"] = {"login": ACCOUNTANT, "password": secrets.tryton[ACCOUNTANT]}
    return msgspec.json.encode(line) + b"\n"


def print_ready(instance: Instance, state: State, secrets: Secrets) -> None:
    """For people."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n[bold]Okno runs[/bold] ({state.stack} stack). Ctrl-C stops everything.\n")
    shown = {what: (state.addresses[what], use) for what, use in USES.items() if what in state.addresses}
    width = max(len(address) for address, _ in shown.values())
    for what, (address, use) in shown.items():
        console.print(f"  {what:<7} {address:<{width}}  [dim]{use}[/dim]")
    _customers(console, secrets)
    _next_steps(console, instance, secrets)


def _customers(console: Console, secrets: Secrets) -> None:
    """By hand: a table would cut a password where the terminal is narrow. Within 80 columns."""
    console.print(f"\n  [dim]{'customer':<14}  {'login':<11}  {'password':<19}  account[/dim]")
    for customer in secrets.customers:
        first, *others = customer.numbers
        login, password = (customer.login, customer.password) if customer.has_user else ("-", "has to register")
        console.print(f"  {customer.shows:<14}  {login:<11}  {password:<19}  {first}")
        for number in others:
            console.print(f"{'':<52}{number}")


def _next_steps(console: Console, instance: Instance, secrets: Secrets) -> None:
    """Lines to copy as they stand: with the program's own path, and with the instance where it is not the usual one."""
    okno = _shown(Path(sys.executable).with_name("okno"))
    is_usual = instance.directory == USUAL.absolute()
    config = "" if is_usual else f"    --config {_shown(instance.etc / 'connector.toml')} \\\n"
    place = "" if instance.directory == FOREIGN.absolute() else f" --dir {_shown(instance.directory)}"
    directory = "" if is_usual else f" --dir {_shown(instance.directory)}"
    glue = " " if is_usual else " \\\n    "
    debtor = secrets.customers[0]
    newcomers = [
        f"  Register at the portal as the customer {one.shows}:\n  account {one.numbers[0]}, contract {one.login}"
        for one in secrets.customers
        if not one.has_user
    ]
    by_hand = (
        f"  In another terminal, post a charge; the customer {debtor.shows} sees it arrive:",
        f"  {okno} book post --account {debtor.numbers[0]} --kind charge \\",
        f'{config}    --amount 100 --text "Интернет, ноябрь"',
    )
    if secrets.tryton:
        by_hand = (
            f"  Enter Tryton as {ACCOUNTANT}, password {secrets.tryton[ACCOUNTANT]}: an invoice that you",
            f"  post there arrives on the screen of the customer {debtor.shows}. Or from here:",
            f'  {okno} tryton post --account {debtor.numbers[0]} --amount 100 --text "Ремонт"{place}',
        )
    lines = (
        "",
        *newcomers,
        "",
        *by_hand,
        "",
        "  A member of the staff enters the desk by a link and a code; the last line",
        "  stands in for an authenticator:",
        f"  {okno} staff add ivan{glue}--role senior{directory}",
        f"  {okno} staff link ivan{directory}",
        f"  {okno} staff code ivan{directory}",
        "",
    )
    console.print("\n".join(lines), markup=False)


def _shown(path: Path) -> Path:
    """Relative to where the reader stands, if it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
