"""A system that is away: the heartbeat says so, and a command that outlives its time is held no longer."""

import asyncio
import contextlib
import http.client
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from factories.book_street import QUICK, BookDatabase, Street, in_loop, now, rows, street
from factories.foreign_books import ForeignBooks, entry, foreign

from okno.protocol import messages as m
from okno.protocol.ids import new_id

CAPTURED = "okno.payment.captured.v1"
SERVICE = {"auth": ("service", None)}
LOADED = "SELECT id::text FROM mirror.account WHERE EXISTS (SELECT 1 FROM mirror.progress WHERE NOT walking)"
EAGER = replace(QUICK, watch_s=0.05, heartbeat_s=0.1, watch_pause_max_s=0.2)


@pytest.fixture
def dsn(connector_database: BookDatabase) -> str:
    return connector_database.dsn("connector")


@pytest.fixture
def books() -> ForeignBooks:
    books = ForeignBooks()
    books.open("C1", entry("A", 10_000))
    return books


async def beaten(here: Street, breaker: str) -> None:
    beats, said = here.gateway.beats, {"main": breaker}
    assert await here.gateway.until(lambda: beats and beats[-1].data.breakers == said)


@in_loop
async def test_the_heartbeat_says_whether_the_system_answers(tmp_path: Path, dsn: str, books: ForeignBooks) -> None:
    async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
        await beaten(here, "closed")
        books.away = True
        await beaten(here, "open")
        books.away = False
        await beaten(here, "closed")


def told(port: int) -> list[str]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/-/metrics")
        return connection.getresponse().read().decode().splitlines()


@in_loop
async def test_a_connector_starts_while_its_system_is_away_and_takes_up_the_work(
    tmp_path: Path, dsn: str, books: ForeignBooks
) -> None:
    books.away = True
    async with street(tmp_path, dsn, limits=EAGER, metrics_port=0, **foreign(books)) as here:
        await beaten(here, "open")
        assert "okno_connector_system_away 1" in await asyncio.to_thread(told, here.connector.metrics.port)
        assert rows(dsn, LOADED) == []
        tried = len(books.calls)
        assert await here.gateway.until(lambda: len(books.calls) > tried)
        books.away = False
        await beaten(here, "closed")
        assert await here.gateway.until(lambda: rows(dsn, LOADED))
        assert "okno_connector_system_away 0" in await asyncio.to_thread(told, here.connector.metrics.port)


@in_loop
async def test_a_connector_of_tryton_starts_while_nobody_is_there(tmp_path: Path, dsn: str) -> None:
    password = tmp_path / "tryton.password"
    password.write_text("fir-tree-94")
    options = {"url": "http://127.0.0.1:1", "database": "erp", "user": "okno", "password_file": str(password)}
    tryton = {"adapter": "okno.connectors.tryton.system:tryton_system", "options": options}
    async with street(tmp_path, dsn, limits=EAGER, **tryton) as here:
        await beaten(here, "open")
        offered = here.gateway.beats[-1].data.operations
        assert {CAPTURED, "okno.customer.identify.v1", "okno.bill.list.v1"} <= set(offered)
        answer = await here.gateway.ask("okno.payment.payable.v1", m.PaymentPayable(new_id()), **SERVICE)
    # Of accounts that were read before it would tell the last state: what it does not know it asks nobody for.
    assert answer.data.payable is False


@in_loop
async def test_a_command_that_outlives_its_time_is_let_go_and_its_next_attempt_is_posted_once(
    tmp_path: Path, dsn: str, books: ForeignBooks, caplog: pytest.LogCaptureFixture
) -> None:
    async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
        ((account,),) = await here.gateway.until(lambda: rows(dsn, LOADED))
        books.away = True
        await beaten(here, "open")
        payment = m.PaymentCaptured(new_id(), account, m.Amount("60.00", "RUB"), "card", now())
        first = here.gateway.envelope(CAPTURED, payment, idempotencykey=payment.payment, **SERVICE)
        asked = await here.gateway.send(msgspec.structs.replace(first, expirytime=now() + timedelta(seconds=1)))
        await here.gateway.until(lambda: "has outlived its time" in caplog.text)
        assert await here.gateway.courier.depth("q.cmd.main.p0") == 0
        books.away = False
        answer = await here.gateway.ask(CAPTURED, payment, idempotencykey=payment.payment, **SERVICE)

    assert here.gateway.answer_to(asked) is None
    assert answer.envelope.kind == "reply"
    assert books.calls.count("post") == 1
