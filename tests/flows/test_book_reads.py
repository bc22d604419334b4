"""Reads of the book: figures of one moment, history by version, statements that add up."""

from collections.abc import Iterator
from datetime import UTC, timedelta

import psycopg
import pytest
from factories.book_street import NUMBER, Book, BookDatabase, customer_with_account, entered

from okno.connectors.book.reads import head_read, operations_read, snapshot_read, statement_read
from okno.connectors.runtime.port import Refusal, RefusalCode, Version
from okno.connectors.runtime.store.epochs import epoch_raise
from okno.protocol.ids import new_id

DAY = timedelta(days=1)


@pytest.fixture
def book(book_database: BookDatabase) -> Iterator[Book]:
    with psycopg.connect(book_database.dsn("book"), autocommit=True) as connection:
        yield connection


@pytest.fixture
def account(book: Book) -> str:
    return customer_with_account(book)


def test_a_snapshot_is_read_by_pages_until_its_version(book: Book, account: str) -> None:
    postings = [entered(book, amount=100 * number) for number in range(1, 6)]

    first = snapshot_read(book, account, after=None, limit=3)
    rest = snapshot_read(book, account, after=first.operations[-1].version, limit=3)

    assert [item.version for item in (*first.operations, *rest.operations)] == [item.version for item in postings]
    assert (first.more, rest.more) == (True, False)
    assert first.version == rest.version == postings[-1].version
    assert first.state.balance == rest.operations[-1].operation.balance == 1_500
    assert (first.state.number_tail, first.state.status, first.state.due) == ("0001", "active", None)


def test_a_version_of_another_epoch_begins_the_history_anew(book: Book, account: str) -> None:
    before = entered(book)
    assert epoch_raise(book) == 2
    after = entered(book)

    assert (before.version, after.version) == (Version(1, 2), Version(2, 3))
    stale = snapshot_read(book, account, after=before.version, limit=10)
    fresh = snapshot_read(book, account, after=after.version, limit=10)
    assert [item.version for item in stale.operations] == [before.version, after.version]
    assert (stale.version, fresh.operations) == (after.version, [])


def test_operations_are_read_newest_first(book: Book, account: str) -> None:
    for number in range(1, 4):
        entered(book, amount=number)

    newest = operations_read(book, NUMBER, before=None, limit=2)
    oldest = operations_read(book, NUMBER, before=newest.next, limit=2)

    assert [item.operation.amount for item in newest.operations] == [3, 2]
    assert ([item.operation.amount for item in oldest.operations], oldest.next) == ([1], None)


def test_a_statement_adds_up_and_follows_the_one_before(book: Book, account: str) -> None:
    today = head_read(book, account).as_of.astimezone(UTC)
    entered(book, amount=10_000, posted_at=today - 40 * DAY)
    entered(book, "payment", 4_000, posted_at=today - 20 * DAY)
    entered(book, amount=500, posted_at=today - 10 * DAY)
    entered(book, amount=70, posted_at=today - 35 * DAY)
    split = (today - 30 * DAY).date()

    earlier = statement_read(book, NUMBER, since=(today - 50 * DAY).date(), until=split)
    later = statement_read(book, NUMBER, since=split + DAY, until=today.date() + DAY)

    assert (earlier.opening, earlier.closing) == (0, 10_070)
    assert (later.opening, later.closing) == (10_070, 6_570)
    for statement in (earlier, later):
        effects = sum(operation.amount for operation in statement.operations)
        assert statement.opening + effects == statement.closing
    assert later.closing == head_read(book, account).balance
    with pytest.raises(Refusal, match="ends before it begins"):
        statement_read(book, NUMBER, since=split, until=split - DAY)


def test_what_is_shown_has_no_names_while_the_book_keeps_its_words(book: Book, account: str) -> None:
    entered(book, text="Перерасчёт Голубевой Анне, тел. 8 900 000-00-01")

    (item,) = snapshot_read(book, account, after=None, limit=1).operations

    assert item.operation.text == "Перерасчёт …, тел. …"
    kept = book.execute("SELECT text FROM book.entry").fetchone()
    assert kept == ("Перерасчёт Голубевой Анне, тел. 8 900 000-00-01",)


@pytest.mark.parametrize("unknown", ["9" * 20, "nobody", ""])
def test_an_unknown_account_is_refused(book: Book, account: str, unknown: str) -> None:
    for read in (head_read, lambda c, a: snapshot_read(c, a, after=None, limit=1)):
        with pytest.raises(Refusal) as refused:
            read(book, unknown)
        assert refused.value.code is RefusalCode.ACCOUNT_UNKNOWN
    with pytest.raises(Refusal):
        snapshot_read(book, new_id(), after=None, limit=1)
