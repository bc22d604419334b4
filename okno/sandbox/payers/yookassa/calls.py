"""YooKassa's API over HTTP."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from okno.sandbox.payers.records import Payment
from okno.sandbox.payers.till import TillRefusal
from okno.sandbox.payers.wire import CallHandler
from okno.sandbox.payers.yookassa.orders import Order, RefundOrder, Rejected, taken
from okno.sandbox.payers.yookassa.paper import STATUS, fault, hour
from okno.sandbox.payers.yookassa.shop import Shop

KEY_LENGTH_MAX = 64
ITEMS_MAX = 100


class YookassaHandler(CallHandler):
    twin: Shop

    async def prepare(self) -> None:
        await super().prepare()
        if not self._finished and not self._known():
            await self.answer_json(401, fault("invalid_credentials", "Basic authorization is wrong"))

    async def answer_json(self, status: int, content: Any) -> None:  # noqa: ANN401 - JSON
        await self.answer(status, msgspec.json.encode(content))

    async def missing(self) -> None:
        await self.answer_json(404, fault("not_found", "no such object"))

    async def rejected(self, error: Rejected) -> None:
        await self.answer_json(400, fault("invalid_request", str(error), error.parameter))

    def key(self) -> str:
        """Raises Rejected."""
        key = self.request.headers.get("Idempotence-Key", "")
        if not 0 < len(key) <= KEY_LENGTH_MAX:
            raise Rejected("Idempotence-Key", "1 to 64 characters are needed")
        return key

    def _known(self) -> bool:
        kind, _, shown = self.request.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(shown, validate=True).partition(b":")
        except binascii.Error:
            return False
        right = hmac.compare_digest(user, self.twin.shop_id) & hmac.compare_digest(password, self.twin.secret_key)
        return kind == "Basic" and right

    def page(self, found: Sequence[Any], paper: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """The newest first; a cursor is the place of the next."""
        start = int(self.get_query_argument("cursor", "0"))
        limit = min(int(self.get_query_argument("limit", "10")), ITEMS_MAX)
        page: dict[str, Any] = {"type": "list", "items": [paper(one) for one in found[start : start + limit]]}
        if start + limit < len(found):
            page["next_cursor"] = str(start + limit)
        return page


class PaymentsHandler(YookassaHandler):
    async def post(self) -> None:
        try:
            payment = self.twin.order(self.key(), self.request.body, taken(self.request.body, Order))
        except Rejected as error:
            await self.rejected(error)
            return
        await self.answer_json(200, self.twin.paper(payment))

    async def get(self) -> None:
        found = [payment for payment in reversed(self.twin.till.payments.values()) if self._asked_for(payment)]
        await self.answer_json(200, self.page(found, self.twin.paper))

    def _asked_for(self, payment: Payment) -> bool:
        status = self.get_query_argument("status", None)
        return (
            (status is None or STATUS[payment.state] == status)
            and self._within("created_at", hour(payment.created_at))
            and self._within("captured_at", hour(payment.paid_at) if payment.paid_at else None)
        )

    def _within(self, name: str, at: str | None) -> bool:
        """Hours as text compare as hours: all have the same form."""
        since, until = self.get_query_argument(f"{name}.gte", None), self.get_query_argument(f"{name}.lt", None)
        if at is None:
            return since is None and until is None
        return (since is None or since <= at) and (until is None or at < until)


class PaymentHandler(YookassaHandler):
    async def get(self, payment_id: str) -> None:
        payment = self.twin.till.payments.get(payment_id)
        if payment is None:
            await self.missing()
        else:
            await self.answer_json(200, self.twin.paper(self.twin.as_told(payment)))


class ActHandler(YookassaHandler):
    """Capture and cancel, of a payment that holds the money."""

    async def post(self, payment_id: str, act: str) -> None:
        try:
            self.key()
            payment = self.twin.till.payments.get(payment_id)
            if payment is None:
                await self.missing()
                return
            payment = self.twin.act(payment, act)
        except Rejected as error:
            await self.rejected(error)
            return
        await self.answer_json(200, self.twin.paper(payment))


class RefundsHandler(YookassaHandler):
    async def post(self) -> None:
        try:
            key = self.key()
            order: RefundOrder = taken(self.request.body, RefundOrder)
            payment = self.twin.till.payments.get(order.payment_id)
            if payment is None:
                await self.missing()
                return
            refund = self.twin.refunding(payment, key, order)
        except Rejected as error:
            await self.rejected(error)
        except TillRefusal as error:
            await self.rejected(
                Rejected("amount.value" if error.code == "amount" else "payment_id", "cannot be refunded")
            )
        else:
            await self.answer_json(200, self.twin.refund_paper(refund))

    async def get(self) -> None:
        asked = self.get_query_argument("payment_id", None)
        found = [one for one in reversed(self.twin.till.refunds.values()) if asked in {None, one.payment}]
        await self.answer_json(200, self.page(found, self.twin.refund_paper))


class ReceiptsHandler(YookassaHandler):
    async def get(self) -> None:
        payment = self.twin.till.payments.get(self.get_query_argument("payment_id", ""))
        found = self.twin.receipt_papers(payment) if payment is not None else []
        await self.answer_json(200, self.page(found, dict))


class RefundHandler(YookassaHandler):
    async def get(self, refund_id: str) -> None:
        refund = self.twin.till.refunds.get(refund_id)
        if refund is None:
            await self.missing()
        else:
            await self.answer_json(200, self.twin.refund_paper(refund))


def routes(twin: Shop) -> list[tuple[str, Any, dict[str, Any]]]:
    given = {"twin": twin}
    return [
        (r"/v3/payments", PaymentsHandler, given),
        (r"/v3/payments/([0-9A-Za-z-]+)", PaymentHandler, given),
        (r"/v3/payments/([0-9A-Za-z-]+)/(capture|cancel)", ActHandler, given),
        (r"/v3/receipts", ReceiptsHandler, given),
        (r"/v3/refunds", RefundsHandler, given),
        (r"/v3/refunds/([0-9A-Za-z-]+)", RefundHandler, given),
    ]
