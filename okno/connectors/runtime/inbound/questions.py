"""Queries of the protocol as calls of the port: which are offered follows from the parts that the system has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from okno.connectors.runtime.port import Refusal, RefusalCode, Version
from okno.connectors.runtime.references import References, SameNames
from okno.connectors.runtime.system import Bills, Reads, Reconciliations, Statements, System
from okno.connectors.runtime.wire import (
    bill_data,
    contract_data,
    money,
    operation_members,
    pair,
    state_members,
    utc,
    versioned_operations,
)
from okno.protocol import messages
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.messages import Message

Question = Callable[[Message], Message]

_CURSOR = re.compile(r"([0-9]{1,9})\.([0-9]{1,18})")
_PROBLEMS = {RefusalCode.ACCOUNT_UNKNOWN: ErrorCode.NOT_FOUND, RefusalCode.KEY_CONFLICT: ErrorCode.IDEMPOTENCY_CONFLICT}


def questions_of(
    system: System, references: References | None = None, *, document_lines_max: int = messages.PAGE_MAX
) -> Mapping[str, Question]:
    """By operation type, what answers it. An answer may raise Refusal, ProtocolError, SystemAway.

    A statement of more lines than `document_lines_max` is refused with period-too-large, as is an act of which one
    contract has more.
    """
    names = references or SameNames()
    found: dict[str, Question] = {}
    if system.reads is not None:
        found["okno.account.snapshot.get.v1"] = partial(_snapshot, system.reads, system.id, names)
        found["okno.account.operations.list.v1"] = partial(_operations, system.reads, system.id, names)
    if system.statements is not None:
        found["okno.account.statement.get.v1"] = partial(
            _statement, *(system.statements, system.id, names, document_lines_max)
        )
    if system.reconciliations is not None:
        found["okno.account.reconciliation.get.v1"] = partial(
            _reconciliation, *(system.reconciliations, system.id, names, document_lines_max)
        )
    if system.bills is not None:
        found["okno.bill.list.v1"] = partial(_bills, system.bills, system.id, names)
    return found


def refusal_problem(refusal: Refusal) -> ProtocolError:
    """A system's refusal in the words of the protocol."""
    return ProtocolError(_PROBLEMS.get(refusal.code, ErrorCode.REJECTED), refusal.code.value)


def _snapshot(reads: Reads, system: str, names: References, data: Message) -> Message:
    assert isinstance(data, messages.SnapshotGet)
    after = Version(*data.after) if data.after is not None else None
    snapshot = reads.snapshot(names.reference(data.account), after=after, limit=data.limit)
    return messages.AccountSnapshot(
        account=data.account,
        system=system,
        version=pair(snapshot.version),
        as_of=utc(snapshot.as_of),
        operations=versioned_operations(snapshot.operations, snapshot.state.currency),
        more=snapshot.more,
        **state_members(snapshot.state),
    )


def _operations(reads: Reads, system: str, names: References, data: Message) -> Message:
    assert isinstance(data, messages.OperationsList)
    before = _cursor(data.before) if data.before is not None else None
    page = reads.operations(names.reference(data.account), before=before, limit=data.limit)
    return messages.OperationsPage(
        account=data.account,
        system=system,
        as_of=utc(page.as_of),
        operations=versioned_operations(page.operations, page.currency),
        next=f"{page.next.epoch}.{page.next.n}" if page.next is not None else None,
    )


def _cursor(text: str) -> Version:
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise ProtocolError(ErrorCode.SCHEMA, "not a cursor of this list")
    return Version(int(match[1]), int(match[2]))


def _statement(statements: Statements, system: str, names: References, lines_max: int, data: Message) -> Message:
    assert isinstance(data, messages.StatementGet)
    account = names.reference(data.account)
    statement = statements.statement(account, since=data.period.first, until=data.period.last)
    if len(statement.operations) > lines_max:
        raise ProtocolError(ErrorCode.PERIOD_TOO_LARGE)
    return messages.Statement(
        account=data.account,
        system=system,
        as_of=utc(statement.as_of),
        period=data.period,
        opening=money(statement.opening, statement.currency),
        closing=money(statement.closing, statement.currency),
        operations=tuple(
            messages.AccountOperation(**operation_members(operation, statement.currency))
            for operation in statement.operations
        ),
    )


def _reconciliation(
    reconciliations: Reconciliations, system: str, names: References, lines_max: int, data: Message
) -> Message:
    assert isinstance(data, messages.ReconciliationGet)
    account = names.reference(data.account)
    found = reconciliations.reconciliation(account, since=data.period.first, until=data.period.last)
    if any(len(contract.lines) > lines_max for contract in found.contracts):
        raise ProtocolError(ErrorCode.PERIOD_TOO_LARGE)
    return messages.Reconciliation(
        account=data.account,
        system=system,
        as_of=utc(found.as_of),
        period=data.period,
        contracts=tuple(contract_data(contract, found.currency) for contract in found.contracts),
    )


def _bills(bills: Bills, system: str, names: References, data: Message) -> Message:
    assert isinstance(data, messages.BillList)
    page = bills.bills(names.reference(data.account), before=data.before, limit=data.limit)
    return messages.BillPage(
        account=data.account,
        system=system,
        as_of=utc(page.as_of),
        bills=tuple(bill_data(bill) for bill in page.bills),
        next=page.next,
    )
