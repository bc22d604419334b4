"""Bills and registers: money settles the oldest bill, a closed day takes nothing, and both are told."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import psycopg
import pytest
from factories.book_street import NUMBER, Book, BookDatabase, customer_with_account, entered

from okno.connectors.book.accounts import account_status_set
from okno.connectors.book.bills import bill_issue
from okno.connectors.book.reads import bills_read, snapshot_read
from okno.connectors.book.registers import PAGE_ROWS, day_close, registers_read
from okno.connectors.runtime.port import Bill, Due, Refusal, RefusalCode

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
YESTERDAY = (datetime.now(ZoneInfo("Europe/Moscow")) - timedelta(days=1)).date()
AT_NOON = datetime(YESTERDAY.year, YESTERDAY.month, YESTERDAY.day, 9, tzinfo=UTC)


@pytest.fixture
def book(book_database: BookDatabase) -> Iterator[Book]:
    with psycopg.connect(book_database.dsn("book"), autocommit=True) as connection:
        yield connection


@pytest.fixture
def account(book: Book) -> str:
    return customer_with_account(book)


def issued(book: Book, number: str, amount: int, due_on: date, period: tuple[date, date] = OCTOBER) -> Bill:
    return bill_issue(book, account=NUMBER, number=number, period=period, amount=amount, due_on=due_on)


def remaining(book: Book) -> dict[str, int]:
    return dict(book.execute("SELECT number, remaining FROM book.bill ORDER BY number").fetchall())


def told(book: Book, type_: str) -> list[dict[str, object]]:
    found = book.execute("SELECT data FROM store.outbox WHERE type = %s ORDER BY seq", (type_,)).fetchall()
    return [msgspec.json.decode(data) for (data,) in found]


def test_money_settles_the_bill_due_first_and_then_the_next(book: Book, account: str) -> None:
    entered(book, amount=30_000)
    issued(book, "B-2", 10_000, date(2026, 12, 20), NOVEMBER)
    issued(book, "B-1", 20_000, date(2026, 11, 20))
    entered(book, "payment", 20_000)
    assert remaining(book) == {"B-1": 0, "B-2": 10_000}
    issued(book, "B-0", 1_000, date(2026, 10, 20))

    entered(book, "payment", 6_000)

    assert remaining(book) == {"B-0": 0, "B-1": 0, "B-2": 5_000}
    assert snapshot_read(book, account, after=None, limit=10).state.due == Due(5_000, date(2026, 12, 20))
    last = told(book, "okno.account.changed.v1")[-1]
    assert last["due"] == {"amount": {"amount": "50.00", "currency": "RUB"}, "on": "2026-12-20"}


def test_money_paid_before_settles_a_new_bill_at_once(book: Book, account: str) -> None:
    entered(book, "payment", 15_000)

    first = issued(book, "B-1", 10_000, date(2026, 11, 20))
    second = issued(book, "B-2", 10_000, date(2026, 12, 20), NOVEMBER)

    assert (first.remaining, second.remaining) == (0, 5_000)
    bills = told(book, "okno.bill.issued.v1")
    assert [bill["bill"]["status"] for bill in bills] == ["settled", "partially-paid"]
    changes = told(book, "okno.account.changed.v1")
    assert [bill["version"] for bill in bills] == [change["version"] for change in changes[1:]]


def test_money_given_back_opens_the_bills_again_newest_first(book: Book, account: str) -> None:
    issued(book, "B-1", 10_000, date(2026, 11, 20))
    issued(book, "B-2", 10_000, date(2026, 12, 20), NOVEMBER)
    entered(book, "payment", 20_000, key="P-1")
    entered(book, "payment", 1_000, key="P-2")

    entered(book, "refund", 13_000, reverses="P-1")
    assert remaining(book) == {"B-1": 2_000, "B-2": 10_000}
    entered(book, "correction", 0, reverses="P-2")
    assert remaining(book) == {"B-1": 3_000, "B-2": 10_000}
    entered(book, "refund", 50_000)
    assert remaining(book) == {"B-1": 10_000, "B-2": 10_000}
    total = book.execute("SELECT sum(amount) FROM book.allocation").fetchone()
    assert total == (0,)


def test_a_corrected_charge_leaves_bills_alone(book: Book, account: str) -> None:
    charge = entered(book, amount=10_000)
    issued(book, "B-1", 10_000, date(2026, 11, 20))

    entered(book, "correction", 0, reverses=charge.key)

    assert remaining(book) == {"B-1": 10_000}


def test_bills_are_listed_latest_due_first_by_pages(book: Book, account: str) -> None:
    for month in (10, 11, 12):
        issued(book, f"B-{month}", 100, date(2026, month, 20))

    first = bills_read(book, NUMBER, before=None, limit=2)
    second = bills_read(book, NUMBER, before=first.next, limit=2)

    assert [bill.number for bill in first.bills] == ["B-12", "B-11"]
    assert ([bill.number for bill in second.bills], second.next) == (["B-10"], None)
    with pytest.raises(Refusal) as refused:
        bills_read(book, NUMBER, before="B-11", limit=2)
    assert refused.value.code is RefusalCode.VALUE_INVALID


def test_a_bill_that_cannot_be_is_refused(book: Book, account: str) -> None:
    issued(book, "B-1", 100, date(2026, 11, 20))
    before = told(book, "okno.bill.issued.v1")

    refusals = []
    for members in (
        {"number": " "},
        {"number": "B-1"},
        {"period": OCTOBER[::-1]},
        {"amount": 0},
        {"account": "9" * 20},
    ):
        asked = {"account": NUMBER, "number": "B-9", "period": OCTOBER, "amount": 1, "due_on": date(2026, 12, 1)}
        with pytest.raises(Refusal) as refused:
            bill_issue(book, **{**asked, **members})
        refusals.append(refused.value.code)

    assert refusals == [
        RefusalCode.VALUE_INVALID,
        RefusalCode.KEY_CONFLICT,
        RefusalCode.VALUE_INVALID,
        RefusalCode.AMOUNT_INVALID,
        RefusalCode.ACCOUNT_UNKNOWN,
    ]
    assert told(book, "okno.bill.issued.v1") == before
    account_status_set(book, NUMBER, "closed")
    with pytest.raises(Refusal) as refused:
        issued(book, "B-9", 1, date(2026, 12, 1))
    assert refused.value.code is RefusalCode.ACCOUNT_CLOSED


def test_a_closed_day_has_its_register_and_takes_nothing_more(book: Book, account: str) -> None:
    entered(book, amount=50_000, posted_at=AT_NOON)
    entered(book, "payment", 10_000, channel="card", posted_at=AT_NOON, key="P-1")
    entered(book, "payment", 7_000, channel="card", posted_at=AT_NOON)
    entered(book, "payment", 3_000, posted_at=AT_NOON)
    entered(book, "refund", 2_000, reverses="P-1", posted_at=AT_NOON)
    span = {"since": YESTERDAY, "until": YESTERDAY}
    figures = [("bank", 1, 3_000), ("card", 3, 15_000)]

    live = registers_read(book, **span)
    assert [(item.channel, item.count, item.sum) for item in live] == figures
    assert not any(item.closed for item in live)

    closed = day_close(book, YESTERDAY)
    assert [(item.channel, item.count, item.sum) for item in closed] == figures
    assert registers_read(book, **span) == closed
    register = next(item for item in told(book, "okno.register.delivered.v1") if item["agent"] == "card")
    assert (register["count"], register["total"]["amount"], register["pages"]) == (3, "150.00", 1)
    assert sorted(row["amount"]["amount"] for row in register["rows"]) == ["-20.00", "100.00", "70.00"]

    for attempt in (
        lambda: entered(book, "payment", 1, posted_at=AT_NOON),
        lambda: day_close(book, YESTERDAY),
    ):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.code is RefusalCode.DAY_CLOSED
    with pytest.raises(Refusal, match="is not over"):
        day_close(book, YESTERDAY + timedelta(days=1))


def test_a_long_register_is_told_by_pages(book: Book, account: str) -> None:
    book.execute(
        """WITH made AS (INSERT INTO book.entry (key, account, kind, amount, balance, epoch, n, posted_at, day)
        SELECT 'many-' || i, a.id, 'payment', -100, 0, 1, 100 + i, %s, %s
        FROM book.account a, generate_series(1, %s) AS i RETURNING id)
        INSERT INTO book.line (entry, place, ledger, currency, debit, credit)
        SELECT made.id, p, a.receivable, 'RUB', CASE p WHEN 1 THEN 100 ELSE 0 END, CASE p WHEN 2 THEN 100 ELSE 0 END
        FROM made, book.account a, (VALUES (1::smallint), (2::smallint)) AS v(p)""",
        (AT_NOON, YESTERDAY, PAGE_ROWS + 1),
    )

    day_close(book, YESTERDAY)

    pages = told(book, "okno.register.delivered.v1")
    assert [(page["page"], page["pages"], len(page["rows"])) for page in pages] == [(1, 2, PAGE_ROWS), (2, 2, 1)]
    assert {page["count"] for page in pages} == {PAGE_ROWS + 1}
