"""Reading payments. A row is reached only through `access_*`, like accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from okno.cabinet.accounts.selectors import NotFoundError
from okno.cabinet.kit import rls
from okno.cabinet.kit.statements import rows
from okno.cabinet.payments.methods import Method
from okno.cabinet.payments.models import (
    Attempt,
    Chargeback,
    Link,
    Payment,
    Posting,
    Promise,
    Receipt,
    Refund,
    Share,
)
from okno.cabinet.payments.states import CLOSED, OPEN

LATEST_MAX = 20

CARDS = """
    SELECT id, provider, title, expires, is_default FROM payments_card
     WHERE user_id = %(user)s AND removed_at IS NULL AND (%(card)s::uuid IS NULL OR id = %(card)s)
     ORDER BY is_default DESC, created_at DESC
"""
RULES = """
    SELECT rule.id, rule.account_id, rule.card_id, card.title, rule.kind, rule.day, rule.ceiling, rule.currency,
           rule.state, rule.look_at, turn.id, turn.due_on, turn.amount, turn.state, turn.reason, turn.payment_id
      FROM payments_autopay rule JOIN payments_card card ON card.id = rule.card_id
      LEFT JOIN LATERAL (SELECT * FROM payments_autopay_turn its WHERE its.rule_id = rule.id
                          ORDER BY its.due_on DESC LIMIT 1) turn ON true
     WHERE rule.user_id = %s AND rule.state <> 'ended' ORDER BY rule.created_at
"""
MOVED = "SELECT source, target, amount, at FROM payments_moved(%s)"
MASK = "SELECT mask FROM payments_contact WHERE id = %s"


@dataclass(frozen=True)
class Card:
    """A kept card as its owner knows it. `expires`: `2030-12`, its last month."""

    id: UUID
    provider: str
    title: str
    expires: str | None
    is_default: bool

    def is_expired(self, day: date) -> bool:
        return self.expires is not None and self.expires < month_of(day)


@dataclass(frozen=True)
class Returned:
    """Money that went back to the payer: by our refund, or because his bank took it (a chargeback)."""

    kind: Literal["refund", "bank"]
    amount: int
    at: datetime


@dataclass(frozen=True)
class Moved:
    """What staff has moved from one account to another; `target` None: to one that the customer does not see."""

    source: UUID
    target: UUID | None
    amount: int
    at: datetime


@dataclass(frozen=True)
class Seen:
    """A payment as its customer sees it. `go` is where the open attempt sends him, once its provider has said so."""

    payment: Payment
    shares: dict[UUID, int]
    attempt: Attempt
    booked: dict[UUID, int]
    """Minor units that stand in the books, by account."""
    returns: list[Returned]
    """The earliest first."""
    receipt: Receipt | None
    """The fiscal receipt of the attempt that was paid, else of the last one."""
    contact: str
    """What may be shown of where it goes; empty where none is made."""
    moves: list[Moved]
    """The earliest first."""

    @property
    def go(self) -> dict[str, Any] | None:
        return self.attempt.go if self.attempt.state in OPEN else None

    @property
    def ended(self) -> str | None:
        """How the last attempt ended without money; None while it is open or paid."""
        return self.attempt.state if self.attempt.state in CLOSED else None

    @property
    def posted_at(self) -> datetime | None:
        return self.payment.posted_at


@dataclass(frozen=True)
class LastTurn:
    """The latest charge of a rule, announced or past."""

    id: UUID
    due_on: date
    amount: int
    state: str
    reason: str
    payment: UUID | None


@dataclass(frozen=True)
class Rule:
    """An auto-payment as its owner sees it. `look_at`: when the account is looked at next."""

    id: UUID
    account: UUID
    card: UUID
    card_title: str
    kind: str
    day: int | None
    ceiling: int
    currency: str
    state: str
    look_at: datetime | None
    turn: LastTurn | None = None


def rules_of(user_id: UUID) -> list[Rule]:
    """One's rules that have not ended."""
    with rls.acting(user_id):
        found = rows(RULES, [user_id])
    return [replace(Rule(*row[:10]), turn=LastTurn(*row[10:]) if row[10] else None) for row in found]


def month_of(day: date) -> str:
    """As cards name theirs: `2030-12`."""
    return day.strftime("%Y-%m")


def method_of(id_: str) -> Method | None:
    """A way to pay that this company offers."""
    methods: tuple[Method, ...] = settings.OKNO.methods
    return next((method for method in methods if method.id == id_), None)


def access_payment(user_id: UUID, payment_id: UUID) -> Seen:
    """The user's own payment. Raises NotFoundError."""
    with rls.acting(user_id):
        payment = Payment.objects.filter(id=payment_id, user_id=user_id).first()
        if payment is not None:
            return _seen(payment)
    raise NotFoundError("payment")


def payments_latest(user_id: UUID) -> list[Seen]:
    """The user's latest payments, newest first."""
    with rls.acting(user_id):
        return [
            _seen(payment) for payment in Payment.objects.filter(user_id=user_id).order_by("-created_at")[:LATEST_MAX]
        ]


def payment_by_link(payment_id: UUID) -> Seen:
    """A payment that was begun by a link, for whoever knows its id. Raises NotFoundError."""
    with rls.returning(payment_id):
        payment = Payment.objects.filter(id=payment_id, link_id__isnull=False).first()
        if payment is not None:
            return _seen(payment)
    raise NotFoundError("payment")


def links_latest(user_id: UUID, account_id: UUID) -> list[tuple[Link, int]]:
    """The user's latest links of an account, newest first, each with the minor units that came by it."""
    with rls.acting(user_id):
        found = Link.objects.filter(user_id=user_id, account_id=account_id).order_by("-created_at")[:LATEST_MAX]
        return [(link, _paid_by(link)) for link in found]


def access_link(user_id: UUID, link_id: UUID) -> tuple[Link, int]:
    """The user's own link, as in `links_latest`. Raises NotFoundError."""
    with rls.acting(user_id):
        link = Link.objects.filter(id=link_id, user_id=user_id).first()
        if link is not None:
            return link, _paid_by(link)
    raise NotFoundError("link")


def _paid_by(link: Link) -> int:
    return Payment.objects.filter(link_id=link.id).aggregate(sum=Sum("captured"))["sum"] or 0


def promises_latest(user_id: UUID, account_id: UUID) -> list[Promise]:
    """The user's latest promises of an account, newest first."""
    with rls.acting(user_id):
        return list(Promise.objects.filter(user_id=user_id, account_id=account_id).order_by("-created_at")[:LATEST_MAX])


def access_card(user_id: UUID, card_id: UUID) -> Card:
    """The user's own card, unless he has removed it. Raises NotFoundError."""
    with rls.acting(user_id):
        found = rows(CARDS, {"user": user_id, "card": card_id})
    if not found:
        raise NotFoundError("card")
    return Card(*found[0])


def cards_of(user_id: UUID) -> list[Card]:
    """The one that comes first, then the latest."""
    with rls.acting(user_id):
        return [Card(*row) for row in rows(CARDS, {"user": user_id, "card": None})]


def _seen(payment: Payment) -> Seen:
    """In the caller's transaction, with its context."""
    attempts = list(Attempt.objects.filter(payment_id=payment.id).order_by("number"))
    shares = dict(Share.objects.filter(payment_id=payment.id).values_list("account_id", "amount"))
    of_ours = Posting.objects.filter(attempt__payment_id=payment.id, cause__isnull=True)
    booked = of_ours.filter(state="posted").values_list("account_id", "amount")
    receipts = {one.attempt_id: one for one in Receipt.objects.filter(attempt__payment_id=payment.id)}
    paid = next((attempt for attempt in attempts if attempt.state == "paid"), attempts[-1])
    mask = rows(MASK, [payment.contact_id])[0][0] if payment.contact_id and payment.user_id else ""
    moves = [Moved(*row) for row in rows(MOVED, [payment.id])]
    return Seen(payment, shares, attempts[-1], dict(booked), _returns(payment), receipts.get(paid.id), mask, moves)


def _returns(payment: Payment) -> list[Returned]:
    done = Refund.objects.filter(attempt__payment_id=payment.id, state="done").values_list("amount", "done_at")
    taken = Chargeback.objects.filter(attempt__payment_id=payment.id).exclude(booked__in=("", "won"))
    found = [
        *(Returned("refund", amount, at) for amount, at in done if at is not None),
        *(Returned("bank", amount, at) for amount, at in taken.values_list("amount", "opened_at")),
    ]
    return sorted(found, key=lambda one: one.at)
