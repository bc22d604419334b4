"""Whatever is posted in whatever order: the books balance, versions have no gaps, bills and money agree."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from factories.book_street import Book, BookDatabase, customer_with_account, entered
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okno.connectors.book.bills import bill_issue
from okno.connectors.book.reads import snapshot_read
from okno.connectors.runtime.port import Refusal
from okno.protocol.ids import new_id

AMOUNTS = st.integers(min_value=1, max_value=50_000)
CHOICE = st.integers(min_value=0, max_value=9)
ACTS = st.one_of(
    st.tuples(st.sampled_from(["charge", "payment", "credit", "refund"]), AMOUNTS),
    st.tuples(st.just("refund of"), AMOUNTS, CHOICE),
    st.tuples(st.just("correction of"), CHOICE),
    st.tuples(st.just("bill"), AMOUNTS),
)
UNEVEN = """
SELECT count(*) FROM (SELECT entry FROM book.line GROUP BY entry, currency HAVING sum(debit) <> sum(credit)) AS uneven
"""


@pytest.fixture
def book(book_database: BookDatabase) -> Iterator[Book]:
    with psycopg.connect(book_database.dsn("book"), autocommit=True) as connection:
        yield connection


def one(book: Book, query: str) -> tuple[object, ...]:
    return book.execute(query).fetchone()


def act(book: Book, account: str, keys: list[str], wish: tuple[object, ...]) -> None:
    """Do what is wished, or leave it when the book says no."""
    match wish:
        case ("bill", amount):
            issue: Callable[[], object] = lambda: _bill(book, account, amount)  # noqa: E731
        case ("refund of", amount, place) if keys:
            issue = lambda: _entry(book, account, keys, "refund", amount, keys[place % len(keys)])  # noqa: E731
        case ("correction of", place) if keys:
            issue = lambda: _entry(book, account, keys, "correction", 0, keys[place % len(keys)])  # noqa: E731
        case (("charge" | "payment" | "credit" | "refund") as kind, amount):
            issue = lambda: _entry(book, account, keys, kind, amount, None)  # noqa: E731
        case _:
            return
    try:
        issue()
    except Refusal:
        return


def _entry(book: Book, account: str, keys: list[str], kind: str, amount: int, reverses: str | None) -> None:
    keys.append(entered(book, kind, amount, account=account, reverses=reverses).key)


def _bill(book: Book, account: str, amount: int) -> None:
    today = book.execute("SELECT current_date").fetchone()[0]
    bill_issue(book, account=account, number=new_id(), period=(today, today), amount=amount, due_on=today)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, min_size=1, max_size=12))
def test_the_books_hold_together(book: Book, acts: list[tuple[object, ...]]) -> None:
    (accounts,) = one(book, "SELECT count(*) FROM book.account")
    number = f"{accounts + 1:020d}"
    account = customer_with_account(book, number)
    keys: list[str] = []
    for wish in acts:
        act(book, account, keys, wish)

    assert one(book, UNEVEN) == (0,)
    held, unallocated = book.execute(
        "SELECT balance, unallocated FROM book.account WHERE id = %s", (account,)
    ).fetchone()
    (lines,) = book.execute(
        "SELECT coalesce(sum(l.debit - l.credit), 0) FROM book.line l JOIN book.account a ON a.receivable = l.ledger"
        " WHERE a.id = %s",
        (account,),
    ).fetchone()
    assert held == lines

    snapshot = snapshot_read(book, account, after=None, limit=100)
    running = 0
    for item in snapshot.operations:
        running += item.operation.amount
        assert item.operation.balance == running
    assert running == held

    versions = book.execute(
        "SELECT array_agg(n ORDER BY seq) FROM store.outbox WHERE account = %s AND n IS NOT NULL", (account,)
    ).fetchone()[0]
    assert versions == list(range(1, snapshot.version.n + 1))

    asked, left, allocated = book.execute(
        "SELECT coalesce(sum(amount), 0), coalesce(sum(remaining), 0),"
        " (SELECT coalesce(sum(amount), 0) FROM book.allocation WHERE account = %(id)s)"
        " FROM book.bill WHERE account = %(id)s",
        {"id": account},
    ).fetchone()
    assert asked - left == allocated >= 0
    assert unallocated == 0 or left == 0
    assert (snapshot.state.due.amount if snapshot.state.due else 0) == left
