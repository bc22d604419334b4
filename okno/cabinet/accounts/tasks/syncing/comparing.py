"""Finds the accounts that differ from the inside's by count, sum and hash, and names what differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from okno.cabinet.accounts.tasks.changes import State, Version
from okno.cabinet.accounts.tasks.reading import state_of
from okno.cabinet.accounts.tasks.syncing.runs import Run
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.protocol import messages as m

#: Beyond this nobody reads the list: the read model wants a load, not a comparison.
SUSPECTS_MAX = 10_000

_HERE = """
SELECT a.id::text, a.epoch, a.version, a.currency, a.tail, a.status, a.balance, a.due_amount, a.due_on,
       count(o.position), COALESCE(sum(o.amount), 0)::bigint,
       encode(sha256(convert_to(COALESCE(string_agg(
           o.key || ' ' || o.kind || ' ' || o.amount || ' ' || (extract(epoch FROM o.posted_at) * 1000000)::bigint
           || E'\\n', '' ORDER BY o.epoch, o.version), ''), 'UTF8')), 'hex')
  FROM accounts_account a LEFT JOIN accounts_operation o ON o.account_id = a.id
 WHERE a.id = ANY(%s::uuid[]) AND a.system_id = %s GROUP BY a.id
"""
_BETWEEN = """
SELECT id::text FROM accounts_account
 WHERE system_id = %(system)s AND as_of < %(as_of)s AND (%(low)s::uuid IS NULL OR id > %(low)s::uuid)
   AND (%(high)s::uuid IS NULL OR id <= %(high)s::uuid) AND NOT id = ANY(%(ids)s::uuid[])
"""


@dataclass(frozen=True)
class Difference:
    """Of one account; `missing` stands only inside, `extra` only here.

    `kind`: account-missing, account-extra, state-differs, version-differs, operation-missing, operation-extra,
    operation-differs. `key` is that of the operation, or the name of the member of the state.
    """

    account: str
    kind: str
    key: str | None = None
    here: Any = None
    there: Any = None


@dataclass(frozen=True)
class Found:
    """What a page of accounts says: differences that are plain, and accounts whose operations have to be looked at."""

    differences: list[Difference]
    suspects: list[str]


def page_compare(connection: Connection, run: Run, rows: m.SyncRows) -> Found:
    """Accounts come in the order of their ids, so those of ours between two pages' ends have to be on the page."""
    ids = [row.account for row in rows.accounts]
    here = {line[0]: line[1:] for line in connection.execute(_HERE, [ids, run.system]).fetchall()}
    edges = {"low": run.edge, "high": ids[-1] if ids and rows.next is not None else None}
    extra = connection.execute(_BETWEEN, {**edges, "system": run.system, "as_of": rows.as_of, "ids": ids}).fetchall()
    differences = [Difference(id_, "account-extra") for (id_,) in extra]
    suspects = []
    for row in rows.accounts:
        if row.account not in here:
            differences.append(Difference(row.account, "account-missing"))
        elif here[row.account] != _there(row):
            suspects.append(row.account)
    return Found(differences, suspects)


def _there(row: m.SyncAccount) -> tuple[Any, ...]:
    state = state_of(row)
    place = (*row.version, state.currency, state.tail, state.status, state.balance, state.due_amount, state.due_on)
    return (*place, row.operations, row.total.money.minor, row.digest)


def states_compare(account: str, here: State, there: State) -> list[Difference]:
    """Of one version: each member that differs, by its name."""
    named = [
        (name, getattr(here, name), getattr(there, name))
        for name in ("currency", "tail", "status", "balance", "due_amount", "due_on")
    ]
    return [Difference(account, "state-differs", name, mine, theirs) for name, mine, theirs in named if mine != theirs]


@dataclass(frozen=True)
class Line:
    """An operation as far as two sides have to agree on it."""

    key: str
    kind: str
    amount: int
    posted_us: int


def lines_compare(account: str, here: Sequence[Line], there: Sequence[Line]) -> list[Difference]:
    """Of the same span of versions, by key."""
    mine, theirs = ({line.key: line for line in side} for side in (here, there))
    differences = [
        Difference(account, "operation-extra", key, here=_told(line)) for key, line in mine.items() if key not in theirs
    ]
    for key, line in theirs.items():
        if key not in mine:
            differences.append(Difference(account, "operation-missing", key, there=_told(line)))
        elif mine[key] != line:
            differences.append(Difference(account, "operation-differs", key, _told(mine[key]), _told(line)))
    return differences


def _told(line: Line) -> dict[str, Any]:
    return {"kind": line.kind, "amount": line.amount, "posted_us": line.posted_us}


def lines_here(connection: Connection, account: str, low: Version, high: Version) -> list[Line]:
    """Our operations of the versions after `low` up to `high`."""
    rows = connection.execute(
        """
        SELECT key, kind, amount, (extract(epoch FROM posted_at) * 1000000)::bigint FROM accounts_operation
         WHERE account_id = %s AND (epoch, version) > (%s, %s) AND (epoch, version) <= (%s, %s)
         ORDER BY epoch, version
        """,
        [account, *low, *high],
    )
    return [Line(*row) for row in rows.fetchall()]


def differences_write(connection: Connection, run: str, differences: Sequence[Difference]) -> None:
    """Keep them with the run, and count them."""
    if not differences:
        return
    connection.execute(
        """
        INSERT INTO accounts_sync_difference (sync_id, account_id, kind, key, here, there)
        SELECT %s, d.* FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::jsonb[], %s::jsonb[]) d
        """,
        [
            run,
            [one.account for one in differences],
            [one.kind for one in differences],
            [one.key for one in differences],
            [msgspec.json.encode(one.here).decode() for one in differences],
            [msgspec.json.encode(one.there).decode() for one in differences],
        ],
    )
    connection.execute("UPDATE accounts_sync SET differences = differences + %s WHERE id = %s", [len(differences), run])
