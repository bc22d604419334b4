"""What a payment system says of a payment, a refund, a dispute, a receipt. Amounts are `Money`, always positive."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from okno.cabinet.payments.providers.port.wishes import Form, Redirect
from okno.protocol.money.amount import Money

State = Literal["pending", "authorized", "paid", "failed", "cancelled", "expired", "unknown"]
"""Of an attempt at the provider's. `unknown`: a status that this adapter does not know; a person is told."""


RefundState = Literal["pending", "done", "failed", "unknown"]


@dataclass(frozen=True, kw_only=True)
class SavedCard:
    """A token that pays without the card. `title` is what the customer knows it by: `Mir •• 4444`."""

    token: str = field(repr=False)
    title: str
    expires: str | None = None
    """`2030-12`."""


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What reached the company, where nobody says what the payer gave: by the fee, from `least` to `most`."""

    kept: Money
    least: Money
    most: Money

    def fits(self, amount: Money) -> bool:
        return amount.currency == self.kept.currency and self.least.minor <= amount.minor <= self.most.minor


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A payment as its provider has it. `provider_id`, `attempt` or `number` says which; at least one is there.

    `amount` is what the payer gave, `fee` what the provider keeps of it, `refunded` what went back so far; None where
    the provider does not say; `reached` stands where it says what came instead of what was given. `trace` is the
    bank's own reference (RRN, id of an SBP operation). `go`: where a payer by a saved card has to confirm (3-D Secure);
    if that is a page of ours, `challenge` is what it posts to his bank.
    """

    state: State
    provider_id: str | None = None
    attempt: UUID | None = None
    number: int | None = None
    amount: Money | None = None
    fee: Money | None = None
    refunded: Money | None = None
    reached: Reached | None = None
    test: bool = False
    at: datetime | None = None
    method: str = ""
    trace: str = ""
    reason: str = ""
    card: SavedCard | None = None
    go: Redirect | None = None
    challenge: Form | None = None


@dataclass(frozen=True, kw_only=True)
class RefundSnapshot:
    state: RefundState
    provider_id: str | None = None
    refund: UUID | None = None
    payment: str | None = None
    """The provider's id of the payment it gives back."""
    amount: Money | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """The payer's bank takes money back: `reference` is the provider's own number of the case.

    `opened` until it is answered, `won` brings the money back. `respond_by`: until then it can be answered.
    """

    reference: str
    state: Literal["opened", "answered", "won", "lost"]
    amount: Money
    reason: str
    opened_at: datetime
    respond_by: datetime


@dataclass(frozen=True, kw_only=True)
class ReceiptSnapshot:
    """A fiscal receipt: `number` of the document, `drive` that keeps it, `sign` of it, as a tax office checks them.

    `link`: where a copy of it may be seen, if its provider says.
    """

    state: Literal["pending", "done", "failed"]
    number: str = ""
    drive: str = ""
    sign: str = ""
    at: datetime | None = None
    link: str = ""
