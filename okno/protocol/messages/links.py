"""What keeps the two stores in step: bundles, watermarks, pages of a full comparison, heartbeats."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from okno.protocol.messages.accounts import PAGE_MAX, AccountStatus, VersionedOperation
from okno.protocol.messages.base import (
    Amount,
    Count,
    Currency,
    Day,
    Digest,
    Due,
    Instant,
    Message,
    Name,
    Opaque,
    Sealed,
    Sha256,
    Tail,
    Uuid,
    Version,
)
from okno.protocol.messages.customers import Profile
from okno.protocol.strict import patterns

BUNDLE_MAX = 100
Breaker = Literal["closed", "open", "half-open"]
OperationType = Annotated[str, Meta(pattern=patterns.TYPE, max_length=96)]


class BundledEvent(Message, frozen=True):
    """One event inside of a bundle; `data` is checked against the schema of its own type."""

    type: OperationType
    id: Uuid
    data: dict[str, Any]

    @classmethod
    def of(cls, type: str, id: str, data: Message) -> BundledEvent:  # noqa: A002  the envelope's words
        return cls(type, id, msgspec.json.decode(msgspec.json.encode(data)))


class EventsBundle(Message, frozen=True):
    """Event: 1 to 100 events in their order. `sealed` holds the personal fields of all, by event id."""

    system: Name
    events: Annotated[tuple[BundledEvent, ...], Meta(min_length=1, max_length=BUNDLE_MAX)]
    sealed: Sealed | None = None


class BundleSealed(Message, frozen=True):
    """Sealed content of a bundle: by event id, what would be the sealed content of that event alone."""

    parts: dict[Uuid, dict[str, Any]]


class Watermark(Message, frozen=True):
    """Event: everything committed in the books before `committed_before` has been sent before this message."""

    system: Name
    epoch: Count
    committed_before: Instant


class SyncPage(Message, frozen=True):
    """Query: one page of everything since `since` (None: from the beginning), after a cursor of the page before.

    Accounts come in the order of their ids, operations in that of account and version, so that what is missing from a
    page is missing for good.
    """

    system: Name
    what: Literal["customers", "accounts", "operations", "postings"]
    since: Instant | None = None
    after: Opaque | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = PAGE_MAX


class SyncAccount(Message, frozen=True):
    r"""An account as the books have it now, and what tells one history from another.

    `operations` counts its operations, `total` sums them. `digest` is the SHA-256 of one line for each, in the order of
    their versions: `<key> <kind> <amount in minor units> <posted_at in microseconds since 1970>\n`.
    """

    account: Uuid
    version: Version
    as_of: Instant
    currency: Currency
    number_tail: Tail
    status: AccountStatus
    balance: Amount
    operations: Count
    total: Amount
    digest: Digest
    due: Due | None = None


class SyncOperation(Message, frozen=True):
    """An operation and whose it is."""

    account: Uuid
    operation: VersionedOperation


class SyncPosting(Message, frozen=True):
    """A payment of ours as the books have it."""

    payment: Uuid
    account: Uuid
    key: Opaque
    amount: Amount
    posted_at: Instant


class SyncCustomer(Message, frozen=True):
    """Who stands behind an account."""

    account: Uuid
    profile: Profile


class SyncCustomers(Message, frozen=True):
    """Sealed content of a page of customers."""

    customers: Annotated[tuple[SyncCustomer, ...], Meta(max_length=PAGE_MAX)]


class SyncRows(Message, frozen=True):
    """Reply: rows of the kind asked for; `total` is the sum of their amounts per currency, `count` their number.

    Of accounts it is the sum of the balances. There may be fewer rows than asked for: only the last page has no `next`.
    Customers have no clear fields at all: they stand in `sealed`, and only `count` speaks of them.
    """

    system: Name
    as_of: Instant
    count: Annotated[int, Meta(ge=0, le=PAGE_MAX)]
    total: tuple[Amount, ...] = ()
    accounts: Annotated[tuple[SyncAccount, ...], Meta(max_length=PAGE_MAX)] = ()
    operations: Annotated[tuple[SyncOperation, ...], Meta(max_length=PAGE_MAX)] = ()
    postings: Annotated[tuple[SyncPosting, ...], Meta(max_length=PAGE_MAX)] = ()
    sealed: Sealed | None = None
    next: Opaque | None = None


class RegisterRow(Message, frozen=True):
    """One payment of an agent's or payment system's day."""

    key: Opaque
    amount: Amount
    paid_at: Instant
    payment: Uuid | None = None
    account: Uuid | None = None


class RegisterDelivered(Message, frozen=True):
    """Event: a page of a day's register; `count` and `total` are of the whole register."""

    register: Opaque
    system: Name
    agent: Name
    day: Day
    page: Annotated[int, Meta(ge=1)]
    pages: Annotated[int, Meta(ge=1)]
    rows: Annotated[tuple[RegisterRow, ...], Meta(max_length=PAGE_MAX)]
    count: Count
    total: Amount


class QueueState(Message, frozen=True):
    """How many wait and how long the oldest has waited."""

    depth: Count
    oldest_ms: Count


class Heartbeat(Message, frozen=True):
    """Each 2 s, from every party. `operations` lists what it understands with the hash of each schema.

    `repeats` is the gateway's: what the parties of the other vhost list, by their source.
    """

    process: Name
    clock: Instant
    operations: dict[OperationType, Sha256] = msgspec.field(default_factory=dict)
    queues: dict[Name, QueueState] = msgspec.field(default_factory=dict)
    breakers: dict[Name, Breaker] = msgspec.field(default_factory=dict)
    repeats: dict[str, dict[OperationType, Sha256]] = msgspec.field(default_factory=dict)
