"""Tryton on the wire: what its bookkeeper posts is told, what the cabinet captured stands there once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from factories.book_street import QUICK, BookDatabase, Street, in_loop, rows, street
from factories.tryton import Office

from okno.cli.tryton.seed import month_bill
from okno.protocol import messages as m
from okno.protocol.ids import new_id

SNAPSHOT, CAPTURED = "okno.account.snapshot.get.v1", "okno.payment.captured.v1"
POSTED, PAID = "okno.operation.posted.v1", "okno.payment.posted.v1"
SERVICE = {"auth": ("service", None)}
EAGER = replace(QUICK, watch_s=0.2)
LOADED = "SELECT 1 FROM mirror.progress WHERE NOT walking"
ID = "SELECT id::text FROM mirror.account WHERE reference = %s"


@pytest.fixture
def dsn(connector_database: BookDatabase) -> str:
    return connector_database.dsn("connector")


def settings(tryton: Office) -> dict[str, object]:
    return {"adapter": "okno.connectors.tryton.system:tryton_system", "options": tryton.options()}


async def ready(here: Street, dsn: str, reference: str) -> str:
    """The wire's id of an account once the first load is over."""
    await here.gateway.until(lambda: rows(dsn, LOADED))
    return str(rows(dsn, ID, (reference,))[0][0])


@in_loop
async def test_what_the_bookkeeper_posts_arrives(tmp_path: Path, dsn: str, tryton: Office) -> None:
    async with street(tmp_path, dsn, limits=EAGER, **settings(tryton)) as here:
        account = await ready(here, dsn, tryton.account(5))
        month_bill(tryton.book, tryton.companies[0], [tryton.parties[5]], datetime.now(UTC).date())
        await here.gateway.until(lambda: here.gateway.events(POSTED))
        snapshot = (await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE)).data

    (posted,) = (event.data for event in here.gateway.events(POSTED))
    assert posted.account == account
    assert (posted.operation.kind, posted.operation.amount.amount) == ("charge", f"{tryton.parties[5].charge}")
    assert snapshot.version == max(
        event.data.version for event in here.gateway.events() if hasattr(event.data, "version")
    )
    assert snapshot.balance.amount == snapshot.operations[-1].balance.amount


@in_loop
async def test_a_captured_payment_is_posted_once_and_told(tmp_path: Path, dsn: str, tryton: Office) -> None:
    async with street(tmp_path, dsn, limits=EAGER, **settings(tryton)) as here:
        account = await ready(here, dsn, tryton.account(4))
        payment = new_id()
        captured = m.PaymentCaptured(payment, account, m.Amount("12.34", "RUB"), "card", datetime.now(UTC))
        asked = {"idempotencykey": payment, "subject": f"acct:{account}", **SERVICE}
        answers = [(await here.gateway.ask(CAPTURED, captured, **asked)).data for _ in range(2)]
        await here.gateway.until(lambda: here.gateway.events(POSTED))
        await here.gateway.until(lambda: here.gateway.events(PAID))

    assert answers[0] == answers[1]
    (posted,) = (event.data for event in here.gateway.events(POSTED))
    (paid,) = (event.data for event in here.gateway.events(PAID))
    assert (paid.payment, paid.operation) == (payment, posted.operation.key)
    assert posted.operation.amount.amount == "-12.34"
    with psycopg.connect(dsn) as store:
        assert store.execute("SELECT count(*) FROM mirror.posting").fetchone() == (1,)
