"""A mirrored system on the wire: what its own people do reaches the gateway, once, in order, with its versions."""

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
from factories.book_street import QUICK, WATERMARK, BookDatabase, Street, in_loop, now, rows, street
from factories.foreign_books import ForeignBooks, due, entry, foreign

from okno.connectors.runtime.port import Refusal, RefusalCode
from okno.connectors.runtime.store.epochs import epoch_raise
from okno.protocol import messages as m
from okno.protocol.ids import new_id

POSTED = "okno.operation.posted.v1"
CHANGED = "okno.account.changed.v1"
SNAPSHOT = "okno.account.snapshot.get.v1"
CAPTURED = "okno.payment.captured.v1"
SERVICE = {"auth": ("service", None)}
LOADED = "SELECT 1 FROM mirror.progress WHERE NOT walking"
ID = "SELECT id::text FROM mirror.account WHERE reference = %s"
WORK = "SELECT kind, subject, settled_at IS NULL FROM store.work ORDER BY opened_at"
EAGER = replace(QUICK, watch_s=0.05)


@pytest.fixture
def dsn(connector_database: BookDatabase) -> str:
    return connector_database.dsn("connector")


@pytest.fixture
def books() -> ForeignBooks:
    books = ForeignBooks()
    books.open("C1", entry("A", 10_000), entry("B", -4_000), due=due(6_000, date(2026, 12, 10)))
    books.open("C2", entry("A", 700))
    return books


async def loaded(here: Street, dsn: str) -> None:
    await here.gateway.until(lambda: rows(dsn, LOADED))


def id_of(dsn: str, reference: str) -> str:
    return str(rows(dsn, ID, (reference,))[0][0])


def told(here: Street, account: str, *, count: int = 0) -> list[m.Message]:
    """Events of an account in the order of versions, when there are `count` or more."""
    data = [event.data for event in here.gateway.events() if getattr(event.data, "account", None) == account]
    found = sorted((item for item in data if hasattr(item, "version")), key=lambda item: item.version)
    return found if len(found) >= count else []


@in_loop
async def test_what_is_new_is_told_and_the_first_load_is_not(tmp_path: Path, dsn: str, books: ForeignBooks) -> None:
    async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
        await loaded(here, dsn)
        books.post("C1", 2_500, text="Интернет, ноябрь", document="Счёт 15")
        await here.gateway.until(lambda: here.gateway.events(POSTED))
        books.change("C1", status="blocked")
        await here.gateway.until(lambda: here.gateway.events(CHANGED))
        account = id_of(dsn, "C1")
        snapshot = (await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE)).data

    posted, changed = told(here, account)
    assert (posted.version, changed.version, len(here.gateway.events())) == ((1, 4), (1, 5), 2)
    assert posted.operation.amount == m.Amount("25.00", "RUB")
    assert posted.operation.balance == changed.balance == m.Amount("85.00", "RUB")
    assert (posted.operation.text, changed.status) == ("Интернет, ноябрь", "blocked")
    assert (snapshot.version, snapshot.balance.amount, snapshot.number_tail) == ((1, 5), "85.00", "0001")
    assert [item.amount.amount for item in snapshot.operations] == ["100.00", "-40.00", "25.00"]
    assert snapshot.due == m.Due(m.Amount("60.00", "RUB"), date(2026, 12, 10))


@in_loop
async def test_an_account_that_is_opened_later_is_told_whole(tmp_path: Path, dsn: str, books: ForeignBooks) -> None:
    async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
        await loaded(here, dsn)
        books.open("C3", entry("X", 500), entry("Y", -200), currency="EUR", due=due(300, date(2026, 12, 1)))
        await here.gateway.until(lambda: len(here.gateway.events()) == 3)

    opened, first, second = told(here, id_of(dsn, "C3"))
    assert (opened.version, opened.balance, opened.due.amount) == (
        *((1, 1), m.Amount("0.00", "EUR"), m.Amount("3.00", "EUR")),
    )
    assert [item.operation.balance.amount for item in (first, second)] == ["5.00", "3.00"]


@in_loop
async def test_what_the_system_lost_or_changed_is_put_right_by_a_correction(
    tmp_path: Path, dsn: str, books: ForeignBooks
) -> None:
    async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
        await loaded(here, dsn)
        account = id_of(dsn, "C1")
        held = books.accounts["C1"].entries[0]
        books.remove("C1", "A")
        await here.gateway.until(lambda: told(here, account, count=1))
        books.post("C1", 12_000, key="A", at=0)
        await here.gateway.until(lambda: told(here, account, count=2))
        books.alter("C1", "B", amount=-4_500)
        await here.gateway.until(lambda: told(here, account, count=3))

    operations = [item.operation for item in told(here, account)]
    assert [(item.key, item.kind, item.amount.amount, item.reverses) for item in operations] == [
        ("A:fix:1", "correction", "-100.00", "A"),
        ("A:fix:2", "correction", "120.00", "A"),
        ("B:fix:1", "correction", "-5.00", "B"),
    ]
    assert operations[-1].balance.amount == "75.00"
    assert rows(dsn, "SELECT sum(amount)::text FROM mirror.entry WHERE account = %s", (account,)) == [("7500",)]
    assert held.posted_at < operations[0].posted_at
    with psycopg.connect(dsn) as store, pytest.raises(psycopg.errors.InsufficientPrivilege):
        store.execute("UPDATE mirror.entry SET amount = 1")


@in_loop
async def test_what_contradicts_itself_is_told_by_its_entries_and_opens_work_once(
    tmp_path: Path, dsn: str, books: ForeignBooks
) -> None:
    async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
        await loaded(here, dsn)
        books.change("C1", balance=1)
        await here.gateway.until(lambda: rows(dsn, WORK) == [("ledger-uneven", "C1", True)])
        books.change("C1", balance=2, status="blocked")
        await here.gateway.until(lambda: here.gateway.events(CHANGED))
        assert rows(dsn, WORK) == [("ledger-uneven", "C1", True)]
        books.change("C1", balance=6_000)
        await here.gateway.until(lambda: rows(dsn, WORK) == [("ledger-uneven", "C1", False)])

    assert here.gateway.events(CHANGED)[0].data.balance == m.Amount("60.00", "RUB")


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda books: books.change("C1", currency="EUR"), "ledger-unfit"),
        (lambda books: books.change("C1", status="odd"), "ledger-unfit"),
        (lambda books: books.post("C1", 5, key="A"), "ledger-unfit"),
        (lambda books: books.post("C1", 10**18), "ledger-unfit"),
        (lambda books: books.refusals.update(C1=Refusal(RefusalCode.VALUE_INVALID, "no")), "ledger-unfit"),
        (lambda books: books.drop("C1"), "ledger-gone"),
        (lambda books: books.post("C1", 5, "gift"), "entry-kind"),
        (lambda books: books.post("C1", 5, "payment"), "entry-kind"),
    ],
)
def test_one_account_in_trouble_stops_no_other(
    tmp_path: Path, dsn: str, books: ForeignBooks, spoil: object, kind: str
) -> None:
    @in_loop
    async def run() -> None:
        async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
            await loaded(here, dsn)
            spoil(books)
            books.journal.append("C1")
            books.post("C2", 300)
            await here.gateway.until(lambda: told(here, id_of(dsn, "C2"), count=1))
            await here.gateway.until(lambda: rows(dsn, WORK))
            account = id_of(dsn, "C1")
            snapshot = (await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE)).data

        assert rows(dsn, WORK) == [(kind, "C1", True)]
        kinds = [item.operation.kind for item in told(here, account) if isinstance(item, m.OperationPosted)]
        assert kinds == (["correction"] if kind == "entry-kind" else [])
        assert snapshot.status == ("closed" if kind == "ledger-gone" else "active")
        assert rows(dsn, "SELECT unfit FROM mirror.account WHERE reference = 'C1'") == [(kind == "ledger-unfit",)]

    run()


@in_loop
async def test_a_captured_payment_is_posted_by_the_systems_own_name_of_the_account(
    tmp_path: Path, dsn: str, books: ForeignBooks
) -> None:
    async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
        await loaded(here, dsn)
        account = id_of(dsn, "C1")
        payment = m.PaymentCaptured(new_id(), account, m.Amount("60.00", "RUB"), "card", now())
        stranger = m.PaymentCaptured(new_id(), new_id(), m.Amount("60.00", "RUB"), "card", now())
        key = {"idempotencykey": payment.payment, **SERVICE}
        answers = await asyncio.gather(*(here.gateway.ask(CAPTURED, payment, **key) for _ in range(3)))
        refused = await here.gateway.ask(CAPTURED, stranger, **SERVICE)
        refund = m.PaymentRefunded(new_id(), payment.payment, account, m.Amount("10.00", "RUB"), "card", now())
        reversal = m.PaymentReversed(new_id(), payment.payment, account, m.Amount("60.00", "RUB"), now())
        back = [
            (await here.gateway.ask(f"okno.payment.{name}.v1", data, **SERVICE)).data
            for name, data in (("refunded", refund), ("reversed", reversal))
        ]
        operations = await here.gateway.until(lambda: told(here, account, count=3))

    final = [answer for answer in answers if answer.envelope.kind == "reply"]
    assert {answer.data.key for answer in final} == {operations[0].operation.key}
    assert operations[0].operation.key.startswith("x-")  # `P <id>` is no key of the wire
    assert [item.key for item in back] == [item.operation.key for item in operations[1:]]
    assert {item.operation.reverses for item in operations[1:]} == {operations[0].operation.key}
    event = here.gateway.events("okno.payment.posted.v1")[0].data
    assert (event.account, event.operation, event.amount.amount) == (account, operations[0].operation.key, "60.00")
    assert (refused.data.code, books.calls.count("post")) == ("not-found", 3)
    assert [item.amount for item in books.accounts["C1"].entries[2:]] == [-6_000, 1_000, 6_000]


@in_loop
async def test_a_system_that_was_away_is_followed_again_and_its_age_is_true(
    tmp_path: Path, dsn: str, books: ForeignBooks, caplog: pytest.LogCaptureFixture
) -> None:
    limits = replace(EAGER, watermark_s=0.1, watch_pause_max_s=0.2)
    async with street(tmp_path, dsn, limits=limits, **foreign(books)) as here:
        await here.gateway.until(lambda: here.gateway.events(WATERMARK))
        books.away = True
        await here.gateway.until(lambda: "the system is away" in caplog.text)
        left_at = now()
        account = id_of(dsn, "C2")
        books.post("C2", 300)
        await asyncio.sleep(0.5)
        stale = (await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account), **SERVICE)).data
        marks = [event.data.committed_before for event in here.gateway.events(WATERMARK)]
        books.away, books.broken = False, ValueError("a fault of the adapter")
        await here.gateway.until(lambda: "a fault of the adapter" in caplog.text)
        books.broken = None
        await here.gateway.until(lambda: told(here, account, count=1))
        await here.gateway.until(lambda: here.gateway.events(WATERMARK)[-1].data.committed_before > left_at)

    assert (stale.balance.amount, stale.as_of <= left_at) == ("7.00", True)
    assert marks == sorted(marks)
    assert marks[-1] <= left_at
    assert caplog.text.count("the system is away") == 1


@in_loop
async def test_a_cursor_that_is_forgotten_makes_all_accounts_be_read_again(
    tmp_path: Path, dsn: str, books: ForeignBooks
) -> None:
    async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
        await loaded(here, dsn)
    books.post("C2", 300)
    books.open("C3", entry("X", 500))
    books.forgotten_before = len(books.journal)
    async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
        await here.gateway.until(lambda: len(here.gateway.events()) == 3)
        await loaded(here, dsn)

    assert [item.version for item in told(here, id_of(dsn, "C2"))] == [(1, 3)]
    assert [item.version for item in told(here, id_of(dsn, "C3"))] == [(1, 1), (1, 2)]


@in_loop
async def test_a_restored_store_tells_what_it_missed_in_a_new_epoch(
    tmp_path: Path, dsn: str, books: ForeignBooks
) -> None:
    async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
        await loaded(here, dsn)
    with psycopg.connect(dsn) as store:
        assert epoch_raise(store) == 2
    books.post("C2", 300)
    async with street(tmp_path, dsn, limits=EAGER, **foreign(books)) as here:
        account = id_of(dsn, "C2")
        await here.gateway.until(lambda: told(here, account, count=1))
        snapshot = (await here.gateway.ask(SNAPSHOT, m.SnapshotGet(account, (1, 2)), **SERVICE)).data

    assert told(here, account)[0].version == (2, 3)
    assert [item.version for item in snapshot.operations] == [(1, 2), (2, 3)]


@in_loop
async def test_never_more_calls_at_once_than_the_ceiling(tmp_path: Path, dsn: str, books: ForeignBooks) -> None:
    books.slow_s = 0.02
    for number in range(3, 33):
        books.open(f"C{number}", entry("A", number))
    limits = replace(EAGER, ceiling=2, command_threads=2, ledgers_max=3, watch_share_percent=100)
    async with street(tmp_path, dsn, limits=limits, **foreign(books)) as here:
        await loaded(here, dsn)
        account = id_of(dsn, "C1")
        payments = [m.PaymentCaptured(new_id(), account, m.Amount("1.00", "RUB"), "card", now()) for _ in range(20)]
        asked = [here.gateway.ask(CAPTURED, item, idempotencykey=item.payment, **SERVICE) for item in payments]
        books.post("C2", 5)
        answers = await asyncio.gather(*asked)
        await here.gateway.until(lambda: told(here, account, count=20))

    assert {answer.envelope.kind for answer in answers} == {"reply"}
    assert books.inside_most == 2
