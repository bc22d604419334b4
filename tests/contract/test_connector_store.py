"""What the store keeps, forgets and lends: watermarks, bad messages, connections. The database is real."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import psycopg
import pytest
from factories.book_street import (
    QUICK,
    WATERMARK,
    Book,
    BookDatabase,
    customer_with_account,
    entered,
    in_loop,
    rows,
    street,
)

from okno.connectors.main import WrongStore, start
from okno.connectors.runtime.store.clockwork import store_prune, watermark_set
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.unit import CHANGE_LOCK
from okno.connectors.runtime.store.worklist import BAD_ROWS_MAX, bad_keep
from okno.couriers.memory import MemoryBroker
from okno.couriers.topology import topology

POSTED = "okno.operation.posted.v1"
SNAPSHOT = "okno.account.snapshot.get.v1"
CAPTURED = "okno.payment.captured.v1"
SERVICE = {"auth": ("service", None)}
BAD = "SELECT code, attempt FROM store.bad ORDER BY received_at"


@pytest.fixture
def dsn(book_database: BookDatabase) -> str:
    return book_database.dsn("book")


@pytest.fixture
def book(dsn: str) -> Iterator[Book]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def account(book: Book) -> str:
    return customer_with_account(book)


def test_a_watermark_does_not_wait_for_a_long_change(dsn: str, book: Book, account: str) -> None:
    with psycopg.connect(dsn) as importing:
        importing.execute("SELECT pg_advisory_xact_lock_shared(%s)", (CHANGE_LOCK,))
        assert not watermark_set(book)
    assert watermark_set(book)
    assert watermark_set(book)
    # One that still waits is overtaken by the next.
    assert rows(dsn, "SELECT count(*) FROM store.outbox WHERE type = %s", (WATERMARK,)) == [(1,)]


@in_loop
async def test_a_long_change_leaves_out_a_watermark_and_nothing_else(
    tmp_path: Path, dsn: str, book: Book, account: str
) -> None:
    with psycopg.connect(dsn) as importing:
        importing.execute("SELECT pg_advisory_xact_lock_shared(%s)", (CHANGE_LOCK,))
        async with street(tmp_path, dsn, limits=replace(QUICK, watermark_s=0.1)) as here:
            await asyncio.sleep(2.5)
            assert here.gateway.events(WATERMARK) == []
            importing.commit()
            await here.gateway.until(lambda: here.gateway.events(WATERMARK))


def test_what_is_old_is_forgotten_except_money(dsn: str, book: Book, account: str) -> None:
    entered(book)
    book.execute("UPDATE store.outbox SET sent_at = clock_timestamp() - interval '8 days' WHERE n = 1")
    for key, money, days in (("old", False, 91), ("young", False, 89), ("money", True, 999)):
        book.execute(
            "INSERT INTO store.inbox (key, digest, type, money, state, result, finished_at)"
            " VALUES (%s, '', 't', %s, 'done', '{}', clock_timestamp() - make_interval(days => %s))",
            (key, money, days),
        )

    assert store_prune(book) == 2

    assert rows(dsn, "SELECT key FROM store.inbox ORDER BY key") == [("money",), ("young",)]
    assert rows(dsn, "SELECT n FROM store.outbox") == [(2,)]


def test_bad_messages_are_kept_in_bounds(dsn: str, book: Book) -> None:
    book.execute(
        "INSERT INTO store.bad (id, queue, code, detail, attempt, size, raw, received_at)"
        " SELECT gen_random_uuid(), 'q', 'old', '', 1, 0, '', '2026-01-01' FROM generate_series(1, %s)",
        (BAD_ROWS_MAX,),
    )
    bad_keep(book, b"x" * 100_000, queue="q", code="new", detail="d" * 1000, attempt=1)

    assert rows(dsn, "SELECT count(*) FROM store.bad") == [(BAD_ROWS_MAX,)]
    newest = rows(dsn, "SELECT size, length(raw), length(detail) FROM store.bad WHERE code = 'new'")
    assert newest == [(100_000, 65_536, 500)]


def test_connections_are_lent_again_unless_broken(dsn: str, book: Book) -> None:
    connections = Connections(dsn, size=1)
    with connections.borrow() as first, connections.borrow() as second:
        pids = first.info.backend_pid, second.info.backend_pid
    with connections.borrow() as again:
        assert again.info.backend_pid == pids[1]
    assert first.closed
    book.execute("SELECT pg_terminate_backend(%s)", (pids[1],))
    with connections.borrow() as stale, pytest.raises(psycopg.OperationalError):
        stale.execute("SELECT 1")
    with connections.borrow() as fresh:
        assert fresh.info.backend_pid != pids[1]
        fresh.execute("BEGIN")
    assert fresh.closed
    with connections.borrow() as kept:
        pass
    kept.close()
    with connections.borrow() as lent:
        assert lent is not kept
        connections.close()
    assert lent.closed


@in_loop
async def test_a_store_of_another_system_is_not_served(tmp_path: Path, dsn: str, account: str) -> None:
    async with street(tmp_path, dsn) as here:
        settings = msgspec.structs.replace(here.settings, system="second")
        courier = MemoryBroker(topology()).courier("inner", "connector.main")
        with pytest.raises(WrongStore, match="belongs to main"):
            await start(settings, courier=courier)
