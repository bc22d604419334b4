"""Applies one batch in one transaction: decisions from `ordering`, rows from `folding`, statements from `store`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from msgspec.structs import replace

from okno.cabinet.accounts.tasks import rows, store
from okno.cabinet.accounts.tasks.changes import Change, Operation, Page, Step, Version
from okno.cabinet.accounts.tasks.folding import Account, fold
from okno.cabinet.accounts.tasks.ordering import Verdict, Waiting, decide, recovered
from okno.cabinet.accounts.tasks.reading import Answer, Item, Mark, Revocation
from okno.cabinet.kit.processes.dispatcher import Connection, Point
from okno.protocol.errors import ProtocolError

#: What a message of its own content can raise. Anything else is a fault of ours or of the database's, and is no reason
#: to throw a message away.
UNFIT = (ProtocolError, psycopg.DataError, psycopg.IntegrityError, AssertionError)

#: Accounts with a gap whose early events are kept in memory; beyond it a snapshot has to bring them.
WAITING_MAX = 20_000


@dataclass
class Memory:
    """What the projector knows beside the database: the gaps. Lost with the process, and rebuilt from `gap_since`."""

    waiting: dict[str, Waiting] = field(default_factory=dict)

    def due_at(self) -> datetime | None:
        return min((gap.ask_at for gap in self.waiting.values()), default=None)

    def settle(self, gaps: Mapping[str, Waiting | None], now: datetime) -> None:
        """After the commit: remember which accounts have a gap now."""
        for account, gap in gaps.items():
            if gap is None:
                self.waiting.pop(account, None)
            elif len(self.waiting) < WAITING_MAX or account in self.waiting:
                self.waiting[account] = gap
            else:
                self.waiting[account] = replace(gap, held={}, lost_at=now)

    def due(self, now: datetime) -> list[str]:
        return [account for account, gap in self.waiting.items() if gap.ask_at <= now]


@dataclass
class _Outcome:
    """What one transaction decided, by account."""

    accounts: list[Account] = field(default_factory=list)
    created: list[Account] = field(default_factory=list)
    operations: dict[str, list[Operation]] = field(default_factory=dict)
    asked: dict[str, tuple[str, Version | None]] = field(default_factory=dict)
    waiting: dict[str, Waiting | None] = field(default_factory=dict)


def apply(
    connection: Connection,
    memory: Memory,
    items: Sequence[Item],
    pages: Sequence[Page],
    now: datetime,
    point: Point,
) -> Mapping[str, Waiting | None]:
    """All statements of a batch, in the caller's transaction. Returns the gaps to `settle` once it has committed.

    Raises one of UNFIT when an item does not fit, psycopg.OperationalError when the database is away.
    """
    changes: dict[str, list[Change]] = {account: [] for account in memory.due(now)}
    arrived: list[Change] = [*pages, *(item for item in items if isinstance(item, Step))]
    for change in arrived:
        changes.setdefault(change.account, []).append(change)
    outcome = _decide(store.accounts_read(connection, list(changes)), memory, changes, now)
    if outcome.created:
        store.accounts_create(connection, outcome.created)
    if outcome.accounts:
        _write(connection, outcome)
        store.accounts_tell(connection, [account.id for account in outcome.accounts])
    point("between-statements")
    if outcome.asked:
        store.snapshots_ask(connection, outcome.asked, now)
    if marks := [item for item in items if isinstance(item, Mark)]:
        store.watermarks_write(connection, marks, now)
    if revoked := [item for item in items if isinstance(item, Revocation)]:
        store.grants_end(connection, revoked)
        store.accounts_tell(connection, sorted({item.account for item in revoked}))
    if answers := [item for item in items if isinstance(item, Answer)]:
        rows.answers_write(connection, answers, now)
    return outcome.waiting


def _write(connection: Connection, outcome: _Outcome) -> None:
    """What is told again, by a new epoch, is looked for only when the database has said that there is some."""
    try:
        with connection.transaction():
            store.accounts_write(connection, outcome.accounts, outcome.operations)
    except psycopg.errors.UniqueViolation:
        fresh = store.operations_new(connection, outcome.operations)
        told_again = {id_: len(listed) - len(fresh[id_]) for id_, listed in outcome.operations.items()}
        accounts = [
            replace(account, position=account.position - told_again[account.id]) for account in outcome.accounts
        ]
        store.accounts_write(connection, accounts, fresh)


def _decide(
    known: Mapping[str, Account], memory: Memory, changes: Mapping[str, Sequence[Change]], now: datetime
) -> _Outcome:
    outcome = _Outcome()
    for id_ in sorted(changes):  # in the order of the indexes
        arrived = changes[id_]
        before = known.get(id_)
        verdict = decide(before.version if before else None, _gap(before, memory, id_, arrived, now), arrived, now)
        after, operations = fold(before, verdict.apply)
        outcome.waiting[id_] = verdict.waiting
        gap_since = verdict.waiting.since if verdict.waiting is not None else None
        if after is not None and after.gap_since != gap_since:
            after = replace(after, gap_since=gap_since)
        if after is not None and after != before:
            outcome.accounts.append(after)
            outcome.operations[id_] = operations
            if before is None:
                outcome.created.append(after)
        if verdict.ask and (system := _system(before, verdict, arrived)) is not None:
            outcome.asked[id_] = (system, after.version if after else None)
    return outcome


def _gap(before: Account | None, memory: Memory, id_: str, arrived: Sequence[Change], now: datetime) -> Waiting | None:
    if (gap := memory.waiting.get(id_)) is not None:
        return gap
    if before is not None and before.gap_since is not None:
        return recovered(before.gap_since, now)
    if before is None and any(isinstance(change, Page) for change in arrived):
        # An earlier process asked; what else it had in hand for this new account it could not note down.
        return recovered(now, now)
    return None


def _system(before: Account | None, verdict: Verdict, arrived: Sequence[Change]) -> str | None:
    """Whom to ask; None for an account that is unknown and whose early events were dropped: the next one tells."""
    if before is not None:
        return before.system
    held = verdict.waiting.held.values() if verdict.waiting is not None else ()
    return next((change.system for change in (*held, *arrived)), None)
