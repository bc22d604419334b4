"""From the port's shapes to the wire's, in one place for all systems: decimal strings, versions as pairs, UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from okno.connectors.runtime.events import (
    AccountChanged,
    BillIssued,
    Event,
    OperationPosted,
    PaymentPosted,
    PaymentRejected,
)
from okno.connectors.runtime.port import Due, Operation, Version
from okno.protocol.money import Money


class Stamp(msgspec.Struct, frozen=True):
    """Who tells, at which version of the account, and when by the store's clock."""

    system: str
    version: Version
    as_of: datetime


# Events that take a number in their account's order; the others only tell.
VERSIONED = (OperationPosted, AccountChanged)


def write_member(event: Event, stamp: Stamp) -> tuple[str, bytes]:
    """Type and JSON bytes of an event as they stand in the outbox and later in a bundle."""
    name, data = _member(event, stamp)
    return f"okno.{name}.v1", msgspec.json.encode(data)


def _member(event: Event, stamp: Stamp) -> tuple[str, dict[str, Any]]:
    version = [stamp.version.epoch, stamp.version.n]
    head = {"system": stamp.system, "version": version, "as_of": moment(stamp.as_of)}
    match event:
        case OperationPosted(account, currency, operation):
            return "operation.posted", {"account": account, **head, "operation": operation_data(operation, currency)}
        case AccountChanged(state):
            return "account.changed", {
                "account": state.account,
                **head,
                "currency": state.currency,
                "number_tail": state.number_tail,
                "status": state.status,
                "balance": money(state.balance, state.currency),
                "due": due_data(state.due, state.currency),
            }
        case BillIssued(bill):
            return "bill.issued", {"bill": bill.bill}
        case PaymentPosted():
            return "payment.posted", {"payment": event.payment}
        case PaymentRejected():
            return "payment.rejected", {"payment": event.payment}
        case _:
            return "register.delivered", {}


def operation_data(operation: Operation, currency: str) -> dict[str, Any]:
    return {
        "key": operation.key,
        "kind": operation.kind,
        "channel": operation.channel,
        "amount": money(operation.amount, currency),
        "balance": money(operation.balance, currency),
        "posted_at": moment(operation.posted_at),
        "text": operation.text,
        "reverses": operation.reverses,
    }


def due_data(due: Due | None, currency: str) -> dict[str, Any] | None:
    return None if due is None else {**money(due.amount, currency), "on": due.on.isoformat()}


def money(minor: int, currency: str) -> dict[str, str]:
    return {"amount": Money(minor, currency).decimal, "currency": currency}


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
