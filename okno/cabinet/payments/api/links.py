"""Payment links over HTTP: the customer's own under `/api/links`, and `/api/links/open` for whoever holds one.

The token is never part of an address that reaches a server: the page has it behind `#`, and sends it in the body.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from django.conf import settings
from ninja import Router, Schema, Status
from pydantic import Field, StrictInt, StrictStr

from okno.cabinet.accounts.selectors import access_account
from okno.cabinet.identity.api import OpenRequest, VisitRequest, anyone
from okno.cabinet.payments.api.customer import (
    AMOUNT_CHARS_MAX,
    CURRENCY_CHARS,
    MethodOut,
    StartedOut,
    method_out,
    minor_of,
)
from okno.cabinet.payments.methods import Method
from okno.cabinet.payments.models import Link
from okno.cabinet.payments.selectors import Seen, access_link, links_latest
from okno.cabinet.payments.services.keeping.contacts import EMAIL_CHARS_MAX
from okno.cabinet.payments.services.links.making import DAYS_MAX, link_make, link_revoke
from okno.cabinet.payments.services.links.paying import LinkWish, link_look, link_pay, link_payment
from okno.protocol.money.amount import Money

TOKEN_CHARS_MAX = 64

links = Router(tags=["links"])
opened = Router(tags=["links"], auth=anyone)

Token = Annotated[StrictStr, Field(min_length=1, max_length=TOKEN_CHARS_MAX)]
Decimal = Annotated[StrictStr, Field(max_length=AMOUNT_CHARS_MAX)]


class LinkIn(Schema):
    """`amount` is proposed to the payer, who may change it; null proposes none."""

    account: UUID
    amount: Decimal | None = None
    days: Annotated[StrictInt, Field(ge=1, le=DAYS_MAX)] = 7


class LinkOut(Schema):
    """`paid` is what has come by it so far."""

    id: UUID
    account: UUID
    state: Literal["open", "expired", "revoked"]
    amount: str | None
    currency: str
    paid: str
    created_at: datetime
    expires_at: datetime


class LinkMadeOut(Schema):
    """`token` is shown this once: the address is `/l#<token>`."""

    token: str
    link: LinkOut


class TokenIn(Schema):
    token: Token


class OpenLinkOut(Schema):
    """All that somebody unknown is told: to whom, for which account by its last signs, how much is proposed.

    `purpose`: what staff that made the link says it is for.
    """

    company: str
    tail: str
    amount: str | None
    currency: str
    purpose: str
    expires_at: datetime
    methods: list[MethodOut]


class LinkWishIn(Schema):
    """One action of the payer: `key` is made by his page once, and sent again with every repetition."""

    token: Token
    key: UUID
    method: Annotated[StrictStr, Field(max_length=64)]
    amount: Decimal
    currency: Annotated[StrictStr, Field(min_length=CURRENCY_CHARS, max_length=CURRENCY_CHARS)]
    locale: Literal["ru", "en"] = "ru"
    contact: Annotated[StrictStr, Field(max_length=EMAIL_CHARS_MAX)] = ""


class PaymentIn(Schema):
    payment: UUID


class OpenPaymentOut(Schema):
    """A payment as anybody may see it who comes back from the payment system: see `PaymentOut`."""

    id: UUID
    number: int
    state: Literal["accepted", "confirmed", "posted", "closed", "review"]
    company: str
    amount: str
    currency: str
    go: dict[str, Any] | None
    ended: Literal["failed", "cancelled", "expired"] | None
    reason: str
    accepted_at: datetime
    confirmed_at: datetime | None
    posted_at: datetime | None


@links.post("", response={201: LinkMadeOut}, operation_id="link_make")
def link_post(request: OpenRequest, body: LinkIn) -> Status[LinkMadeOut]:
    """Make a link for an account that one may pay. 409 `account-closed`, 422 `wrong-amount`."""
    user_id = request.visitor.user_id
    currency = access_account(user_id, body.account, right="pay").currency
    amount = None if body.amount is None else minor_of(body.amount, currency, positive=True)
    link_id, token = link_make(user_id=user_id, account_id=body.account, amount=amount, days=body.days)
    return Status(201, LinkMadeOut(token=token, link=_link_out(*access_link(user_id, link_id))))


@links.get("", response=list[LinkOut], operation_id="link_list")
def links_get(request: OpenRequest, account: UUID) -> list[LinkOut]:
    """One's latest links of an account, newest first."""
    user_id = request.visitor.user_id
    access_account(user_id, account, right="view")
    return [_link_out(link, paid) for link, paid in links_latest(user_id, account)]


@links.post("/{uuid:link_id}/revoke", response=LinkOut, operation_id="link_revoke")
def link_revoke_post(request: OpenRequest, link_id: UUID) -> LinkOut:
    """Take a link back; once more changes nothing."""
    user_id = request.visitor.user_id
    link_revoke(user_id=user_id, link_id=link_id)
    return _link_out(*access_link(user_id, link_id))


@opened.post("/look", response=OpenLinkOut, operation_id="link_look")
def look_post(request: VisitRequest, body: TokenIn) -> OpenLinkOut:
    """What the page of a link shows. 404 `no-link`, whatever the reason."""
    link = link_look(body.token, request.client)
    methods: tuple[Method, ...] = settings.OKNO.methods
    return OpenLinkOut(
        company=settings.OKNO.company,
        tail=link.tail,
        amount=_amount(link),
        currency=link.currency,
        purpose=link.purpose,
        expires_at=link.expires_at,
        methods=[method_out(method) for method in methods if method.currency == link.currency],
    )


@opened.post("/pay", response={202: StartedOut}, operation_id="link_pay")
def pay_post(request: VisitRequest, body: LinkWishIn) -> Status[StartedOut]:
    """Begin a payment by a link; `link_payment` tells where to go."""
    wish = LinkWish(
        key=body.key,
        method=body.method,
        amount=minor_of(body.amount, body.currency, positive=True),
        currency=body.currency,
        locale=body.locale,
        contact=body.contact,
    )
    return Status(202, StartedOut(id=link_pay(body.token, wish, request.client)))


@opened.post("/payment", response=OpenPaymentOut, operation_id="link_payment")
def payment_post(request: VisitRequest, body: PaymentIn) -> OpenPaymentOut:
    """How far a payment by link is. 404 for every other payment."""
    return _payment_out(link_payment(body.payment, request.client))


def _link_out(link: Link, paid: int) -> LinkOut:
    state = "revoked" if link.revoked_at else "open" if link.expires_at > datetime.now(UTC) else "expired"
    return LinkOut(
        id=link.id,
        account=link.account_id,
        state=cast("Any", state),
        amount=_amount(link),
        currency=link.currency,
        paid=Money(paid, link.currency).decimal,
        created_at=link.created_at,
        expires_at=link.expires_at,
    )


def _amount(link: Link) -> str | None:
    return None if link.amount is None else Money(link.amount, link.currency).decimal


def _payment_out(seen: Seen) -> OpenPaymentOut:
    payment = seen.payment
    return OpenPaymentOut(
        id=payment.id,
        number=payment.number,
        state=cast("Any", payment.state),
        company=settings.OKNO.company,
        amount=Money(payment.amount, payment.currency).decimal,
        currency=payment.currency,
        go=seen.go,
        ended=cast("Any", seen.ended),
        reason=seen.attempt.reason,
        accepted_at=payment.created_at,
        confirmed_at=payment.confirmed_at,
        posted_at=payment.posted_at,
    )
