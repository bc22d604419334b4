"""Posting: one transaction holds entry, lines, balance, version and event, and nothing rewrites what stands."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import psycopg
import pytest
from factories.book_street import NUMBER, Book, BookDatabase, customer_with_account, entered, lock_awaited, rows
from psycopg import errors

from okno.connectors.book.accounts import NewCustomer, account_open, account_status_set, customer_add
from okno.connectors.book.schema import migrate
from okno.connectors.runtime.port import Refusal, RefusalCode
from okno.connectors.runtime.store.unit import OUTBOX_CHANNEL
from okno.protocol.ids import new_id

LINES = """
SELECT g.code, l.debit, l.credit FROM book.line l JOIN book.ledger g ON g.id = l.ledger
JOIN book.entry e ON e.id = l.entry WHERE e.key = %s ORDER BY l.place
"""


@pytest.fixture
def book(dsn: str) -> Iterator[Book]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def account(book: Book) -> str:
    return customer_with_account(book)


def footprint(dsn: str) -> list[tuple[object, ...]]:
    """Everything that a refused posting must leave as it was."""
    return rows(
        dsn,
        """SELECT (SELECT count(*) FROM book.entry), (SELECT count(*) FROM book.line),
        (SELECT count(*) FROM book.ledger), (SELECT sum(balance) FROM book.account),
        (SELECT sum(n) FROM store.version), (SELECT count(*) FROM store.outbox)""",
    )


@pytest.mark.parametrize(
    ("kind", "members", "balance", "lines"),
    [
        ("charge", {"service": "water"}, 10_000, [("receivable", 10_000, 0), ("revenue.water", 0, 10_000)]),
        ("payment", {"channel": "card"}, -10_000, [("bank.card", 10_000, 0), ("receivable", 0, 10_000)]),
        ("payment", {"channel": "cash"}, -10_000, [("cash.cash", 10_000, 0), ("receivable", 0, 10_000)]),
        ("credit", {}, -10_000, [("allowance.service", 10_000, 0), ("receivable", 0, 10_000)]),
        ("refund", {"channel": "sbp"}, 10_000, [("receivable", 10_000, 0), ("bank.sbp", 0, 10_000)]),
    ],
)
def test_each_kind_has_its_direction_and_its_two_lines(
    book: Book,
    account: str,
    kind: str,
    members: dict[str, str],
    balance: int,
    lines: list[tuple[str, int, int]],
) -> None:
    posting = entered(book, kind, **members)

    assert (posting.account, posting.number, posting.amount, posting.balance) == (account, NUMBER, balance, balance)
    held = book.execute(LINES, (posting.key,)).fetchall()
    assert [(code.removesuffix(f".{NUMBER}"), debit, credit) for code, debit, credit in held] == lines


def test_a_correction_takes_back_the_lines_of_its_entry(book: Book, account: str) -> None:
    wrong = entered(book, service="water")
    right = entered(book, "correction", 0, reverses=wrong.key)

    assert (right.amount, right.balance) == (-10_000, 0)
    assert book.execute(LINES, (right.key,)).fetchall() == [
        (f"receivable.{NUMBER}", 0, 10_000),
        ("revenue.water", 10_000, 0),
    ]
    told = msgspec.json.decode(book.execute("SELECT data FROM store.outbox ORDER BY seq DESC LIMIT 1").fetchone()[0])
    assert (told["operation"]["kind"], told["operation"]["reverses"]) == ("correction", wrong.key)


def test_an_entry_wakes_the_drain_when_it_is_committed_and_not_before(dsn: str, book: Book, account: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as listener:
        listener.execute(f"LISTEN {OUTBOX_CHANNEL}")
        with book.transaction():
            entered(book)
            assert list(listener.notifies(timeout=0.1)) == []
        assert [item.channel for item in listener.notifies(timeout=5, stop_after=1)] == [OUTBOX_CHANNEL]


def test_the_same_key_posts_once_and_another_content_is_refused(dsn: str, book: Book, account: str) -> None:
    first = entered(book, key="K-1", text="Вода")
    before = footprint(dsn)

    again = entered(book, key="K-1", text="Вода")
    assert again == msgspec.structs.replace(first, repeated=True)
    for changes in ({"amount": 10_001}, {"kind": "payment"}, {"text": "Газ"}):
        with pytest.raises(Refusal) as refused:
            entered(book, **{"key": "K-1", "text": "Вода", **changes})
        assert refused.value.code is RefusalCode.KEY_CONFLICT

    assert footprint(dsn) == before


def test_a_repeated_correction_answers_the_first_one(book: Book, account: str) -> None:
    wrong = entered(book)
    first = entered(book, "correction", 0, reverses=wrong.key, key="C-1")

    again = entered(book, "correction", 0, reverses=wrong.key, key="C-1")

    assert again == msgspec.structs.replace(first, repeated=True)


REFUSALS = [
    ({"account": "9" * 20}, RefusalCode.ACCOUNT_UNKNOWN),
    ({"account": "019a0000-0000-7000-8000-0000000000ff"}, RefusalCode.ACCOUNT_UNKNOWN),
    ({"account": "x' OR true --"}, RefusalCode.ACCOUNT_UNKNOWN),
    ({"currency": "EUR"}, RefusalCode.CURRENCY_MISMATCH),
    ({"amount": 0}, RefusalCode.AMOUNT_INVALID),
    ({"amount": -1}, RefusalCode.AMOUNT_INVALID),
    ({"amount": 100_000_000_001}, RefusalCode.AMOUNT_TOO_LARGE),
    ({"kind": "refund", "reverses": "nothing"}, RefusalCode.ENTRY_UNKNOWN),
    ({"kind": "refund", "reverses": "charged"}, RefusalCode.VALUE_INVALID),
    ({"kind": "correction", "amount": 0, "reverses": "corrected"}, RefusalCode.ENTRY_CORRECTED),
    ({"kind": "correction", "amount": 0, "reverses": "correction"}, RefusalCode.VALUE_INVALID),
    ({"posted_at": datetime.now(UTC) + timedelta(hours=1)}, RefusalCode.VALUE_INVALID),
]


def test_a_refused_entry_leaves_nothing_behind(dsn: str, book: Book, account: str) -> None:
    entered(book, key="charged")
    entered(book, key="corrected")
    entered(book, "correction", 0, reverses="corrected", key="correction")
    before = footprint(dsn)

    for changes, code in REFUSALS:
        with pytest.raises(Refusal) as refused:
            entered(book, **changes)
        assert (changes, refused.value.code) == (changes, code)

    assert footprint(dsn) == before


def test_a_payment_is_given_back_at_most_once(book: Book, account: str) -> None:
    entered(book, "payment", 10_000, key="P-1")
    entered(book, "refund", 6_000, reverses="P-1")

    for kind, amount in (("refund", 4_001), ("correction", 0)):
        with pytest.raises(Refusal) as refused:
            entered(book, kind, amount, reverses="P-1")
        assert refused.value.code is RefusalCode.ENTRY_CORRECTED
    assert entered(book, "refund", 4_000, reverses="P-1").balance == 0


def test_a_closed_account_takes_nothing_and_closes_only_at_zero(dsn: str, book: Book, account: str) -> None:
    charge = entered(book)
    with pytest.raises(Refusal) as refused:
        account_status_set(book, NUMBER, "closed")
    assert refused.value.code is RefusalCode.ACCOUNT_NOT_EMPTY

    assert account_status_set(book, NUMBER, "blocked")
    assert not account_status_set(book, NUMBER, "blocked")
    entered(book, "payment", charge.balance)
    assert account_status_set(book, NUMBER, "closed")
    before = footprint(dsn)
    for attempt in (lambda: entered(book), lambda: account_status_set(book, NUMBER, "active")):
        with pytest.raises(Refusal) as refused:
            attempt()
        assert refused.value.code is RefusalCode.ACCOUNT_CLOSED
    with pytest.raises(Refusal, match="a status is one of"):
        account_status_set(book, NUMBER, "frozen")
    assert footprint(dsn) == before

    told = book.execute(
        "SELECT n, data FROM store.outbox WHERE type = 'okno.account.changed.v1' ORDER BY seq"
    ).fetchall()
    states = [(n, msgspec.json.decode(data)["status"]) for n, data in told]
    assert states == [(1, "active"), (3, "blocked"), (5, "closed")]


def test_customers_and_accounts_are_checked(book: Book, account: str) -> None:
    customer = customer_add(book, NewCustomer("Лугова Вера", "K-77"))
    refused = []
    for attempt in (
        lambda: customer_add(book, NewCustomer(" ", "K-78")),
        lambda: customer_add(book, NewCustomer("Лугова Вера", "K-78", "89001234567")),
        lambda: customer_add(book, NewCustomer("Лугова Вера", "K-77")),
        lambda: account_open(book, number="123", customer=customer),
        lambda: account_open(book, number=NUMBER, customer=customer),
        lambda: account_open(book, number="5" * 20, customer=customer, currency="USD"),
        lambda: account_open(book, number="5" * 20, customer=new_id()),
    ):
        with pytest.raises(Refusal) as refusal:
            attempt()
        refused.append(refusal.value.code)

    assert refused == [
        RefusalCode.VALUE_INVALID,
        RefusalCode.VALUE_INVALID,
        RefusalCode.KEY_CONFLICT,
        RefusalCode.VALUE_INVALID,
        RefusalCode.KEY_CONFLICT,
        RefusalCode.CURRENCY_MISMATCH,
        RefusalCode.ACCOUNT_UNKNOWN,
    ]
    assert book.execute("SELECT count(*) FROM book.account").fetchone() == (1,)


REWRITES = (
    *("UPDATE book.entry SET amount = 1", "DELETE FROM book.entry", "TRUNCATE book.entry"),
    *("UPDATE book.line SET debit = 1", "DELETE FROM book.line", "TRUNCATE book.line"),
    *("UPDATE book.allocation SET amount = 1", "DELETE FROM book.allocation", "TRUNCATE book.allocation"),
    *("UPDATE book.register SET count = 1", "DELETE FROM book.register", "TRUNCATE book.register"),
)


def test_nothing_posted_is_rewritten_by_the_role_nor_by_a_superuser(
    book_database: BookDatabase, dsn: str, account: str, book: Book
) -> None:
    entered(book)
    before = footprint(dsn)

    with psycopg.connect(book_database.superuser_dsn(), autocommit=True) as root:
        for statement in REWRITES:
            with pytest.raises(errors.InsufficientPrivilege):
                book.execute(statement)
            with pytest.raises(errors.IntegrityConstraintViolation):
                root.execute(statement)

    assert footprint(dsn) == before


BREACHES = {
    "a line to an old entry": """INSERT INTO book.line (entry, place, ledger, currency, debit)
        SELECT e.id, 3, a.receivable, 'RUB', 1 FROM book.entry e JOIN book.account a ON a.id = e.account""",
    "an entry without lines": """INSERT INTO book.entry (key, account, kind, amount, balance, epoch, n, posted_at, day)
        SELECT 'bare', id, 'charge', 1, 1, 1, 99, now(), now() FROM book.account""",
    "a line without an entry": """INSERT INTO book.line (entry, place, ledger, currency, debit)
        SELECT 999, 1, receivable, 'RUB', 1 FROM book.account""",
    "an uneven entry": """WITH made AS (
        INSERT INTO book.entry (id, key, account, kind, amount, balance, epoch, n, posted_at, day)
        SELECT 999, 'uneven', id, 'charge', 2, 2, 1, 99, now(), now() FROM book.account RETURNING id)
        INSERT INTO book.line (entry, place, ledger, currency, debit, credit)
        SELECT made.id, v.place, a.receivable, 'RUB', v.debit, v.credit FROM made, book.account a,
        (VALUES (1::smallint, 2, 0), (2::smallint, 0, 1)) AS v(place, debit, credit)""",
}


def test_an_entry_is_whole_and_balanced_or_not_there(dsn: str, book: Book, account: str) -> None:
    entered(book)
    before = footprint(dsn)

    for name, attempt in BREACHES.items():
        with pytest.raises(errors.CheckViolation) as refused:
            book.execute(attempt)
        assert (name, footprint(dsn)) == (name, before)

    assert "does not balance: RUB 1" in refused.value.diag.message_primary


def test_many_at_once_leave_one_order_without_gaps(dsn: str, book: Book, account: str) -> None:
    customer_with_account(book, "40817810000000000002")

    def work(number: str) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            for _ in range(20):
                entered(connection, account=number, amount=100)

    numbers = [NUMBER, "40817810000000000002"] * 2
    threads = [threading.Thread(target=work, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    held = rows(
        dsn,
        "SELECT account, array_agg(n ORDER BY seq), array_agg(n ORDER BY n) FROM store.outbox GROUP BY account",
    )
    assert [by_seq == by_n == list(range(1, 42)) for _, by_seq, by_n in held] == [True, True]
    assert rows(dsn, "SELECT balance FROM book.account") == [(4_000,), (4_000,)]


def test_one_key_on_two_accounts_at_once_is_posted_to_one(dsn: str, book: Book, account: str) -> None:
    customer_with_account(book, "40817810000000000002")
    outcomes: list[object] = []
    with psycopg.connect(dsn, autocommit=True) as holder:
        with holder.transaction():
            entered(holder, key="shared")
            thread = threading.Thread(target=lambda: outcomes.append(_tried(dsn, "40817810000000000002", "shared")))
            thread.start()
            lock_awaited(dsn)
        thread.join()

    assert [outcome.code for outcome in outcomes] == [RefusalCode.KEY_CONFLICT]
    assert rows(dsn, "SELECT count(*) FROM book.entry") == [(1,)]


def _tried(dsn: str, number: str, key: str) -> object:
    with psycopg.connect(dsn, autocommit=True) as connection:
        try:
            return entered(connection, account=number, key=key)
        except Refusal as refusal:
            return refusal


def test_a_database_is_migrated_once(dsn: str) -> None:
    assert migrate(dsn) == []
    assert rows(dsn, "SELECT system, epoch FROM store.state") == [("main", 1)]


def test_posting_is_a_savepoint_inside_of_another_transaction(dsn: str, book: Book, account: str) -> None:
    before = footprint(dsn)
    with book.transaction(force_rollback=True):
        entered(book)
    assert footprint(dsn) == before
