"""What the demo says: progress while it starts, then addresses, customers, and where their messages arrive."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console

from okno.cli.instance.layout import Instance, Secrets, State


@contextmanager
def step(what: str, console: Console) -> Iterator[None]:
    """One line per step with its seconds, so that a slow or a failed one is seen by name."""
    begun = time.monotonic()
    yield
    console.print(f"  {what} [dim]{time.monotonic() - begun:.1f} s[/dim]", highlight=False)


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
    line = {
        "name": state.name,
        "stack": state.stack,
        "pid": state.pid,
        "addresses": state.addresses,
        "customers": [
            {
                "shows": customer.shows,
                "login": customer.login,
                "password": customer.password,
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
    return msgspec.json.encode(line) + b"\n"


def print_ready(instance: Instance, state: State, secrets: Secrets) -> None:
    """For people."""
    console = Console()
    console.print(f"\n[bold]Okno runs[/bold] ({state.stack} stack). Ctrl-C stops everything.\n")
    for what, address in state.addresses.items():
        console.print(f"  {what:<8} {address}", highlight=False)
    console.print(f"\n  {'customer':<13} {'login':<12} {'password':<20} {'phone':<13} accounts", highlight=False)
    for customer in secrets.customers:
        # By hand: a table would cut a password where the terminal is narrow.
        line = f"  {customer.shows:<13} {customer.login:<12} {customer.password:<20} {customer.phone:<13}"
        console.print(f"{line} {' '.join(customer.numbers)}", highlight=False, soft_wrap=True)
    console.print(f"\n  SMS codes arrive at {state.addresses['phone']}", highlight=False)
    number = secrets.customers[0].numbers[0]
    config = _shown(instance.etc / "connector.toml")
    console.print("\n  Post a charge and watch it arrive on the customer's screen:")
    command = f"okno book post --config {config} --account {number} --kind charge --amount 100.00 --text Проба"
    console.print(f"  {command}\n", highlight=False, soft_wrap=True)


def _shown(path: Path) -> Path:
    """Relative to where the reader stands, if it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
