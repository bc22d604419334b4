"""Pages of everything: each row once, with counts, sums and a digest that anybody can make again."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from factories.book_street import Book, ToyGateway, entered, in_loop, now, rows, street
from factories.golubeva import ADDRESS, NAME, SECOND, golubeva
from factories.people_asking import SERVICE, SYNC, Asking

from okno.connectors.book import crowd
from okno.connectors.book.accounts import NewCustomer, account_open, account_status_set, customer_add
from okno.connectors.book.bills import bill_issue
from okno.connectors.runtime.people import portions
from okno.connectors.runtime.people.pages import CONTENT_BYTES_MAX
from okno.protocol import messages as m
from okno.protocol.ids import new_id

CUSTOMERS = 30
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HISTORY = """
SELECT e.key, e.kind, e.amount, e.posted_at FROM book.entry e WHERE e.account = %s ORDER BY e.epoch, e.n
"""


@pytest.fixture
def book(dsn: str) -> Iterator[Book]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def rub(text: str) -> m.Amount:
    return m.Amount(text, "RUB")


async def page(gateway: ToyGateway, what: str, **members: object) -> m.SyncRows:
    answer = await gateway.ask(SYNC, m.SyncPage("main", what, **members), **SERVICE)
    return answer.data


async def walked(gateway: ToyGateway, what: str, limit: int) -> AsyncIterator[m.SyncRows]:
    """All pages, to the end."""
    after: str | None = None
    while True:
        found = await page(gateway, what, after=after, limit=limit)
        yield found
        if (after := found.next) is None:
            return


def digest_of(dsn: str, account: str) -> str:
    """As SyncAccount defines it, by other means than the book's own."""
    lines = [
        f"{key} {kind} {amount} {(at - EPOCH) // timedelta(microseconds=1)}\n"
        for key, kind, amount, at in rows(dsn, HISTORY, (account,))
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@in_loop
async def test_a_book_that_is_slow_is_told_in_shorter_pages_each_row_once(
    tmp_path: Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd.load(dsn, CUSTOMERS, 7)
    monkeypatch.setattr(portions, "SLOW", 0)
    async with street(tmp_path, dsn) as here:
        accounts = [one async for one in walked(here.gateway, "accounts", 20)]
        operations = [one async for one in walked(here.gateway, "operations", 300)]

    assert [one.count for one in accounts] == [20, 10]
    assert [one.count for one in operations][:4] == [300, 150, 75, 37]
    assert [row.account for one in accounts for row in one.accounts] == [
        id_ for (id_,) in rows(dsn, "SELECT id::text FROM book.account ORDER BY id")
    ]
    found = [(row.account, row.operation.key) for one in operations for row in one.operations]
    assert found == rows(dsn, "SELECT account::text, key FROM book.entry ORDER BY account, epoch, n")


@in_loop
async def test_pages_of_accounts_and_operations_are_the_whole_book_each_row_once(tmp_path: Path, dsn: str) -> None:
    crowd.load(dsn, CUSTOMERS, 7)
    async with street(tmp_path, dsn) as here:
        accounts = [one async for one in walked(here.gateway, "accounts", 7)]
        operations = [one async for one in walked(here.gateway, "operations", 250)]

    assert [one.count for one in accounts] == [7, 7, 7, 7, 2]
    found = [row for one in accounts for row in one.accounts]
    held = rows(dsn, "SELECT id::text, balance, status FROM book.account ORDER BY id")
    assert [(row.account, row.balance.money.minor, row.status) for row in found] == held
    for row in found:
        assert (row.version, row.operations, row.total) == ((1, 20), 20, row.balance)
        assert row.digest == digest_of(dsn, row.account)
    totals = rows(dsn, "SELECT sum(balance)::bigint FROM book.account")
    assert sum(amount.money.minor for one in accounts for amount in one.total) == totals[0][0]

    entries = [row for one in operations for row in one.operations]
    assert [one.count for one in operations] == [250, 250, 100]
    assert [row.operation.key for row in entries] == [
        key for (key,) in rows(dsn, "SELECT key FROM book.entry ORDER BY account, epoch, n")
    ]
    assert [one.total for one in operations] == [
        (m.Amount.of(m.base.Money(sum(row.operation.amount.money.minor for row in one.operations), "RUB")),)
        for one in operations
    ]


@in_loop
async def test_an_empty_account_and_an_empty_page_have_a_digest_and_no_sum(
    tmp_path: Path, dsn: str, book: Book
) -> None:
    async with street(tmp_path, dsn) as here:
        nothing = await page(here.gateway, "accounts")
        customer = customer_add(book, NewCustomer("Пустов Пётр", "K-1"))
        account_open(book, number=SECOND, customer=customer)
        one = await page(here.gateway, "accounts")
        none = await page(here.gateway, "operations")

    assert (nothing.count, nothing.total, nothing.accounts, nothing.next) == (0, (), (), None)
    assert (one.accounts[0].operations, one.accounts[0].total, one.total) == (0, rub("0.00"), (rub("0.00"),))
    assert one.accounts[0].digest == hashlib.sha256(b"").hexdigest()
    assert (none.count, none.operations) == (0, ())


@in_loop
async def test_since_a_moment_there_is_only_what_came_or_changed_after_it(tmp_path: Path, dsn: str, book: Book) -> None:
    golubeva(book)
    silent = customer_add(book, NewCustomer("Тихонов Тихон", "K-silent"))
    quiet = [account_open(book, number=f"4081781000000000001{place}", customer=silent) for place in range(3)]
    began = now()
    dated_back = entered(book, "charge", 5_000, account=SECOND, posted_at=began - timedelta(days=60))
    paid = new_id()
    entered(book, "payment", 1_000, account=SECOND, key=f"payment:{paid}")
    entered(book, "payment", 1_000, account=SECOND, key="payment:by-hand")
    async with street(tmp_path, dsn) as here:
        changed = await page(here.gateway, "accounts", since=began)
        posted = await page(here.gateway, "operations", since=began)
        postings = await page(here.gateway, "postings", since=began)
        account_status_set(book, quiet[0], "blocked")
        november = (began.date(), began.date())
        bill_issue(book, account=quiet[1], number="B-7", period=november, amount=100, due_on=began.date())
        later = await page(here.gateway, "accounts", since=began, limit=1)
        rest = await page(here.gateway, "accounts", since=began, after=later.next)
        future = await page(here.gateway, "postings", since=now() + timedelta(hours=1))

    assert [row.account for row in changed.accounts] == [dated_back.account]
    assert [row.operation.amount for row in posted.operations] == [rub("50.00"), rub("-10.00"), rub("-10.00")]
    assert postings.postings[0] == m.SyncPosting(
        paid, dated_back.account, f"payment:{paid}", rub("10.00"), postings.postings[0].posted_at
    )
    assert (postings.count, postings.total) == (1, (rub("10.00"),))
    assert {row.account for row in (*later.accounts, *rest.accounts)} == {dated_back.account, *quiet[:2]}
    assert (future.count, future.next) == (0, None)


@in_loop
async def test_customers_are_sealed_and_a_page_that_would_not_fit_is_cut(tmp_path: Path, dsn: str, book: Book) -> None:
    opened = golubeva(book)
    async with street(tmp_path, dsn) as here:
        asking, ask = Asking(here.gateway), here.gateway.ask
        small = await ask(SYNC, m.SyncPage("main", "customers"), **SERVICE)
        people = asking.opened(small, m.SyncCustomers).customers
        for place in range(700):
            person = NewCustomer("Ж" * 300, f"K-{place}", address="Ж" * 300)
            account_open(book, number=f"5{place:019}", customer=customer_add(book, person))
        seen: list[str] = []
        after, sizes = None, []
        while after is not None or not sizes:
            answer = await ask(SYNC, m.SyncPage("main", "customers", after=after), **SERVICE)
            part = asking.opened(answer, m.SyncCustomers).customers
            assert answer.data.count == len(part)
            seen += [row.account for row in part]
            sizes.append(len(answer.raw))
            after = answer.data.next

    assert {(row.account, row.profile.name, row.profile.address) for row in people} == {
        (account, NAME, ADDRESS) for account in opened
    }
    assert (small.data.count, small.data.total, small.data.next) == (2, (), None)
    assert seen == [key for (key,) in rows(dsn, "SELECT id::text FROM book.account ORDER BY id")]
    assert len(sizes) > 1
    assert max(sizes) < 2 * CONTENT_BYTES_MAX < 2**20


@in_loop
async def test_a_cursor_of_another_list_is_refused(tmp_path: Path, dsn: str, book: Book) -> None:
    golubeva(book)
    async with street(tmp_path, dsn) as here:
        wrong = [
            await page(here.gateway, what, after=after)
            for what, after in (
                ("accounts", "17"),
                ("customers", "17"),
                ("operations", new_id()),
                ("postings", "1" * 19),
            )
        ]
        right = await page(here.gateway, "operations", after=f"{UUID(int=0)}:0:0", limit=1)

    assert [answer.code for answer in wrong] == ["rejected"] * 4
    assert right.count == 1
