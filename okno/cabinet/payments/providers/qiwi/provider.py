"""QIWI's bills as Okno sees them. The service has been dead since 2024: legacy, kept alive by its twin."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import (
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
    Reply,
    Snapshot,
    Started,
    Told,
)
from okno.cabinet.payments.providers.qiwi import messages as m
from okno.cabinet.payments.providers.qiwi.client import Client
from okno.cabinet.payments.providers.qiwi.signature import HEADER, genuine, sign
from okno.cabinet.payments.providers.wire import Wire
from okno.protocol.money.amount import Money

OK = Reply(body=b'{"error":"0"}', content_type="application/json")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one site. `secrets`: several while one is being changed; the first one is ours to call with.

    `kassa`: a contract for Касса, whose bills can be refunded; those between persons cannot.
    """

    secrets: tuple[str, ...]
    kassa: bool = False
    amount_min_minor: int = 1_00
    amount_max_minor: int = 100_000_00

    def __post_init__(self) -> None:
        if not all(self.secrets) or not self.secrets:
            raise ValueError("secrets: at least one, none empty")

    def __repr__(self) -> str:
        return f"Settings(kassa={self.kassa})"


class Qiwi:
    def __init__(self, settings: Settings, wire: Wire) -> None:
        self._settings = settings
        self._client = Client(wire, settings.secrets[0])

    def start(self, intent: Intent) -> Started:
        bill: m.Bill = m.decoded(self._client.put(str(intent.attempt), body=m.bill_body(intent)), m.Bill)
        if not bill.pay_url:
            raise ProviderAway("answer-unreadable")
        joint = "&" if "?" in bill.pay_url else "?"
        url = f"{bill.pay_url}{joint}{urlencode({'successUrl': intent.return_url})}"
        return Started(go=Redirect(url), provider_id=bill.bill_id, expires_at=intent.expires_at)

    def read(self, received: Received) -> Notice:
        try:
            bill = msgspec.json.decode(received.body, type=m.Notification).bill
            value = bill.amount.text
        except (msgspec.MsgspecError, ValueError):
            raise NoticeRefused("shape", 400) from None
        if received.method != "POST":
            raise NoticeRefused("shape", 400)
        right = (
            sign(
                currency=bill.amount.currency,
                value=value,
                bill=bill.bill_id,
                site=bill.site_id,
                status=bill.status.value,
                secret=secret,
            )
            for secret in self._settings.secrets
        )
        if not genuine(received.headers.get(HEADER, ""), right):
            raise NoticeRefused("signature")
        payment = Snapshot(state="pending", provider_id=bill.bill_id, attempt=m.attempt(bill.bill_id))
        key = f"{bill.bill_id}:{bill.status.value}"
        return Told(key=key, event=bill.status.value, payment=payment, proven=False, reply=OK)

    def ask(self, *, provider_id: str | None, attempt: UUID, number: int) -> Snapshot | None:  # noqa: ARG002 - as the port
        content = self._client.get(provider_id or str(attempt))
        return None if content is None else m.snapshot(m.decoded(content, m.Bill))

    def refund(self, refund: UUID, *, provider_id: str, amount: Money, receipt: Receipt | None) -> RefundSnapshot:
        if receipt is not None:
            raise ProviderRefusal("receipt_unsupported")
        content = self._client.put(provider_id, "refunds", str(refund), body=m.amount_body(amount))
        return m.refund_snapshot(m.decoded(content, m.Refund), provider_id)

    def ask_refund(self, refund: UUID, *, refund_id: str | None, provider_id: str) -> RefundSnapshot | None:
        content = self._client.get(provider_id, "refunds", refund_id or str(refund))
        return None if content is None else m.refund_snapshot(m.decoded(content, m.Refund), provider_id)


def provider(settings: Settings, wire: Wire) -> Provider:
    adapter = Qiwi(settings, wire)
    return Provider(
        name="qiwi",
        limits=Limits(of={"RUB": (settings.amount_min_minor, settings.amount_max_minor)}),
        start=adapter,
        notices=adapter,
        asking=adapter,
        refunds=adapter if settings.kassa else None,
        partial=settings.kassa,
        legacy=True,
    )
