"""YooKassa's JSON: typed, built and read. Amounts are strings with the currency's own decimals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import (
    Intent,
    ProviderAway,
    ProviderRefusal,
    Receipt,
    ReceiptSnapshot,
    Redirect,
    RefundSnapshot,
    RefundState,
    SavedCard,
    Snapshot,
    State,
)
from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money

DESCRIPTION_LENGTH_MAX = 128
ITEM_LENGTH_MAX = 128

_STATES: dict[str, State] = {
    "pending": "pending",
    "waiting_for_capture": "authorized",
    "succeeded": "paid",
}
_CANCELLED: dict[str, State] = {
    "expired_on_confirmation": "expired",
    "expired_on_capture": "expired",
    "canceled_by_merchant": "cancelled",
}
"""By the reason of the cancellation; any other is a failure."""
#: A payer who is not there cannot pass it.
NOT_AUTHENTICATED = "3d_secure_failed"
_REFUND_STATES: dict[str, RefundState] = {"pending": "pending", "succeeded": "done", "canceled": "failed"}


class Amount(msgspec.Struct, frozen=True):
    value: str
    currency: str

    def money(self) -> Money:
        return Money.parse(self.value, self.currency)


class Confirmation(msgspec.Struct, frozen=True):
    confirmation_url: str | None = None
    confirmation_data: str | None = None
    """What is drawn as a QR code."""


class Card(msgspec.Struct, frozen=True):
    last4: str
    card_type: str = ""
    expiry_month: str | None = None
    expiry_year: str | None = None


class Method(msgspec.Struct, frozen=True):
    type: str = ""
    id: str = ""
    saved: bool = False
    card: Card | None = None
    sbp_operation_id: str = ""


class Authorization(msgspec.Struct, frozen=True):
    rrn: str = ""


class Cancellation(msgspec.Struct, frozen=True):
    party: str = ""
    reason: str = ""


class Payment(msgspec.Struct, frozen=True):
    id: str
    status: str
    amount: Amount
    income_amount: Amount | None = None
    refunded_amount: Amount | None = None
    test: bool = False
    captured_at: str | None = None
    confirmation: Confirmation | None = None
    payment_method: Method | None = None
    authorization_details: Authorization | None = None
    cancellation_details: Cancellation | None = None
    metadata: dict[str, str] = {}


class Refund(msgspec.Struct, frozen=True):
    id: str
    status: str
    payment_id: str
    amount: Amount
    cancellation_details: Cancellation | None = None
    metadata: dict[str, str] = {}


class Fiscal(msgspec.Struct, frozen=True):
    """A receipt, of /receipts; `type` is payment or refund."""

    id: str
    type: str
    status: str
    fiscal_document_number: str | None = None
    fiscal_storage_number: str | None = None
    fiscal_attribute: str | None = None
    registered_at: str | None = None


class Page(msgspec.Struct, frozen=True):
    """Of a list; its items are read one by one."""

    items: list[msgspec.Raw]
    next_cursor: str | None = None


class Fault(msgspec.Struct, frozen=True):
    code: str = ""
    description: str = ""
    parameter: str = ""


class Object(msgspec.Struct, frozen=True):
    id: str
    status: str = ""
    payment_id: str = ""


class Notification(msgspec.Struct, frozen=True):
    type: str
    event: str
    object: msgspec.Raw


def decoded(content: bytes | msgspec.Raw, kind: type[Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
    """Raises ProviderAway: what was done, but cannot be read, is to be asked about again."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderAway("answer-unreadable") from None


def amount(money: Money) -> dict[str, str]:
    return {"value": money.decimal, "currency": money.currency}


def page_body(intent: Intent, method: str) -> dict[str, Any]:
    """Of POST /payments, for the payer's page; an empty method is chosen there. Raises ProviderRefusal."""
    locale = "ru_RU" if intent.locale == "ru" else "en_US"
    body = _body(intent)
    body["confirmation"] = {"type": "redirect", "return_url": intent.return_url, "locale": locale}
    if method:
        body["payment_method_data"] = {"type": method}
    if intent.save:
        body["save_payment_method"] = True
    return body


def code_body(intent: Intent) -> dict[str, Any]:
    """Of POST /payments, for a link of the faster payment system. Raises ProviderRefusal."""
    confirmation = {"type": "qr", "return_url": intent.return_url}
    return {**_body(intent), "confirmation": confirmation, "payment_method_data": {"type": "sbp"}}


def charge_body(intent: Intent, token: str) -> dict[str, Any]:
    """Of POST /payments, by a saved card; who is present may be sent to his bank's page. Raises ProviderRefusal."""
    body = {**_body(intent), "payment_method_id": token}
    if intent.present:
        body["confirmation"] = {"type": "redirect", "return_url": intent.return_url}
    return body


def _body(intent: Intent) -> dict[str, Any]:
    body: dict[str, Any] = {
        "amount": amount(intent.amount),
        "capture": True,
        "description": intent.description[:DESCRIPTION_LENGTH_MAX],
        "metadata": {"attempt": str(intent.attempt), "number": str(intent.number)},
    }
    if intent.receipt is not None:
        body["receipt"] = receipt_body(intent.receipt, intent.amount)
    return body


def refund_body(refund: UUID, *, provider_id: str, money: Money, receipt: Receipt | None) -> dict[str, Any]:
    """Of POST /refunds. Raises ProviderRefusal."""
    body: dict[str, Any] = {
        "payment_id": provider_id,
        "amount": amount(money),
        "metadata": {"refund": str(refund)},
    }
    if receipt is not None:
        body["receipt"] = receipt_body(receipt, money)
    return body


def receipt_body(receipt: Receipt, total: Money) -> dict[str, Any]:
    """The price of an item is of one (tag 1079). Raises ProviderRefusal if the items do not add up to `total`."""
    if sum(item.price.minor * item.quantity_milli for item in receipt.items) != total.minor * 1000:
        raise ProviderRefusal("receipt_sum", "items do not add up to the amount")
    contact = {"email": receipt.contact} if "@" in receipt.contact else {"phone": receipt.contact.lstrip("+")}
    return {
        "customer": contact,
        "tax_system_code": receipt.tax_system_code,
        "items": [
            {
                "description": item.text[:ITEM_LENGTH_MAX],
                "quantity": f"{item.quantity_milli // 1000}.{item.quantity_milli % 1000:03d}",
                "amount": amount(item.price),
                "vat_code": item.vat_code,
                "payment_mode": item.payment_mode,
                "payment_subject": item.payment_subject,
            }
            for item in receipt.items
        ],
    }


def snapshot(payment: Payment) -> Snapshot:
    """Raises ProviderAway for an amount or an hour that cannot be read."""
    reason = payment.cancellation_details.reason if payment.cancellation_details else ""
    state = _CANCELLED.get(reason, "failed") if payment.status == "canceled" else _STATES.get(payment.status, "unknown")
    method = payment.payment_method or Method()
    authorization = payment.authorization_details or Authorization()
    try:
        paid = payment.amount.money()
        income = payment.income_amount.money() if payment.income_amount else None
        return Snapshot(
            state=state,
            provider_id=payment.id,
            attempt=_uuid(payment.metadata.get("attempt", "")),
            number=_number(payment.metadata.get("number", "")),
            amount=paid,
            fee=paid - income if income is not None else None,
            refunded=payment.refunded_amount.money() if payment.refunded_amount else None,
            test=payment.test,
            at=moment(payment.captured_at) if payment.captured_at else None,
            method=method.type,
            trace=authorization.rrn or method.sbp_operation_id,
            reason=reason or (payment.status if state == "unknown" else ""),
            card=_card(method) if state == "paid" else None,
            go=_page(payment) if state == "pending" else None,
        )
    except (ProtocolError, ValueError):
        raise ProviderAway("answer-unreadable") from None


def refund_snapshot(refund: Refund) -> RefundSnapshot:
    """Raises ProviderAway for an amount that cannot be read."""
    reason = refund.cancellation_details.reason if refund.cancellation_details else ""
    state = _REFUND_STATES.get(refund.status, "unknown")
    try:
        money = refund.amount.money()
    except ProtocolError:
        raise ProviderAway("answer-unreadable") from None
    return RefundSnapshot(
        state=state,
        provider_id=refund.id,
        refund=_uuid(refund.metadata.get("refund", "")),
        payment=refund.payment_id,
        amount=money,
        reason=reason or (refund.status if state == "unknown" else ""),
    )


def receipt_snapshot(fiscal: Fiscal) -> ReceiptSnapshot:
    """Raises ProviderAway for an hour that cannot be read."""
    states = {"succeeded": "done", "canceled": "failed"}
    try:
        at = moment(fiscal.registered_at) if fiscal.registered_at else None
    except ValueError:
        raise ProviderAway("answer-unreadable") from None
    return ReceiptSnapshot(
        state=cast("Any", states.get(fiscal.status, "pending")),
        number=fiscal.fiscal_document_number or "",
        drive=fiscal.fiscal_storage_number or "",
        sign=fiscal.fiscal_attribute or "",
        at=at,
    )


def _page(payment: Payment) -> Redirect | None:
    url = payment.confirmation and payment.confirmation.confirmation_url
    return Redirect(url) if url else None


def _card(method: Method) -> SavedCard | None:
    if not method.saved:
        return None
    card = method.card
    if card is None:
        return SavedCard(token=method.id, title=method.type)
    expires = f"{card.expiry_year}-{card.expiry_month}" if card.expiry_year and card.expiry_month else None
    return SavedCard(token=method.id, title=f"{card.card_type} •• {card.last4}".lstrip(), expires=expires)


def moment(text: str) -> datetime:
    """Raises ValueError for what is no time or names no zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at.astimezone(UTC)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None
