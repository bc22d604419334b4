"""YooKassa as one shop knows it: paid at its page, it tells the shop without signing anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from okno.sandbox.payers.courier import Habits
from okno.sandbox.payers.records import Kind, Notice, Payment, Refund
from okno.sandbox.payers.twin import Twin, TwinSettings
from okno.sandbox.payers.yookassa.orders import Order, RefundOrder, Rejected, way_checked
from okno.sandbox.payers.yookassa.paper import RECEIPT, payment_paper, receipt_paper, refund_paper

HOUR_S = 3_600.0
EVENTS: dict[Kind, str] = {
    "authorized": "payment.waiting_for_capture",
    "captured": "payment.succeeded",
    "declined": "payment.canceled",
    "cancelled": "payment.canceled",
    "expired": "payment.canceled",
    "refunded": "refund.succeeded",
}


class YookassaSettings(TwinSettings, frozen=True, kw_only=True, tag="yookassa"):
    """A `secret_key` that begins with `test_` marks every payment as a test."""

    shop_id: str
    secret_key: str
    payer_time_s: int = 3_600


class Shop(Twin):
    """All of YooKassa but its HTTP."""

    name = "yookassa"
    title = ("ЮKassa", "YooKassa")
    habits = Habits(timeout_s=10, pauses_s=(10, 60, 300, 900, *[HOUR_S] * 23))

    def __init__(self, settings: YookassaSettings) -> None:
        self.shop_id = settings.shop_id.encode()
        self.secret_key = settings.secret_key.encode()
        self._payer_time = timedelta(seconds=settings.payer_time_s)
        super().__init__(settings)

    def order(self, key: str, body: bytes, order: Order) -> Payment:
        """The same key with the same body is the same payment. Raises Rejected."""
        mark = sha256(body).hexdigest()
        known = self.till.by_key(key)
        if known is not None:
            if known.extra["body"] != mark:
                raise Rejected("Idempotence-Key", "seen with another body")
            return known
        saved = None if order.payment_method_id is None else self._saved(order.payment_method_id)
        if saved is None:
            way_checked(order)
        payment = self.till.create(self._drawn(key, mark, order, saved))
        if saved is not None:
            return self._charged(payment, order)
        return payment

    def _charged(self, payment: Payment, order: Order) -> Payment:
        """By a saved card: the bank may refuse, or want its owner at its own page, if he is there."""
        if self.mischief.hits("refuse", payment.key):
            return self.till.move(payment.id, "declined")
        if self.mischief.hits("challenge", payment.key):
            if order.confirmation is None:
                return self.till.move(payment.id, "declined", reason="3d_secure_failed")
            return payment
        return self.till.move(payment.id, "paid")

    def receipt_papers(self, payment: Payment) -> list[dict[str, Any]]:
        """What the tax service was told of it: pending at first, if it is slow."""
        if "receipt" not in payment.extra or payment.paid_at is None:
            return []
        slow = self.mischief.hits("slow_receipt", payment.id)
        broken = self.mischief.hits("fail_receipt", payment.id)
        return [receipt_paper(payment, "canceled" if broken else "pending" if slow else "succeeded")]

    def refunding(self, payment: Payment, key: str, order: RefundOrder) -> Refund:
        """Raises Rejected, TillRefusal."""
        if order.amount.currency != payment.currency:
            raise Rejected("amount.currency", "not the one of the payment")
        refund_id = str(UUID(bytes=self.derived(key, "refund")))
        receipt = {} if order.receipt is None else {RECEIPT: msgspec.json.encode(order.receipt).decode()}
        return self.give_back(
            payment, key=key, amount_minor=order.amount.minor, refund_id=refund_id, extra=order.metadata | receipt
        )

    def act(self, payment: Payment, act: str) -> Payment:
        """Capture or cancel what is held. Raises Rejected."""
        if payment.state != "authorized":
            raise Rejected("status", "the payment waits for no capture")
        return self.till.move(payment.id, "paid" if act == "capture" else "cancelled")

    def paper(self, payment: Payment) -> dict[str, Any]:
        if self.mischief.hits("unknown", payment.id):
            payment = msgspec.structs.replace(payment, extra={**payment.extra, "status": "under_review"})
        return payment_paper(payment, self.page_url(payment))

    def refund_paper(self, refund: Refund) -> dict[str, Any]:
        return refund_paper(refund, self.till.payments[refund.payment])

    def paid(self, payment: Payment) -> None:
        held = payment.state == "new" and payment.extra["capture"] == "no"
        self.till.move(payment.id, "authorized" if held else "paid")

    def notices(self, kind: Kind, payment: Payment, refund: Refund | None, *, forged: bool) -> list[Notice]:
        """Nothing is signed: a forger writes the very same."""
        event = EVENTS.get(kind)
        if event is None:
            return []
        about = payment_paper(payment, self.page_url(payment)) if refund is None else refund_paper(refund, payment)
        return [
            Notice(
                id=f"{'forged-' if forged else ''}{event}-{about['id']}-{payment.amount_minor}",
                event=event,
                payment=payment.id,
                url=self.notice_url,
                body=msgspec.json.encode({"type": "notification", "event": event, "object": about}),
            )
        ]

    def _saved(self, token: str) -> Payment:
        """The payment whose method was saved. Raises Rejected."""
        payment = self.till.payments.get(token)
        if payment is None or not payment.save or payment.state != "paid":
            raise Rejected("payment_method_id", "no such saved method")
        return payment

    def _drawn(self, key: str, mark: str, order: Order, saved: Payment | None) -> Payment:
        now = datetime.now(UTC)
        extra = {f"meta.{name}": value for name, value in order.metadata.items()}
        extra |= {
            "body": mark,
            "shop": self.shop_id.decode(),
            "capture": "yes" if order.capture else "no",
            "rrn": self.derived(key, "rrn").hex()[:12],
        }
        if order.confirmation is not None and order.confirmation.type == "qr":
            extra["link"] = self.link(key, order.amount.minor)
        if saved is not None:
            extra["token"] = saved.id
        if order.receipt is not None:
            extra["receipt"] = msgspec.json.encode(order.receipt).decode()
        return Payment(
            id=str(UUID(bytes=self.derived(key, "payment"))),
            page=self.new_page(key),
            key=key,
            order=order.metadata.get("number", key),
            amount_minor=order.amount.minor,
            currency=order.amount.currency,
            created_at=now,
            expires_at=now + self._payer_time,
            description=order.description,
            return_url=order.confirmation.return_url if order.confirmation else "",
            locale="en" if order.confirmation and order.confirmation.locale == "en_US" else "ru",
            method=order.payment_method_data.type if order.payment_method_data else "",
            test=self.secret_key.startswith(b"test_"),
            save=order.save_payment_method or saved is not None,
            extra=extra,
        )
