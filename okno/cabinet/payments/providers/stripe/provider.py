"""Stripe Checkout as Okno sees it, for branches abroad: a session with its page; a notice leads to asking."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import (
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
from okno.cabinet.payments.providers.stripe.client import Client
from okno.cabinet.payments.providers.stripe.signature import genuine
from okno.cabinet.payments.providers.wire import Wire
from okno.protocol.money.amount import Money

SESSIONS, REFUNDS, BALANCE = "/v1/checkout/sessions", "/v1/refunds", "/v1/balance_transactions"
#: Without the session's id an attempt is looked for among what was created from a minute before it to an hour after.
SEARCH_BEFORE = timedelta(minutes=1)
SEARCH_AFTER = timedelta(hours=1)
_CHARGE = "payment_intent.latest_charge.balance_transaction"
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
        session: m.Session = m.decoded(content, m.Session)
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
        if about.object == "refund":
            refund = m.uuid((about.metadata or {}).get("refund"))
            told = RefundSnapshot(state="pending", provider_id=about.id, refund=refund)
            return RefundTold(key=event.id, event=event.type, refund=told, proven=False, reply=Reply())
        return Ignored(event.type, Reply())

    def ask(self, *, provider_id: str | None, attempt: UUID, number: int) -> Snapshot | None:  # noqa: ARG002 - as the port
        if provider_id is None:
            return self._find(attempt)
        session = self._session(provider_id)
        return None if session is None else m.snapshot(session)

    def refund(self, refund: UUID, *, provider_id: str, amount: Money, receipt: Receipt | None) -> RefundSnapshot:
        if receipt is not None:
            raise ProviderRefusal("receipt_unsupported")
        form = m.refund_form(refund, self._paying(provider_id), amount)
        content = self._client.post(REFUNDS, str(refund), form)
        return m.refund_snapshot(m.decoded(content, m.Refund), provider_id)

    def ask_refund(self, refund: UUID, *, refund_id: str | None, provider_id: str) -> RefundSnapshot | None:
        if refund_id is not None:
            content = self._client.get(REFUNDS, refund_id)
            return None if content is None else m.refund_snapshot(m.decoded(content, m.Refund), provider_id)
        for item in self._client.items(REFUNDS, [("payment_intent", self._paying(provider_id))]):
            found = m.refund_snapshot(m.decoded(item, m.Refund), provider_id)
            if found.refund == refund:
                return found
        return None

    def register(self, *, since: datetime, until: datetime) -> Sequence[Snapshot]:
        query = [*_created(since, until), ("expand[]", "data.source")]
        movements: list[m.Movement] = [m.decoded(item, m.Movement) for item in self._client.items(BALANCE, query)]
        charges = [m.movement_snapshot(one) for one in reversed(movements) if one.type in {"charge", "payment"}]
        known = [(one.at, one) for one in charges if one.at is not None and since <= one.at < until]
        return [one for _, one in sorted(known, key=lambda pair: pair[0])]

    def _session(self, session_id: str) -> m.Session | None:
        content = self._client.get(SESSIONS, session_id, [("expand[]", _CHARGE)])
        return None if content is None else m.decoded(content, m.Session)

    def _paying(self, session_id: str) -> str:
        """The payment intent of a session that was paid. Raises ProviderRefusal."""
        session = self._session(session_id)
        if session is None or session.payment_status != "paid" or session.payment_intent is None:
            raise ProviderRefusal("not_paid")
        paying = session.payment_intent
        return paying if isinstance(paying, str) else paying.id

    def _find(self, attempt: UUID) -> Snapshot | None:
        """An attempt's id holds its hour."""
        assert attempt.version == _UUID_OF_TIME
        at = datetime.fromtimestamp((attempt.int >> 80) / 1000, UTC)
        query = [*_created(at - SEARCH_BEFORE, at + SEARCH_AFTER), ("expand[]", f"data.{_CHARGE}")]
        for item in self._client.items(SESSIONS, query):
            found = m.snapshot(m.decoded(item, m.Session))
            if found.attempt == attempt:
                return found
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
        partial=True,
    )
