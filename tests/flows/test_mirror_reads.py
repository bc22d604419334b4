"""What a mirrored system is asked: statements by business day, reconciliations, pages that prove a history."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from factories.book_street import BookDatabase
from factories.foreign_books import ForeignBooks, entry, foreign_system

from okno.connectors.runtime.books import Books, books_of
from okno.connectors.runtime.mirror.progress import mirror_watermark
from okno.connectors.runtime.port import Entry, Payment, Posted, Refusal, RefusalCode, SystemAway, Version
from okno.connectors.runtime.steps import no_step
from okno.connectors.runtime.store.connections import Connections
from okno.protocol.ids import new_id


@pytest.fixture
def connections(connector_database: BookDatabase) -> Iterator[Connections]:
    connections = Connections(connector_database.dsn("connector"), size=2)
    yield connections
    connections.close()


@pytest.fixture
def foreign() -> ForeignBooks:
    books = ForeignBooks()
    books.open(
        "C1",
        entry("A", 10_000, day=date(2026, 9, 5), document="Акт 7"),
        entry("B", -4_000, day=date(2026, 10, 2), text="Оплата"),
        entry("C", 500, day=date(2026, 10, 20)),
        entry("D", 70, day=date(2026, 9, 30)),
        number="ЛС 15",
    )
    books.open("C2", entry("A", -7, posted_at=datetime(2026, 1, 1, 0, 0, 0, 123456, UTC)))
    books.open("C3")
    return books


@pytest.fixture
def books(foreign: ForeignBooks, connections: Connections) -> Books:
    """The mirror of the foreign books after its first load."""
    books = books_of(foreign_system(foreign), connections, step=no_step)
    books.mirror.begin()
    while books.mirror.progress().walking:
        books.mirror.walk(2)
    return books


def test_periods_follow_business_days_and_add_up(books: Books) -> None:
    statements, reconciliations = books.system.statements, books.system.reconciliations
    earlier = statements.statement("C1", since=date(2026, 9, 1), until=date(2026, 9, 30))
    later = statements.statement("C1", since=date(2026, 10, 1), until=date(2026, 10, 31))
    two_sided = reconciliations.reconciliation("C1", since=date(2026, 10, 1), until=date(2026, 10, 31))

    assert (earlier.opening, [item.key for item in earlier.operations], earlier.closing) == (0, ["A", "D"], 10_070)
    assert (later.opening, [item.key for item in later.operations], later.closing) == (10_070, ["B", "C"], 6_570)
    (contract,) = two_sided.contracts
    assert (contract.opening, contract.closing) == (10_070, 6_570)
    lines = [(line.on, line.document, line.debit, line.credit) for line in contract.lines]
    assert lines == [(date(2026, 10, 2), "Оплата", 0, 4_000), (date(2026, 10, 20), "C", 500, 0)]
    for part in (statements.statement, reconciliations.reconciliation):
        with pytest.raises(Refusal) as refused:
            part("C1", since=date(2026, 10, 2), until=date(2026, 10, 1))
        assert refused.value.code is RefusalCode.VALUE_INVALID


def test_operations_are_read_by_pages_in_both_directions(books: Books) -> None:
    reads = books.system.reads
    first = reads.snapshot("C1", after=None, limit=3)
    rest = reads.snapshot("C1", after=first.operations[-1].version, limit=3)
    newest = reads.operations("C1", before=None, limit=3)
    oldest = reads.operations("C1", before=newest.next, limit=3)

    assert [item.version.n for item in (*first.operations, *rest.operations)] == [2, 3, 4, 5]
    assert (first.more, rest.more, first.version, first.state.balance) == (True, False, Version(1, 5), 6_570)
    assert [item.operation.key for item in (*newest.operations, *oldest.operations)] == ["D", "C", "B", "A"]
    assert (oldest.next, newest.currency) == (None, "RUB")


def test_an_account_that_is_not_there_is_refused_by_every_part(books: Books) -> None:
    day = date(2026, 1, 1)
    reads = books.system.reads
    for ask in (
        lambda: reads.snapshot("C9", after=None, limit=1),
        lambda: reads.operations("C9", before=None, limit=1),
        lambda: reads.statement("C9", since=day, until=day),
        lambda: reads.reconciliation("C9", since=day, until=day),
        lambda: books.names.reference(new_id()),
        lambda: books.names.reference("C1"),
    ):
        with pytest.raises(Refusal) as refused:
            ask()
        assert refused.value.code is RefusalCode.ACCOUNT_UNKNOWN


def line(item: Entry) -> str:
    micros = (item.posted_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return f"{item.key} {item.kind} {item.amount} {micros}\n"


def test_pages_prove_each_history_by_count_sum_and_hash(books: Books, foreign: ForeignBooks) -> None:
    comparison = books.system.comparison
    first = comparison.accounts(since=None, after=None, limit=2)
    rest = comparison.accounts(since=None, after=first.next, limit=2)
    found = {row.state.account: row for row in (*first.rows, *rest.rows)}

    assert (sorted(found), rest.next) == (["C1", "C2", "C3"], None)
    for name, row in found.items():
        lines = "".join(line(item) for item in foreign.accounts[name].entries)
        assert row.digest == hashlib.sha256(lines.encode()).digest()
        assert (row.operations, row.total) == (len(foreign.accounts[name].entries), row.state.balance)
        assert row.version == Version(1, 1 + row.operations)


def test_pages_of_what_changed_since_a_moment(books: Books, foreign: ForeignBooks, connections: Connections) -> None:
    comparison = books.system.comparison
    all_of_them = comparison.operations_all(since=None, after=None, limit=4)
    last = comparison.operations_all(since=None, after=all_of_them.next, limit=4)
    since = last.as_of
    foreign.post("C3", 900)
    books.mirror.follow(["C3"], None)
    changed = comparison.accounts(since=since, after=None, limit=10)
    added = comparison.operations_all(since=since, after=None, limit=10)

    told = [(row.account, row.operation.operation.key) for row in (*all_of_them.rows, *last.rows)]
    assert told == [("C1", "A"), ("C1", "B"), ("C1", "C"), ("C1", "D"), ("C2", "A")]
    assert ([row.state.account for row in changed.rows], changed.next) == (["C3"], None)
    assert [(row.account, row.operation.version, row.operation.operation.amount) for row in added.rows] == [
        ("C3", Version(1, 2), 900)
    ]
    for page in (comparison.accounts, comparison.operations_all, comparison.postings):
        with pytest.raises(Refusal):
            page(since=None, after="no cursor", limit=1)


def test_postings_are_listed_as_the_system_holds_them(books: Books, connections: Connections) -> None:
    payments = [new_id() for _ in range(3)]
    account = books.names.ids(["C1"])["C1"]
    with connections.borrow() as connection:
        for payment in (*payments, payments[0]):
            books.keep(connection, _payment(payment, account), _posted(payment))
    page = books.system.comparison.postings(since=None, after=None, limit=2)
    rest = books.system.comparison.postings(since=None, after=page.next, limit=2)

    assert [row.payment for row in (*page.rows, *rest.rows)] == payments
    assert {(row.account, row.currency, row.amount) for row in page.rows} == {("C1", "RUB", 5_000)}
    assert books.system.comparison.postings(since=rest.as_of, after=None, limit=2).rows == []


def _payment(payment: str, account: str) -> Payment:
    return Payment(payment, account, 5_000, "RUB", "card", datetime.now(UTC))


def _posted(payment: str) -> Posted:
    return Posted(f"P-{payment}", datetime.now(UTC))


def test_an_account_is_read_at_once_when_somebody_names_it(books: Books, foreign: ForeignBooks) -> None:
    known = books.names.ids(["C1"])
    foreign.open("C4", entry("A", 5))
    named = books.names.ids(["C4", "C1", "C9", "C4"])

    assert named["C1"] == known["C1"]
    assert set(named) == {"C1", "C4"}
    assert books.names.reference(named["C4"]) == "C4"
    assert books.system.reads.snapshot("C4", after=None, limit=5).state.balance == 5


def test_nothing_is_said_to_be_complete_before_the_first_load(foreign: ForeignBooks, connections: Connections) -> None:
    books = books_of(foreign_system(foreign), connections, step=no_step)
    books.mirror.begin()
    books.mirror.walk(2)
    for page in (books.system.comparison.accounts, books.system.comparison.operations_all):
        with pytest.raises(SystemAway):
            page(since=None, after=None, limit=1)
    with connections.borrow() as connection:
        assert not mirror_watermark(connection)
        before = books.system.reads.snapshot("C1", after=None, limit=1).as_of
        while books.mirror.progress().walking:
            books.mirror.walk(2)
        books.mirror.follow((), books.mirror.changes(books.mirror.progress().cursor))
        assert mirror_watermark(connection)
    assert books.system.reads.snapshot("C1", after=None, limit=1).as_of > before


def test_what_was_told_cannot_be_rewritten(books: Books, connector_database: BookDatabase) -> None:
    with psycopg.connect(connector_database.superuser_dsn()) as root:
        for query in ("UPDATE mirror.entry SET amount = 1", "DELETE FROM mirror.entry"):
            with pytest.raises(psycopg.errors.IntegrityError, match="append-only"), root.transaction():
                root.execute(query)
        assert root.execute("SELECT count(*) FROM mirror.entry").fetchone() == (5,)
