"""YooMoney's form, its notice and its history of operations: built and read. All money is roubles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import Intent, ProviderAway, Reached, Snapshot, State
from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money

CURRENCY = "RUB"
CURRENCY_NUMBER = "643"
_METHODS = {"p2p-incoming": "wallet", "card-incoming": "card"}
_HISTORY_STATES: dict[str, State] = {"success": "paid", "in_progress": "pending", "refused": "failed"}


@dataclass(frozen=True)
class Fee:
    """What a payment costs: of the sum that the payer gives, or of what is due to the company."""

    of: Literal["sum", "due"]
    bps: int


BPS = 10_000
#: As the provider publishes them for the form's payment types.
FEES: Mapping[str, Fee] = {"AC": Fee("sum", 300), "PC": Fee("due", 100)}


class Operation(msgspec.Struct, frozen=True):
    """Of the wallet's history. Its amount is what reached the wallet: of what the payer gave it says nothing."""

    operation_id: str
    status: str
    amount: Decimal
    direction: str = "in"
    datetime: str = ""
    label: str = ""


class History(msgspec.Struct, frozen=True):
    """`next_record`: where the next page begins; empty at the last one."""

    operations: tuple[Operation, ...] = ()
    next_record: str = ""
    error: str = ""


def form(intent: Intent, *, wallet: str, method: str) -> tuple[tuple[str, str], ...]:
    return (
        ("receiver", wallet),
        ("quickpay-form", "button"),
        ("paymentType", method),
        ("sum", intent.amount.decimal),
        ("label", str(intent.attempt)),
        ("successURL", intent.return_url),
    )


def snapshot(fields: Mapping[str, str]) -> Snapshot:
    """Of a notice whose `sign` is true. Raises ProtocolError, ValueError, KeyError."""
    if fields["currency"] != CURRENCY_NUMBER:
        raise ValueError("currency")
    given = Money.parse(fields["withdraw_amount"], CURRENCY)
    kept = Money.parse(fields["amount"], CURRENCY)
    if min(given.minor, kept.minor) < 0:
        raise ValueError("amount")
    waits = fields["codepro"] != "false" or fields["unaccepted"] != "false"
    return Snapshot(
        state="pending" if waits else "paid",
        provider_id=_id(fields["operation_id"]),
        attempt=attempt(fields["label"]),
        amount=given,
        fee=given - kept,
        at=moment(fields["datetime"]),
        method=_METHODS.get(fields["notification_type"], fields["notification_type"]),
    )


def hint(fields: Mapping[str, str]) -> Snapshot:
    """Whom to ask about, of a notice that leaves its amount unsigned. Raises ValueError, KeyError."""
    return Snapshot(state="pending", provider_id=_id(fields["operation_id"]), attempt=attempt(fields["label"]))


def reached(kept: Money, fee: Fee) -> Reached:
    """What was given when so much reached the wallet: to a kopeck to either side, since how it rounds is unsaid."""
    above, below = (BPS, BPS - fee.bps) if fee.of == "sum" else (BPS + fee.bps, BPS)
    least, most = (kept.minor - 1) * above // below, -(-(kept.minor + 1) * above // below)
    return Reached(kept=kept, least=Money(least, kept.currency), most=Money(most, kept.currency))


def operation_snapshot(operation: Operation, fee: Fee) -> Snapshot:
    """Raises ProviderAway for an hour or an amount that cannot be read."""
    state = _HISTORY_STATES.get(operation.status, "unknown")
    try:
        at = moment(operation.datetime)
        kept = Money.parse(f"{operation.amount:f}", CURRENCY)
    except (ValueError, ProtocolError):
        raise ProviderAway("answer-unreadable") from None
    return Snapshot(
        state=state,
        provider_id=operation.operation_id,
        attempt=attempt(operation.label),
        reached=reached(kept, fee),
        at=at,
        reason=operation.status if state == "unknown" else "",
    )


def history(content: bytes) -> History:
    """Raises ProviderAway."""
    try:
        return msgspec.json.decode(content, type=History)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderAway("answer-unreadable") from None


def moment(text: str) -> datetime:
    """Raises ValueError for what is no time or names no zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at.astimezone(UTC)


def attempt(label: str) -> UUID | None:
    """A transfer that nobody began at ours has another label, or none."""
    try:
        return UUID(label)
    except ValueError:
        return None


def _id(text: str) -> str:
    if not text:
        raise ValueError("no id")
    return text


UNREADABLE = (ProtocolError, ValueError, KeyError)
