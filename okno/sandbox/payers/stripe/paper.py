"""What Stripe writes: sessions, payment intents, charges, refunds, its balance, with all that can be expanded."""

from __future__ import annotations

from typing import Any

from okno.sandbox.payers.records import Payment, Refund, RefundState
from okno.sandbox.payers.twin import Twin

_REFUND: dict[RefundState, str] = {"pending": "pending", "done": "succeeded", "failed": "failed"}
RESPOND_WITHIN_S = 9 * 86_400
BANK_REFUSED = "insufficient_funds"


class Papers(Twin):
    """A payment is of a session or, where `by` names the card, a charge by a card that was kept."""

    def paying(self, payment: Payment) -> str:
        return f"pi_{self.derived(payment.key, 'intent').hex()}"

    def customer(self, payment: Payment) -> str:
        return f"cus_{self.derived(payment.key, 'customer').hex()}"

    def method(self, payment: Payment) -> str:
        return f"pm_{self.derived(payment.key, 'method').hex()}"

    def paper(self, payment: Payment) -> dict[str, Any]:
        """Of a session."""
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
            "customer": self.customer(payment) if payment.save and payment.state == "paid" else None,
            "created": int(payment.created_at.timestamp()),
            "expires_at": int(payment.expires_at.timestamp()),
            "url": self.page_url(payment) if open_ else None,
            "payment_intent": None if payment.state in {"new", "expired", "cancelled"} else self.intent(payment),
        }

    def intent(self, payment: Payment) -> dict[str, Any]:
        attempt = payment.extra.get("attempt")
        paper: dict[str, Any] = {
            "id": self.paying(payment),
            "object": "payment_intent",
            "amount": payment.amount_minor,
            "currency": payment.currency.lower(),
            "created": int(payment.created_at.timestamp()),
            "livemode": not payment.test,
            "metadata": {"attempt": attempt} if attempt else {},
            "setup_future_usage": "off_session" if payment.save else None,
            "status": self._status(payment),
            "latest_charge": None,
        }
        if payment.state == "declined":
            paper["last_payment_error"] = self.refusal(payment)
        elif payment.state == "cancelled":
            paper["cancellation_reason"] = payment.reason or None
        elif payment.state == "paid":
            paper["latest_charge"] = {**self.charge(payment), "balance_transaction": self.movement(payment)}
        elif paper["status"] == "requires_action":
            page = {"url": self.page_url(payment), "return_url": payment.return_url}
            paper["next_action"] = {"type": "redirect_to_url", "redirect_to_url": page}
        return paper

    def _status(self, payment: Payment) -> str:
        if self.mischief.hits("unknown", payment.id):
            return "thinking_it_over"
        if payment.state == "new":
            return "requires_action" if "by" in payment.extra else "requires_payment_method"
        known = {"paid": "succeeded", "declined": "requires_payment_method"}
        return known.get(payment.state, "canceled")

    def refusal(self, payment: Payment) -> dict[str, str]:
        """Of a card. Two refusals have a code of their own; for the others the bank's word is a second code."""
        error = {"type": "card_error", "code": payment.reason, "message": "Your card was declined."}
        if payment.reason == BANK_REFUSED:
            return {**error, "code": "card_declined", "decline_code": BANK_REFUSED}
        return {**error, "decline_code": payment.reason} if payment.reason == "authentication_required" else error

    def dispute_paper(self, payment: Payment) -> dict[str, Any]:
        at = int(payment.extra["disputed_at"])
        return {
            "id": f"dp_{self.derived(payment.key, 'dispute').hex()}",
            "object": "dispute",
            "amount": int(payment.extra["disputed"]),
            "currency": payment.currency.lower(),
            "created": at,
            "status": payment.extra["dispute"],
            "reason": "fraudulent",
            "charge": f"ch_{self.derived(payment.key, 'charge').hex()}",
            "payment_intent": self.paying(payment),
            "evidence_details": {"due_by": at + RESPOND_WITHIN_S},
            "metadata": {},
        }

    def charge(self, payment: Payment) -> dict[str, Any]:
        assert payment.paid_at is not None
        attempt = payment.extra.get("attempt")
        card = {"brand": "visa", "last4": "4444", "exp_month": 12, "exp_year": 2030}
        return {
            "id": f"ch_{self.derived(payment.key, 'charge').hex()}",
            "object": "charge",
            "amount": payment.amount_minor,
            "amount_refunded": payment.refunded_minor,
            "currency": payment.currency.lower(),
            "created": int(payment.paid_at.timestamp()),
            "livemode": not payment.test,
            "payment_intent": self.paying(payment),
            "customer": self.customer(payment) if payment.save else None,
            "payment_method": payment.extra.get("by", self.method(payment)),
            "payment_method_details": {"type": "card", "card": card},
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
