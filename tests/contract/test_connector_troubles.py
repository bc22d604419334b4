"""What the connector does when something is late, away, broken or wrong. In memory; the database is real."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from factories.book_street import (
    CABINET,
    GATEWAY,
    QUICK,
    SYSTEM,
    Book,
    BookDatabase,
    Street,
    customer_with_account,
    entered,
    in_loop,
    now,
    rows,
    street,
)
from psycopg import sql

from okno.connectors.runtime.inbound.intake import ATTEMPTS_MAX
from okno.connectors.runtime.store import outbox
from okno.couriers.port import CourierDown
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.ids import new_id
from okno.protocol.pen import Glass, Received

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


def captured(account: str, payment: str | None = None) -> m.PaymentCaptured:
    return m.PaymentCaptured(payment or new_id(), account, m.Amount("10.00", "RUB"), "card", now())


def failing(deadly: str, error: Callable[[], Exception], times: int = 1) -> Callable[[str], None]:
    left = [times]

    def step(name: str) -> None:
        if name == deadly and left[0]:
            left[0] -= 1
            raise error()

    return step


def replies_of(here: Street) -> list[Received]:
    return [item for item in here.gateway.arrived if item.envelope.kind == "reply"]


@contextmanager
def out_of_reach(database: BookDatabase) -> Iterator[None]:
    """Nobody of the book's role is connected, nor can connect."""
    with psycopg.connect(database.superuser_dsn(), autocommit=True) as root:
        name = sql.Identifier(root.info.dbname)
        root.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM okno_book").format(name))
        root.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT 0").format(name))
        root.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'okno_book' AND datname = current_database()"
        )
        yield
        root.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT -1").format(name))
        root.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO okno_book").format(name))


async def bad_rows(here: Street, dsn: str, count: int = 1) -> list[tuple[object, ...]]:
    await here.gateway.until(lambda: len(rows(dsn, BAD)) == count)
    return rows(dsn, BAD)


@pytest.mark.parametrize("step", ["drain.selected", "drain.published", "drain.marked"])
def test_the_drain_goes_on_after_a_failure_at_each_step(
    tmp_path: Path, dsn: str, book: Book, account: str, step: str
) -> None:
    for _ in range(3):
        entered(book)

    @in_loop
    async def run() -> None:
        async with street(tmp_path, dsn, step=failing(step, lambda: OSError(step))) as here:
            await here.gateway.until(lambda: len({event.id for event in here.gateway.events(POSTED)}) == 3)
            assert {event.data.version[1] for event in here.gateway.events(POSTED)} == {2, 3, 4}

    run()


@in_loop
async def test_an_event_that_fits_no_schema_is_parted_before_it_is_sent(
    tmp_path: Path, dsn: str, book: Book, account: str
) -> None:
    entered(book)
    book.execute("""UPDATE store.outbox SET data = '{"account": 5}' WHERE n = 1""")

    async with street(tmp_path, dsn) as here:
        await here.gateway.until(lambda: here.gateway.events(POSTED))

    assert rows(dsn, "SELECT n FROM store.outbox WHERE refused") == [(1,)]
    reason = rows(dsn, "SELECT detail->'reason'->>'code' FROM store.work")
    assert reason == [("bundle-member",)]


@in_loop
async def test_a_settled_event_goes_again_or_is_given_up(tmp_path: Path, dsn: str, book: Book, account: str) -> None:
    entered(book)
    entered(book)
    sound = book.execute("SELECT data FROM store.outbox WHERE n = 2").fetchone()[0]
    book.execute("""UPDATE store.outbox SET data = '{"account": 5}' WHERE n IN (1, 2)""")

    async with street(tmp_path, dsn) as here:
        await here.gateway.until(lambda: len(rows(dsn, "SELECT 1 FROM store.work")) == 2)
        works = rows(dsn, "SELECT w.id FROM store.work w JOIN store.outbox o ON o.id = w.subject::uuid ORDER BY o.n")
        book.execute("UPDATE store.outbox SET data = %s WHERE n = 2", (sound,))
        await asyncio.to_thread(outbox.row_release, book, works[0][0], outcome="nobody needs it", again=False)
        await asyncio.to_thread(outbox.row_release, book, works[1][0], outcome="mended", again=True)
        await here.gateway.until(lambda: any(event.data.version == (1, 2) for event in here.gateway.events(POSTED)))

    assert rows(dsn, "SELECT count(*) FROM store.work WHERE settled_at IS NULL") == [(0,)]
    assert rows(dsn, "SELECT count(*) FROM store.outbox WHERE n = 1 OR refused") == [(0,)]
    with pytest.raises(LookupError):
        outbox.row_release(book, works[0][0], outcome="twice", again=True)


@in_loop
async def test_a_command_waits_while_the_store_is_away(tmp_path: Path, dsn: str, account: str) -> None:
    away = failing("command.effect", lambda: psycopg.OperationalError("gone"), times=2)
    async with street(tmp_path, dsn, step=away) as here:
        answer = await here.gateway.ask(CAPTURED, captured(account), **SERVICE)

    assert answer.envelope.kind == "reply"
    assert rows(dsn, "SELECT count(*) FROM book.entry") == [(1,)]
    assert rows(dsn, BAD) == []


@in_loop
async def test_what_the_database_refuses_for_good_is_buried_with_the_reason(
    tmp_path: Path, dsn: str, account: str
) -> None:
    broken = failing("command.effect", lambda: psycopg.DataError("impossible"))
    async with street(tmp_path, dsn, step=broken) as here:
        await here.gateway.send(here.gateway.envelope(CAPTURED, captured(account), **SERVICE))
        assert await bad_rows(here, dsn) == [("internal", 1)]

    assert rows(dsn, "SELECT detail FROM store.bad")[0][0] == "DataError('impossible')"
    assert rows(dsn, "SELECT count(*) FROM book.entry") == [(0,)]


@in_loop
async def test_poison_is_buried_long_before_the_broker_gives_up(
    tmp_path: Path, dsn: str, account: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    poison = failing("command.effect", lambda: RuntimeError("a fault of ours"), times=10_000)
    async with street(tmp_path, dsn, step=poison) as here:
        await here.gateway.send(here.gateway.envelope(CAPTURED, captured(account), **SERVICE))
        assert await bad_rows(here, dsn) == [("internal", ATTEMPTS_MAX + 1)]

    assert rows(dsn, "SELECT count(*) FROM book.entry") == [(0,)]


@in_loop
async def test_a_command_that_outlived_itself_is_let_go(tmp_path: Path, dsn: str, account: str) -> None:
    async with street(tmp_path, dsn) as here:
        gateway = here.gateway
        old = gateway.envelope(CAPTURED, captured(account), **SERVICE)
        old = msgspec.structs.replace(
            old,
            time=now() - timedelta(minutes=2),
            recordedtime=now() - timedelta(minutes=2),
            expirytime=now() - timedelta(minutes=1),
        )
        await gateway.send(old)
        answer = await gateway.ask(CAPTURED, captured(account), **SERVICE)

    assert answer.envelope.kind == "reply"
    assert (rows(dsn, BAD), rows(dsn, "SELECT count(*) FROM book.entry")) == ([], [(1,)])


@in_loop
async def test_an_answer_waits_for_the_broker_and_is_the_stored_one(tmp_path: Path, dsn: str, account: str) -> None:
    data = captured(account)
    reached, go_on = threading.Event(), threading.Event()

    def step(name: str) -> None:
        if name == "command.committed":
            reached.set()
            go_on.wait(30)

    async with street(tmp_path, dsn, step=step) as here:
        await here.gateway.send(here.gateway.envelope(CAPTURED, data, idempotencykey=data.payment, **SERVICE))
        await asyncio.to_thread(reached.wait, 30)
        here.broker.stop()
        go_on.set()
        await asyncio.sleep(0.3)
        here.broker.start()
        await here.gateway.start()
        await here.gateway.until(lambda: replies_of(here))
        again = await here.gateway.ask(CAPTURED, data, idempotencykey=data.payment, **SERVICE)
        replies = replies_of(here)

    assert again.data.key == f"payment:{data.payment}"
    assert {item.data for item in replies} == {again.data}
    assert rows(dsn, "SELECT count(*) FROM book.entry") == [(1,)]


@in_loop
async def test_a_task_that_ends_by_itself_is_told_at_once(
    tmp_path: Path, dsn: str, account: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with street(tmp_path, dsn, step=failing("drain.selected", lambda: RuntimeError("a fault of ours"))) as here:
        await here.gateway.until(lambda: "connector drain has ended" in caplog.text)
    assert "a fault of ours" in caplog.text


@in_loop
async def test_an_unread_message_waits_for_the_store_before_it_is_buried(
    tmp_path: Path, dsn: str, account: str, book_database: BookDatabase
) -> None:
    async with street(tmp_path, dsn, limits=replace(QUICK, heartbeat_s=60)) as here:
        with out_of_reach(book_database):
            await here.gateway.courier.publish("x.cmd", "main.p0", b"rubbish", message_id=new_id())
            await asyncio.sleep(0.5)
        assert await bad_rows(here, dsn) == [("json-syntax", 1)]


@in_loop
async def test_an_answer_that_nobody_takes_is_let_go(tmp_path: Path, dsn: str, account: str) -> None:
    asked = threading.Event()

    async with street(tmp_path, dsn) as here:
        gateway, queries = here.gateway, here.connector.queries
        took = queries.times.took

        def slow(type_: str, seconds: float) -> None:
            took(type_, seconds)
            here.broker.stop()
            asked.set()

        queries.times.took = slow
        await gateway.send(gateway.envelope(SNAPSHOT, m.SnapshotGet(account), **SERVICE))
        await asyncio.to_thread(asked.wait, 30)
        queries.times.took = took
        await asyncio.sleep(0.1)
        here.broker.start()
        await gateway.start()
        again = await gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE)

    assert again.envelope.kind == "reply"
    assert [item.envelope.requesthash for item in gateway.replies] == [again.envelope.requesthash]


class Gone:
    """A delivery whose connection is gone: it will be handed to somebody else."""

    body, queue, redelivered, attempt = b"", "q.qry.main.p0", False, 1

    async def ack(self) -> None:
        raise CourierDown("gone")

    async def reject(self, *, requeue: bool) -> None:
        raise CourierDown(f"gone, {requeue=}")


@in_loop
async def test_a_query_that_is_no_longer_ours_is_not_worked_on(tmp_path: Path, dsn: str, account: str) -> None:
    async with street(tmp_path, dsn) as here:
        gateway, queries = here.gateway, here.connector.queries
        envelope = gateway.envelope(SNAPSHOT, m.SnapshotGet(account), **SERVICE)
        body = jws.countersign(gateway.trust.pen(CABINET).write(envelope), gateway.trust.gateway)
        received = Glass(gateway.trust.ring, receiver=SYSTEM).read(body, at=now(), online=True)
        await queries.take(Gone(), received)
        assert queries.times.mean_s(SNAPSHOT) == 0.0

    assert gateway.replies == []


@in_loop
async def test_a_query_without_time_left_is_not_worked_on(tmp_path: Path, dsn: str, account: str) -> None:
    async with street(tmp_path, dsn) as here:
        here.connector.queries.times.took(SNAPSHOT, 10.0)
        late = await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE)

    assert (late.envelope.kind, late.data.code) == ("problem", ErrorCode.DEADLINE_EXCEEDED.value)


@in_loop
async def test_a_system_that_was_slow_is_asked_again_after_some_refusals(
    tmp_path: Path, dsn: str, account: str
) -> None:
    async with street(tmp_path, dsn) as here:
        here.connector.queries.times.took(SNAPSHOT, 10.0)
        kinds = [(await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE)).envelope.kind for _ in range(6)]
        assert here.connector.queries.times.mean_s(SNAPSHOT) < 2.5

    assert kinds == [*["problem"] * 4, "reply", "reply"]


@in_loop
async def test_a_query_while_the_book_is_away_is_told_so(
    tmp_path: Path, dsn: str, account: str, book_database: BookDatabase
) -> None:
    async with street(tmp_path, dsn, limits=replace(QUICK, heartbeat_s=60)) as here:
        with out_of_reach(book_database):
            away = await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE)
        back = await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE)

    assert (away.envelope.kind, away.data.code) == ("problem", ErrorCode.SYSTEM_UNAVAILABLE.value)
    assert (back.envelope.kind, back.data.account) == ("reply", account)


@in_loop
async def test_an_answer_that_fits_no_schema_is_told_as_our_fault(
    tmp_path: Path, dsn: str, book: Book, account: str
) -> None:
    entered(book, key="fine")
    book.execute("ALTER TABLE book.account DROP CONSTRAINT account_status_check")
    book.execute("UPDATE book.account SET status = 'odd'")

    async with street(tmp_path, dsn) as here:
        answer = await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE)

    assert (answer.envelope.kind, answer.data.code) == ("problem", ErrorCode.INTERNAL.value)


@in_loop
async def test_what_comes_by_the_wrong_queue_is_dropped(tmp_path: Path, dsn: str, account: str) -> None:
    async with street(tmp_path, dsn) as here:
        gateway = here.gateway
        envelope = gateway.envelope(CAPTURED, captured(account), **SERVICE)
        body = jws.countersign(gateway.trust.pen(CABINET).write(envelope), gateway.trust.gateway)
        await gateway.courier.publish("x.qry", "main.p0", body, message_id=envelope.id)
        assert await bad_rows(here, dsn) == [("kind-wrong", 1)]

    assert rows(dsn, "SELECT count(*) FROM book.entry") == [(0,)]


@in_loop
async def test_a_refusal_of_a_message_that_nobody_sent_is_let_go(tmp_path: Path, dsn: str, account: str) -> None:
    async with street(tmp_path, dsn) as here:
        gateway = here.gateway
        await gateway.until(gateway.events)
        request = gateway.arrived[0]
        stranger = msgspec.structs.replace(request, payload_hash=jws.payload_hash(b"never sent"))
        pen = gateway.trust.pen(GATEWAY)
        problem = pen.problem(stranger, Problem.of(ErrorCode.SCHEMA), at=now())
        await gateway.courier.publish("x.cmd", "main.p0", pen.write(problem), message_id=problem.id)
        # It is handed back some times before it is let go; what comes after it is served meanwhile.
        answer = await gateway.ask(CAPTURED, captured(account), **SERVICE)
        await asyncio.sleep(1.5)

    assert answer.envelope.kind == "reply"
    assert (rows(dsn, BAD), rows(dsn, "SELECT count(*) FROM store.work")) == ([], [(0,)])
