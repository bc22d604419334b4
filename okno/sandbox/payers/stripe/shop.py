"""Stripe as an account knows it: sessions with a page, events of them, refunds and a balance."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from okno.sandbox.payers.courier import Habits
from okno.sandbox.payers.records import Kind, Notice, Payment, Refund, RefundState
from okno.sandbox.payers.stripe.seal import seal
from okno.sandbox.payers.twin import Twin, TwinSettings

EVENTS: dict[Kind, str] = {
    "captured": "checkout.session.completed",
    "expired": "checkout.session.expired",
    "cancelled": "checkout.session.expired",
    "refund-started": "refund.created",
    "refunded": "refund.updated",
    "refund-failed": "refund.failed",
}
_REFUND: dict[RefundState, str] = {"pending": "pending", "done": "succeeded", "failed": "failed"}


class Rejected(Exception):  # noqa: N818 - named for what happened
    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class StripeSettings(TwinSettings, frozen=True, kw_only=True, tag="stripe"):
    api_key: str
    webhook_secret: str
    payer_time_s: int = 86_400


class Shop(Twin):
    """All of Stripe but its HTTP."""

    name = "stripe"
    title = ("Stripe", "Stripe")
    habits = Habits(timeout_s=10, pauses_s=(60, 3600, 14400))

    def __init__(self, settings: StripeSettings) -> None:
        self.api_key = settings.api_key
        self.webhook_secret = settings.webhook_secret
        self._payer_time = timedelta(seconds=settings.payer_time_s)
        super().__init__(settings)

    def session(self, key: str, form: dict[str, str]) -> Payment:
        """The same key with the same form is the same session. Raises Rejected."""
        mark = sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()
        known = self.till.by_key(key)
        if known is not None:
            if known.extra["form"] != mark:
                raise Rejected("idempotency_key_in_use")
            return known
        price = "line_items[0][price_data]"
        amount = form.get(f"{price}[unit_amount]", "")
        if form.get("mode") != "payment" or not amount.isdecimal() or int(amount) == 0:
            raise Rejected("parameter_invalid_integer")
        now = datetime.now(UTC)
        attempt = form.get("payment_intent_data[metadata][attempt]")
        return self.till.create(
            Payment(
                id=f"cs_live_{self.derived(key, 'session').hex()}",
                page=self.new_page(key),
                key=key,
                order=form.get("client_reference_id", ""),
                amount_minor=int(amount) * int(form.get("line_items[0][quantity]", "1")),
                currency=form[f"{price}[currency]"].upper(),
                created_at=now,
                expires_at=now + self._payer_time,
                description=form.get(f"{price}[product_data][name]", ""),
                return_url=form.get("success_url", ""),
                fail_url=form.get("cancel_url", ""),
                locale="en" if form.get("locale") == "en" else "ru",
                extra={"form": mark, **({"attempt": attempt} if attempt else {})},
            )
        )

    def open_to_payer(self, payment: Payment) -> bool:
        return payment.state in {"new", "declined"}

    def paying(self, payment: Payment) -> str:
        return f"pi_{self.derived(payment.key, 'intent').hex()}"

    def by_paying(self, name: str) -> Payment | None:
        return next((one for one in self.till.payments.values() if self.paying(one) == name), None)

    def paper(self, payment: Payment) -> dict[str, Any]:
        """With all that can be expanded."""
        open_ = payment.state in {"new", "declined"}
        status = {"paid": "complete"}.get(payment.state, "open" if open_ else "expired")
        odd = self.mischief.hits("unknown", payment.id)
        return {
            "id": payment.id,
            "object": "checkout.session",
            "status": status,
            "payment_status": "reviewing" if odd else "paid" if payment.state == "paid" else "unpaid",
            "amount_total": payment.amount_minor,
            "currency": payment.currency.lower(),
            "livemode": not payment.test,
            "client_reference_id": payment.order,
            "created": int(payment.created_at.timestamp()),
            "expires_at": int(payment.expires_at.timestamp()),
            "url": self.page_url(payment) if open_ else None,
            "payment_intent": None if payment.state in {"new", "expired", "cancelled"} else self._intent(payment),
        }

    def _intent(self, payment: Payment) -> dict[str, Any]:
        paper: dict[str, Any] = {"id": self.paying(payment), "object": "payment_intent", "status": "succeeded"}
        if payment.state != "paid":
            error = {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}
            return {**paper, "status": "requires_payment_method", "last_payment_error": error}
        return {**paper, "latest_charge": {**self.charge(payment), "balance_transaction": self.movement(payment)}}

    def charge(self, payment: Payment) -> dict[str, Any]:
        assert payment.paid_at is not None
        attempt = payment.extra.get("attempt")
        return {
            "id": f"ch_{self.derived(payment.key, 'charge').hex()}",
            "object": "charge",
            "amount": payment.amount_minor,
            "amount_refunded": payment.refunded_minor,
            "currency": payment.currency.lower(),
            "created": int(payment.paid_at.timestamp()),
            "livemode": not payment.test,
            "payment_intent": self.paying(payment),
            "payment_method_details": {"type": "card"},
            "metadata": {"attempt": attempt} if attempt else {},
        }

    def movement(self, payment: Payment) -> dict[str, Any]:
        assert payment.paid_at is not None
        return {
            "id": f"txn_{self.derived(payment.key, 'movement').hex()}",
            "object": "balance_transaction",
            "type": "charge",
            "amount": payment.amount_minor,
            "currency": payment.currency.lower(),
            "fee": payment.fee_minor,
            "created": int(payment.paid_at.timestamp()),
        }

    def refund_paper(self, refund: Refund) -> dict[str, Any]:
        payment = self.till.payments[refund.payment]
        return {
            "id": refund.id,
            "object": "refund",
            "amount": refund.amount_minor,
            "currency": payment.currency.lower(),
            "status": _REFUND[refund.state],
            "payment_intent": self.paying(payment),
            "created": int(refund.created_at.timestamp()),
            "metadata": refund.extra,
        }

    def notices(self, kind: Kind, payment: Payment, refund: Refund | None, *, forged: bool) -> list[Notice]:
        event = EVENTS.get(kind)
        if event is None:
            return []
        about = self.refund_paper(refund) if refund is not None else self.paper(payment)
        if refund is None:
            about["payment_intent"] = self.paying(payment)
        news = f"{about['id']}{event}{payment.amount_minor}{forged}"
        name = f"evt_{self.derived(news, 'event').hex()}"
        body = {"id": name, "object": "event", "type": event, "livemode": True, "data": {"object": about}}
        return [Notice(id=name, event=event, payment=payment.id, url=self.notice_url, body=json.dumps(body).encode())]

    def notice_heads(self, notice: Notice) -> dict[str, str]:
        """Anew at each try: the hour is signed too."""
        secret = "whsec_a-stranger-guesses" if notice.forged else self.webhook_secret
        return {"Stripe-Signature": seal(notice.body, secret, int(datetime.now(UTC).timestamp()))}
