"""Stripe as an account knows it: sessions with a page, events of them, refunds and a balance."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from okno.sandbox.payers.courier import Habits
from okno.sandbox.payers.records import Kind, Notice, Payment, Refund
from okno.sandbox.payers.stripe.paper import BANK_REFUSED, Papers
from okno.sandbox.payers.stripe.seal import seal
from okno.sandbox.payers.twin import TwinSettings

EVENTS: dict[Kind, str] = {
    "captured": "checkout.session.completed",
    "expired": "checkout.session.expired",
    "cancelled": "checkout.session.expired",
    "refund-started": "refund.created",
    "refunded": "refund.updated",
    "refund-failed": "refund.failed",
}
CHARGED: dict[Kind, str] = {
    **EVENTS,
    "captured": "payment_intent.succeeded",
    "declined": "payment_intent.payment_failed",
    "cancelled": "payment_intent.canceled",
}
"""Of a charge by a kept card."""
#: Nothing closes a payment intent by itself.
FOR_EVER = timedelta(days=3650)


class Rejected(Exception):  # noqa: N818 - named for what happened
    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class StripeSettings(TwinSettings, frozen=True, kw_only=True, tag="stripe"):
    api_key: str
    webhook_secret: str
    payer_time_s: int = 86_400


class Shop(Papers):
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
                save=form.get("payment_intent_data[setup_future_usage]") == "off_session",
                extra={"form": mark, **({"attempt": attempt} if attempt else {})},
            )
        )

    def charged(self, key: str, form: dict[str, str]) -> Payment:
        """By a kept card. The bank may refuse, or want its owner at its page, if he is there. Raises Rejected."""
        mark = sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()
        known = self.till.by_key(key)
        if known is not None:
            if known.extra["form"] != mark:
                raise Rejected("idempotency_key_in_use")
            return known
        amount, method = form.get("amount", ""), form.get("payment_method", "")
        if form.get("confirm") != "true" or not amount.isdecimal() or int(amount) == 0:
            raise Rejected("parameter_invalid_integer")
        if not self._is_kept(form.get("customer", ""), method):
            raise Rejected("resource_missing")
        payment = self.till.create(self._drawn(key, form, {"form": mark, "by": method}))
        if self.mischief.hits("refuse", key):
            return self.till.move(payment.id, "declined", reason=BANK_REFUSED)
        if not self.mischief.hits("challenge", key):
            return self.till.move(payment.id, "paid")
        if form.get("off_session") == "true":
            return self.till.move(payment.id, "declined", reason="authentication_required")
        return payment

    def detached(self, method: str) -> dict[str, Any]:
        """Of no use to anybody from now on. Raises Rejected."""
        for one in self._kept():
            if self.method(one) == method:
                self.till.note(one.id, detached="yes")
                return {"id": method, "object": "payment_method", "type": "card", "customer": None}
        raise Rejected("resource_missing", 404)

    def abandoned(self, name: str, reason: str) -> Payment:
        """Raises Rejected."""
        payment = self.by_paying(name)
        if payment is None:
            raise Rejected("resource_missing", 404)
        if payment.state != "new":
            raise Rejected("payment_intent_unexpected_state")
        return self.till.move(payment.id, "cancelled", reason=reason)

    def disputed(self, payment_id: str, status: str, *, minor: int = 0) -> None:
        """The payer's bank opens a case, or it goes on: `status` as Stripe calls it."""
        payment = self.till.payments[payment_id]
        is_new = "dispute" not in payment.extra
        opened = {
            "disputed_at": str(int(datetime.now(UTC).timestamp())),
            "disputed": str(minor or payment.amount_minor),
        }
        payment = self.till.note(payment_id, dispute=status, **(opened if is_new else {}))
        ends = {"won", "lost"}
        event = "charge.dispute.created" if is_new else f"charge.dispute.{'closed' if status in ends else 'updated'}"
        self.courier.post(self._event(event, self.dispute_paper(payment), payment, mark=status))

    def disputes(self, paying: str | None) -> list[Payment]:
        found = [one for one in self.till.payments.values() if "dispute" in one.extra]
        return [one for one in found if paying in {None, self.paying(one)}]

    def _kept(self) -> list[Payment]:
        found = [one for one in self.till.payments.values() if one.save and one.state == "paid"]
        return [one for one in found if "detached" not in one.extra]

    def _is_kept(self, customer: str, method: str) -> bool:
        return any((self.customer(one), self.method(one)) == (customer, method) for one in self._kept())

    def _drawn(self, key: str, form: dict[str, str], extra: dict[str, str]) -> Payment:
        now, attempt = datetime.now(UTC), form.get("metadata[attempt]", "")
        return Payment(
            id=f"pi_{self.derived(key, 'intent').hex()}",
            page=self.new_page(key),
            key=key,
            order=attempt,
            amount_minor=int(form["amount"]),
            currency=form["currency"].upper(),
            created_at=now,
            expires_at=now + FOR_EVER,
            description=form.get("description", ""),
            return_url=form.get("return_url", ""),
            extra={**extra, **({"attempt": attempt} if attempt else {})},
        )

    def sessions(self) -> list[Payment]:
        return [one for one in self.till.payments.values() if "by" not in one.extra]

    def open_to_payer(self, payment: Payment) -> bool:
        """A bank's page takes one answer; a session lets its payer try again."""
        return payment.state == "new" or (payment.state == "declined" and "by" not in payment.extra)

    def declined(self, payment: Payment) -> None:
        """The bank refuses; at its own page it is the payer whom it did not know."""
        reason = "payment_intent_authentication_failure" if "by" in payment.extra else BANK_REFUSED
        self.till.move(payment.id, "declined", reason=reason)

    def by_paying(self, name: str) -> Payment | None:
        return next((one for one in self.till.payments.values() if self.paying(one) == name), None)

    def notices(self, kind: Kind, payment: Payment, refund: Refund | None, *, forged: bool) -> list[Notice]:
        is_charge = "by" in payment.extra
        event = (CHARGED if is_charge else EVENTS).get(kind)
        if event is None:
            return []
        about = self._about(payment, refund)
        return [self._event(event, about, payment, mark=f"{payment.amount_minor}{forged}")]

    def _event(self, event: str, about: dict[str, Any], payment: Payment, *, mark: str) -> Notice:
        news = f"{about['id']}{event}{mark}"
        name = f"evt_{self.derived(news, 'event').hex()}"
        body = {"id": name, "object": "event", "type": event, "livemode": True, "data": {"object": about}}
        return Notice(id=name, event=event, payment=payment.id, url=self.notice_url, body=json.dumps(body).encode())

    def _about(self, payment: Payment, refund: Refund | None) -> dict[str, Any]:
        """Events expand nothing."""
        if refund is not None:
            return self.refund_paper(refund)
        if "by" not in payment.extra:
            return {**self.paper(payment), "payment_intent": self.paying(payment)}
        paper = self.intent(payment)
        return {**paper, "latest_charge": paper["latest_charge"] and paper["latest_charge"]["id"]}

    def notice_heads(self, notice: Notice) -> dict[str, str]:
        """Anew at each try: the hour is signed too."""
        secret = "whsec_a-stranger-guesses" if notice.forged else self.webhook_secret
        return {"Stripe-Signature": seal(notice.body, secret, int(datetime.now(UTC).timestamp()))}
