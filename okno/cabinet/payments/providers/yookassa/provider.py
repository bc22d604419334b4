"""YooKassa as Okno sees it. It signs no notice: one says only whom to ask about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import (
    AUTHENTICATION,
    Ignored,
    Intent,
    Limits,
    Notice,
    NoticeRefused,
    Provider,
    ProviderAway,
    Receipt,
    ReceiptSnapshot,
    Received,
    Redirect,
    RefundSnapshot,
    RefundTold,
    Reply,
    Snapshot,
    Started,
    Symbol,
    Told,
)
from okno.cabinet.payments.providers.wire import Wire
from okno.cabinet.payments.providers.yookassa import messages
from okno.cabinet.payments.providers.yookassa.client import Client
from okno.cabinet.payments.providers.yookassa.signature import NETWORKS, basic, comes_from
from okno.protocol.money.amount import Money

#: Without the provider's id an attempt is looked for among what was created from a minute before it to an hour after.
SEARCH_BEFORE = timedelta(minutes=1)
SEARCH_AFTER = timedelta(hours=1)
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_UUID_OF_TIME = 7


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one shop. `method` leads straight to one way of paying; empty, the payer chooses at YooKassa's."""

    shop_id: str
    secret_key: str
    networks: tuple[str, ...] = NETWORKS
    method: Literal["", "bank_card", "sberbank", "sbp", "yoo_money", "tinkoff_bank"] = ""
    amount_min_minor: int = 1_00
    amount_max_minor: int = 350_000_00

    def __repr__(self) -> str:
        return f"Settings(shop_id={self.shop_id!r})"


class YooKassa:
    def __init__(self, settings: Settings, wire: Wire) -> None:
        self._settings = settings
        self._client = Client(wire, basic(settings.shop_id, settings.secret_key))

    def start(self, intent: Intent) -> Started:
        payment = self._create(intent, messages.page_body(intent, self._settings.method))
        url = payment.confirmation and payment.confirmation.confirmation_url
        if not url:
            raise ProviderAway("answer-unreadable")
        return Started(go=Redirect(url), provider_id=payment.id)

    def start_code(self, intent: Intent) -> Started:
        payment = self._create(intent, messages.code_body(intent))
        payload = payment.confirmation and payment.confirmation.confirmation_data
        if not payload:
            raise ProviderAway("answer-unreadable")
        return Started(go=Symbol(payload), provider_id=payment.id)

    def read(self, received: Received) -> Notice:
        if not comes_from(received.peer, self._settings.networks):
            raise NoticeRefused("peer")
        try:
            notification = msgspec.json.decode(received.body, type=messages.Notification)
            about = msgspec.json.decode(notification.object, type=messages.Object)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise NoticeRefused("shape", 400) from None
        if received.method != "POST" or notification.type != "notification" or not _ID.fullmatch(about.id):
            raise NoticeRefused("shape", 400)
        key = f"{notification.event}:{about.id}:{about.status}"
        if notification.event.startswith("payment."):
            payment = Snapshot(state="pending", provider_id=about.id)
            return Told(key=key, event=notification.event, payment=payment, proven=False, reply=Reply())
        if notification.event.startswith("refund."):
            refund = RefundSnapshot(state="pending", provider_id=about.id, payment=about.payment_id or None)
            return RefundTold(key=key, event=notification.event, refund=refund, proven=False, reply=Reply())
        return Ignored(notification.event, Reply())

    def ask(self, *, provider_id: str | None, attempt: UUID, number: int) -> Snapshot | None:  # noqa: ARG002 - as the port
        if provider_id is None:
            return self._find(attempt)
        content = self._client.get("/payments", provider_id)
        return None if content is None else messages.snapshot(messages.decoded(content, messages.Payment))

    def refund(self, refund: UUID, *, provider_id: str, amount: Money, receipt: Receipt | None) -> RefundSnapshot:
        body = messages.refund_body(refund, provider_id=provider_id, money=amount, receipt=receipt)
        content = self._client.post("/refunds", str(refund), body)
        return messages.refund_snapshot(messages.decoded(content, messages.Refund))

    def ask_refund(self, refund: UUID, *, refund_id: str | None, provider_id: str) -> RefundSnapshot | None:
        if refund_id is not None:
            content = self._client.get("/refunds", refund_id)
            return None if content is None else messages.refund_snapshot(messages.decoded(content, messages.Refund))
        for item in self._client.items("/refunds", {"payment_id": provider_id}):
            found = messages.refund_snapshot(messages.decoded(item, messages.Refund))
            if found.refund == refund:
                return found
        return None

    def register(self, *, since: datetime, until: datetime) -> Sequence[Snapshot]:
        filters = {"status": "succeeded", "captured_at.gte": _text(since), "captured_at.lt": _text(until)}
        found = [
            messages.snapshot(messages.decoded(item, messages.Payment))
            for item in self._client.items("/payments", filters)
        ]
        return sorted(found, key=lambda one: one.at or since)

    def charge(self, intent: Intent, token: str) -> Snapshot:
        told = messages.snapshot(self._create(intent, messages.charge_body(intent, token)))
        is_owner_wanted = not intent.present and told.reason == messages.NOT_AUTHENTICATED
        return replace(told, reason=AUTHENTICATION) if is_owner_wanted else told

    def forget(self, token: str) -> None:
        """YooKassa has no call for it: a token that we forgot is of use to nobody."""

    def receipt(self, *, provider_id: str) -> ReceiptSnapshot | None:
        for item in self._client.items("/receipts", {"payment_id": provider_id}):
            fiscal = messages.decoded(item, messages.Fiscal)
            if fiscal.type == "payment":
                return messages.receipt_snapshot(fiscal)
        return None

    def _create(self, intent: Intent, body: dict[str, Any]) -> messages.Payment:
        content = self._client.post("/payments", str(intent.attempt), body)
        payment: messages.Payment = messages.decoded(content, messages.Payment)
        return payment

    def _find(self, attempt: UUID) -> Snapshot | None:
        """An attempt's id holds its hour."""
        assert attempt.version == _UUID_OF_TIME
        at = datetime.fromtimestamp((attempt.int >> 80) / 1000, UTC)
        filters = {"created_at.gte": _text(at - SEARCH_BEFORE), "created_at.lt": _text(at + SEARCH_AFTER)}
        for item in self._client.items("/payments", filters):
            found = messages.snapshot(messages.decoded(item, messages.Payment))
            if found.attempt == attempt:
                return found
        return None


class Codes:
    """Begins an attempt by a link of the faster payment system."""

    def __init__(self, adapter: YooKassa) -> None:
        self.start = adapter.start_code


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def provider(settings: Settings, wire: Wire) -> Provider:
    adapter = YooKassa(settings, wire)
    return Provider(
        name="yookassa",
        limits=Limits(of={"RUB": (settings.amount_min_minor, settings.amount_max_minor)}),
        start=adapter,
        notices=adapter,
        asking=adapter,
        refunds=adapter,
        registers=adapter,
        charges=adapter,
        receipt_asking=adapter,
        codes=Codes(adapter),
        partial=True,
        receipts=True,
    )
