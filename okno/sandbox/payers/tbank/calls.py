"""T-Bank's API over HTTP: every method is a POST, every answer is 200."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

from okno.sandbox.payers.records import Payment
from okno.sandbox.payers.tbank import orders
from okno.sandbox.payers.tbank.orders import Rejected, taken
from okno.sandbox.payers.tbank.seal import opened, seal
from okno.sandbox.payers.tbank.shop import OWNER_WANTED, Shop
from okno.sandbox.payers.wire import CallHandler


class MethodHandler(CallHandler):
    twin: Shop

    async def post(self, name: str) -> None:
        kind, act = METHODS[name]
        try:
            self._check()
            paper = act(self.twin, taken(self.request.body, kind))
        except Rejected as error:
            paper = {"Success": False, "ErrorCode": error.code, "Message": str(error)}
        if isinstance(paper, dict):
            paper = {"Success": True, "ErrorCode": "0", "TerminalKey": self.twin.terminal_key, **paper}
        await self.answer(200, json.dumps(paper, ensure_ascii=False).encode())

    def _check(self) -> None:
        """Raises Rejected."""
        try:
            paper = opened(self.request.body)
        except ValueError as error:
            raise Rejected("251", "no JSON") from error
        if paper.get("TerminalKey") != self.twin.terminal_key:
            raise Rejected("501", "no such terminal")
        if not hmac.compare_digest(str(paper.get("Token")).encode(), seal(paper, self.twin.password).encode()):
            raise Rejected("204", "wrong token")


def init(shop: Shop, order: orders.Init) -> dict[str, Any]:
    payment = shop.init(order)
    return {**_state(shop, payment), "PaymentURL": shop.page_url(payment)}


def get_state(shop: Shop, order: orders.OfPayment) -> dict[str, Any]:
    payment = shop.as_told(shop.payment(order.payment_id))
    paper = _state(shop, payment)
    if shop.mischief.hits("unknown", payment.id):
        paper["Status"] = "THINKING_IT_OVER"
    return paper


def check_order(shop: Shop, order: orders.OfOrder) -> dict[str, Any]:
    payments = [shop.as_told(payment) for payment in shop.till.by_order(order.order_id)]
    if not payments:
        raise Rejected("255", "no such order")
    listed = [
        {
            "PaymentId": payment.id,
            "Amount": payment.amount_minor,
            "Status": shop.status(payment),
            "RRN": payment.extra["rrn"] if payment.state == "paid" else None,
            "Success": payment.state == "paid",
            "ErrorCode": int(payment.extra.get("code", "0")),
        }
        for payment in payments
    ]
    return {"OrderId": order.order_id, "Payments": listed}


def cancel(shop: Shop, order: orders.Cancel) -> dict[str, Any]:
    before = shop.payment(order.payment_id)
    status, left = shop.cancel(order)
    return {
        "Status": status,
        "PaymentId": order.payment_id,
        "OrderId": before.order,
        "OriginalAmount": before.amount_minor,
        "NewAmount": left,
        "ExternalRequestId": order.external_request_id,
    }


def get_qr(shop: Shop, order: orders.GetQr) -> dict[str, Any]:
    payment = shop.payment(order.payment_id)
    return {"OrderId": payment.order, "PaymentId": int(payment.id), "Data": shop.code(payment)}


def charge(shop: Shop, order: orders.Charge) -> dict[str, Any]:
    payment = shop.charge(shop.payment(order.payment_id), order.rebill_id)
    code = payment.extra.get("code", "0")
    refused = {"Success": False, "ErrorCode": code, "Message": REFUSED.get(code, "")}
    return {**_state(shop, payment), **(refused if payment.state == "declined" else {})}


REFUSED = {"1051": "Недостаточно средств на карте", OWNER_WANTED: "Ошибка выполнения рекуррента"}


def get_card_list(shop: Shop, order: orders.OfCustomer) -> list[dict[str, Any]]:
    return [
        {
            "CardId": payment.extra["card"],
            "Pan": "220000******4444",
            "Status": "A",
            "RebillId": payment.extra["rebill"],
            "CardType": 0,
            "ExpDate": "1230",
        }
        for payment in shop.cards(order.customer_key)
    ]


def remove_card(shop: Shop, order: orders.RemoveCard) -> dict[str, Any]:
    for payment in shop.cards(order.customer_key):
        if payment.extra["card"] == order.card_id:
            shop.till.note(payment.id, removed="yes")
            return {"CustomerKey": order.customer_key, "CardId": order.card_id, "Status": "D"}
    raise Rejected("6", "no such card")


def sbp_pay_test(shop: Shop, order: orders.SbpPayTest) -> dict[str, Any]:
    """A payer of the faster payment system, on a terminal for tests."""
    payment = shop.payment(order.payment_id)
    if "link" not in payment.extra or not shop.open_to_payer(payment):
        raise Rejected("8", "wrong state")
    if order.is_deadline_expired:
        shop.till.move(payment.id, "expired")
    elif order.is_rejected:
        shop.declined(payment)
    else:
        shop.paid(payment)
    return {}


METHODS: dict[str, tuple[type, Callable[[Shop, Any], Any]]] = {
    "Init": (orders.Init, init),
    "GetState": (orders.OfPayment, get_state),
    "CheckOrder": (orders.OfOrder, check_order),
    "Cancel": (orders.Cancel, cancel),
    "GetQr": (orders.GetQr, get_qr),
    "Charge": (orders.Charge, charge),
    "GetCardList": (orders.OfCustomer, get_card_list),
    "RemoveCard": (orders.RemoveCard, remove_card),
    "SbpPayTest": (orders.SbpPayTest, sbp_pay_test),
}


def _state(shop: Shop, payment: Payment) -> dict[str, Any]:
    return {
        "Status": shop.status(payment),
        "PaymentId": payment.id,
        "OrderId": payment.order,
        "Amount": payment.amount_minor,
    }


def routes(twin: Shop) -> list[tuple[str, Any, dict[str, Any]]]:
    return [(rf"/v2/({'|'.join(METHODS)})", MethodHandler, {"twin": twin})]
