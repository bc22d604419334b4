"""Stripe Checkout as Okno sees it, for branches abroad: a session with its page; a notice leads to asking.

A charge by a saved card has no session: it is a payment intent, told apart by its id.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import (
    Dispute,
    Ignored,
    Intent,
    Limits,
    Notice,
    NoticeRefused,
    Provider,
    ProviderAway,
    ProviderRefusal,
    Receipt,
    Received,
    Redirect,
    RefundSnapshot,
    RefundTold,
    Reply,
    Snapshot,
    Started,
    Told,
)
from okno.cabinet.payments.providers.stripe import messages as m
from okno.cabinet.payments.providers.stripe.client import Client, decoded
from okno.cabinet.payments.providers.stripe.signature import genuine
from okno.cabinet.payments.providers.wire import Wire
from okno.protocol.money.amount import Money

SESSIONS, REFUNDS, BALANCE = "/v1/checkout/sessions", "/v1/refunds", "/v1/balance_transactions"
INTENTS, METHODS, DISPUTES = "/v1/payment_intents", "/v1/payment_methods", "/v1/disputes"
#: Without the session's id an attempt is looked for among what was created from a minute before it to an hour after.
SEARCH_BEFORE = timedelta(minutes=1)
SEARCH_AFTER = timedelta(hours=1)
#: A page of a bank is left open by Stripe for ever; a session is closed after a day, and so is it.
ABANDONED_AFTER = timedelta(days=1)
_CHARGED = "latest_charge.balance_transaction"
_CHARGE = f"payment_intent.{_CHARGED}"
_INTENT = "pi_"
_CUSTOMER, _METHOD = "cus_", "pm_"
_UUID_OF_TIME = 7


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one account. `webhook_secrets` of its endpoint, several while one is being rolled; `limits` by currency.

    `api_version` pins the form of answers; empty, it is the account's own.
    """

    api_key: str
    webhook_secrets: tuple[str, ...]
    limits: dict[str, tuple[int, int]]
    api_version: str = ""

    def __post_init__(self) -> None:
        if not all(self.webhook_secrets) or not self.webhook_secrets:
            raise ValueError("webhook_secrets: at least one, none empty")
        if m.COUNTED_OTHERWISE.intersection(self.limits):
            raise ValueError("limits: Stripe counts this currency otherwise than ISO 4217")

    def __repr__(self) -> str:
        return f"Settings(limits={self.limits!r})"


class Stripe:
    def __init__(self, settings: Settings, wire: Wire, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._client = Client(wire, key=settings.api_key, version=settings.api_version)

    def start(self, intent: Intent) -> Started:
        content = self._client.post(SESSIONS, str(intent.attempt), m.session_form(intent))
        session: m.Session = decoded(content, m.Session)
        if not session.url:
            raise ProviderAway("answer-unreadable")
        ends = None if session.expires_at is None else m.moment(session.expires_at)
        return Started(go=Redirect(session.url), provider_id=session.id, expires_at=ends)

    def read(self, received: Received) -> Notice:
        if received.method != "POST":
            raise NoticeRefused("shape", 400)
        header = received.headers.get("stripe-signature", "")
        if not genuine(header, received.body, self._settings.webhook_secrets, self._now()):
            raise NoticeRefused("signature")
        try:
            event = msgspec.json.decode(received.body, type=m.Event)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise NoticeRefused("shape", 400) from None
        about = event.data.object
        if about.object == "checkout.session":
            payment = Snapshot(state="pending", provider_id=about.id, attempt=m.uuid(about.client_reference_id))
            return Told(key=event.id, event=event.type, payment=payment, proven=False, reply=Reply())
        if about.object == "payment_intent":
            attempt = m.uuid((about.metadata or {}).get("attempt"))
            # A session has one too, and is asked about by an id of its own: the attempt knows which.
            payment = Snapshot(state="pending", provider_id=None if attempt else about.id, attempt=attempt)
            return Told(key=event.id, event=event.type, payment=payment, proven=False, reply=Reply())
        if about.object == "refund":
            refund = m.uuid((about.metadata or {}).get("refund"))
            told = RefundSnapshot(state="pending", provider_id=about.id, refund=refund)
            return RefundTold(key=event.id, event=event.type, refund=told, proven=False, reply=Reply())
        if about.object == "dispute":
            # Its payment is known by the bank's reference alone, and is looked at.
            payment = Snapshot(state="pending", trace=m.intent_id(about))
            return Told(key=event.id, event=event.type, payment=payment, proven=False, reply=Reply())
        return Ignored(event.type, Reply())

    def ask(self, *, provider_id: str | None, attempt: UUID, number: int) -> Snapshot | None:  # noqa: ARG002 - as the port
        if provider_id is None:
            return self._find(attempt)
        if provider_id.startswith(_INTENT):
            paying = self._intent(provider_id)
            return None if paying is None else m.intent_snapshot(self._closed(paying))
        session = self._session(provider_id)
        return None if session is None else m.snapshot(session)

    def charge(self, intent: Intent, token: str) -> Snapshot:
        customer, _, method = token.partition(".")
        if not customer.startswith(_CUSTOMER) or not method.startswith(_METHOD):
            raise ProviderRefusal("unknown_token")
        form = [*m.charge_form(intent, customer, method), ("expand[]", _CHARGED)]
        return m.intent_snapshot(decoded(self._client.charged(INTENTS, str(intent.attempt), form), m.PaymentIntent))

    def forget(self, token: str) -> None:
        """A payment method that is detached can never be attached again. ProviderRefusal where it is already."""
        method = token.partition(".")[2]
        if method.startswith(_METHOD):
            self._client.post(f"{METHODS}/{quote(method, safe='')}/detach", f"detach-{method}", [])

    def disputes(self, *, provider_id: str) -> Sequence[Dispute]:
        query = [("payment_intent", self._paying(provider_id))]
        found = [m.dispute(decoded(item, m.Case)) for item in self._client.items(DISPUTES, query)]
        return [one for one in reversed(found) if one is not None]

    def refund(self, refund: UUID, *, provider_id: str, amount: Money, receipt: Receipt | None) -> RefundSnapshot:
        if receipt is not None:
            raise ProviderRefusal("receipt_unsupported")
        form = m.refund_form(refund, self._paying(provider_id), amount)
        content = self._client.post(REFUNDS, str(refund), form)
        return m.refund_snapshot(decoded(content, m.Refund), provider_id)

    def ask_refund(self, refund: UUID, *, refund_id: str | None, provider_id: str) -> RefundSnapshot | None:
        if refund_id is not None:
            content = self._client.get(REFUNDS, refund_id)
            return None if content is None else m.refund_snapshot(decoded(content, m.Refund), provider_id)
        for item in self._client.items(REFUNDS, [("payment_intent", self._paying(provider_id))]):
            found = m.refund_snapshot(decoded(item, m.Refund), provider_id)
            if found.refund == refund:
                return found
        return None

    def register(self, *, since: datetime, until: datetime) -> Sequence[Snapshot]:
        query = [*_created(since, until), ("expand[]", "data.source")]
        movements: list[m.Movement] = [decoded(item, m.Movement) for item in self._client.items(BALANCE, query)]
        charges = [m.movement_snapshot(one) for one in reversed(movements) if one.type in {"charge", "payment"}]
        known = [(one.at, one) for one in charges if one.at is not None and since <= one.at < until]
        return [one for _, one in sorted(known, key=lambda pair: pair[0])]

    def _session(self, session_id: str) -> m.Session | None:
        content = self._client.get(SESSIONS, session_id, [("expand[]", _CHARGE)])
        return None if content is None else decoded(content, m.Session)

    def _intent(self, intent_id: str) -> m.PaymentIntent | None:
        content = self._client.get(INTENTS, intent_id, [("expand[]", _CHARGED)])
        return None if content is None else decoded(content, m.PaymentIntent)

    def _closed(self, paying: m.PaymentIntent) -> m.PaymentIntent:
        """What its payer has left behind is cancelled, so that he cannot pay it when nobody looks any more."""
        is_failed = paying.last_payment_error is not None
        if paying.status not in m.WAITING or is_failed or self._now() - m.moment(paying.created) < ABANDONED_AFTER:
            return paying
        form = [("cancellation_reason", m.ABANDONED), ("expand[]", _CHARGED)]
        content = self._client.post(f"{INTENTS}/{quote(paying.id, safe='')}/cancel", f"cancel-{paying.id}", form)
        closed: m.PaymentIntent = decoded(content, m.PaymentIntent)
        return closed

    def _paying(self, session_id: str) -> str:
        """The payment intent of what was paid: of a session, or it itself. Raises ProviderRefusal."""
        if session_id.startswith(_INTENT):
            intent = self._intent(session_id)
            if intent is None or intent.status != "succeeded":
                raise ProviderRefusal("not_paid")
            return intent.id
        session = self._session(session_id)
        if session is None or session.payment_status != "paid" or session.payment_intent is None:
            raise ProviderRefusal("not_paid")
        paying = session.payment_intent
        return paying if isinstance(paying, str) else paying.id

    def _find(self, attempt: UUID) -> Snapshot | None:
        """An attempt's id holds its hour."""
        assert attempt.version == _UUID_OF_TIME
        at = datetime.fromtimestamp((attempt.int >> 80) / 1000, UTC)
        window = _created(at - SEARCH_BEFORE, at + SEARCH_AFTER)
        for item in self._client.items(SESSIONS, [*window, ("expand[]", f"data.{_CHARGE}")]):
            found = m.snapshot(decoded(item, m.Session))
            if found.attempt == attempt:
                return found
        for item in self._client.items(INTENTS, [*window, ("expand[]", f"data.{_CHARGED}")]):
            paying: m.PaymentIntent = decoded(item, m.PaymentIntent)
            if m.uuid(paying.metadata.get("attempt")) == attempt:
                return m.intent_snapshot(self._closed(paying))
        return None


def _created(since: datetime, until: datetime) -> list[tuple[str, str]]:
    return [
        ("created[gte]", str(math.floor(since.timestamp()))),
        ("created[lt]", str(math.ceil(until.timestamp()))),
    ]


def _clock() -> datetime:
    return datetime.now(UTC)


def provider(settings: Settings, wire: Wire, now: Callable[[], datetime] = _clock) -> Provider:
    """`now`: a notice is signed with its hour, and an old one is refused."""
    adapter = Stripe(settings, wire, now)
    limits: Mapping[str, tuple[int, int]] = settings.limits
    return Provider(
        name="stripe",
        limits=Limits(of=limits),
        start=adapter,
        notices=adapter,
        asking=adapter,
        refunds=adapter,
        registers=adapter,
        charges=adapter,
        disputes=adapter,
        partial=True,
    )
