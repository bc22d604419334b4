"""Stripe's API over HTTP."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Sequence
from typing import Any

from okno.sandbox.payers.stripe.shop import Rejected, Shop
from okno.sandbox.payers.till import TillRefusal
from okno.sandbox.payers.wire import CallHandler

ITEMS_MAX = 100


class StripeHandler(CallHandler):
    twin: Shop

    async def prepare(self) -> None:
        await super().prepare()
        shown = self.request.headers.get("Authorization", "")
        if not self._finished and not hmac.compare_digest(shown.encode(), f"Bearer {self.twin.api_key}".encode()):
            await self.fault(401, "api_key_invalid")

    async def say(self, content: dict[str, Any]) -> None:
        await self.answer(200, json.dumps(content).encode())

    async def fault(self, status: int, code: str) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": code}
        await self.answer(status, json.dumps({"error": error}).encode())

    def key(self) -> str:
        return self.request.headers.get("Idempotency-Key") or secrets.token_hex(16)

    def form(self) -> dict[str, str]:
        return {name: values[-1].decode() for name, values in self.request.body_arguments.items()}

    def page(self, found: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The newest first, after the one that was named."""
        since = int(self.get_query_argument("created[gte]", "0"))
        until = int(self.get_query_argument("created[lt]", str(2**40)))
        known = [one for one in reversed(found) if since <= one["created"] < until]
        after = self.get_query_argument("starting_after", None)
        start = 0 if after is None else next((n + 1 for n, one in enumerate(known) if one["id"] == after), len(known))
        limit = min(int(self.get_query_argument("limit", "10")), ITEMS_MAX)
        page = known[start : start + limit]
        return {"object": "list", "data": page, "has_more": start + limit < len(known)}


class SessionsHandler(StripeHandler):
    async def post(self) -> None:
        try:
            payment = self.twin.session(self.key(), self.form())
        except Rejected as error:
            await self.fault(error.status, error.code)
        else:
            await self.say(self.twin.paper(payment))

    async def get(self) -> None:
        payments = [self.twin.as_told(one) for one in self.twin.sessions()]
        await self.say(self.page([self.twin.paper(one) for one in payments]))


class SessionHandler(StripeHandler):
    async def get(self, session: str) -> None:
        payment = self.twin.till.payments.get(session)
        if payment is None or "by" in payment.extra:
            await self.fault(404, "resource_missing")
        else:
            await self.say(self.twin.paper(self.twin.as_told(payment)))


class IntentsHandler(StripeHandler):
    async def post(self) -> None:
        try:
            payment = self.twin.charged(self.key(), self.form())
        except Rejected as error:
            await self.fault(error.status, error.code)
            return
        paper = self.twin.intent(payment)
        if payment.state != "declined":
            await self.say(paper)
            return
        refused = {"error": {**self.twin.refusal(payment), "payment_intent": paper}}
        await self.answer(402, json.dumps(refused).encode())

    async def get(self) -> None:
        payments = [self.twin.as_told(one) for one in self.twin.till.payments.values()]
        await self.say(self.page([self.twin.intent(one) for one in payments]))


class IntentHandler(StripeHandler):
    async def get(self, name: str) -> None:
        payment = self.twin.by_paying(name)
        if payment is None:
            await self.fault(404, "resource_missing")
        else:
            await self.say(self.twin.intent(self.twin.as_told(payment)))


class CancelHandler(StripeHandler):
    async def post(self, name: str) -> None:
        try:
            payment = self.twin.abandoned(name, self.form().get("cancellation_reason", ""))
        except Rejected as error:
            await self.fault(error.status, error.code)
        else:
            await self.say(self.twin.intent(payment))


class DetachHandler(StripeHandler):
    async def post(self, name: str) -> None:
        try:
            paper = self.twin.detached(name)
        except Rejected as error:
            await self.fault(error.status, error.code)
        else:
            await self.say(paper)


class RefundsHandler(StripeHandler):
    async def post(self) -> None:
        form, key = self.form(), self.key()
        payment = self.twin.by_paying(form.get("payment_intent", ""))
        if payment is None:
            await self.fault(404, "resource_missing")
            return
        whole = str(payment.amount_minor - payment.refunded_minor)
        amount = form.get("amount", whole)
        extra = {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}
        try:
            refund = self.twin.give_back(
                payment,
                key=key,
                amount_minor=int(amount),
                refund_id=f"re_{self.twin.derived(key, 'refund').hex()}",
                extra=extra,
            )
        except (TillRefusal, ValueError):
            await self.fault(400, "charge_already_refunded")
        else:
            await self.say(self.twin.refund_paper(refund))

    async def get(self) -> None:
        name = self.get_query_argument("payment_intent", None)
        papers = [self.twin.refund_paper(one) for one in self.twin.till.refunds.values()]
        await self.say(self.page([one for one in papers if name in {None, one["payment_intent"]}]))


class RefundHandler(StripeHandler):
    async def get(self, name: str) -> None:
        refund = self.twin.till.refunds.get(name)
        if refund is None:
            await self.fault(404, "resource_missing")
        else:
            await self.say(self.twin.refund_paper(refund))


class DisputesHandler(StripeHandler):
    async def get(self) -> None:
        found = self.twin.disputes(self.get_query_argument("payment_intent", None))
        await self.say(self.page([self.twin.dispute_paper(one) for one in found]))


class DisputeHandler(StripeHandler):
    async def get(self, name: str) -> None:
        papers = [self.twin.dispute_paper(one) for one in self.twin.disputes(None)]
        found = next((one for one in papers if one["id"] == name), None)
        if found is None:
            await self.fault(404, "resource_missing")
        else:
            await self.say(found)


class BalanceHandler(StripeHandler):
    async def get(self) -> None:
        paid = [one for one in self.twin.till.payments.values() if one.paid_at is not None]
        paid.sort(key=lambda one: one.paid_at or one.created_at)
        await self.say(self.page([{**self.twin.movement(one), "source": self.twin.charge(one)} for one in paid]))


def routes(twin: Shop) -> list[tuple[str, Any, dict[str, Any]]]:
    given = {"twin": twin}
    return [
        (r"/v1/checkout/sessions", SessionsHandler, given),
        (r"/v1/checkout/sessions/(\w+)", SessionHandler, given),
        (r"/v1/payment_intents", IntentsHandler, given),
        (r"/v1/payment_intents/(\w+)", IntentHandler, given),
        (r"/v1/payment_intents/(\w+)/cancel", CancelHandler, given),
        (r"/v1/payment_methods/(\w+)/detach", DetachHandler, given),
        (r"/v1/refunds", RefundsHandler, given),
        (r"/v1/refunds/(\w+)", RefundHandler, given),
        (r"/v1/disputes", DisputesHandler, given),
        (r"/v1/disputes/(\w+)", DisputeHandler, given),
        (r"/v1/balance_transactions", BalanceHandler, given),
    ]
