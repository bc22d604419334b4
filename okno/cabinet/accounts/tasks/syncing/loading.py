"""Pages of a first load as changes of accounts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

from okno.cabinet.accounts.tasks.changes import Operation, Page, State, Version
from okno.cabinet.accounts.tasks.folding import Account
from okno.cabinet.accounts.tasks.reading import operation_of, state_of
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, ProtocolError

#: A page of a load is no answer to a gap: whoever lost events gets a snapshot of its own.
NEVER_ASKED = datetime.min.replace(tzinfo=UTC)


def accounts_begin(connection: Connection, system: str, rows: Sequence[m.SyncAccount]) -> None:
    """Accounts that nobody has told about, with their state and no history: version [epoch, 0].

    An event that comes before the history finds a gap and brings a snapshot, as for any account.
    """
    columns: list[list[object]] = [[], [], [], [], [], [], [], [], []]
    for row in rows:
        state = state_of(row)
        line = (row.account, state.tail, state.currency, state.balance, state.status, state.due_amount, state.due_on)
        for column, value in zip(columns, (*line, row.version[0], row.as_of), strict=True):
            column.append(value)
    connection.execute("INSERT INTO accounts_system (id) VALUES (%s) ON CONFLICT DO NOTHING", [system])
    connection.execute(
        """
        INSERT INTO accounts_account (id, system_id, tail, currency, balance, status, due_amount, due_on, epoch,
                                      version, as_of)
        SELECT s.id, %s, s.tail, s.currency, s.balance, s.status, s.due_amount, s.due_on, s.epoch, 0, s.as_of
          FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::date[],
                      %s::int[], %s::timestamptz[])
               s(id, tail, currency, balance, status, due_amount, due_on, epoch, as_of)
        ON CONFLICT DO NOTHING
        """,
        [system, *columns],
    )


def histories(known: Mapping[str, Account], rows: Sequence[m.SyncOperation], system: str) -> list[Page]:
    """The operations of each account as a page that ends with the last of them.

    An account that opened after the accounts were asked for is left out: its events tell it whole. Raises ProtocolError
    `money` for an operation in another currency than its account's.
    """
    pages = []
    for id_, group in groupby(rows, key=lambda row: row.account):
        account = known.get(id_)
        if account is not None:
            operations = [operation_of(row.operation, Version(*row.operation.version)) for row in group]
            pages.append(_page(account, operations, system))
    return pages


def _page(account: Account, operations: Sequence[Operation], system: str) -> Page:
    if any(operation.currency != account.currency for operation in operations):
        raise ProtocolError(ErrorCode.MONEY, "the operation is in another currency than its account")
    last = operations[-1]
    state = State(account.currency, account.tail, account.status, last.balance, account.due_amount, account.due_on)
    return Page(
        account.id, system, last.version, account.as_of, state, tuple(operations), more=False, asked_at=NEVER_ASKED
    )


def states(rows: Iterable[m.SyncAccount], system: str) -> list[Page]:
    """The accounts' states at their versions, without history."""
    return [
        Page(row.account, system, Version(*row.version), row.as_of, state_of(row), (), more=False, asked_at=NEVER_ASKED)
        for row in rows
    ]
