"""From the port's shapes to the wire's, in one place for all systems: decimal strings, versions as pairs, UTC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    RegisterClosed,
    WatermarkSet,
)
from okno.connectors.runtime.port import (
    AccountState,
    Bill,
    Due,
    Operation,
    ReconciledContract,
    RefusalCode,
    Version,
    VersionedOperation,
)
from okno.protocol import messages
from okno.protocol.messages.base import Amount, Message, Period
from okno.protocol.money import Money


class Stamp(msgspec.Struct, frozen=True):
    """Who tells, at which version of the account, and when by the store's clock."""

    system: str
    version: Version
    as_of: datetime


WATERMARK = "okno.link.watermark.v1"

# Events that take a number of their own in their account's order. A bill is told beside the account's new state and
# carries the version of that.
NUMBERED = (OperationPosted, AccountChanged)


def write_member(event: Event, stamp: Stamp) -> tuple[str, bytes]:
    """Type and JSON bytes of an event as they stand in the outbox and later in a bundle."""
    name, write = _WRITERS[type(event)]
    return name, msgspec.json.encode(write(event, stamp))


def _operation_posted(event: OperationPosted, stamp: Stamp) -> Message:
    entry = messages.accounts.AccountOperation(**operation_members(event.operation, event.currency))
    return messages.accounts.OperationPosted(event.account, stamp.system, pair(stamp.version), utc(stamp.as_of), entry)


def _account_changed(event: AccountChanged, stamp: Stamp) -> Message:
    return messages.accounts.AccountChanged(
        account=event.state.account,
        system=stamp.system,
        version=pair(stamp.version),
        as_of=utc(stamp.as_of),
        **state_members(event.state),
    )


def _bill_issued(event: BillIssued, stamp: Stamp) -> Message:
    bill = bill_data(event.bill)
    return messages.documents.BillIssued(event.bill.account, stamp.system, pair(stamp.version), utc(stamp.as_of), bill)


def _payment_posted(event: PaymentPosted, stamp: Stamp) -> Message:
    return messages.payments.PaymentPosted(
        payment=event.payment,
        account=event.account,
        system=stamp.system,
        operation=event.operation,
        amount=money(event.amount, event.currency),
        posted_at=utc(event.posted_at),
    )


def _payment_rejected(event: PaymentRejected, stamp: Stamp) -> Message:
    return messages.payments.PaymentRejected(
        event.payment, event.account, stamp.system, reject_reason(event.reason), utc(event.rejected_at)
    )


def _watermark(event: WatermarkSet, stamp: Stamp) -> Message:
    return messages.links.Watermark(stamp.system, stamp.version.epoch, utc(event.committed_before))


def _register(event: RegisterClosed, stamp: Stamp) -> Message:
    rows = tuple(
        messages.links.RegisterRow(row.key, money(row.amount, event.currency), utc(row.paid_at), None, row.account)
        for row in event.rows
    )
    return messages.links.RegisterDelivered(
        register=f"{event.day}:{event.channel}:{event.currency}",
        system=stamp.system,
        agent=event.channel,
        day=event.day,
        page=event.page,
        pages=event.pages,
        rows=rows,
        count=event.count,
        total=money(event.sum, event.currency),
    )


_WRITERS: dict[type, tuple[str, Callable[[Any, Stamp], Message]]] = {
    OperationPosted: ("okno.operation.posted.v1", _operation_posted),
    AccountChanged: ("okno.account.changed.v1", _account_changed),
    BillIssued: ("okno.bill.issued.v1", _bill_issued),
    PaymentPosted: ("okno.payment.posted.v1", _payment_posted),
    PaymentRejected: ("okno.payment.rejected.v1", _payment_rejected),
    RegisterClosed: ("okno.register.delivered.v1", _register),
    WatermarkSet: (WATERMARK, _watermark),
}


def operation_members(operation: Operation, currency: str) -> dict[str, Any]:
    return {
        "key": operation.key,
        "kind": operation.kind,
        "amount": money(operation.amount, currency),
        "balance": money(operation.balance, currency),
        "posted_at": utc(operation.posted_at),
        "text": operation.text,
        "channel": operation.channel,
        "reverses": operation.reverses,
    }


def versioned_operations(
    operations: Sequence[VersionedOperation], currency: str
) -> tuple[messages.accounts.VersionedOperation, ...]:
    return tuple(
        messages.accounts.VersionedOperation(version=pair(item.version), **operation_members(item.operation, currency))
        for item in operations
    )


def state_members(state: AccountState) -> dict[str, Any]:
    return {
        "currency": state.currency,
        "number_tail": state.number_tail,
        "status": state.status,
        "balance": money(state.balance, state.currency),
        "due": due_data(state.due, state.currency),
    }


def bill_data(bill: Bill) -> messages.documents.Bill:
    """A bill with its TM Forum state, told by what is left of it."""
    status: messages.documents.BillStatus
    status = "settled" if bill.remaining == 0 else "sent" if bill.remaining == bill.amount else "partially-paid"
    return messages.documents.Bill(
        bill=bill.bill,
        number=bill.number,
        period=Period(bill.period_from, bill.period_to),
        amount=money(bill.amount, bill.currency),
        remaining=money(bill.remaining, bill.currency),
        due_on=bill.due_on,
        status=status,
    )


def contract_data(contract: ReconciledContract, currency: str) -> messages.ReconciliationContract:
    return messages.ReconciliationContract(
        contract=contract.contract,
        opening=money(contract.opening, currency),
        lines=tuple(
            messages.ReconciliationLine(
                line.on, line.document, money(line.debit, currency), money(line.credit, currency)
            )
            for line in contract.lines
        ),
        closing=money(contract.closing, currency),
    )


def reject_reason(code: RefusalCode) -> messages.payments.RejectReason:
    """The refusal as the cabinet may know it; what has no word of its own is for a person to look at."""
    return _REJECT_REASONS.get(code, "other")


_REJECT_REASONS: dict[RefusalCode, messages.payments.RejectReason] = {
    RefusalCode.ACCOUNT_UNKNOWN: "unknown-account",
    RefusalCode.ACCOUNT_CLOSED: "closed-account",
    RefusalCode.AMOUNT_INVALID: "wrong-amount",
    RefusalCode.AMOUNT_TOO_LARGE: "wrong-amount",
    RefusalCode.CURRENCY_MISMATCH: "wrong-currency",
}


def due_data(due: Due | None, currency: str) -> messages.base.Due | None:
    return None if due is None else messages.base.Due(money(due.amount, currency), due.on)


def money(minor: int, currency: str) -> Amount:
    return Amount.of(Money(minor, currency))


def pair(version: Version) -> tuple[int, int]:
    return version.epoch, version.n


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
