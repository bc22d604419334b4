"""CloudPayments' JSON and notices: built and read. Amounts are decimals of the currency's major unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import (
    AUTHENTICATION,
    Form,
    Intent,
    ProviderAway,
    ProviderRefusal,
    Reason,
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
from okno.protocol.money.amount import Money, exponent_of

CAPTURED = "Completed"
_STATES: dict[str, State] = {
    "AwaitingAuthentication": "pending",
    "Authorized": "authorized",
    CAPTURED: "paid",
    "Cancelled": "cancelled",
    "Declined": "failed",
}
_WEB = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/|$)")
#: https://developers.cloudpayments.ru/#kody-oshibok, as of 23.04.2024. 5206 and 5207 are 3-D Secure; 5300 is a limit of
#: the acquirer's, and 5005, 5006, 5019, 5204 say nothing: the general refusal, as any other.
_REASONS: dict[int, Reason] = {
    **dict.fromkeys((5001, 5003, 5004, 5007, 5041, 5043, 5063), "call_issuer"),
    **dict.fromkeys((5012, 5031, 5036, 5057, 5058, 5062, 5113), "payment_method_restricted"),
    **dict.fromkeys((5014, 5015), "invalid_card_number"),
    **dict.fromkeys((5034, 5059), "fraud_suspected"),
    5051: "insufficient_funds",
    5054: "card_expired",
    **dict.fromkeys((5061, 5065), "payment_method_limit_exceeded"),
    5082: "invalid_csc",
    **dict.fromkeys((5091, 5092, 5096), "issuer_unavailable"),
    **dict.fromkeys((5206, 5207), "3d_secure_failed"),
}
#: Our codes of 54-ФЗ -> the till's: https://developers.cloudkassir.ru/#formirovanie-kassovogo-cheka.
_VAT = {1: None, 2: 0, 3: 10, 4: 20, 5: 110, 6: 120, 7: 5, 8: 7, 9: 105, 10: 107, 11: 22, 12: 122}
_MODES = {
    "full_prepayment": 1,
    "partial_prepayment": 2,
    "advance": 3,
    "full_payment": 4,
    "partial_payment": 5,
    "credit": 6,
    "credit_payment": 7,
}
_SUBJECTS = {"commodity": 1, "excise": 2, "job": 3, "service": 4, "payment": 10, "agent_commission": 11, "another": 13}
_MOSCOW = timezone(timedelta(hours=3))
_REFUND_STATES: dict[str, RefundState] = {"": "done", "Completed": "done", "Declined": "failed"}


class Order(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    url: str


class Transaction(msgspec.Struct, frozen=True, rename="pascal"):
    """Of a payment or, with `payment_transaction_id`, of a refund. Hours are UTC without saying so."""

    transaction_id: int
    amount: Decimal = Decimal(0)
    currency: str = ""
    status: str = ""
    invoice_id: str | None = None
    test_mode: bool = False
    confirm_date_iso: str | None = None
    created_date_iso: str | None = None
    card_type: str | None = None
    rrn: str | None = None
    reason: str | None = None
    reason_code: int = 0
    total_fee: Decimal | None = None
    refunded: bool = False
    payment_transaction_id: int | None = None
    account_id: str | None = None
    token: str | None = None
    card_last_four: str | None = None
    card_exp_date: str | None = None
    acs_url: str | None = None
    pa_req: str | None = None


class Refunded(msgspec.Struct, frozen=True, rename="pascal"):
    transaction_id: int
    status: str = ""


class Envelope(msgspec.Struct, frozen=True, rename="pascal"):
    """`model` may be there though it was no success: a payment that was declined."""

    success: bool
    message: str | None = None
    model: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def empty(self) -> bool:
        return bytes(self.model).strip() == b"null"


def decoded(content: bytes | msgspec.Raw, kind: type[Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
    """Raises ProviderAway: what was done, but cannot be read, is to be asked about again."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderAway("answer-unreadable") from None


def order_body(intent: Intent) -> dict[str, Any]:
    """Of /orders/create. A card is kept for an account: each order that asks for it is an account of its own."""
    kept = {"AccountId": intent.attempt.hex} if intent.save else {}
    return {
        **kept,
        **receipt_body(intent.receipt, intent.amount),
        "Amount": msgspec.Raw(intent.amount.decimal.encode()),
        "Currency": intent.amount.currency,
        "Description": intent.description,
        "InvoiceId": str(intent.attempt),
        "RequireConfirmation": False,
        "SendEmail": False,
        "SuccessRedirectUrl": intent.return_url,
        "FailRedirectUrl": intent.return_url,
        "CultureName": "ru-RU" if intent.locale == "ru" else "en-US",
    }


def charge_body(intent: Intent, account: str, token: str) -> dict[str, Any]:
    """Of /payments/tokens/charge: begun by the owner of the card, or by us and by no timetable."""
    whose = {"TrInitiatorCode": 1} if intent.present else {"TrInitiatorCode": 0, "PaymentScheduled": 0}
    return {
        "Amount": msgspec.Raw(intent.amount.decimal.encode()),
        "Currency": intent.amount.currency,
        "Description": intent.description,
        "InvoiceId": str(intent.attempt),
        "AccountId": account,
        "Token": token,
        **receipt_body(intent.receipt, intent.amount),
        **whose,
    }


def owner_wanted(asked: Transaction, intent: Intent, confirm_url: str) -> Snapshot:
    """The bank wants 3-D Secure: by a page of ours, or, where there is nobody or no page, not at all."""
    known = Snapshot(
        state="failed",
        provider_id=str(asked.transaction_id),
        attempt=intent.attempt,
        amount=intent.amount,
        reason=AUTHENTICATION,
    )
    if not intent.present or not confirm_url or not _WEB.match(asked.acs_url or ""):
        return known
    page = f"{confirm_url}/{intent.attempt}"
    fields = (("MD", str(asked.transaction_id)), ("PaReq", asked.pa_req or ""), ("TermUrl", page))
    return replace(known, state="pending", reason="", go=Redirect(page), challenge=Form(str(asked.acs_url), fields))


def refund_body(transaction: int, money: Money, receipt: Receipt | None) -> dict[str, Any]:
    return {
        "TransactionId": transaction,
        "Amount": msgspec.Raw(money.decimal.encode()),
        **receipt_body(receipt, money),
    }


def receipt_body(receipt: Receipt | None, total: Money) -> dict[str, Any]:
    """The part of a call that has the till make a receipt. ProviderRefusal: lines do not add up, or are of no kind."""
    if receipt is None:
        return {}
    sums = [item.price.minor * item.quantity_milli for item in receipt.items]
    if any(each % 1000 for each in sums) or sum(sums) != total.minor * 1000:
        raise ProviderRefusal("receipt_sum", "items do not add up to the amount")
    if any(item.payment_subject not in _SUBJECTS for item in receipt.items):
        raise ProviderRefusal("receipt_subject", "the till has no such kind of line")
    items = [
        {
            "label": item.text,
            "price": _major(item.price),
            "quantity": item.quantity_milli / 1000,
            "amount": _major(Money(each // 1000, total.currency)),
            "vat": _VAT[item.vat_code],
            "method": _MODES[item.payment_mode],
            "object": _SUBJECTS[item.payment_subject],
        }
        for item, each in zip(receipt.items, sums, strict=True)
    ]
    paper = {
        "Items": items,
        # The till counts the systems of tag 1055 from nought.
        "taxationSystem": receipt.tax_system_code - 1,
        "email" if "@" in receipt.contact else "phone": receipt.contact,
        "amounts": {"electronic": _major(total)},
    }
    return {"JsonData": {"CloudPayments": {"CustomerReceipt": paper}}}


def _major(money: Money) -> msgspec.Raw:
    return msgspec.Raw(money.decimal.encode())


def receipt_told(fields: Mapping[str, str]) -> ReceiptSnapshot:
    """Of a Receipt notice, which comes of what was made alone. A time without its zone is the till's, in Moscow."""
    try:
        at = datetime.fromisoformat(fields.get("DateTime", ""))
    except ValueError:
        at = None
    return ReceiptSnapshot(
        state="done",
        number=fields["DocumentNumber"],
        drive=fields["FiscalNumber"],
        sign=fields["FiscalSign"],
        at=at.replace(tzinfo=_MOSCOW) if at is not None and at.tzinfo is None else at,
        link=fields.get("Url", ""),
    )


def snapshot(found: Transaction) -> Snapshot:
    """Raises ProviderAway for an amount or an hour that cannot be read."""
    state = _STATES.get(found.status, "unknown")
    at = found.confirm_date_iso or found.created_date_iso
    try:
        amount = money(found.amount, found.currency)
        return Snapshot(
            state=state,
            provider_id=str(found.transaction_id),
            attempt=attempt(found.invoice_id),
            amount=amount,
            fee=None if found.total_fee is None else money(found.total_fee, found.currency),
            test=found.test_mode,
            at=moment(at) if at else None,
            method=found.card_type or "",
            trace=found.rrn or "",
            reason=found.status if state == "unknown" else _reason(found) if state == "failed" else "",
            card=_card(found) if state == "paid" else None,
        )
    except (ProtocolError, ValueError):
        raise ProviderAway("answer-unreadable") from None


def of_order(latest: Transaction) -> Snapshot:
    """A card that was tried in vain is not the payment: the payer may try another, which is another transaction."""
    known = snapshot(latest)
    return known if known.state == "paid" else replace(known, provider_id=None)


def _reason(found: Transaction) -> Reason:
    return _REASONS.get(found.reason_code, "general_decline")


def _card(found: Transaction) -> SavedCard | None:
    """Its token holds the account too: the one is of no use without the other."""
    if not found.account_id or not found.token:
        return None
    month, _, year = (found.card_exp_date or "").partition("/")
    title = f"{found.card_type or ''} •• {found.card_last_four or ''}".strip()
    return SavedCard(
        token=f"{found.account_id}.{found.token}", title=title, expires=f"20{year}-{month}" if year else None
    )


def refund_snapshot(refund: UUID, payment: str, *, refund_id: int, status: str, amount: Money | None) -> RefundSnapshot:
    state = "pending" if status in {"AwaitingAuthentication", "Authorized"} else _REFUND_STATES.get(status, "unknown")
    return RefundSnapshot(
        state=state,
        provider_id=str(refund_id),
        refund=refund,
        payment=payment,
        amount=amount,
        reason=status if state in {"unknown", "failed"} else "",
    )


def asked(fields: Mapping[str, str]) -> Snapshot:
    """Of a Check. Raises ProtocolError, ValueError, KeyError."""
    return Snapshot(
        state="pending",
        provider_id=fields["TransactionId"],
        attempt=UUID(fields["InvoiceId"]),
        amount=Money.parse(fields["Amount"], fields["Currency"]),
        test=fields.get("TestMode", "0") not in {"0", "false", "False"},
    )


def money(amount: Decimal, currency: str) -> Money:
    """Raises ValueError for parts of a minor unit, ProtocolError for a currency that there is not."""
    minor = amount.scaleb(exponent_of(currency))
    if minor != int(minor) or minor < 0:
        raise ValueError("amount")
    return Money(int(minor), currency)


def moment(text: str) -> datetime:
    """Raises ValueError."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def attempt(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


UNREADABLE = (ProtocolError, ValueError, KeyError)
