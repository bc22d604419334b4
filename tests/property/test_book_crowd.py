"""The crowd is the same for a seed wherever it is made, adds up, and loads as if it had been posted."""

import re
from datetime import UTC, datetime, timedelta
from importlib import import_module

import psycopg
import pytest
from factories.book_street import BookDatabase, entered, rows
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors

from okno.connectors.book.crowd import ANCHOR, account_id, account_number, load, operations, row
from okno.connectors.book.crowd import rows as crowd_rows
from okno.connectors.book.crowd.load import CrowdPresent
from okno.connectors.book.reads import head_read, snapshot_read
from okno.connectors.book.registers import registers_read
from okno.protocol.ids import is_id

SEEDS = st.integers(min_value=0, max_value=10**6)
INDEXES = st.integers(min_value=0, max_value=10**6)


@given(seed=SEEDS, index=INDEXES, count=st.integers(min_value=0, max_value=60))
def test_a_history_adds_up_and_ends_before_its_anchor(seed: int, index: int, count: int) -> None:
    history = operations(seed, index, count)

    assert [item.n for item in history] == list(range(1, count + 1))
    assert history == operations(seed, index, count)
    running = 0
    for item in history:
        running += item.amount
        assert item.balance == running
        assert (item.amount > 0) == (item.kind == "charge")
        assert (item.channel is not None) == (item.kind == "payment")
    times = [item.posted_at for item in history]
    assert times == sorted(set(times))
    assert all(at < ANCHOR for at in times)
    assert len({item.key for item in history}) == count


@given(seed=SEEDS, index=INDEXES)
def test_an_account_stands_where_its_history_ends(seed: int, index: int) -> None:
    person = row(seed, index)
    last = operations(seed, index)[-1]

    assert (person.account, person.number) == (account_id(seed, index), account_number(seed, index))
    assert is_id(person.account)
    assert person.account != person.customer
    assert (person.balance, person.n, person.last_at) == (last.balance, last.n, last.posted_at)
    assert re.fullmatch(r"\+7900000[0-9]{4}", person.phone)
    assert re.fullmatch(r"[0-9]{20}", person.number)
    assert person.due_amount == (person.balance if person.balance > 0 else None)
    assert (person.due_on is None) == (person.balance <= 0)
    assert len(person.name.split()) == 3


def test_seeds_are_different_crowds() -> None:
    mine, theirs = list(crowd_rows(200, 7)), list(crowd_rows(200, 8))
    assert mine == list(crowd_rows(200, 7))
    assert {person.account for person in mine}.isdisjoint({person.account for person in theirs})
    assert len({person.name for person in mine}) > 100
    debts = sum(person.balance > 0 for person in mine)
    assert 20 < debts < 180
    assert {person.status for person in crowd_rows(500, 7)} == {"active", "blocked"}


def test_another_anchor_moves_the_months() -> None:
    spring = datetime(2027, 5, 30, tzinfo=UTC)
    assert operations(7, 1, 2, until=spring)[0].posted_at.month == 5
    assert operations(7, 1, 2, until=spring)[0].text == "Интернет за май 2027"
    assert row(7, 1, 0) == row(7, 1, 0)._replace(balance=0, n=0, last_at=None)


@pytest.mark.parametrize("rebuild_min", [10**9, 0], ids=["indexes kept", "indexes rebuilt"])
def test_a_loaded_crowd_stands_as_if_posted(book_database: BookDatabase, rebuild_min: int) -> None:
    dsn, seen = book_database.dsn("book"), []
    constraints = (
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'book'::regnamespace"
    )
    indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'book' ORDER BY 1"
    before = sorted(rows(dsn, constraints)), rows(dsn, indexes)

    def seen_progress(done: int, total: int) -> None:
        seen.append((done, total))

    load(dsn, 50, 7, 6, seen_progress, chunk_accounts=20, rebuild_operations_min=rebuild_min)

    assert seen == [(20, 50), (40, 50), (50, 50)]
    assert (sorted(rows(dsn, constraints)), rows(dsn, indexes)) == before
    assert rows(dsn, "SELECT tgenabled, count(*) FROM pg_trigger WHERE NOT tgisinternal GROUP BY 1")[0][0] == "O"
    with psycopg.connect(dsn, autocommit=True) as book:
        for person in list(crowd_rows(50, 7, 6))[::7]:
            snapshot = snapshot_read(book, person.account, after=None, limit=100)
            state = snapshot.state
            assert (state.balance, state.status, snapshot.version.n) == (person.balance, person.status, 6)
            assert (state.due.amount if state.due else None, state.due.on if state.due else None) == (
                *(person.due_amount, person.due_on),
            )
            held = [(item.version.n, *_members(item.operation)) for item in snapshot.operations]
            assert held == [(item.n, *_members(item)) for item in operations(7, person.ordinal, 6)]
        debits = rows(dsn, "SELECT sum(debit) - sum(credit), count(*) FROM book.line")
        assert debits == [(0, 600)]
        balances = rows(dsn, "SELECT sum(balance) FROM book.account")
        receivables = "SELECT sum(l.debit - l.credit) FROM book.line l JOIN book.account a ON a.receivable = l.ledger"
        assert rows(dsn, receivables) == balances
        taken = registers_read(book, since=ANCHOR.date() - timedelta(days=400), until=ANCHOR.date())
        assert {register.channel for register in taken} == {"card", "sbp", "cash", "agent"}
        wrong_days = "SELECT count(*) FROM book.entry WHERE day <> (posted_at AT TIME ZONE 'Europe/Moscow')::date"
        assert rows(dsn, wrong_days) == [(0,)]
        follower = entered(book, account=account_number(7, 3))
        assert follower.version.n == 7
        assert head_read(book, account_number(7, 3)).balance == follower.balance


def _members(item: object) -> tuple[object, ...]:
    return item.key, item.kind, item.channel, item.amount, item.balance, item.posted_at, item.text


def test_a_crowd_that_does_not_balance_is_not_kept(
    book_database: BookDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The triggers are off while it loads, so a fault of the loader must be found by the loader."""
    dsn = book_database.dsn("book")
    loading = import_module("okno.connectors.book.crowd.load")
    one_sided = loading._LINES.replace(", (2::smallint)", "")  # noqa: SLF001 - the fault that the proof is for
    monkeypatch.setattr(loading, "_LINES", one_sided)
    with pytest.raises(AssertionError, match="6 entries of the crowd do not balance"):
        load(dsn, 3, 7, 2)
    assert rows(dsn, "SELECT (SELECT count(*) FROM book.account), (SELECT count(*) FROM book.entry)") == [(0, 0)]
    monkeypatch.undo()
    load(dsn, 3, 7, 2)
    assert rows(dsn, "SELECT count(*) FROM book.entry") == [(6,)]


def test_a_crowd_is_loaded_once_and_two_seeds_live_together(book_database: BookDatabase) -> None:
    dsn = book_database.dsn("book")
    load(dsn, 3, 7, 2)
    with pytest.raises(CrowdPresent):
        load(dsn, 3, 7, 2)
    load(dsn, 2, 8, 0)
    load(dsn, 2, 9, 2)

    assert rows(dsn, "SELECT count(*), count(DISTINCT id) FROM book.account") == [(7, 7)]
    assert rows(dsn, "SELECT count(*), sum(balance) FROM book.account WHERE number LIKE '90000008%%'") == [(2, 0)]
    with psycopg.connect(dsn, autocommit=True) as book, pytest.raises(errors.InsufficientPrivilege):
        book.execute("DELETE FROM book.entry")
