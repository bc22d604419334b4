"""A run and its questions, as the database keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from okno.cabinet.accounts.tasks.changes import Version
from okno.cabinet.accounts.tasks.reading import SNAPSHOT_GET, SYNC_PAGE
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.protocol import messages as m
from okno.protocol.ids import new_id

PRIORITY = 3
PAGE_LIMIT = 1000

#: Before an account in motion is looked at again.
RECHECK_AFTER = timedelta(seconds=5)

Kind = Literal["load", "verify"]
#: What a run of a kind asks for, in this order. A load ends with the accounts again: their states as they are by then.
PHASES: dict[str, tuple[str, ...]] = {"load": ("accounts", "operations", "states"), "verify": ("accounts",)}
What = Literal["accounts", "operations"]
ASKED_AS: dict[str, What] = {"accounts": "accounts", "operations": "operations", "states": "accounts"}


@dataclass(frozen=True)
class Run:
    """`after`: cursor of the last page applied in this phase; `edge`: the account that page ended with."""

    id: str
    system: str
    kind: Kind
    phase: str
    after: str | None
    edge: str | None


@dataclass(frozen=True)
class Asked:
    """The question that an outbox row carries: a page of the run, or one account to be explained.

    `followed`: the page is counted and the one after it asked for; the run's phase is then the page's own.
    """

    run: Run
    account: str | None
    since: Version | None
    tries: int
    followed: bool = False


def run_begin(connection: Connection, system: str, kind: Kind, now: datetime) -> str:
    """The run of this system that is under way, or a new one with its first question; returns its id.

    Raises RunBusyError when one of the other kind is under way.
    """
    found = connection.execute(
        "SELECT id::text, kind FROM accounts_sync WHERE system = %s AND state = 'running'", [system]
    ).fetchone()
    if found is not None:
        if found[1] != kind:
            raise RunBusyError(found[1])
        return str(found[0])
    id_ = new_id()
    connection.execute(
        "INSERT INTO accounts_sync (id, system, kind, phase, started_at, moved_at) VALUES (%s, %s, %s, %s, %s, %s)",
        [id_, system, kind, PHASES[kind][0], now, now],
    )
    page_ask(connection, Run(id_, system, kind, PHASES[kind][0], None, None), now)
    return id_


class RunBusyError(Exception):
    """A run of another kind is under way for the system."""


def questions_again(connection: Connection, run: str, now: datetime) -> int:
    """Ask anew what the relay gave up; returns how many. What the inside itself refuses ends the run instead."""
    refused = connection.execute(
        """
        SELECT o.outcome->'problem'->>'code' FROM accounts_sync_question q JOIN kit_outbox o ON o.id = q.row
         WHERE q.sync_id = %s AND o.state = 'failed' AND o.outcome ? 'problem' LIMIT 1
        """,
        [run],
    ).fetchone()
    if refused is not None:
        run_fail(connection, run, str(refused[0]), now)
        return 0
    return connection.execute(
        """
        WITH given_up AS (
            SELECT o.* FROM accounts_sync_question q JOIN kit_outbox o ON o.id = q.row
             WHERE q.sync_id = %(run)s AND o.state = 'failed' FOR UPDATE OF o
        ), again AS (
            UPDATE kit_outbox o SET state = 'queued', attempts = 0, next_attempt_at = %(now)s, outcome = NULL,
                   finished_at = NULL, recorded_at = %(now)s
              FROM given_up g WHERE o.id = g.id RETURNING 1
        ) SELECT pg_notify('okno_outbox', '') FROM again
        """,
        {"run": run, "now": now},
    ).rowcount


def page_ask(connection: Connection, run: Run, now: datetime) -> None:
    """The next page of the run's phase."""
    data = m.SyncPage(system=run.system, what=ASKED_AS[run.phase], after=run.after, limit=PAGE_LIMIT)
    row = _enqueue(connection, run, SYNC_PAGE, "", data, now)
    _note(connection, row, Asked(run, None, None, 0))


def account_ask(connection: Connection, asked: Asked, now: datetime) -> None:
    """The account as the inside has it, from a version on; what is asked once more waits a little."""
    assert asked.account is not None
    data = m.SnapshotGet(account=asked.account, after=asked.since, limit=PAGE_LIMIT)
    at = now + RECHECK_AFTER if asked.tries else now
    row = _enqueue(connection, asked.run, SNAPSHOT_GET, f"acct:{asked.account}", data, at)
    _note(connection, row, asked)


def _enqueue(connection: Connection, run: Run, type_: str, subject: str, data: m.Message, at: datetime) -> str:
    row = new_id()
    connection.execute(
        """
        INSERT INTO kit_outbox (id, type, kind, system, subject, priority, data, authtype, idempotency_key, recorded_at,
                                next_attempt_at)
        VALUES (%s, %s, 'query', %s, %s, %s, %s, 'service', %s, %s, %s)
        """,
        [row, type_, run.system, subject, PRIORITY, msgspec.json.encode(data), row, at, at],
    )
    connection.execute("SELECT pg_notify('okno_outbox', '')")
    return row


def _note(connection: Connection, row: str, asked: Asked) -> None:
    connection.execute(
        "INSERT INTO accounts_sync_question (row, sync_id, account_id, epoch, version, tries)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [row, asked.run.id, asked.account, *(asked.since or (None, None)), asked.tries],
    )


def asked_by(connection: Connection, rows: Sequence[str]) -> dict[str, Asked]:
    """By outbox row, the questions among them that belong to a running run. The run is locked."""
    found = connection.execute(
        """
        SELECT q.row::text, q.account_id::text, q.epoch, q.version, q.tries, q.phase IS NOT NULL,
               s.id::text, s.system, s.kind, COALESCE(q.phase, s.phase), s.after, s.edge::text
          FROM accounts_sync_question q JOIN accounts_sync s ON s.id = q.sync_id
         WHERE q.row = ANY(%s::uuid[]) AND s.state = 'running' FOR UPDATE OF s
        """,
        [list(rows)],
    ).fetchall()
    return {
        row: Asked(Run(*run), account, Version(epoch, version) if epoch is not None else None, tries, followed)
        for row, account, epoch, version, tries, followed, *run in found
    }


def question_end(connection: Connection, row: str) -> None:
    connection.execute("DELETE FROM accounts_sync_question WHERE row = %s", [row])


def question_follow(connection: Connection, row: str, phase: str) -> None:
    """Note that the page is counted and followed; it waits to be applied."""
    connection.execute("UPDATE accounts_sync_question SET phase = %s WHERE row = %s", [phase, row])


def run_move(connection: Connection, run: Run, rows: m.SyncRows, now: datetime) -> None:
    """Count the page, and ask for the one after it; without one the next phase begins, or the run ends."""
    accounts = rows.accounts if run.phase == "accounts" else ()
    edge = rows.accounts[-1].account if rows.accounts else run.edge
    phases = PHASES[run.kind]
    later = phases[phases.index(run.phase) + 1 :]
    phase = run.phase if rows.next is not None else later[0] if later else "end"
    moved = Run(run.id, run.system, run.kind, phase, rows.next, edge if phase == run.phase else None)
    connection.execute(
        """
        UPDATE accounts_sync SET phase = %s, after = %s, edge = %s, pages = pages + 1, accounts = accounts + %s,
               expected = expected + %s, operations = operations + %s, moved_at = %s WHERE id = %s
        """,
        [
            moved.phase,
            moved.after,
            moved.edge,
            len(accounts),
            sum(one.operations for one in accounts),
            len(rows.operations),
            now,
            run.id,
        ],
    )
    if phase != "end":
        page_ask(connection, moved, now)


def run_end(connection: Connection, run: str, now: datetime) -> bool:
    """Done once nothing is asked for any more; says whether it is. Tells who watches in any case."""
    done = connection.execute(
        """
        UPDATE accounts_sync s SET state = 'done', finished_at = %s
         WHERE id = %s AND phase = 'end' AND state = 'running'
           AND NOT EXISTS (SELECT FROM accounts_sync_question q WHERE q.sync_id = s.id)
        """,
        [now, run],
    ).rowcount
    connection.execute("SELECT pg_notify('okno_sync', %s)", [run])
    return done == 1


def row_fail(connection: Connection, row: str, code: str, now: datetime) -> None:
    """End the run that asked by this outbox row, if any: its answer does not fit."""
    for (run,) in connection.execute(
        "SELECT sync_id::text FROM accounts_sync_question WHERE row = %s", [row]
    ).fetchall():
        run_fail(connection, run, code, now)


def run_fail(connection: Connection, run: str, code: str, now: datetime) -> None:
    """End it with a reason; its questions are forgotten."""
    connection.execute(
        "UPDATE accounts_sync SET state = 'failed', code = %s, finished_at = %s WHERE id = %s AND state = 'running'",
        [code, now, run],
    )
    connection.execute("DELETE FROM accounts_sync_question WHERE sync_id = %s", [run])
    connection.execute("SELECT pg_notify('okno_sync', %s)", [run])
