"""Folds applied changes into an account's row and its new operations. Sans-IO."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from okno.cabinet.accounts.tasks.changes import Change, Operation, Page, State, Version
from okno.protocol.errors import ErrorCode, ProtocolError


class Account(msgspec.Struct, frozen=True):
    """The row of `accounts_account` as the projector writes it. `position` is that of its last operation."""

    id: str
    system: str
    tail: str
    currency: str
    balance: int
    status: str
    due_amount: int | None
    due_on: date | None
    version: Version
    as_of: datetime
    gap_since: datetime | None
    position: int


def fold(account: Account | None, changes: Sequence[Change]) -> tuple[Account | None, list[Operation]]:
    """The row after the changes, and the operations to write in this order; None while there is no account yet.

    Raises ProtocolError `money` for an operation in another currency than its account's, `subject-wrong` for a system
    that speaks of another one's account.
    """
    operations: list[Operation] = []
    for change in changes:
        if account is not None and account.system != change.system:
            raise ProtocolError(ErrorCode.SUBJECT_WRONG, f"{change.system} speaks of an account of {account.system}")
        if isinstance(change, Page):
            known = account.version if account is not None else Version(0, 0)
            fresh = [operation for operation in change.operations if operation.version > known]
            operations += fresh
            account = _page(account, change)
            account = replace(account, position=account.position + len(fresh))
        elif isinstance(change.content, State):
            account = _state(account, change.content, change.account, change.system, change.version, change.as_of)
        else:
            assert account is not None, "an account begins with its state"
            operation = change.content
            if operation.currency != account.currency:
                raise ProtocolError(ErrorCode.MONEY, "the operation is in another currency than its account")
            operations.append(operation)
            account = replace(
                account,
                balance=operation.balance,
                version=change.version,
                as_of=max(account.as_of, change.as_of),
                position=account.position + 1,
            )
    return account, operations


def _page(account: Account | None, page: Page) -> Account:
    if not page.more:
        return _state(account, page.state, page.account, page.system, page.version, page.as_of)
    # The state of a later version must not stand beside a history that has not reached it.
    before = account or _state(None, page.state, page.account, page.system, page.reach, page.operations[-1].posted_at)
    return replace(before, balance=page.operations[-1].balance, version=page.reach)


def _state(account: Account | None, state: State, id_: str, system: str, version: Version, as_of: datetime) -> Account:
    return Account(
        id=id_,
        system=system,
        tail=state.tail,
        currency=state.currency,
        balance=state.balance,
        status=state.status,
        due_amount=state.due_amount,
        due_on=state.due_on,
        version=version,
        as_of=as_of if account is None else max(account.as_of, as_of),
        gap_since=account.gap_since if account is not None else None,
        position=account.position if account is not None else 0,
    )
