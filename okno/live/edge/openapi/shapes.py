"""The shapes of live's answers, for its description and for the tests: the JSON itself is built in the database.

Amounts are decimal strings with the currency's own number of decimals; a positive balance is owed by the customer.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

Amount = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]+(\.[0-9]{2,3})?$", examples=["1234.50", "-100.00"])]
AccountId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Month = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-11"])]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Kind = Literal["charge", "payment", "credit", "refund", "correction"]
Status = Literal["active", "blocked", "closed"]


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """Closed, like every shape of this API."""


class Due(Shape):
    """What is to be paid, and by when."""

    amount: Amount
    on: date | None


class Operation(Shape):
    """One line of the history. `position` counts from 1 without gaps; `amount` is its effect on the balance."""

    position: int
    key: str
    kind: Kind
    channel: str | None
    amount: Amount
    balance: Amount
    posted_at: Moment
    text: str


class Brief(Shape):
    """An account in the list of all. `as_of`: how old the figure is; `stale`: older than a minute, or a gap."""

    account: AccountId
    tail: str
    title: str
    currency: str
    balance: Amount
    status: Status
    as_of: Moment
    stale: bool


class State(Shape):
    """One account with its last operations, at most 20, newest first. `position`: the cursor to stream from."""

    account: AccountId
    tail: str
    title: str
    currency: str
    balance: Amount
    status: Status
    due: Due | None
    as_of: Moment
    stale: bool
    position: int
    operations: list[Operation]


class Overview(Shape):
    """All accounts in the order they were granted, and the one asked for (else the first; null when there is none)."""

    accounts: list[Brief]
    account: State | None


class Page(Shape):
    """Operations, newest first. `next`: the `before` of the next page; a page may be short, even empty, before it."""

    operations: list[Operation]
    next: int | None


class MonthSums(Shape):
    """Charged less paid is what the month added to the balance."""

    month: Month
    charged: Amount
    paid: Amount


class Year(Shape):
    """Twelve months, oldest first, the running one last."""

    months: list[MonthSums]


class Place(Shape):
    """Where an account is."""

    account: AccountId
    position: int


class Age(Shape):
    """How old an account's figures are."""

    account: AccountId
    as_of: Moment
    stale: bool


class HelloFrame(Shape, tag="hello", tag_field="type"):
    """The first frame: the session's accounts."""

    accounts: list[Place]


class AccountFrame(Shape, tag="account", tag_field="type"):
    """State of an account and its operations after the last frame, oldest first; `more` when others wait."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f-]{36}:[0-9]+$")]
    account: AccountId
    position: int
    balance: Amount
    due: Due | None
    status: Status
    as_of: Moment
    stale: bool
    operations: list[Operation]
    more: bool


class AgeFrame(Shape, tag="age", tag_field="type"):
    """How old the figures of all accounts are, after news of their system."""

    accounts: list[Age]


class ByeFrame(Shape, tag="bye", tag_field="type"):
    """The last frame. After `too-slow` and `shutdown` come again with `after`; after `session-ended` sign in."""

    reason: Literal["session-ended", "too-slow", "shutdown"]


Frame = HelloFrame | AccountFrame | AgeFrame | ByeFrame


class ProblemShape(Shape):
    """A refusal (RFC 9457). `title` and `detail` in the language of Accept-Language."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retry: Literal["never", "after"]
    instance: str
