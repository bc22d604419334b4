"""The customer's own payments over HTTP, under `/api/payments`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from django.conf import settings
from ninja import Router, Schema, Status
from pydantic import Field, StrictStr

from okno.cabinet.identity.api import OpenRequest, freshly_proved
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.payments.methods import Method
from okno.cabinet.payments.selectors import Card, Seen, access_payment, cards_of, payments_latest
from okno.cabinet.payments.services.keeping.cards import card_default, card_remove, today
from okno.cabinet.payments.services.keeping.contacts import EMAIL_CHARS_MAX
from okno.cabinet.payments.services.starting import SHARES_MAX, Wish, payment_again, payment_start
from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money

CURRENCY_CHARS = 3
AMOUNT_CHARS_MAX = 20

payments = Router(tags=["payments"])


class TitleOut(Schema):
    ru: str
    en: str


class ReasonOut(Schema):
    ru: str
    en: str


class MethodOut(Schema):
    """A way to pay. Amounts are decimal strings of `currency`; the fee, that of today, is what the payer gives on top.

    `title` is the company's own word for it; null where its kind says enough. `off`: why it cannot be chosen now.
    `receipt`: to what the fiscal receipt is sent; empty where the provider makes none. `saves`: a card may be kept.
    """

    id: str
    kind: Literal["card", "sbp", "wallet", "bank"]
    title: TitleOut | None
    currency: str
    least: str
    most: str
    fee_percent: str
    fee_least: str
    arrives: Literal["at-once", "minutes", "day"]
    off: ReasonOut | None
    receipt: list[Literal["email", "phone"]]
    saves: bool


class CardOut(Schema):
    """A kept card. `expires`: `2030-12`, its last month; `methods`: the ways that it can pay."""

    id: UUID
    title: str
    expires: str | None
    is_expired: bool
    is_default: bool
    methods: list[str]


class ShareIn(Schema):
    account: UUID
    amount: Annotated[StrictStr, Field(max_length=AMOUNT_CHARS_MAX)]


class WishIn(Schema):
    """One action of the customer: `key` is made by his page once, and sent again with every repetition.

    `card`: a kept one that pays. `save_card`: he agrees that this one is kept. `contact`: where the receipt goes.
    """

    key: UUID
    method: Annotated[StrictStr, Field(max_length=64)]
    currency: Annotated[StrictStr, Field(min_length=CURRENCY_CHARS, max_length=CURRENCY_CHARS)]
    shares: Annotated[list[ShareIn], Field(min_length=1, max_length=SHARES_MAX)]
    locale: Literal["ru", "en"] = "ru"
    card: UUID | None = None
    save_card: bool = False
    contact: Annotated[StrictStr, Field(max_length=EMAIL_CHARS_MAX)] = ""


class ShareOut(Schema):
    account: UUID
    amount: str
    posted: bool


class ReturnedOut(Schema):
    """What went back to the payer: `refund` by the company, `bank` because his bank took it."""

    kind: Literal["refund", "bank"]
    amount: str
    at: datetime


class MovedOut(Schema):
    """What staff has moved from the account `source` to another: `target` is null where it is not the customer's."""

    source: UUID
    target: UUID | None
    amount: str
    at: datetime


class ReceiptOut(Schema):
    """A fiscal receipt. `contact` is where it goes, masked; the numbers are what a tax office checks it by.

    `link`: a copy of it at the operator of fiscal data; empty where the provider names none.
    """

    state: Literal["asked", "registered", "failed"]
    contact: str
    number: str
    drive: str
    sign: str
    registered_at: datetime | None
    link: str


class PaymentOut(Schema):
    """`go` is where the open attempt sends the payer: {kind: redirect|form|symbol, …}; null until it is known.

    `ended` is how the last attempt ended without money, `reason` the payment system's own word for it; null and ""
    while it is open or paid.
    """

    id: UUID
    number: int
    state: Literal["accepted", "confirmed", "posted", "closed", "review"]
    method: str
    amount: str
    currency: str
    refunded: str
    returns: list[ReturnedOut]
    moves: list[MovedOut]
    shares: list[ShareOut]
    go: dict[str, Any] | None
    ended: Literal["failed", "cancelled", "expired"] | None
    reason: str
    receipt: ReceiptOut | None
    accepted_at: datetime
    confirmed_at: datetime | None
    posted_at: datetime | None


class StartedOut(Schema):
    id: UUID


@payments.get("/methods", response=list[MethodOut], operation_id="payment_methods")
def methods_get(request: OpenRequest) -> list[MethodOut]:  # noqa: ARG001 - the same for everybody signed in
    """What can be chosen, in the company's order."""
    methods: tuple[Method, ...] = settings.OKNO.methods
    return [method_out(method) for method in methods]


@payments.get("/cards", response=list[CardOut], operation_id="card_list")
def cards_get(request: OpenRequest) -> list[CardOut]:
    """One's kept cards, the one that comes first before the others."""
    return [_card_out(card) for card in cards_of(request.visitor.user_id)]


@payments.post("/cards/{uuid:card_id}/default", auth=freshly_proved, response={204: None}, operation_id="card_default")
def card_default_post(request: OpenRequest, card_id: UUID) -> Status[None]:
    """Let this card come first. 403 `proof-needed`; 422 `card-expired`."""
    card_default(user_id=request.visitor.user_id, card_id=card_id)
    return Status(204, None)


@payments.delete("/cards/{uuid:card_id}", auth=freshly_proved, response={204: None}, operation_id="card_remove")
def card_delete(request: OpenRequest, card_id: UUID) -> Status[None]:
    """It pays no more, and its token is forgotten here and at its provider's. 403 `proof-needed`."""
    card_remove(user_id=request.visitor.user_id, card_id=card_id)
    return Status(204, None)


@payments.post("", response={202: StartedOut}, operation_id="payment_start")
def payment_post(request: OpenRequest, body: WishIn) -> Status[StartedOut]:
    """Begin. `payment_get` tells where to go as soon as the payment system has answered."""
    if len({share.account for share in body.shares}) != len(body.shares):
        raise RefusalError(Refusal.BAD_REQUEST)
    shares = {share.account: minor_of(share.amount, body.currency) for share in body.shares}
    wish = Wish(
        key=body.key,
        method=body.method,
        currency=body.currency,
        shares=shares,
        locale=body.locale,
        card=body.card,
        save=body.save_card,
        contact=body.contact,
    )
    return Status(202, StartedOut(id=payment_start(user_id=request.visitor.user_id, wish=wish)))


@payments.get("", response=list[PaymentOut], operation_id="payment_list")
def payments_get(request: OpenRequest) -> list[PaymentOut]:
    """One's latest payments, newest first."""
    return [_payment_out(seen) for seen in payments_latest(request.visitor.user_id)]


@payments.get("/{uuid:payment_id}", response=PaymentOut, operation_id="payment_get")
def payment_get(request: OpenRequest, payment_id: UUID) -> PaymentOut:
    """One's own payment, with the time of each step that it has reached."""
    return _payment_out(access_payment(request.visitor.user_id, payment_id))


@payments.post("/{uuid:payment_id}/again", response={202: StartedOut}, operation_id="payment_again")
def payment_again_post(request: OpenRequest, payment_id: UUID) -> Status[StartedOut]:
    """Another attempt of a payment that is closed. 409 `wrong-step` otherwise."""
    access_payment(request.visitor.user_id, payment_id)
    payment_again(user_id=request.visitor.user_id, payment_id=payment_id)
    return Status(202, StartedOut(id=payment_id))


def minor_of(amount: str, currency: str, *, positive: bool = False) -> int:
    """Raises RefusalError wrong-amount: a sign, an exponent, digits of other scripts, too many decimals."""
    try:
        minor = Money.parse(amount, currency).minor
    except ProtocolError as error:
        raise RefusalError(Refusal.WRONG_AMOUNT) from error
    if positive and minor <= 0:
        raise RefusalError(Refusal.WRONG_AMOUNT)
    return minor


def method_out(method: Method) -> MethodOut:
    terms = method.terms(today())
    whole, rest = divmod(terms.fee_bps, 100)
    return MethodOut(
        id=method.id,
        kind=method.kind,
        title=TitleOut(ru=method.title.ru, en=method.title.en) if method.title else None,
        currency=method.currency,
        least=Money(method.least_minor, method.currency).decimal,
        most=Money(method.most_minor, method.currency).decimal,
        fee_percent=f"{whole}.{rest:02d}",
        fee_least=Money(terms.fee_least_minor, method.currency).decimal,
        arrives=terms.arrives,
        off=ReasonOut(ru=method.off.ru, en=method.off.en) if method.off else None,
        receipt=list(method.receipt),
        saves=method.saves,
    )


def _card_out(card: Card) -> CardOut:
    methods: tuple[Method, ...] = settings.OKNO.methods
    return CardOut(
        id=card.id,
        title=card.title,
        expires=card.expires,
        is_expired=card.is_expired(today()),
        is_default=card.is_default,
        methods=[each.id for each in methods if each.saves and each.provider == card.provider],
    )


def _receipt_out(seen: Seen) -> ReceiptOut | None:
    receipt = seen.receipt
    if receipt is None:
        return None
    return ReceiptOut(
        state=cast("Any", receipt.state),
        contact=seen.contact,
        number=receipt.number,
        drive=receipt.drive,
        sign=receipt.sign,
        registered_at=receipt.registered_at,
        link=receipt.link,
    )


def _payment_out(seen: Seen) -> PaymentOut:
    payment = seen.payment
    return PaymentOut(
        id=payment.id,
        number=payment.number,
        state=cast("Any", payment.state),
        method=payment.method,
        amount=Money(payment.amount, payment.currency).decimal,
        currency=payment.currency,
        refunded=Money(payment.refunded, payment.currency).decimal,
        returns=[
            ReturnedOut(kind=one.kind, amount=Money(one.amount, payment.currency).decimal, at=one.at)
            for one in seen.returns
        ],
        moves=[
            MovedOut(
                source=one.source, target=one.target, amount=Money(one.amount, payment.currency).decimal, at=one.at
            )
            for one in seen.moves
        ],
        shares=[
            ShareOut(
                account=account,
                amount=Money(minor, payment.currency).decimal,
                posted=seen.booked.get(account, 0) >= minor,
            )
            for account, minor in seen.shares.items()
        ],
        go=seen.go,
        ended=cast("Any", seen.ended),
        reason=seen.attempt.reason,
        receipt=_receipt_out(seen),
        accepted_at=payment.created_at,
        confirmed_at=payment.confirmed_at,
        posted_at=payment.posted_at,
    )
