"""The parts of a payment system and what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from okno.cabinet.payments.providers.port.facts import Dispute, Reached, ReceiptSnapshot, RefundSnapshot, Snapshot
from okno.cabinet.payments.providers.port.notices import Notice, Received
from okno.cabinet.payments.providers.port.wishes import Intent, Receipt, Started
from okno.protocol.money.amount import Money


class Starting(Protocol):
    def start(self, intent: Intent) -> Started:
        """Begin an attempt; repeated with the same attempt it is the same one. ProviderAway, ProviderRefusal."""
        ...


class Notices(Protocol):
    def read(self, received: Received) -> Notice:
        """Verify, then read. Raises NoticeRefused."""
        ...


class Asking(Protocol):
    def ask(self, *, provider_id: str | None, attempt: UUID, number: int) -> Snapshot | None:
        """The payment as it is now; None if the provider has never heard of it. ProviderAway, ProviderRefusal."""
        ...


class Refunds(Protocol):
    def refund(self, refund: UUID, *, provider_id: str, amount: Money, receipt: Receipt | None) -> RefundSnapshot:
        """Give back; repeated with the same refund it is the same one. ProviderAway, ProviderRefusal."""
        ...

    def ask_refund(self, refund: UUID, *, refund_id: str | None, provider_id: str) -> RefundSnapshot | None:
        """A refund as it is now; None if it never arrived. ProviderAway, ProviderRefusal."""
        ...


class Registers(Protocol):
    def register(self, *, since: datetime, until: datetime) -> Sequence[Snapshot]:
        """Everything captured in the period, since <= at < until, the earliest first. ProviderAway, ProviderRefusal."""
        ...


class Charges(Protocol):
    def charge(self, intent: Intent, token: str) -> Snapshot:
        """Take money by a saved card, without its owner; same attempt, same charge. ProviderAway, ProviderRefusal."""
        ...

    def forget(self, token: str) -> None:
        """Make the token useless, where the provider can; elsewhere it is enough that we forget it."""
        ...


class Confirms(Protocol):
    def confirm(self, *, provider_id: str, attempt: UUID, proof: str) -> Snapshot:
        """What a payer's bank gave his browser to bring goes to the provider. ProviderAway, ProviderRefusal."""
        ...


class Disputes(Protocol):
    def disputes(self, *, provider_id: str) -> Sequence[Dispute]:
        """Cases of a paid payment by which money has gone. ProviderAway, ProviderRefusal."""
        ...


class Receipts(Protocol):
    def receipt(self, *, provider_id: str) -> ReceiptSnapshot | None:
        """The receipt of a paid payment; None if there is none. ProviderAway, ProviderRefusal."""
        ...


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of one payment, in minor units of each currency it takes: (least, most)."""

    of: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Provider:
    """`name` is its folder's. `partial` says whether less than a whole payment can be given back.

    `codes` begins an attempt by a link of the faster payment system (a Symbol) instead of a page: `sbp` is made of it.
    `pages` are origins that its forms are posted to: they stand in the policy of our pages. `receipts`: its start and
    refunds take a fiscal receipt; `tells_receipts`: its notices say what became of one. `legacy`: off unless production
    asks for it by name. `wallet`: its money stays with it until the company sends it to the bank. `reached`: what a
    line of its register proves, where that says what came instead of what was given.
    """

    name: str
    limits: Limits
    start: Starting
    notices: Notices
    asking: Asking | None = None
    refunds: Refunds | None = None
    registers: Registers | None = None
    charges: Charges | None = None
    confirms: Confirms | None = None
    disputes: Disputes | None = None
    receipt_asking: Receipts | None = None
    codes: Starting | None = None
    reached: Callable[[Money], Reached] | None = None
    partial: bool = False
    receipts: bool = False
    tells_receipts: bool = False
    legacy: bool = False
    wallet: bool = False
    pages: tuple[str, ...] = ()
