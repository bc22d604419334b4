"""Promised payments over HTTP, under `/api/promises`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import Field, StrictStr

from okno.cabinet.accounts.models import Account
from okno.cabinet.accounts.selectors import access_account
from okno.cabinet.identity.api import OpenRequest
from okno.cabinet.payments.api.customer import AMOUNT_CHARS_MAX, StartedOut, minor_of
from okno.cabinet.payments.models import Promise
from okno.cabinet.payments.selectors import promises_latest
from okno.cabinet.payments.services.promising.asking import Offer, promise_ask, promise_offer
from okno.protocol.money.amount import Money

promises = Router(tags=["promises"])


class PromiseIn(Schema):
    account: UUID
    amount: Annotated[StrictStr, Field(max_length=AMOUNT_CHARS_MAX)]
    until: date


class PromiseOut(Schema):
    """`granted_until` and `reason` are the inside's answer.

    Known reasons: nothing-owed, too-much, day-passed, too-late, one-stands, too-often, not-judged; an accounting may
    have others, as words for the customer.
    """

    id: UUID
    state: Literal["asked", "granted", "refused"]
    amount: str
    currency: str
    until: date
    granted_until: date | None
    reason: str
    asked_at: datetime
    answered_at: datetime | None


class OfferOut(Schema):
    """What may be asked: up to `most`, from `first` to `last`."""

    most: str
    currency: str
    first: date
    last: date


class PromisesOut(Schema):
    """`offer` is null where no promise is taken for this account."""

    offer: OfferOut | None
    promises: list[PromiseOut]


@promises.get("", response=PromisesOut, operation_id="promise_list")
def promises_get(request: OpenRequest, account: UUID) -> PromisesOut:
    """What may be asked for an account, and one's latest promises for it, newest first."""
    user_id = request.visitor.user_id
    found = access_account(user_id, account, right="pay")
    return PromisesOut(
        offer=_offer_out(promise_offer(found), found),
        promises=[_promise_out(promise) for promise in promises_latest(user_id, account)],
    )


@promises.post("", response={202: StartedOut}, operation_id="promise_ask")
def promise_post(request: OpenRequest, body: PromiseIn) -> Status[StartedOut]:
    """Ask. The answer stands in `promise_list`. 409 `no-promises`, `already-asked`; 422 `wrong-amount`, `wrong-day`."""
    user_id = request.visitor.user_id
    currency = access_account(user_id, body.account, right="pay").currency
    amount = minor_of(body.amount, currency)
    return Status(
        202, StartedOut(id=promise_ask(user_id=user_id, account_id=body.account, amount=amount, until=body.until))
    )


def _offer_out(offer: Offer | None, account: Account) -> OfferOut | None:
    if offer is None:
        return None
    most = Money(offer.most, account.currency).decimal
    return OfferOut(most=most, currency=account.currency, first=offer.first, last=offer.last)


def _promise_out(promise: Promise) -> PromiseOut:
    return PromiseOut(
        id=promise.id,
        state=cast("Any", promise.state),
        amount=Money(promise.amount, promise.currency).decimal,
        currency=promise.currency,
        until=promise.until,
        granted_until=promise.granted_until,
        reason=promise.reason,
        asked_at=promise.created_at,
        answered_at=promise.answered_at,
    )
