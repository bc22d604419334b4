"""The book judges promises by the company's rules, over the wire as the cabinet asks it."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from factories.book_street import Book, customer_with_account, entered, in_loop, rows, street

from okno.connectors.book.promises import PromiseRules
from okno.connectors.runtime.system import System
from okno.protocol import messages as m
from okno.protocol.ids import new_id

PROMISE = "okno.promise.request.v1"
RULES = PromiseRules(most_units=3_000, days_max=7, promises_max=2, period_days=30)


@pytest.fixture
def book(dsn: str) -> Iterator[Book]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def account(book: Book) -> str:
    found = customer_with_account(book)
    entered(book, "charge", 123_450)
    return found


def day(book: Book, ahead: int) -> date:
    row = book.execute("SELECT (clock_timestamp() AT TIME ZONE zone)::date FROM book.company").fetchone()
    assert row is not None
    today: date = row[0]
    return today + timedelta(days=ahead)


@in_loop
async def test_a_promise_is_granted_once_however_often_it_is_told(
    tmp_path: Path, dsn: str, book: Book, account: str
) -> None:
    async with street(tmp_path, dsn, promises=RULES) as here:
        asked = m.PromiseRequest(new_id(), account, m.Amount("1234.50", "RUB"), day(book, 5))
        user = here.gateway.granted(account, "pay")
        key = {"idempotencykey": asked.promise}
        answers = [(await here.gateway.ask(PROMISE, asked, **user, **key)).data for _ in range(2)]
    assert answers == [m.PromiseAnswer(asked.promise, granted=True, until=asked.until)] * 2
    assert rows(dsn, "SELECT account::text, amount, until FROM book.promise") == [(account, 123_450, asked.until)]
    # It is no money: the balance is what it was, and no event tells of an entry.
    assert rows(dsn, "SELECT balance FROM book.account") == [(123_450,)]


@in_loop
async def test_each_rule_refuses_in_its_own_word(tmp_path: Path, dsn: str, book: Book, account: str) -> None:
    async with street(tmp_path, dsn, promises=RULES) as here:
        user = here.gateway.granted(account, "pay")

        async def judged(amount: str = "100.00", ahead: int = 5, currency: str = "RUB") -> object:
            asked = m.PromiseRequest(new_id(), account, m.Amount(amount, currency), day(book, ahead))
            answer = (await here.gateway.ask(PROMISE, asked, **user)).data
            if isinstance(answer, m.PromiseAnswer):
                assert answer.promise == asked.promise
                assert (answer.until is None) == bool(answer.reason)
                return answer.reason
            return answer.code

        assert await judged("3000.01") == "too-much"
        assert await judged(ahead=0) == "day-passed"
        assert await judged(ahead=8) == "too-late"
        assert await judged(currency="EUR") == "rejected"
        assert rows(dsn, "SELECT count(*) FROM book.promise") == [(0,)]
        assert await judged("3000.00", 7) == ""
        assert await judged() == "one-stands"
        book.execute("UPDATE book.promise SET until = %s", (day(book, -1),))
        assert await judged() == ""
        book.execute("UPDATE book.promise SET until = %s", (day(book, -1),))
        assert await judged() == "too-often"
        book.execute("UPDATE book.promise SET granted_at = granted_at - interval '31 days'")
        entered(book, "payment", 123_450)
        assert await judged() == "nothing-owed"
        book.execute("UPDATE book.account SET status = 'closed'")
        assert await judged() == "rejected"
    assert rows(dsn, "SELECT count(*) FROM book.promise") == [(2,)]


@in_loop
async def test_a_company_without_rules_takes_none(tmp_path: Path, dsn: str, book: Book, account: str) -> None:
    async with street(tmp_path, dsn) as here:
        asked = m.PromiseRequest(new_id(), account, m.Amount("1.00", "RUB"), day(book, 1))
        answer = (await here.gateway.ask(PROMISE, asked, **here.gateway.granted(account, "pay"))).data
    assert answer.code == "unknown-operation"
    assert rows(dsn, "SELECT count(*) FROM book.promise") == [(0,)]


def test_promises_need_a_system_that_shares_the_stores_transaction() -> None:
    with pytest.raises(ValueError, match="promises are kept"):
        System(id="main", reads=object(), promises=object())
