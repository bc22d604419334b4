"""Tryton on the wire: what its bookkeeper posts is told, what the cabinet captured stands there once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from factories.book_street import QUICK, BookDatabase, Street, in_loop, rows, street
from factories.overhearing import Overheard, payloads
from factories.people_asking import Asking
from factories.tryton import Office
from psycopg import sql

from okno.cli.tryton.seed import invoice_post, month_bill
from okno.connectors.runtime.inbound import faults
from okno.couriers.memory import MemoryBroker
from okno.couriers.topology import topology
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


@contextmanager
def failing(tryton: Office, payment: str) -> Iterator[None]:
    """Tryton fails inside, without a word to its user, whenever this one payment is to succeed."""
    database = psycopg.conninfo.make_conninfo(tryton.place.superuser_dsn, dbname=tryton.tryton.database.name)
    with psycopg.connect(database, autocommit=True) as root:
        root.execute(
            "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'a fault of its own'; END $$"
        )
        root.execute(
            sql.SQL(
                "CREATE TRIGGER planted BEFORE UPDATE ON account_payment FOR EACH ROW"
                " WHEN (NEW.reference = {} AND NEW.state = 'succeeded') EXECUTE FUNCTION planted()"
            ).format(sql.Literal(payment))
        )
        try:
            yield
        finally:
            root.execute("DROP FUNCTION planted CASCADE")


@in_loop
async def test_a_fault_of_one_payment_goes_to_a_person_and_stands_there_once_when_it_is_gone(
    tmp_path: Path, dsn: str, tryton: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "PATIENCE_S", 0.0)

    def captured() -> m.PaymentCaptured:
        return m.PaymentCaptured(new_id(), account, m.Amount("7.00", "RUB"), "card", datetime.now(UTC))

    async with street(tmp_path, dsn, limits=EAGER, **settings(tryton)) as here:
        account, gateway = await ready(here, dsn, tryton.account(4)), here.gateway
        unlucky = captured()
        asked = {"idempotencykey": unlucky.payment, "subject": f"acct:{account}", **SERVICE}
        with failing(tryton, unlucky.payment):
            first = await gateway.send(gateway.envelope(CAPTURED, unlucky, **asked))
            others = []
            async with asyncio.timeout(120):
                while gateway.answer_to(first) is None:
                    other = captured()
                    beside = {**asked, "idempotencykey": other.payment}
                    others.append((await gateway.ask(CAPTURED, other, **beside)).envelope.kind)
        refusal = gateway.answer_to(first)
        posted = await gateway.ask(CAPTURED, unlucky, **asked)

    assert refusal is not None
    assert (refusal.envelope.kind, refusal.data.retry, refusal.data.detail) == ("problem", "never", "system-fault")
    assert set(others) == {"reply"}
    ((kind, said),) = rows(dsn, "SELECT kind, detail->>'detail' FROM store.work")
    assert kind == "posting-refused"
    assert said.startswith("Tryton: a fault of its own")
    assert (posted.envelope.kind, rows(dsn, "SELECT 1 FROM store.work WHERE settled_at IS NULL")) == ("reply", [])
    found = tryton.book.search_read("account.payment", [("reference", "=", unlucky.payment)], ["state"])
    assert [one["state"] for one in found] == ["succeeded"]


@in_loop
async def test_whoever_the_bookkeeper_names_leaves_the_connector_in_no_text(
    tmp_path: Path, dsn: str, tryton: Office
) -> None:
    party = tryton.parties[5]
    dialled = f"8 {party.phone[2:5]} {party.phone[5:8]}-{party.phone[8:10]}-{party.phone[10:]}"
    text = f"Ремонт у {party.name}, тел. {dialled}, uliana@example.org, мастер Долгих С.К."
    wire: list[bytes] = []
    broker = MemoryBroker(topology())
    couriers = (Overheard(broker.courier("inner", "connector.main"), wire), broker.courier("inner", "gateway"))
    async with street(tmp_path, dsn, couriers=couriers, limits=EAGER, **settings(tryton)) as here:
        account = await ready(here, dsn, tryton.account(5))
        await asyncio.to_thread(invoice_post, tryton.book, tryton.companies[0], party.id, Decimal("123.45"), text)
        posted = await here.gateway.until(lambda: [one.data for one in here.gateway.events(POSTED)])
        user = here.gateway.granted(account, "view", "documents")
        day = datetime.now(UTC).date()
        around = m.Period(day - timedelta(days=2), day + timedelta(days=2))
        answers = [
            await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE),
            await here.gateway.ask("okno.account.operations.list.v1", m.OperationsList(account), **user),
            await here.gateway.ask("okno.account.statement.get.v1", m.StatementGet(account, around), **user),
            await here.gateway.ask("okno.account.reconciliation.get.v1", m.ReconciliationGet(account, around), **user),
            await here.gateway.ask("okno.bill.list.v1", m.BillList(account), **user),
            await here.gateway.ask("okno.customer.profile.get.v1", m.ProfileGet(account), **user),
            await here.gateway.ask("okno.sync.page.v1", m.SyncPage("main", "operations"), **SERVICE),
            await here.gateway.ask("okno.sync.page.v1", m.SyncPage("main", "customers"), **SERVICE),
        ]
        profile = Asking(here.gateway).opened(answers[5], m.Profile)

    assert [one.operation.text for one in posted] == ["Ремонт у …, тел. …, …, мастер …"]
    assert [one.envelope.kind for one in answers] == ["reply"] * len(answers)
    # Who it is comes sealed to the cabinet; no word of it passes in clear.
    assert (profile.name, profile.phone, profile.number) == (party.name, party.phone, party.code)
    said = b"\n".join(payloads(wire)).decode()
    assert "Ремонт у" in said
    named = (*party.name.split(), dialled[-9:], party.phone[1:], "uliana", "Долгих", party.code)
    assert [word for word in named if word in said] == []
