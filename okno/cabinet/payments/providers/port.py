"""What a payment system is to Okno: a `Provider` of parts. A part left out is a capability that is not offered.

An adapter is pure but for its wire: no database, no settings of Django, no clock. Whatever arrives is verified over the
bytes that arrived, and only then read. Amounts are `Money`, always positive here; a provider's own units exist inside
of its adapter alone. The customer always leaves for the provider's own page: no card number comes near us.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from okno.protocol.money.amount import Money

State = Literal["pending", "authorized", "paid", "failed", "cancelled", "expired", "unknown"]
"""Of an attempt at the provider's. `unknown`: a status that this adapter does not know; a person is told."""
RefundState = Literal["pending", "done", "failed", "unknown"]


#: Of a ProviderAway while asking about a refund: only the same refund, told again, can say what became of it.
REPEAT = "repeat-to-know"
#: Why a card was refused, in the words that the payer's page knows; each adapter says it in these.
Reason = Literal[
    "insufficient_funds",
    "card_expired",
    "invalid_card_number",
    "invalid_csc",
    "3d_secure_failed",
    "authentication_required",
    "issuer_unavailable",
    "payment_method_limit_exceeded",
    "payment_method_restricted",
    "fraud_suspected",
    "call_issuer",
    "general_decline",  # whatever an adapter does not know
]
#: Why a charge by a saved card failed: the bank wants the owner to confirm, and he is not there. No repetition helps.
AUTHENTICATION = "authentication_required"


class ProviderError(Exception):
    """A call that brought no result."""


class ProviderAway(ProviderError):  # noqa: N818 - named for what happened, as its caller reads it
    """No answer, or one that says "later": whether it took effect is unknown; ask, or repeat with the same key."""


class ProviderRefusal(ProviderError):  # noqa: N818 - likewise
    """The provider will not, for good. `code` is closed and its own (`insufficient_funds`); the text is for staff."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code


class NoticeRefused(Exception):  # noqa: N818 - a verdict on its way out, not a fault
    """A notice that proves nothing. `status` is what its sender is answered with: 400 for a shape, 401 for a proof."""

    def __init__(self, reason: str, status: int = 401) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line of a fiscal receipt. `price` is of one, quantity in thousandths.

    `vat_code` 1..12: no VAT, 0 %, 10 %, 20 %, 10/110, 20/120, 5 %, 7 %, 5/105, 7/107, 22 %, 22/122; mode and subject by
    their English names (`full_prepayment`, `service`); a receipt's tax system is tag 1055 of 54-ФЗ as 1..6. An adapter
    translates where its provider counts otherwise.
    """

    text: str
    price: Money
    quantity_milli: int = 1000
    vat_code: int
    payment_mode: str
    payment_subject: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Where the receipt goes (an e-mail address or +79…) and what stands in it; the items add up to the amount."""

    contact: str
    tax_system_code: int
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Intent:
    """One attempt to pay. `attempt` is the idempotency key of the call; `number` the same for who wants an integer.

    `number` is in 1..2**31-1 and never reused. `description` holds no personal data. `save` asks for a token of the
    payer's card, for charges without him. `present`: he waits, so a charge may send him to his bank's page.
    """

    attempt: UUID
    number: int
    amount: Money
    description: str
    return_url: str
    expires_at: datetime
    locale: Literal["ru", "en"] = "ru"
    save: bool = False
    present: bool = True
    receipt: Receipt | None = None


@dataclass(frozen=True)
class Redirect:
    """The browser goes there by itself (303, top-level)."""

    url: str


@dataclass(frozen=True)
class Form:
    """The customer presses a button: a POST of these fields, in this order."""

    url: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Symbol:
    """A link to open on a phone, the same to be drawn as a QR code on a desktop."""

    payload: str


@dataclass(frozen=True, kw_only=True)
class Started:
    go: Redirect | Form | Symbol
    provider_id: str | None = None
    expires_at: datetime | None = None


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
    """

    key: str
    event: str
    payment: Snapshot
    proven: bool
    reply: Reply


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
    asks for it by name. `reached`: what a line of its register proves, where that says what came instead of what was
    given.
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
    pages: tuple[str, ...] = ()
