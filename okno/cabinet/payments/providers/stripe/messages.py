"""Stripe's forms and JSON: built and read. Amounts are minor units."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import (
    Dispute,
    Intent,
    ProviderAway,
    Redirect,
    RefundSnapshot,
    RefundState,
    SavedCard,
    Snapshot,
    State,
)
from okno.cabinet.payments.providers.stripe.client import Fault, Named, decoded, refused
from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money, exponent_of

DESCRIPTION_LENGTH_MAX = 250
#: Stripe counts these in hundredths, whatever ISO 4217 says.
COUNTED_OTHERWISE = frozenset({"ISK", "UGX"})
_REFUND_STATES: dict[str, RefundState] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "done",
    "failed": "failed",
    "canceled": "failed",
}


_INTENT_STATES: dict[str, State] = {
    "requires_payment_method": "pending",
    "requires_confirmation": "pending",
    "requires_action": "pending",
    "processing": "pending",
    "requires_capture": "authorized",
    "succeeded": "paid",
    "canceled": "cancelled",
}
#: Inquiries (`warning_…`) and what was `prevented` have taken no money, and are not among these.
_CASES: dict[str, Literal["opened", "answered", "won", "lost"]] = {
    **dict.fromkeys(("needs_response", "appeal_needs_response"), "opened"),
    **dict.fromkeys(("under_review", "appeal_under_review"), "answered"),
    "won": "won",
    "lost": "lost",
}
WAITING = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
"""Somebody has to do something, and nothing says until when."""
ABANDONED = "abandoned"
#: The only use of a card that Stripe keeps for charges without its owner.
_KEEPS = "off_session"
_BRANDS = {"amex": "American Express", "mastercard": "MasterCard", "unionpay": "UnionPay", "jcb": "JCB"}


class Settled(msgspec.Struct, frozen=True):
    """The balance transaction of a charge; its currency may be another one."""

    currency: str
    fee: int = 0


class Card(msgspec.Struct, frozen=True):
    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None


class Method(msgspec.Struct, frozen=True):
    type: str = ""
    card: Card | None = None


class Charge(msgspec.Struct, frozen=True):
    id: str
    amount: int
    currency: str
    created: int
    amount_refunded: int = 0
    livemode: bool = True
    payment_intent: str | None = None
    customer: str | None = None
    payment_method: str | None = None
    payment_method_details: Method | None = None
    balance_transaction: Settled | str | None = None
    metadata: dict[str, str] = {}


class Page3ds(msgspec.Struct, frozen=True):
    url: str = ""


class NextAction(msgspec.Struct, frozen=True):
    type: str = ""
    redirect_to_url: Page3ds | None = None


class PaymentIntent(msgspec.Struct, frozen=True):
    id: str
    status: str = ""
    amount: int | None = None
    currency: str | None = None
    created: int = 0
    livemode: bool = True
    last_payment_error: Fault | None = None
    latest_charge: Charge | str | None = None
    next_action: NextAction | None = None
    setup_future_usage: str | None = None
    cancellation_reason: str | None = None
    metadata: dict[str, str] = {}


class Session(msgspec.Struct, frozen=True):
    id: str
    payment_status: str
    status: str | None = None
    amount_total: int | None = None
    currency: str | None = None
    livemode: bool = True
    url: str | None = None
    expires_at: int | None = None
    client_reference_id: str | None = None
    payment_intent: PaymentIntent | str | None = None


class Refund(msgspec.Struct, frozen=True):
    id: str
    amount: int
    currency: str
    status: str | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] = {}


class Movement(msgspec.Struct, frozen=True):
    """Of the balance. `source` is a charge where `type` says so."""

    type: str
    currency: str
    created: int
    fee: int = 0
    source: msgspec.Raw = msgspec.Raw(b"null")


class Evidence(msgspec.Struct, frozen=True):
    due_by: int | None = None


class Case(msgspec.Struct, frozen=True):
    """A dispute. `due_by` of its evidence is 0 where the bank takes no answer."""

    id: str
    amount: int
    currency: str
    created: int
    status: str
    reason: str = ""
    evidence_details: Evidence = Evidence()


class Data(msgspec.Struct, frozen=True):
    object: Named


class Event(msgspec.Struct, frozen=True):
    id: str
    type: str
    data: Data


def session_form(intent: Intent) -> list[tuple[str, str]]:
    """Of POST /v1/checkout/sessions. Its life is Stripe's own: an hour of ours would depend on when it is repeated."""
    price = "line_items[0][price_data]"
    kept = [("customer_creation", "always"), ("payment_intent_data[setup_future_usage]", _KEEPS)] if intent.save else []
    return [
        *kept,
        ("mode", "payment"),
        ("client_reference_id", str(intent.attempt)),
        ("success_url", intent.return_url),
        ("cancel_url", intent.return_url),
        ("locale", intent.locale),
        ("line_items[0][quantity]", "1"),
        (f"{price}[currency]", intent.amount.currency.lower()),
        (f"{price}[unit_amount]", str(intent.amount.minor)),
        (f"{price}[product_data][name]", intent.description[:DESCRIPTION_LENGTH_MAX]),
        ("payment_intent_data[metadata][attempt]", str(intent.attempt)),
    ]


def charge_form(intent: Intent, customer: str, method: str) -> list[tuple[str, str]]:
    """Of POST /v1/payment_intents. Who is present comes back from his bank's page; else the bank may only refuse."""
    way = [("return_url", intent.return_url)] if intent.present else [("off_session", "true")]
    return [
        ("amount", str(intent.amount.minor)),
        ("currency", intent.amount.currency.lower()),
        ("customer", customer),
        ("payment_method", method),
        ("payment_method_types[0]", "card"),
        ("confirm", "true"),
        *way,
        ("description", intent.description[:DESCRIPTION_LENGTH_MAX]),
        ("metadata[attempt]", str(intent.attempt)),
    ]


def refund_form(refund: UUID, payment_intent: str, amount: Money) -> list[tuple[str, str]]:
    return [
        ("payment_intent", payment_intent),
        ("amount", str(amount.minor)),
        ("metadata[refund]", str(refund)),
    ]


def snapshot(session: Session) -> Snapshot:
    """Raises ProviderAway for an amount that cannot be read."""
    paying = session.payment_intent if isinstance(session.payment_intent, PaymentIntent) else None
    charge = paying.latest_charge if paying and isinstance(paying.latest_charge, Charge) else None
    state, reason = _state(session, paying)
    if session.amount_total is None or session.currency is None:
        raise ProviderAway("answer-unreadable")
    known = Snapshot(
        state=state,
        provider_id=session.id,
        attempt=uuid(session.client_reference_id),
        amount=money(session.amount_total, session.currency),
        test=not session.livemode,
        trace=paying.id if paying else "",
        reason=reason,
    )
    if charge is None or paying is None or state != "paid":
        return known
    return _captured(known, charge, card=_card(charge) if paying.setup_future_usage == _KEEPS else None)


def intent_snapshot(paying: PaymentIntent) -> Snapshot:
    """Of a charge by a saved card, which has no session. Raises ProviderAway for an amount that cannot be read."""
    if paying.amount is None or paying.currency is None:
        raise ProviderAway("answer-unreadable")
    state, reason = _INTENT_STATES.get(paying.status, "unknown"), ""
    if state == "unknown":
        reason = paying.status
    elif paying.status == "requires_payment_method" and paying.last_payment_error is not None:
        state, reason = "failed", refused(paying.last_payment_error)
    elif state == "cancelled" and paying.cancellation_reason == ABANDONED:
        state = "expired"
    page = paying.next_action.redirect_to_url if paying.next_action and state == "pending" else None
    known = Snapshot(
        state=state,
        provider_id=paying.id,
        attempt=uuid(paying.metadata.get("attempt")),
        amount=money(paying.amount, paying.currency),
        trace=paying.id,
        test=not paying.livemode,
        reason=reason,
        go=Redirect(page.url) if page and page.url else None,
    )
    charge = paying.latest_charge
    return _captured(known, charge) if state == "paid" and isinstance(charge, Charge) else known


def _captured(known: Snapshot, charge: Charge, card: SavedCard | None = None) -> Snapshot:
    return replace(
        known,
        fee=_fee(charge),
        refunded=money(charge.amount_refunded, charge.currency),
        at=moment(charge.created),
        method=charge.payment_method_details.type if charge.payment_method_details else "",
        card=card,
    )


def _card(charge: Charge) -> SavedCard | None:
    """Its token names the customer too: Stripe charges a payment method for him alone."""
    details = charge.payment_method_details.card if charge.payment_method_details else None
    if charge.customer is None or charge.payment_method is None or details is None:
        return None
    brand = details.brand or ""
    title = f"{_BRANDS.get(brand, brand.title())} •• {details.last4 or ''}".strip()
    expires = f"{details.exp_year}-{details.exp_month:02d}" if details.exp_year and details.exp_month else None
    return SavedCard(token=f"{charge.customer}.{charge.payment_method}", title=title, expires=expires)


def _state(session: Session, paying: PaymentIntent | None) -> tuple[State, str]:
    """A refusal leaves the session open: the payer may try another card."""
    if session.payment_status == "paid":
        return "paid", ""
    if session.payment_status != "unpaid" or session.status not in {"open", "complete", "expired"}:
        return "unknown", f"{session.status}-{session.payment_status}"
    if session.status == "expired":
        return "expired", ""
    if paying is not None and paying.last_payment_error is not None:
        return "failed", refused(paying.last_payment_error)
    if paying is not None and paying.status == "canceled":
        return "cancelled", ""
    return "pending", ""


def _fee(charge: Charge) -> Money | None:
    settled = charge.balance_transaction
    if not isinstance(settled, Settled) or settled.currency != charge.currency:
        return None
    return money(settled.fee, settled.currency)


def movement_snapshot(movement: Movement) -> Snapshot:
    """A charge of the register: known by its attempt or, if it is none of ours, by its payment intent."""
    charge: Charge = decoded(movement.source, Charge)
    same = movement.currency == charge.currency
    return Snapshot(
        state="paid",
        provider_id=None if "attempt" in charge.metadata else charge.payment_intent or charge.id,
        attempt=uuid(charge.metadata.get("attempt")),
        amount=money(charge.amount, charge.currency),
        fee=money(movement.fee, movement.currency) if same else None,
        refunded=money(charge.amount_refunded, charge.currency),
        test=not charge.livemode,
        at=moment(charge.created),
        method=charge.payment_method_details.type if charge.payment_method_details else "",
    )


def refund_snapshot(refund: Refund, payment: str) -> RefundSnapshot:
    state = _REFUND_STATES.get(refund.status or "", "unknown")
    return RefundSnapshot(
        state=state,
        provider_id=refund.id,
        refund=uuid(refund.metadata.get("refund")),
        payment=payment,
        amount=money(refund.amount, refund.currency),
        reason=refund.failure_reason or (refund.status or "" if state == "unknown" else ""),
    )


def dispute(case: Case) -> Dispute | None:
    """None for what has taken no money."""
    state = _CASES.get(case.status)
    if state is None:
        return None
    opened_at = moment(case.created)
    return Dispute(
        reference=case.id,
        state=state,
        amount=money(case.amount, case.currency),
        reason=case.reason,
        opened_at=opened_at,
        respond_by=moment(case.evidence_details.due_by) if case.evidence_details.due_by else opened_at,
    )


def intent_id(about: Named) -> str:
    """The payment intent that an object names; an event names it by its id alone."""
    try:
        return msgspec.json.decode(about.payment_intent, type=str)
    except msgspec.MsgspecError:
        return ""


def money(minor: int, currency: str) -> Money:
    """Raises ProviderAway for a currency that there is not."""
    try:
        exponent_of(currency.upper())
    except ProtocolError:
        raise ProviderAway("answer-unreadable") from None
    return Money(minor, currency.upper())


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
