"""T-Bank's JSON: typed, built and read. Amounts are whole kopecks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import (
    Intent,
    ProviderRefusal,
    Reason,
    Receipt,
    ReceiptSnapshot,
    SavedCard,
    Snapshot,
    State,
)
from okno.protocol.money.amount import Money

CURRENCY = "RUB"
DESCRIPTION_LENGTH_MAX = 140
NAME_LENGTH_MAX = 128
_MOSCOW = timezone(timedelta(hours=3))
#: An order that asked for the card to be kept: nothing else in an answer says so.
_SAVING = "-s"

STATES: dict[str, State] = {
    **dict.fromkeys(("NEW", "FORM_SHOWED", "PREAUTHORIZING", "AUTHORIZING", "3DS_CHECKING", "3DS_CHECKED"), "pending"),
    **dict.fromkeys(("PAY_CHECKING", "CONFIRMING", "CONFIRM_CHECKING"), "pending"),
    **dict.fromkeys(("AUTHORIZED", "REVERSING", "PARTIAL_REVERSED"), "authorized"),
    **dict.fromkeys(("CONFIRMED", "REFUNDING", "ASYNC_REFUNDING", "PARTIAL_REFUNDED", "REFUNDED"), "paid"),
    **dict.fromkeys(("REJECTED", "AUTH_FAIL", "ATTEMPTS_EXPIRED"), "failed"),
    **dict.fromkeys(("CANCELED", "REVERSED"), "cancelled"),
    "DEADLINE_EXPIRED": "expired",
}
#: Of a REJECTED, as far as they are known for sure; a charge without its owner has a word of its own.
REASONS: dict[str, Reason] = {
    "101": "3d_secure_failed",
    **dict.fromkeys(("103", "116", "1051"), "insufficient_funds"),
    "1057": "payment_method_restricted",
}
UNTOUCHED = frozenset({"NEW", "FORM_SHOWED"})
"""Nobody has begun to pay."""
RECEIPT = "RECEIPT"
#: Of a payment; a refund's has another.
INCOME = "Income"
GIVEN_BACK = frozenset({"PARTIAL_REFUNDED", "REFUNDED"})
GIVING_BACK = frozenset({"REFUNDING", "ASYNC_REFUNDING"})

_TAXATION = {1: "osn", 2: "usn_income", 3: "usn_income_outcome", 4: "envd", 5: "esn", 6: "patent"}
_TAX = {
    1: "none",
    2: "vat0",
    3: "vat10",
    4: "vat20",
    5: "vat110",
    6: "vat120",
    7: "vat5",
    8: "vat7",
    9: "vat105",
    10: "vat107",
    11: "vat22",
    12: "vat122",
}
_CARDS = {"2": "Mir", "4": "Visa", "5": "MasterCard", "6": "UnionPay"}
_EXPIRES = re.compile(r"(0[1-9]|1[0-2])([0-9]{2})")


class Payment(msgspec.Struct, frozen=True, rename="pascal"):
    """Of Init, GetState, Charge and of the list of CheckOrder; an id is a text in one and a number in another."""

    payment_id: str | int
    status: str
    order_id: str = ""
    amount: int | None = None
    payment_url: str | None = msgspec.field(name="PaymentURL", default=None)
    rrn: str | None = msgspec.field(name="RRN", default=None)
    sbp_payment_id: str | None = None
    message: str = ""
    error_code: str | int | None = None

    @property
    def id(self) -> str:
        return str(self.payment_id)


class Order(msgspec.Struct, frozen=True, rename="pascal"):
    payments: Sequence[Payment] = ()


class Cancelled(msgspec.Struct, frozen=True, rename="pascal"):
    status: str
    payment_id: str | int


class Code(msgspec.Struct, frozen=True, rename="pascal"):
    data: str


class Card(msgspec.Struct, frozen=True, rename="pascal"):
    card_id: str
    pan: str = ""
    status: str = "A"
    rebill_id: str | int | None = None
    exp_date: str = ""


class News(msgspec.Struct, frozen=True, rename="pascal"):
    """A notice. `notification_type` is there in other kinds than payments; a receipt's has the status RECEIPT."""

    terminal_key: str
    token: str
    payment_id: str | int
    order_id: str = ""
    status: str = ""
    amount: int | None = None
    notification_type: str = ""
    success: bool = False
    error_code: str | int = ""
    type: str = ""
    fn_number: str | int | None = None
    fiscal_document_number: str | int | None = None
    fiscal_document_attribute: str | int | None = None
    receipt_datetime: str = ""
    url: str = ""


def order_id(attempt: UUID, *, save: bool) -> str:
    return attempt.hex + (_SAVING if save else "")


def attempt_of(order: str) -> UUID | None:
    try:
        return UUID(hex=order.removesuffix(_SAVING))
    except ValueError:
        return None


def saves(order: str) -> bool:
    return order.endswith(_SAVING)


def init_body(intent: Intent) -> dict[str, Any]:
    """Of Init. A charge by a saved card begins with it too. Raises ProviderRefusal."""
    body: dict[str, Any] = {
        "Amount": kopecks(intent.amount),
        "OrderId": order_id(intent.attempt, save=intent.save),
        "Description": intent.description[:DESCRIPTION_LENGTH_MAX],
        "PayType": "O",
        "Language": intent.locale,
        "SuccessURL": intent.return_url,
        "FailURL": intent.return_url,
        "RedirectDueDate": hour(intent.expires_at),
    }
    if intent.save:
        body |= {"Recurrent": "Y", "CustomerKey": intent.attempt.hex}
    if intent.receipt is not None:
        body["Receipt"] = receipt_body(intent.receipt, intent.amount)
    return body


def owner_body(intent: Intent, refused: Payment) -> dict[str, Any]:
    """Of Init after a charge that the bank refused without its owner: he confirms it at the page. ProviderRefusal."""
    return {**init_body(intent), "DATA": {"recurringType": "12", "failMapiSessionId": refused.id}}


def receipt_body(receipt: Receipt, total: Money) -> dict[str, Any]:
    """Raises ProviderRefusal if a line is no whole number of kopecks, or they do not add up to `total`."""
    sums = [item.price.minor * item.quantity_milli for item in receipt.items]
    if any(each % 1000 for each in sums) or sum(sums) != total.minor * 1000:
        raise ProviderRefusal("receipt_sum", "items do not add up to the amount")
    return {
        "Email" if "@" in receipt.contact else "Phone": receipt.contact,
        "Taxation": _TAXATION[receipt.tax_system_code],
        "Items": [
            {
                "Name": item.text[:NAME_LENGTH_MAX],
                "Price": item.price.minor,
                "Quantity": item.quantity_milli / 1000,
                "Amount": each // 1000,
                "Tax": _TAX[item.vat_code],
                "PaymentMethod": "prepayment" if item.payment_mode == "partial_prepayment" else item.payment_mode,
                "PaymentObject": item.payment_subject,
            }
            for item, each in zip(receipt.items, sums, strict=True)
        ],
    }


def kopecks(money: Money) -> int:
    """Raises ProviderRefusal: a terminal has one currency."""
    if money.currency != CURRENCY:
        raise ProviderRefusal("currency", money.currency)
    return money.minor


def hour(at: datetime) -> str:
    return at.astimezone(_MOSCOW).isoformat(timespec="seconds")


def snapshot(payment: Payment, order: str, card: SavedCard | None = None) -> Snapshot:
    """After a refund the amount may be what is left of it: it is not told then."""
    state = STATES.get(payment.status, "unknown")
    told = payment.amount is not None and payment.status not in GIVEN_BACK | GIVING_BACK
    return Snapshot(
        state=state,
        provider_id=payment.id,
        attempt=attempt_of(order),
        amount=Money(payment.amount or 0, CURRENCY) if told else None,
        trace=payment.sbp_payment_id or payment.rrn or "",
        reason="" if state in {"pending", "authorized", "paid"} else _reason(payment),
        card=card,
    )


def receipt_told(news: News) -> ReceiptSnapshot:
    """Without a number the till of the provider has not made it yet."""
    is_made = news.fn_number and news.fiscal_document_number and news.fiscal_document_attribute
    if not news.success or str(news.error_code) != "0":
        return ReceiptSnapshot(state="failed")
    if not is_made:
        return ReceiptSnapshot(state="pending")
    return ReceiptSnapshot(
        state="done",
        number=str(news.fiscal_document_number),
        drive=str(news.fn_number),
        sign=str(news.fiscal_document_attribute),
        at=_hour_told(news.receipt_datetime),
        link=news.url,
    )


def _hour_told(text: str) -> datetime | None:
    """Without a zone it is Moscow's. An hour that cannot be read is left out: the numbers are what counts."""
    for read in (datetime.fromisoformat, lambda told: datetime.strptime(told, "%d.%m.%Y %H:%M:%S")):  # noqa: DTZ007
        try:
            at = read(text)
        except ValueError:
            continue
        return at if at.tzinfo is not None else at.replace(tzinfo=_MOSCOW)
    return None


def _reason(payment: Payment) -> str:
    if STATES.get(payment.status) != "failed":
        return payment.status
    if payment.status == "AUTH_FAIL":
        return "3d_secure_failed"
    return REASONS.get(str(payment.error_code), "general_decline")


def card_saved(card: Card, customer: str) -> SavedCard:
    """Its token names all three that the calls about it want."""
    found = _EXPIRES.fullmatch(card.exp_date)
    return SavedCard(
        token=f"{card.rebill_id}.{card.card_id}.{customer}",
        title=f"{_CARDS.get(card.pan[:1], '')} •• {card.pan[-4:]}".lstrip(),
        expires=f"20{found[2]}-{found[1]}" if found else None,
    )
