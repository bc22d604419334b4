"""Kill -9 of the connector between any two side effects loses nothing and doubles nothing. RabbitMQ and PostgreSQL."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from factories import book_child
from factories.book_street import (
    NUMBER,
    BookDatabase,
    ToyGateway,
    Trust,
    customer_with_account,
    entered,
    in_loop,
    now,
    rows,
)

from okno.cli.files import toml_text
from okno.couriers import amqp
from okno.protocol import messages as m
from okno.protocol.ids import new_id

POSTED = "okno.operation.posted.v1"
CAPTURED = "okno.payment.captured.v1"
PAYMENTS = 6
CHARGES = 5
STEPS = [
    ("drain.selected", 2),
    ("drain.published", 2),
    ("drain.marked", 1),
    ("command.effect", 3),
    ("command.finished", 3),
    ("command.committed", 3),
]


class Node(Protocol):
    """The suite's fixture `rabbitmq`."""

    def url(self, user: str, vhost: str) -> str: ...


@pytest.fixture
def dsn(book_database: BookDatabase) -> str:
    found = book_database.dsn("book")
    with psycopg.connect(found, autocommit=True) as connection:
        customer_with_account(connection)
    return found


async def child(folder: Path, url: str, step: str, times: int) -> asyncio.subprocess.Process:
    """Running and ready, or killed already by its own step."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, book_child.__file__, str(folder / "connector.toml"), url, step, str(times)),
        stdout=asyncio.subprocess.PIPE,
    )
    await asyncio.wait_for(process.stdout.readline(), 60)
    return process


def post_charges(dsn: str, first: int) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for number in range(first, first + CHARGES):
            entered(connection, account=NUMBER, key=f"charge-{number}")


@pytest.mark.parametrize(("step", "times"), STEPS, ids=[step for step, _ in STEPS])
@in_loop
async def test_a_connector_killed_at_a_step_loses_and_doubles_nothing(
    tmp_path: Path, dsn: str, rabbitmq: Node, step: str, times: int
) -> None:
    trust = Trust()
    (tmp_path / "connector.toml").write_text(toml_text(trust.settings(tmp_path, dsn)))
    (account,) = rows(dsn, "SELECT id::text FROM book.account")[0]
    outside = await amqp.connect(rabbitmq.url("gateway", "inner"), name="gateway of a test")
    gateway = ToyGateway(trust, outside, lambda _received: None)
    await gateway.start()
    inside = rabbitmq.url("connector.main", "inner")
    payments = [new_id() for _ in range(PAYMENTS)]

    mortal = await child(tmp_path, inside, step, times)
    for payment in payments:
        data = m.PaymentCaptured(payment, account, m.Amount("10.00", "RUB"), "card", now())
        await gateway.send(gateway.envelope(CAPTURED, data, idempotencykey=payment, auth=("service", None)))
    await asyncio.to_thread(post_charges, dsn, 0)
    assert await asyncio.wait_for(mortal.wait(), 60) == -signal.SIGKILL
    await asyncio.to_thread(post_charges, dsn, CHARGES)

    immortal = await child(tmp_path, inside, "-", 0)
    try:
        versions = set(range(2, 2 + PAYMENTS + 2 * CHARGES))
        await gateway.until(lambda: {event.data.version[1] for event in gateway.events(POSTED)} >= versions)
        await gateway.until(lambda: answered(gateway) == set(payments))
    finally:
        immortal.kill()
        await immortal.wait()
        await outside.close()

    keys = [f"payment:{payment}" for payment in payments] + [f"charge-{number}" for number in range(2 * CHARGES)]
    assert sorted(key for (key,) in rows(dsn, "SELECT key FROM book.entry")) == sorted(keys)
    told = {event.id: event.data.operation.key for event in gateway.events(POSTED)}
    assert sorted(told.values()) == sorted(keys)
    kinds = {(item.envelope.kind) for item in gateway.arrived if item.envelope.type == CAPTURED}
    assert kinds == {"reply"}
    assert rows(dsn, "SELECT count(*) FROM store.work") == [(0,)]


def answered(gateway: ToyGateway) -> set[str]:
    return {item.envelope.idempotencykey for item in gateway.arrived if item.envelope.type == CAPTURED}
