"""What YooKassa writes: its payments, refunds and faults as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from okno.protocol.money.amount import Money
from okno.sandbox.payers.records import Payment, PaymentState, Refund, RefundState

STATUS: dict[PaymentState, str] = {
    "new": "pending",
    "authorized": "waiting_for_capture",
    "paid": "succeeded",
    "declined": "canceled",
    "cancelled": "canceled",
    "expired": "canceled",
}
#: Where a payment or a refund keeps the fiscal receipt that was ordered with it.
RECEIPT = "receipt"
REFUND_STATUS: dict[RefundState, str] = {"pending": "pending", "done": "succeeded", "failed": "canceled"}
_REASONS: dict[PaymentState, tuple[str, str]] = {
    "declined": ("payment_network", "insufficient_funds"),
    "cancelled": ("merchant", "canceled_by_merchant"),
    "expired": ("yoo_money", "expired_on_confirmation"),
}


def hour(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def sum_of(minor: int, currency: str) -> dict[str, str]:
    return {"value": Money(minor, currency).decimal, "currency": currency}


def payment_paper(payment: Payment, page_url: str) -> dict[str, Any]:
    status = payment.extra.get("status") or STATUS[payment.state]
    money = payment.currency
    paper: dict[str, Any] = {
        "id": payment.id,
        "status": status,
        "paid": payment.state in {"paid", "authorized"},
        "amount": sum_of(payment.amount_minor, money),
        "created_at": hour(payment.created_at),
        "description": payment.description,
        "metadata": {name[5:]: value for name, value in payment.extra.items() if name.startswith("meta.")},
        "recipient": {"account_id": payment.extra["shop"], "gateway_id": "1"},
        "refundable": payment.state == "paid" and payment.refunded_minor < payment.amount_minor,
        "test": payment.test,
    }
    if payment.state == "new":
        link = payment.extra.get("link")
        paper["confirmation"] = (
            {"type": "redirect", "return_url": payment.return_url, "confirmation_url": page_url}
            if link is None
            else {"type": "qr", "confirmation_data": link, "return_url": payment.return_url}
        )
    if payment.state in {"paid", "authorized"}:
        paper["payment_method"] = _method(payment)
        paper["authorization_details"] = {"rrn": payment.extra["rrn"], "auth_code": "000000"}
    if payment.paid_at is not None:
        paper["captured_at"] = hour(payment.paid_at)
        paper["income_amount"] = sum_of(payment.amount_minor - payment.fee_minor, money)
        paper["refunded_amount"] = sum_of(payment.refunded_minor, money)
    if payment.state in _REASONS:
        party, reason = _REASONS[payment.state]
        paper["cancellation_details"] = {
            "party": party,
            "reason": payment.reason or payment.extra.get("reason", reason),
        }
    return paper


def _method(payment: Payment) -> dict[str, Any]:
    kind = payment.method or "bank_card"
    method: dict[str, Any] = {"type": kind, "id": payment.extra.get("token", payment.id), "saved": payment.save}
    if kind == "bank_card":
        method["title"] = "Bank card *4444"
        method["card"] = {
            "first6": "220000",
            "last4": "4444",
            "expiry_month": "12",
            "expiry_year": "2030",
            "card_type": "Mir",
            "issuer_country": "RU",
        }
    if kind == "sbp":
        method["sbp_operation_id"] = payment.extra["rrn"]
        method["payer_bank_details"] = {"bank_id": "100000000111", "bic": "044525225"}
    return method


def receipt_paper(payment: Payment, status: str) -> dict[str, Any]:
    """Of /receipts: who registered it says under what number."""
    assert payment.paid_at is not None
    mark = UUID(payment.id).int
    paper: dict[str, Any] = {"id": f"rt-{payment.id}", "type": "payment", "payment_id": payment.id, "status": status}
    if status == "succeeded":
        paper |= {
            "fiscal_document_number": str(mark % 100_000),
            "fiscal_storage_number": "9999078900004312",
            "fiscal_attribute": str(mark % 10**10),
            "registered_at": hour(payment.paid_at),
            "fiscal_provider_id": "fd9e9404-eaca-4000-8ec9-dc228ead2345",
        }
    return paper


def refund_paper(refund: Refund, payment: Payment) -> dict[str, Any]:
    paper: dict[str, Any] = {
        "id": refund.id,
        "status": REFUND_STATUS[refund.state],
        "payment_id": refund.payment,
        "amount": sum_of(refund.amount_minor, payment.currency),
        "created_at": hour(refund.created_at),
        "metadata": {name: value for name, value in refund.extra.items() if name != RECEIPT},
    }
    if refund.state == "failed":
        paper["cancellation_details"] = {"party": "refund_network", "reason": "general_decline"}
    return paper


def fault(code: str, description: str, parameter: str | None = None) -> dict[str, str]:
    paper = {"type": "error", "id": "ab5a11cd-13cc-4e33-af8b-75a74e18dd09", "code": code, "description": description}
    return paper if parameter is None else {**paper, "parameter": parameter}
