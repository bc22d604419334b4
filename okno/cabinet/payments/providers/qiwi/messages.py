"""QIWI's bills as JSON: built and read. An amount may come as `1`, `"1.00"` or `100`."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import Intent, ProviderAway, RefundSnapshot, Snapshot, State
from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money

COMMENT_LENGTH_MAX = 255
_STATES: dict[str, State] = {"WAITING": "pending", "PAID": "paid", "REJECTED": "failed", "EXPIRED": "expired"}
_REFUNDED = frozenset({"PARTIAL", "FULL"})
_PLACES = Decimal("0.01")


class Amount(msgspec.Struct, frozen=True):
    value: Decimal
    currency: str

    @property
    def text(self) -> str:
        """With two decimals. Raises ValueError for more of them, for a sign and for what is no number."""
        try:
            text = f"{self.value.quantize(_PLACES):f}"
        except InvalidOperation:
            raise ValueError("amount") from None
        if Decimal(text) != self.value or self.value.is_signed():
            raise ValueError("amount")
        return text

    def money(self) -> Money:
        """Raises ValueError, ProtocolError."""
        return Money.parse(self.text, self.currency)


class Status(msgspec.Struct, frozen=True, rename="camel"):
    value: str
    changed_date_time: str = ""


class Bill(msgspec.Struct, frozen=True, rename="camel"):
    site_id: str
    bill_id: str
    amount: Amount
    status: Status
    pay_url: str = ""


class Refund(msgspec.Struct, frozen=True, rename="camel"):
    amount: Amount
    refund_id: str
    status: str


class Fault(msgspec.Struct, frozen=True, rename="camel"):
    error_code: str = ""
    description: str = ""


class Notification(msgspec.Struct, frozen=True):
    bill: Bill


def decoded(content: bytes, kind: type[Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
    """Raises ProviderAway: what was done, but cannot be read, is to be asked about again."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderAway("answer-unreadable") from None


def amount_body(money: Money) -> dict[str, Any]:
    return {"amount": {"currency": money.currency, "value": money.decimal}}


def bill_body(intent: Intent) -> dict[str, Any]:
    expires = intent.expires_at.astimezone(UTC).replace(microsecond=0).isoformat()
    return {
        **amount_body(intent.amount),
        "comment": intent.description[:COMMENT_LENGTH_MAX],
        "expirationDateTime": expires,
    }


def snapshot(bill: Bill) -> Snapshot:
    """Raises ProviderAway for an amount or an hour that cannot be read."""
    state = _STATES.get(bill.status.value, "unknown")
    try:
        at = datetime.fromisoformat(bill.status.changed_date_time).astimezone(UTC) if state == "paid" else None
        return Snapshot(
            state=state,
            provider_id=bill.bill_id,
            attempt=attempt(bill.bill_id),
            amount=bill.amount.money(),
            at=at,
            reason=bill.status.value if state in {"unknown", "failed"} else "",
        )
    except (ProtocolError, ValueError):
        raise ProviderAway("answer-unreadable") from None


def refund_snapshot(refund: Refund, payment: str) -> RefundSnapshot:
    """Raises ProviderAway for an amount that cannot be read."""
    done = refund.status in _REFUNDED
    try:
        return RefundSnapshot(
            state="done" if done else "unknown",
            provider_id=refund.refund_id,
            refund=attempt(refund.refund_id),
            payment=payment,
            amount=refund.amount.money(),
            reason="" if done else refund.status,
        )
    except (ProtocolError, ValueError):
        raise ProviderAway("answer-unreadable") from None


def attempt(text: str) -> UUID | None:
    """What somebody else began has another number."""
    try:
        return UUID(text)
    except ValueError:
        return None
