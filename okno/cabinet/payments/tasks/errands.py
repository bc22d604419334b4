"""One call to a provider about one attempt: what is due, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from okno.cabinet.payments.providers.port import (
    Confirms,
    Form,
    Intent,
    Provider,
    ProviderAway,
    ProviderRefusal,
    Receipt,
    Redirect,
    Snapshot,
    Started,
    Symbol,
)
from okno.cabinet.payments.services.keeping.keeper import Keeper
from okno.cabinet.payments.services.receipting.making import ReceiptSettings, receipt_of
from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money

Outcome = Literal["started", "told", "nothing", "away", "refused", "expired"]

#: The provider is asked soon at first, then less and less: half of the payers come back within a minute.
ASK_S_MIN, ASK_S_MAX = 10, 3600
#: An attempt that is over is asked about for so long: money can be late.
LATE = timedelta(days=3)
#: After its end an attempt gets a little time for an answer that is under way.
GRACE = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Errand:
    """An attempt that is due."""

    attempt: str
    payment: str
    number: int
    state: str
    provider: str
    provider_id: str | None
    amount: Money
    payment_number: int
    locale: str
    created_at: datetime
    expires_at: datetime
    asks: int
    by_link: bool = False
    """Nobody is signed in: he comes back to a page that anybody may see."""
    save_card: bool = False
    card: str | None = None
    """A kept card that pays."""
    card_sealed: str | None = None
    contact: str | None = None
    contact_sealed: str | None = None
    unattended: bool = False
    proof: str | None = None
    """What the payer brought from his bank."""


@dataclass(frozen=True, kw_only=True)
class Back:
    errand: Errand
    outcome: Outcome
    started: Started | None = None
    snapshot: Snapshot | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a call says beyond the attempt: what the payer reads, where he comes back to, his receipt, his card."""

    description: Mapping[str, str]
    """By language, with `{number}` in it."""
    return_url: str
    """With `{payment}` in it."""
    link_return_url: str = ""
    """The same for who pays by a link."""
    zone: ZoneInfo
    """The company's: its day decides the rate of VAT."""
    keeper: Keeper | None = None
    """What opens contacts and cards; without it there are none."""
    receipts: ReceiptSettings | None = None


def go_of(go: Redirect | Form | Symbol) -> dict[str, object]:
    """Where the customer's page sends him, as it stands in the row."""
    match go:
        case Redirect(url):
            return {"kind": "redirect", "url": url}
        case Form(url, fields):
            return {"kind": "form", "url": url, "fields": [list(pair) for pair in fields]}
        case Symbol(payload):
            return {"kind": "symbol", "payload": payload}


def run(errand: Errand, provider: Provider | None, words: Words, now: Callable[[], datetime]) -> Back:
    """Start what is new, ask about what is not. Trouble that passes is `away`: the same call is made again."""
    if provider is None:
        return Back(errand=errand, outcome="refused", reason="no-such-provider")
    try:
        return _call(errand, provider, words, now())
    except ProviderAway as away:
        return Back(errand=errand, outcome="away", reason=str(away))
    except ProviderRefusal as refusal:
        return Back(errand=errand, outcome="refused", reason=refusal.code)
    except ProtocolError:
        return Back(errand=errand, outcome="refused", reason="sealed-for-another")


def _call(errand: Errand, provider: Provider, words: Words, now: datetime) -> Back:
    if errand.state == "created" and now < errand.expires_at:
        return (_charge if errand.card else _start)(errand, provider, words, now)
    if errand.proof and errand.provider_id and provider.confirms is not None:
        return _confirm(errand, provider.confirms, errand.provider_id, errand.proof)
    return _ask(errand, provider, now)


def _start(errand: Errand, provider: Provider, words: Words, now: datetime) -> Back:
    """Begin. Where an earlier call's answer was lost and the provider will not say it again, it can still be asked."""
    try:
        started = provider.start.start(_intent(errand, provider, words))
    except ProviderAway:
        if errand.asks == 0 or provider.asking is None:
            raise
        told = _ask(errand, provider, now)
        if told.snapshot is not None and told.snapshot.state == "pending":
            # Nobody has been sent to a page yet, so nobody can be paying: only another call gives him one.
            raise
        return told
    return Back(errand=errand, outcome="started", started=started)


def _charge(errand: Errand, provider: Provider, words: Words, _now: datetime) -> Back:
    """By a kept card; its owner may have to confirm at his bank's page. Repeated, it is the same charge."""
    if provider.charges is None or errand.card is None or errand.card_sealed is None or words.keeper is None:
        return Back(errand=errand, outcome="refused", reason="card-forgotten")
    token = words.keeper.card(errand.card, errand.card_sealed)
    return Back(
        errand=errand, outcome="told", snapshot=provider.charges.charge(_intent(errand, provider, words), token)
    )


def _confirm(errand: Errand, confirms: Confirms, provider_id: str, proof: str) -> Back:
    snapshot = confirms.confirm(provider_id=provider_id, attempt=UUID(errand.attempt), proof=proof)
    return Back(errand=errand, outcome="told", snapshot=snapshot)


def return_url(errand: Errand, words: Words) -> str:
    """Where the payer comes back to."""
    return (words.link_return_url if errand.by_link else words.return_url).format(payment=errand.payment)


def receipt_for(errand: Errand, provider: Provider, words: Words) -> Receipt | None:
    """None where the customer named no contact, the company's settings have none, or the provider makes none."""
    named = errand.contact is not None and errand.contact_sealed is not None
    if not named or words.receipts is None or words.keeper is None or not provider.receipts:
        return None
    contact = words.keeper.contact(str(errand.contact), str(errand.contact_sealed))
    return receipt_of(words.receipts, contact=contact, amount=errand.amount, at=errand.created_at, zone=words.zone)


def _intent(errand: Errand, provider: Provider, words: Words) -> Intent:
    locale = cast("Literal['ru', 'en']", errand.locale)
    return Intent(
        attempt=UUID(errand.attempt),
        number=errand.number,
        amount=errand.amount,
        description=words.description[locale].format(number=errand.payment_number),
        return_url=return_url(errand, words),
        expires_at=errand.expires_at,
        locale=locale,
        save=errand.save_card,
        present=not errand.unattended,
        receipt=receipt_for(errand, provider, words),
    )


def _ask(errand: Errand, provider: Provider, now: datetime) -> Back:
    """What the provider has of it. Whom nobody can ask, or who has never heard of it, ends with its time."""
    snapshot = None
    if provider.asking is not None:
        snapshot = provider.asking.ask(
            provider_id=errand.provider_id, attempt=UUID(errand.attempt), number=errand.number
        )
    if snapshot is not None:
        return Back(errand=errand, outcome="told", snapshot=snapshot)
    is_over = now > errand.expires_at + GRACE
    return Back(errand=errand, outcome="expired" if is_over else "nothing")


def ask_next(back: Back, now: datetime, *, can_ask: bool) -> datetime | None:
    """When the provider is asked again; None when there is nothing more to learn."""
    end = back.errand.expires_at
    if now > end + LATE or (back.outcome == "refused" and back.errand.state == "created"):
        return None
    if not can_ask and back.outcome in {"started", "nothing"}:
        return end + GRACE + timedelta(seconds=1)
    if not can_ask and back.outcome == "expired":
        return None
    wait_s = min(ASK_S_MIN * 2 ** min(back.errand.asks, 9), ASK_S_MAX)
    return now + timedelta(seconds=wait_s)
