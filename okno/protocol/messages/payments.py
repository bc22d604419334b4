"""Payments: what the cabinet tells the books about money that moved, and what the books answer."""

from __future__ import annotations

from typing import Literal

from okno.protocol.messages.base import Amount, Day, Instant, Line, Message, Name, Opaque, Sealed, Uuid, check_positive

RejectReason = Literal["unknown-account", "closed-account", "wrong-amount", "wrong-currency", "other"]


class PaymentCaptured(Message, frozen=True):
    """Command: the payment system has the money. `amount` is positive; the idempotency key is the payment's id."""

    payment: Uuid
    account: Uuid
    amount: Amount
    method: Name
    captured_at: Instant

    def __post_init__(self) -> None:
        check_positive(self.amount)


class PaymentRefunded(Message, frozen=True):
    """Command: money went back to the payer; `amount` is positive; the idempotency key is the refund's id."""

    refund: Uuid
    payment: Uuid
    account: Uuid
    amount: Amount
    method: Name
    refunded_at: Instant

    def __post_init__(self) -> None:
        check_positive(self.amount)


class PaymentReversed(Message, frozen=True):
    """Command: the payment system or agent took the payment back; the idempotency key is the reversal's id."""

    reversal: Uuid
    payment: Uuid
    account: Uuid
    amount: Amount
    reversed_at: Instant
    reason: Line = ""

    def __post_init__(self) -> None:
        check_positive(self.amount)


class PaymentPosted(Message, frozen=True):
    """Event: the payment stands in the books as operation `operation` (its external key)."""

    payment: Uuid
    account: Uuid
    system: Name
    operation: Opaque
    amount: Amount
    posted_at: Instant

    def __post_init__(self) -> None:
        check_positive(self.amount)


class PaymentRejected(Message, frozen=True):
    """Event: the books refuse the payment for good; a person has to look."""

    payment: Uuid
    account: Uuid
    system: Name
    reason: RejectReason
    rejected_at: Instant


class PromiseRequest(Message, frozen=True):
    """Command: the customer promises to pay by a day, so that the service stays on."""

    promise: Uuid
    account: Uuid
    amount: Amount
    until: Day

    def __post_init__(self) -> None:
        check_positive(self.amount)


class PromiseAnswer(Message, frozen=True):
    """Reply: granted until `until`, or refused for a reason fit for the customer's eyes."""

    promise: Uuid
    granted: bool
    until: Day | None = None
    reason: Line = ""


class PaymentPayable(Message, frozen=True):
    """Query: may this account be paid? Either its id, or the number as typed, sealed (`TypedAccount`)."""

    account: Uuid | None = None
    amount: Amount | None = None
    sealed: Sealed | None = None


class TypedAccount(Message, frozen=True):
    """Sealed content: the account number as a person typed it."""

    number: Line


class Payable(Message, frozen=True):
    """Reply: to whom and how much. `least` and `most` bound what is taken; nothing else tells who the payer is."""

    payable: bool
    as_of: Instant
    account: Uuid | None = None
    amount: Amount | None = None
    least: Amount | None = None
    most: Amount | None = None
    payee: Name | None = None
