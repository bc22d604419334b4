"""A customer asks to pay later: a row here, and a command to the inside under his own grant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError

from okno.cabinet.accounts.models import Account
from okno.cabinet.accounts.selectors import NotFoundError, access_account, grant_in_force
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.buckets import take
from okno.cabinet.kit.outbox.services import Entry, command_enqueue
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.payments.models import Promise
from okno.cabinet.payments.services.promising.terms import PromiseTerms
from okno.protocol.ids import new_id
from okno.protocol.messages import PromiseRequest
from okno.protocol.messages.base import Amount
from okno.protocol.money.amount import Money

REQUEST = "okno.promise.request.v1"


@dataclass(frozen=True)
class Offer:
    """What may be asked for an account: up to `most` minor units, until `last` at the latest."""

    most: int
    first: date
    last: date


def promise_offer(account: Account) -> Offer | None:
    """None where the company takes no promises, or none in the account's currency."""
    terms: PromiseTerms | None = settings.OKNO.promises
    if terms is None or terms.currency != account.currency or account.status == "closed":
        return None
    today = datetime.now(ZoneInfo(settings.OKNO.time_zone)).date()
    return Offer(terms.most_minor, today + timedelta(days=1), today + timedelta(days=terms.days_max))


def promise_ask(*, user_id: UUID, account_id: UUID, amount: int, until: date) -> UUID:
    """Ask the inside; its answer is written down by the till. `amount`: minor units of the account's currency.

    Raises NotFoundError, RefusalError no-promises, wrong-amount (with `least` and `most`), wrong-day, already-asked;
    ThrottledError.
    """
    take("promise-ask", str(user_id))
    account = access_account(user_id, account_id, right="pay")
    offer = promise_offer(account)
    if offer is None:
        raise RefusalError(Refusal.NO_PROMISES)
    if not 0 < amount <= offer.most:
        raise RefusalError(Refusal.WRONG_AMOUNT, least=1, most=offer.most)
    if not offer.first <= until <= offer.last:
        raise RefusalError(Refusal.WRONG_DAY)
    try:
        return _write(user_id, account, Money(amount, account.currency), until)
    except IntegrityError as error:
        # One question for an account at a time, whoever of those who may pay it has asked.
        raise RefusalError(Refusal.ALREADY_ASKED) from error


def _write(user_id: UUID, account: Account, amount: Money, until: date) -> UUID:
    promise_id = new_id()
    with rls.acting(user_id):
        grant = grant_in_force(user_id, account.id, right="pay")
        if grant is None:
            raise NotFoundError("grant")
        entry = Entry(
            type=REQUEST,
            system=account.system_id,
            subject=f"acct:{account.id}",
            data=PromiseRequest(promise_id, str(account.id), Amount.of(amount), until),
            authtype="app_user",
            authid=str(user_id),
            grant_token=grant.token,
            priority=1,
        )
        Promise(
            id=UUID(promise_id),
            user_id=user_id,
            account_id=account.id,
            amount=amount.minor,
            currency=amount.currency,
            until=until,
            outbox=command_enqueue(entry, idempotency_key=promise_id),
        ).save(force_insert=True)
        audit_write(
            actor=f"user:{user_id}",
            action="promise.ask",
            subject=f"account:{account.id}",
            detail={"amount": amount.minor, "currency": amount.currency, "until": until.isoformat()},
        )
    return UUID(promise_id)
