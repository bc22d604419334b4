"""The bench: how the suite starts a system, works in it like its own people, slows it down and takes it away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec


class Place(msgspec.Struct, frozen=True):
    """Where a system may be put up for one run.

    `folder` is empty, private, and its path short enough for a unix socket; `database` makes an empty database on the
    suite's own PostgreSQL and returns its DSN; `store` is the DSN of the connector's own database, migrated.
    """

    folder: Path
    database: Callable[[], str]
    store: str


class Reach(msgspec.Struct, frozen=True):
    """How a connector reaches the system: `adapter` and `options` of its settings (JSON values alone).

    `store` takes the place of the suite's own store, for a system whose database holds both.
    """

    adapter: str
    options: dict[str, Any]
    store: str | None = None


class Person(msgspec.Struct, frozen=True):
    """What somebody would type to prove that an account is his (see `Facts` of the port), and the phone on file."""

    fact: str
    value: str
    phone: str


class Opened(msgspec.Struct, frozen=True):
    """An account that has been opened: the system's own name of it, and the number that people know."""

    account: str
    number: str
    currency: str
    person: Person | None = None


class Bench(Protocol):
    """The methods are called one at a time, from threads. What they do is done when they return.

    The system's own people are not in the connector's way: `open_account`, `charge` and `payment` work while the
    system is slow or away for the connector.
    """

    def start(self, place: Place) -> Reach:
        """Put the system up, empty."""
        ...

    def open_account(self) -> Opened:
        """A new active account of a new customer, whose number ends with other four characters than the last one's."""
        ...

    def charge(self, account: str, amount: int, text: str) -> None:
        """Charge the customer `amount` minor units (above 0), as the system's own people do."""
        ...

    def payment(self, account: str, amount: int) -> None:
        """Take `amount` minor units (above 0) from the customer."""
        ...

    def slow(self, seconds: float) -> None:
        """From now on each call of the connector takes that much longer; 0: as quick as it is."""
        ...

    def away(self, *, away: bool) -> None:
        """Whether the connector reaches nobody."""
        ...

    def stop(self) -> None:
        """Take the system down, and leave nothing running."""
        ...
