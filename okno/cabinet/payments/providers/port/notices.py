"""A notice as it came, and what was read from it: told, asked, or of no concern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from okno.cabinet.payments.providers.port.facts import ReceiptSnapshot, RefundSnapshot, Snapshot


@dataclass(frozen=True, kw_only=True)
class Received:
    """A notice as it came in. Header names are in lower case; `peer` is the address that our own proxy vouches for."""

    method: str
    headers: Mapping[str, str]
    peer: str
    query: str
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Reply:
    """Exactly what the sender waits for."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Told:
    """A payment's news. `key` is the same for a redelivery of the same news and for nothing else.

    With `proven` the snapshot is evidence; without it only says whom to ask about: nothing in it may be believed.
    `names`: signed, and of the one of an order's transactions that has its money: that one is to be asked about.
    """

    key: str
    event: str
    payment: Snapshot
    proven: bool
    reply: Reply
    names: bool = False


@dataclass(frozen=True, kw_only=True)
class RefundTold:
    """A refund's news, `key` and `proven` as in `Told`."""

    key: str
    event: str
    refund: RefundSnapshot
    proven: bool
    reply: Reply


@dataclass(frozen=True, kw_only=True)
class ReceiptTold:
    """A fiscal receipt's news, signed: it is shown to the payer and moves no money. `payment` says whose it is."""

    key: str
    event: str
    payment: Snapshot
    receipt: ReceiptSnapshot
    reply: Reply


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The provider asks before it takes money: is this still payable? Nothing is ever credited for it."""

    payment: Snapshot
    yes: Reply
    no: Reply


@dataclass(frozen=True)
class Ignored:
    """Authentic or harmless, and of no concern: a test button, an event of another kind."""

    event: str
    reply: Reply


Notice = Told | RefundTold | ReceiptTold | Asked | Ignored
