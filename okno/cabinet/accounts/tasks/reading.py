"""Turns verified messages into changes: what an envelope says about accounts, watermarks, grants and outbox rows.

That a connector speaks of its own system alone, and an operation has one currency, the protocol has checked.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from okno.cabinet.accounts.tasks.changes import Operation, Page, State, Step, Version
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem, ProtocolError
from okno.protocol.parties import Party, split_urn
from okno.protocol.pen import Received

SNAPSHOT_GET = "okno.account.snapshot.get.v1"
SYNC_PAGE = "okno.sync.page.v1"


class Mark(msgspec.Struct, frozen=True):
    """A watermark: everything the system committed before it has been sent."""

    system: str
    epoch: int
    committed_before: datetime


class Revocation(msgspec.Struct, frozen=True):
    """A grant of the inside has ended, or all grants of the account (None)."""

    account: str
    grant: str | None
    at: datetime


class Answer(msgspec.Struct, frozen=True):
    """A reply to, or a refusal of, the command in the outbox row `row`. `retry` is None for a reply."""

    row: str
    type: str
    system: str
    request_hash: str
    outcome: bytes
    retry: str | None
    code: str | None
    money: bool


Item = Step | Mark | Revocation | Answer


def read(received: Received) -> list[Item]:
    """What the message means, in its order. Raises ProtocolError when its parts contradict each other."""
    if received.envelope.kind in {"reply", "problem"}:
        return [_answer(received)]
    if split_urn(received.envelope.source)[0] is not Party.CONNECTOR:
        return []  # incidents and posture of the gateway are not the read model's business
    told: Sequence[msgspec.Struct] = [member.data for member in received.members] or [received.data]
    return list(_items(told))


def read_page(received: Received, *, account: str, asked_at: datetime) -> Page:
    """The page of a snapshot's reply. Raises ProtocolError when it is not one, or of another account."""
    data = received.data
    if not isinstance(data, m.AccountSnapshot):
        raise ProtocolError(ErrorCode.KIND_WRONG, "no snapshot")
    if data.account != account:
        raise ProtocolError(ErrorCode.SUBJECT_WRONG, "a snapshot of another account")
    operations = tuple(operation_of(one, Version(*one.version)) for one in data.operations)
    versions = [operation.version for operation in operations]
    if versions != sorted(set(versions)) or (data.more and not operations) or versions[-1:] > [Version(*data.version)]:
        raise ProtocolError(ErrorCode.SCHEMA, "the operations of a snapshot are not in order")
    return Page(
        data.account, data.system, Version(*data.version), data.as_of, state_of(data), operations, data.more, asked_at
    )


def _items(told: Sequence[msgspec.Struct]) -> Iterator[Item]:
    for data in told:
        match data:
            case m.OperationPosted():
                version = Version(*data.version)
                yield Step(data.account, data.system, version, data.as_of, operation_of(data.operation, version))
            case m.AccountChanged():
                yield Step(data.account, data.system, Version(*data.version), data.as_of, state_of(data))
            case m.Watermark():
                yield Mark(data.system, data.epoch, data.committed_before)
            case m.GrantRevoked():
                yield Revocation(data.account, data.grant, data.revoked_at)
            case _:
                # Bills, payments and notices are read by the parts of the cabinet that show them.
                continue


def operation_of(data: m.AccountOperation, version: Version) -> Operation:
    amount, balance = data.amount.money, data.balance.money
    return Operation(
        version,
        data.key,
        data.kind,
        data.channel,
        amount.currency,
        amount.minor,
        balance.minor,
        data.posted_at,
        data.text,
    )


def state_of(data: m.AccountChanged | m.AccountSnapshot | m.SyncAccount) -> State:
    balance = data.balance.money
    due = data.due
    if balance.currency != data.currency or (due is not None and due.amount.currency != data.currency):
        raise ProtocolError(ErrorCode.MONEY, "not in the currency of the account")
    return State(
        data.currency,
        data.number_tail,
        data.status,
        balance.minor,
        due.amount.money.minor if due is not None else None,
        due.on if due is not None else None,
    )


def _answer(received: Received) -> Answer:
    envelope = received.envelope
    role, system = split_urn(envelope.source)
    if role is not Party.CONNECTOR:
        raise ProtocolError(ErrorCode.DIRECTION_WRONG, "only a message of the connector ends a row")
    if envelope.correlationid is None or envelope.requesthash is None:
        raise ProtocolError(ErrorCode.ENVELOPE, "an answer names its request")
    problem = received.data if isinstance(received.data, Problem) else None
    told = {"problem" if problem is not None else "reply": envelope.data}
    return Answer(
        row=envelope.correlationid,
        type=envelope.type,
        system=system,
        request_hash=envelope.requesthash,
        outcome=msgspec.json.encode(told),
        retry=problem.retry if problem is not None else None,
        code=problem.code if problem is not None else None,
        money=received.operation.money,
    )
