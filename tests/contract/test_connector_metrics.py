"""What a connector says of itself: on loopback alone, by names of its own."""

import asyncio
import contextlib
import http.client
import re
import socket
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from factories.book_street import QUICK, BookDatabase, Street, customer_with_account, in_loop, now, street
from factories.foreign_books import ForeignBooks, entry, foreign

from okno.protocol import messages as m
from okno.protocol.ids import new_id

SNAPSHOT = "okno.account.snapshot.get.v1"
CAPTURED = "okno.payment.captured.v1"
SERVICE = {"auth": ("service", None)}


def fetched(port: int, path: str = "/-/metrics") -> tuple[int, str]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def figures(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"^([a-z_]+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)}


async def figures_of(here: Street) -> dict[str, float]:
    status, text = await asyncio.to_thread(fetched, here.connector.metrics.port)
    assert status == 200
    return figures(text)


@in_loop
async def test_questions_and_commands_are_counted_by_outcome(tmp_path: Path, book_database: BookDatabase) -> None:
    dsn = book_database.dsn("book")
    with psycopg.connect(dsn, autocommit=True) as book:
        account = customer_with_account(book)
    async with street(tmp_path, dsn, metrics_port=0) as here:
        payment = m.PaymentCaptured(new_id(), account, m.Amount("1.00", "RUB"), "card", now())
        await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE)
        await here.gateway.ask(SNAPSHOT, m.SnapshotGet(new_id()), **SERVICE)
        await here.gateway.ask(CAPTURED, payment, **SERVICE)
        await here.gateway.until(lambda: here.gateway.events("okno.payment.posted.v1"))
        found = await figures_of(here)
        missing = await asyncio.to_thread(fetched, here.connector.metrics.port, "/")
        port = here.connector.metrics.port
        with pytest.raises(OSError, match="in use"):
            async with street(tmp_path, dsn, metrics_port=port):
                pytest.fail("two connectors on one port")

    asked = 'okno_connector_queries_total{type="okno.account.snapshot.get.v1",outcome="%s"}'
    assert (found[asked % "reply"], found[asked % "not-found"]) == (1, 1)
    assert found['okno_connector_commands_total{type="okno.payment.captured.v1",outcome="reply"}'] == 1
    assert found['okno_connector_query_seconds_total{type="okno.account.snapshot.get.v1"}'] > 0
    assert found['okno_connector_service_seconds{type="okno.account.snapshot.get.v1"}'] > 0
    assert (found["okno_connector_ceiling_places"], found["okno_connector_ceiling_in_use"]) == (8, 0)
    assert (found["okno_connector_ceiling_in_use_most"], found["okno_connector_work_open"]) == (1, 0)
    assert {"okno_connector_outbox_waiting", "okno_connector_outbox_oldest_seconds"} < set(found)
    assert "okno_connector_watch_lag_seconds" not in found
    assert missing[0] == 404
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


@in_loop
async def test_a_mirrored_system_shows_how_far_it_is_followed(tmp_path: Path, connector_database: BookDatabase) -> None:
    books = ForeignBooks()
    books.open("C1", entry("A", 5))
    dsn = connector_database.dsn("connector")
    async with street(tmp_path, dsn, limits=replace(QUICK, watch_s=0.05), metrics_port=0, **foreign(books)) as here:
        loaded = "SELECT 1 FROM mirror.progress WHERE NOT walking"
        with psycopg.connect(dsn, autocommit=True) as store:
            await here.gateway.until(lambda: store.execute(loaded).fetchone())
        found = await figures_of(here)
        with psycopg.connect(connector_database.superuser_dsn(), autocommit=True) as root:
            root.execute("ALTER TABLE store.work RENAME TO elsewhere")
            away = await asyncio.to_thread(fetched, here.connector.metrics.port)

    assert found["okno_connector_mirror_walking"] == 0
    assert found["okno_connector_watch_lag_seconds"] >= 0
    assert away[0] == 503
