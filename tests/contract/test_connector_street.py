"""The connector between a book and a gateway: what the wire promises, on the courier in memory and on RabbitMQ."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from factories.book_street import (
    CABINET,
    QUICK,
    SYSTEM,
    WATERMARK,
    Book,
    BookDatabase,
    Couriers,
    customer_with_account,
    entered,
    in_loop,
    now,
    rows,
    street,
)

from okno.connectors.runtime.store.clockwork import watermark_set
from okno.couriers import amqp
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.export import schema_hash
from okno.protocol.ids import new_id
from okno.protocol.jws import payload_hash
from okno.protocol.pen import Received
from okno.protocol.registry import OPERATIONS

POSTED = "okno.operation.posted.v1"
CHANGED = "okno.account.changed.v1"
SNAPSHOT = "okno.account.snapshot.get.v1"
LIST = "okno.account.operations.list.v1"
ACT = "okno.account.reconciliation.get.v1"
STATEMENT = "okno.account.statement.get.v1"
CAPTURED = "okno.payment.captured.v1"
SERVICE = {"auth": ("service", None)}
WAITING = "SELECT count(*) FROM store.outbox WHERE sent_at IS NULL AND NOT refused"

Connect = Callable[[], Awaitable[Couriers | None]]


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


@pytest.fixture(params=["memory", "rabbitmq"])
def couriers(request: pytest.FixtureRequest) -> Connect:
    """Gives the connector's and the gateway's courier (None: in memory)."""
    node = request.getfixturevalue("rabbitmq") if request.param == "rabbitmq" else None

    async def connect() -> Couriers | None:
        if node is None:
            return None
        users = ("connector.main", "gateway")
        inside, outside = [await amqp.connect(node.url(user, "inner"), name=user) for user in users]
        return inside, outside

    return connect


def captured(account: str, amount: str = "100.00", *, payment: str | None = None, currency: str = "RUB") -> m.Message:
    return m.PaymentCaptured(payment or new_id(), account, m.Amount(amount, currency), "card", now())


@in_loop
async def test_a_posting_reaches_the_gateway_with_its_version(
    tmp_path: Path, dsn: str, book: Book, account: str, couriers: Connect
) -> None:
    async with street(tmp_path, dsn, couriers=await couriers()) as here:
        posting = await asyncio.to_thread(entered, book, amount=12_345, text="Интернет, Голубевой А.")
        await here.gateway.until(lambda: here.gateway.events(POSTED))
        await here.gateway.until(lambda: rows(dsn, WAITING) == [(0,)])

    opened, told = here.gateway.events()
    assert (opened.type, opened.data.version) == (CHANGED, (1, 1))
    assert told.data.account == account
    assert told.data.version == (1, 2) == (posting.version.epoch, posting.version.n)
    assert told.data.operation.amount == m.Amount("123.45", "RUB")
    assert told.data.operation.balance == m.Amount("123.45", "RUB")
    assert told.data.operation.text == "Интернет, … А."


@in_loop
async def test_a_captured_payment_is_posted_once_however_often_it_comes(
    tmp_path: Path, dsn: str, account: str, couriers: Connect
) -> None:
    data = captured(account)
    key = data.payment
    asked = {"idempotencykey": key, **SERVICE}

    async with street(tmp_path, dsn, couriers=await couriers()) as here:
        first = await here.gateway.ask(CAPTURED, data, **asked)
        again = await here.gateway.ask(CAPTURED, data, **asked)
        other = await here.gateway.ask(CAPTURED, captured(account, "200.00", payment=key), **asked)
        told = await here.gateway.until(lambda: here.gateway.events("okno.payment.posted.v1"))

    assert first.envelope.kind == "reply"
    assert first.data == again.data
    assert first.data.key == f"payment:{key}"
    assert (other.envelope.kind, other.data.code) == ("problem", ErrorCode.IDEMPOTENCY_CONFLICT.value)
    assert other.data.status == 422
    assert [(event.data.payment, event.data.operation) for event in told] == [(key, f"payment:{key}")]
    assert rows(dsn, "SELECT kind, amount, channel FROM book.entry") == [("payment", -10_000, "card")]


@in_loop
async def test_a_refused_payment_changes_no_book_and_opens_work(tmp_path: Path, dsn: str, account: str) -> None:
    stranger = captured(new_id())
    euros = captured(account, "5.00", currency="EUR")
    huge = captured(account, "1000000000.01")

    async with street(tmp_path, dsn) as here:
        answers = [await here.gateway.ask(CAPTURED, data, **SERVICE) for data in (stranger, euros, huge)]
        rejected = "okno.payment.rejected.v1"
        await here.gateway.until(lambda: len(here.gateway.events(rejected)) == 3)

    codes = [(answer.envelope.kind, answer.data.code) for answer in answers]
    assert codes == [("problem", "not-found"), ("problem", "rejected"), ("problem", "rejected")]
    assert {event.data.payment: event.data.reason for event in here.gateway.events(rejected)} == {
        stranger.payment: "unknown-account",
        euros.payment: "wrong-currency",
        huge.payment: "wrong-amount",
    }
    assert rows(dsn, "SELECT count(*) FROM book.entry") == [(0,)]
    assert rows(dsn, "SELECT kind FROM store.work WHERE settled_at IS NULL") == [("posting-refused",)] * 3


@in_loop
async def test_money_back_is_posted_against_its_payment(tmp_path: Path, dsn: str, account: str) -> None:
    paid, other = captured(account, "100.00"), captured(account, "40.00")
    refund = m.PaymentRefunded(new_id(), paid.payment, account, m.Amount("30.00", "RUB"), "card", now())
    too_much = m.PaymentRefunded(new_id(), paid.payment, account, m.Amount("70.01", "RUB"), "card", now())
    part = m.PaymentReversed(new_id(), other.payment, account, m.Amount("39.00", "RUB"), now())
    whole = m.PaymentReversed(new_id(), other.payment, account, m.Amount("40.00", "RUB"), now())
    commands = [("captured", paid), ("captured", other), ("refunded", refund), ("refunded", too_much)]
    commands += [("reversed", part), ("reversed", whole)]

    async with street(tmp_path, dsn) as here:
        answers = [await here.gateway.ask(f"okno.payment.{name}.v1", data, **SERVICE) for name, data in commands]

    kinds = [answer.envelope.kind for answer in answers]
    assert kinds == ["reply", "reply", "reply", "problem", "problem", "reply"]
    held = rows(dsn, "SELECT kind, amount FROM book.entry ORDER BY id")
    assert held == [("payment", -10_000), ("payment", -4_000), ("refund", 3_000), ("correction", 4_000)]
    assert rows(dsn, "SELECT balance FROM book.account") == [(-7_000,)]


@in_loop
async def test_queries_answer_what_stands_in_the_book(
    tmp_path: Path, dsn: str, book: Book, account: str, couriers: Connect
) -> None:
    for number in range(3):
        entered(book, amount=1_000 + number)
    today = now().date()
    period = m.Period(today.replace(month=1, day=1), today.replace(month=12, day=31))

    async with street(tmp_path, dsn, couriers=await couriers()) as here:
        ask, user = here.gateway.ask, here.gateway.granted(account, "view", "documents")
        snapshot = (await ask(SNAPSHOT, m.SnapshotGet(account, (1, 2), 1), **SERVICE)).data
        page = (await ask(LIST, m.OperationsList(account, None, 2), **user)).data
        older = (await ask(LIST, m.OperationsList(account, page.next, 2), **user)).data
        wrong = (await ask(LIST, m.OperationsList(account, "no-cursor", 2), **user)).data
        statement = (await ask(STATEMENT, m.StatementGet(account, period), **user)).data
        bills = (await ask("okno.bill.list.v1", m.BillList(account), **user)).data

    assert (snapshot.version, snapshot.more, snapshot.balance.amount) == ((1, 4), True, "30.03")
    assert [item.version for item in snapshot.operations] == [(1, 3)]
    assert [item.amount.amount for item in page.operations] == ["10.02", "10.01"]
    assert ([item.version for item in older.operations], older.next) == ([(1, 2)], None)
    assert wrong.code == "schema"
    assert (statement.opening.amount, statement.closing.amount, len(statement.operations)) == ("0.00", "30.03", 3)
    assert (bills.bills, bills.next) == ((), None)


@in_loop
async def test_a_period_of_more_lines_than_a_document_takes_is_refused(
    tmp_path: Path, dsn: str, book: Book, account: str
) -> None:
    for number in range(3):
        entered(book, amount=1_000 + number)
    today = now().date()
    period = m.Period(today.replace(month=1, day=1), today.replace(month=12, day=31))
    for lines_max, codes in ((2, ["period-too-large"] * 2), (3, [None] * 2)):
        limits = replace(QUICK, document_lines_max=lines_max)
        async with street(tmp_path, dsn, limits=limits) as here:
            ask, user = here.gateway.ask, here.gateway.granted(account, "documents")
            answers = (
                (await ask(STATEMENT, m.StatementGet(account, period), **user)).data,
                (await ask(ACT, m.ReconciliationGet(account, period), **user)).data,
            )
        assert [getattr(answer, "code", None) for answer in answers] == codes


@in_loop
async def test_what_is_not_offered_or_not_there_is_told(tmp_path: Path, dsn: str, account: str) -> None:
    async with street(tmp_path, dsn) as here:
        ask, user = here.gateway.ask, here.gateway.granted(account, "view", "pay")
        promise = m.PromiseRequest(new_id(), account, m.Amount("10.00", "RUB"), now().date())
        answers = (
            await ask(SNAPSHOT, m.SnapshotGet(new_id()), **SERVICE),
            await ask("okno.requisites.get.v1", m.RequisitesGet(account), **user),  # nobody has told where to pay to
            await ask("okno.promise.request.v1", promise, **user),
        )

    assert [answer.data.code for answer in answers] == ["not-found", "rejected", "unknown-operation"]


@in_loop
async def test_a_heartbeat_lists_what_is_offered(tmp_path: Path, dsn: str, account: str) -> None:
    async with street(tmp_path, dsn) as here:
        await here.gateway.until(lambda: here.gateway.beats)

    beat = here.gateway.beats[0]
    assert (beat.envelope.source, beat.data.process) == (SYSTEM, "connector-main")
    offered = f"""
        {SNAPSHOT} {LIST} {STATEMENT} {CAPTURED} okno.bill.list.v1 okno.payment.refunded.v1 okno.payment.reversed.v1
        okno.customer.identify.v1 okno.customer.prove.v1 okno.customer.profile.get.v1 okno.customer.grant.renew.v1
        okno.account.reconciliation.get.v1 okno.requisites.get.v1 okno.payment.payable.v1 okno.sync.page.v1
    """
    assert set(beat.data.operations) == set(offered.split())
    assert beat.data.operations[SNAPSHOT] == schema_hash(OPERATIONS[SNAPSHOT])
    assert set(beat.data.queues) == {"outbox"}


@in_loop
async def test_a_watermark_follows_what_was_committed_before_it(
    tmp_path: Path, dsn: str, book: Book, account: str
) -> None:
    async with street(tmp_path, dsn) as here:
        await here.gateway.until(lambda: here.gateway.events(WATERMARK))
        await asyncio.to_thread(entered, book)
        before = now()
        assert await asyncio.to_thread(watermark_set, book)
        await here.gateway.until(lambda: len(here.gateway.events(WATERMARK)) == 2)

    events = here.gateway.sequence()
    assert [event.type for event in events][-2:] == [POSTED, WATERMARK]
    last = events[-1].data
    assert (last.system, last.epoch) == ("main", 1)
    assert last.committed_before >= before


@in_loop
async def test_a_refused_bundle_is_parted_and_the_good_events_come_again(
    tmp_path: Path, dsn: str, book: Book, account: str
) -> None:
    for _ in range(5):
        entered(book)

    def refuse_third(received: Received) -> Problem | None:
        bad = [index for index, member in enumerate(received.members) if member.data.version == (1, 3)]
        return Problem.of(ErrorCode.BUNDLE_MEMBER, "not this one", index=bad[0]) if bad else None

    async with street(tmp_path, dsn, refuse=refuse_third) as here:
        await here.gateway.until(lambda: rows(dsn, "SELECT 1 FROM store.work"))
        await here.gateway.until(lambda: rows(dsn, WAITING) == [(0,)])
        await here.gateway.until(lambda: len(here.gateway.events(POSTED)) >= 4)

    assert {event.data.version[1] for event in here.gateway.events(POSTED)} == {2, 4, 5, 6}
    assert rows(dsn, "SELECT n FROM store.outbox WHERE refused") == [(3,)]
    assert rows(dsn, "SELECT kind, detail->'reason'->>'code' FROM store.work") == [("event-refused", "bundle-member")]


@in_loop
async def test_a_bundle_refused_without_an_index_is_sent_event_by_event(
    tmp_path: Path, dsn: str, book: Book, account: str
) -> None:
    for _ in range(3):
        entered(book)

    def refuse_third(received: Received) -> Problem | None:
        bad = any(member.data.version == (1, 3) for member in received.members)
        return Problem.of(ErrorCode.SCHEMA) if bad else None

    async with street(tmp_path, dsn, refuse=refuse_third) as here:
        await here.gateway.until(lambda: rows(dsn, "SELECT 1 FROM store.work"))
        await here.gateway.until(lambda: len(here.gateway.events(POSTED)) == 2)

    assert {event.data.version[1] for event in here.gateway.events(POSTED)} == {2, 4}
    assert rows(dsn, "SELECT n FROM store.outbox WHERE refused") == [(3,)]


@in_loop
async def test_a_bundle_refused_for_now_comes_again_whole(tmp_path: Path, dsn: str, book: Book, account: str) -> None:
    refusals = [Problem.of(ErrorCode.QUOTA_EXCEEDED)]

    def refuse_once(received: Received) -> Problem | None:
        return refusals.pop() if refusals and received.members else None

    async with street(tmp_path, dsn, refuse=refuse_once) as here:
        await here.gateway.until(lambda: here.gateway.events(CHANGED))

    assert rows(dsn, "SELECT count(*) FROM store.work") == [(0,)]
    assert refusals == []


@in_loop
async def test_a_broker_that_comes_back_gets_everything_in_order(
    tmp_path: Path, dsn: str, book: Book, account: str
) -> None:
    async with street(tmp_path, dsn) as here:
        await here.gateway.until(lambda: here.gateway.events(CHANGED))
        here.broker.stop()
        for _ in range(150):
            await asyncio.to_thread(entered, book, amount=100)
        waiting = rows(dsn, f"{WAITING} AND account IS NOT NULL")
        here.broker.start()
        await here.gateway.start()
        await here.gateway.until(lambda: len(here.gateway.events(POSTED)) == 150)

    assert waiting == [(150,)]
    assert [event.data.version[1] for event in here.gateway.events(POSTED)] == list(range(2, 152))


@in_loop
async def test_what_cannot_be_believed_is_kept_with_its_reason_and_buried(
    tmp_path: Path, dsn: str, account: str
) -> None:
    async with street(tmp_path, dsn) as here:
        gateway = here.gateway
        envelope = gateway.envelope(CAPTURED, captured(account), **SERVICE)
        await gateway.send(envelope, body=gateway.trust.pen(CABINET).write(envelope))
        await gateway.until(lambda: len(rows(dsn, "SELECT 1 FROM store.bad")) == 1)
        await gateway.courier.publish("x.cmd", "main.p0", b"rubbish", message_id=new_id())
        await gateway.until(lambda: len(rows(dsn, "SELECT 1 FROM store.bad")) == 2)

    assert rows(dsn, "SELECT code, queue, attempt, size FROM store.bad ORDER BY received_at")[1] == (
        *("json-syntax", "q.cmd.main.p0", 1, 7),
    )
    assert rows(dsn, "SELECT code FROM store.bad ORDER BY received_at")[0] == ("signature-missing",)
    assert rows(dsn, "SELECT count(*) FROM book.entry") == [(0,)]


@in_loop
async def test_a_query_with_a_grant_for_something_else_is_never_answered(
    tmp_path: Path, dsn: str, account: str, book: Book
) -> None:
    other = customer_with_account(book, "40817810000000000002")
    period = m.Period(now().date(), now().date())

    async with street(tmp_path, dsn) as here:
        gateway = here.gateway
        user = gateway.granted(account)
        await gateway.send(gateway.envelope(LIST, m.OperationsList(other), **user))
        await gateway.send(gateway.envelope(STATEMENT, m.StatementGet(account, period), **user))
        await gateway.until(lambda: len(rows(dsn, "SELECT 1 FROM store.bad")) == 2)

    assert gateway.replies == []
    codes = rows(dsn, "SELECT code FROM store.bad ORDER BY code")
    assert codes == [("right-not-granted",), ("subject-not-granted",)]


@in_loop
async def test_what_the_gateway_tells_the_inside_is_kept_as_it_was_signed(tmp_path: Path, dsn: str) -> None:
    async with street(tmp_path, dsn) as here:
        gateway = here.gateway
        pen = gateway.trust.pen("urn:okno:gateway:gw1")
        applied = m.SettingsApplied("limits", 1, payload_hash(b"limits"), now())
        envelope = pen.message("okno.settings.applied.v1", applied, at=now(), audience=SYSTEM)
        body = pen.write(envelope)
        for _ in range(2):
            await gateway.courier.publish("x.cmd", "main.p0", body, message_id=envelope.id)
        await gateway.until(lambda: rows(dsn, "SELECT 1 FROM store.message"))

    kept = rows(dsn, "SELECT id::text, type, raw FROM store.message")
    assert kept == [(envelope.id, "okno.settings.applied.v1", body)]
