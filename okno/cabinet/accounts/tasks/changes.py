"""What the projector works with, free of wire and database: changes of accounts, in minor units.

Structs, since one is made in a tenth of the time of a dataclass and there are several for each event.
"""

from datetime import date, datetime
from typing import NamedTuple

import msgspec


class Version(NamedTuple):
    """An account's version: n counts 1.. without gaps within an epoch of the connector's store."""

    epoch: int
    n: int


class Operation(msgspec.Struct, frozen=True):
    """One line of the account's history. `amount` is its signed effect, `balance` stands after it (+ is owed)."""

    version: Version
    key: str
    kind: str
    channel: str | None
    currency: str
    amount: int
    balance: int
    posted_at: datetime
    text: str


class State(msgspec.Struct, frozen=True):
    """The whole state of an account beside its history."""

    currency: str
    tail: str
    status: str
    balance: int
    due_amount: int | None
    due_on: date | None


class Step(msgspec.Struct, frozen=True):
    """One event of one account: the version before it is `n - 1`."""

    account: str
    system: str
    version: Version
    as_of: datetime
    content: Operation | State


class Page(msgspec.Struct, frozen=True):
    """A snapshot's answer: the state at `version` and the operations after the version that was asked for.

    With `more` the operations are only the next ones in order, and the state belongs to a later page.
    """

    account: str
    system: str
    version: Version
    as_of: datetime
    state: State
    operations: tuple[Operation, ...]
    more: bool
    asked_at: datetime

    @property
    def reach(self) -> Version:
        """The version up to which everything is known once this page is applied."""
        return self.operations[-1].version if self.more else self.version


Change = Step | Page
