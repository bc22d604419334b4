"""One fetched reply of a run: applied or compared, counted, followed by the next question."""

from datetime import datetime

from okno.cabinet.accounts.tasks import store
from okno.cabinet.accounts.tasks.changes import Page
from okno.cabinet.accounts.tasks.reading import read_page
from okno.cabinet.accounts.tasks.syncing import comparing, loading, runs
from okno.cabinet.accounts.tasks.syncing.explaining import explain
from okno.cabinet.accounts.tasks.syncing.runs import Asked, Run
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.protocol import messages as m
from okno.protocol.pen import Received


def follow(connection: Connection, row: str, asked: Asked, received: Received, now: datetime) -> None:
    """Count a page of a load and ask for the one after it, unless that was done before; nothing else is followed.

    It may be a transaction before the one that applies the page, so that the inside reads on meanwhile: the next page
    comes after this one even when we die in between, since replies are taken in their order.
    """
    if asked.account is None and asked.run.kind == "load" and not asked.followed:
        assert isinstance(received.data, m.SyncRows)  # the reply of its question, by the registry
        runs.run_move(connection, asked.run, received.data, now)
        runs.question_follow(connection, row, asked.run.phase)


def take(connection: Connection, row: str, asked: Asked, received: Received, now: datetime) -> list[Page]:
    """The changes for the read model that the reply means; in the transaction that applies them.

    Raises ProtocolError for a content that contradicts itself or what is known of an account.
    """
    if asked.account is not None:
        pages = _explain(connection, asked, received, now)
    else:
        assert isinstance(received.data, m.SyncRows)  # the reply of its question, by the registry
        follow(connection, row, asked, received, now)
        pages = (_load if asked.run.kind == "load" else _verify)(connection, asked.run, received.data, now)
    runs.question_end(connection, row)
    runs.run_end(connection, asked.run.id, now)
    return pages


def _explain(connection: Connection, asked: Asked, received: Received, now: datetime) -> list[Page]:
    page = read_page(received, account=asked.account or "", asked_at=now)
    comparing.differences_write(connection, asked.run.id, explain(connection, asked, page, now))
    return []


def _load(connection: Connection, run: Run, rows: m.SyncRows, _now: datetime) -> list[Page]:
    pages: list[Page] = []
    if run.phase == "accounts":
        loading.accounts_begin(connection, run.system, rows.accounts)
    elif run.phase == "operations":
        known = store.accounts_read(connection, list({row.account for row in rows.operations}))
        pages = loading.histories(known, rows.operations, run.system)
    else:
        pages = loading.states(rows.accounts, run.system)
    return pages


def _verify(connection: Connection, run: Run, rows: m.SyncRows, now: datetime) -> list[Page]:
    found = comparing.page_compare(connection, run, rows)
    comparing.differences_write(connection, run.id, found.differences)
    suspected = connection.execute(
        "UPDATE accounts_sync SET suspects = suspects + %s WHERE id = %s RETURNING suspects",
        [len(found.suspects), run.id],
    ).fetchone()
    assert suspected is not None
    if suspected[0] > comparing.SUSPECTS_MAX:
        runs.run_fail(connection, run.id, "too-many-differences", now)
        return []
    for account in found.suspects:
        runs.account_ask(connection, Asked(run, account, None, 0), now)
    runs.run_move(connection, run, rows, now)
    return []
