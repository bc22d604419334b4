"""The crowd: what `okno seed` writes into the cabinet is what the book's events would have made of it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec
import psycopg
import pytest
from typer.testing import CliRunner

from okno.cli.main import app
from okno.cli.seed.read_model import Crowd, CrowdPresent, policies_lifted, read_model_load, sessions_open
from okno.connectors.book import crowd as book_crowd

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SMALL = Crowd(customers=30, seed=7, at=NOW)
BOOK = """
SELECT a.id, e.n, e.key, e.kind, e.channel, e.amount, e.balance, e.posted_at, e.text, e.epoch
  FROM book.entry e JOIN book.account a ON a.id = e.account ORDER BY a.id, e.n
"""
CABINET = """
SELECT account_id, position, key, kind, channel, amount, balance, posted_at, text, epoch
  FROM accounts_operation ORDER BY account_id, position
"""
HEADS = "SELECT id, right(number, 4), currency, balance, status FROM book.account ORDER BY id"
SEEN_HEADS = "SELECT id, tail, currency, balance, status FROM accounts_account ORDER BY id"
VISIBLE = """
SELECT count(*) FROM accounts_access x JOIN identity_user u ON u.id = x.user_id
  JOIN accounts_account a ON a.id = x.account_id AND a.version = a.position AND a.position = 20
"""
KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE conrelid = 'accounts_operation'::regclass ORDER BY 1
"""
FORCED = "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relname LIKE 'accounts\\_a%' AND relkind = 'r'"


class Database(Protocol):
    def dsn(self, role: str) -> str: ...
    def superuser_dsn(self) -> str: ...


def fetch(database: Database, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database.superuser_dsn()) as connection:
        return connection.execute(query).fetchall()


def test_both_sides_agree_and_a_second_run_is_refused(
    cabinet_database: Database, book_database: Database, tmp_path: Path
) -> None:
    arguments = [
        *("seed", "--customers", "30", "--seed", "7", "--json", "--sessions", "3", "--tokens", str(tmp_path / "t")),
        *("--book-dsn", book_database.dsn("book"), "--cabinet-dsn", cabinet_database.dsn("owner")),
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert msgspec.json.decode(done.stdout)["operations"] == 600
    assert len((tmp_path / "t").read_text().split()) == 3
    assert (tmp_path / "t").stat().st_mode & 0o777 == 0o600
    assert fetch(cabinet_database, CABINET) == fetch(book_database, BOOK)
    assert fetch(cabinet_database, SEEN_HEADS) == fetch(book_database, HEADS)
    assert fetch(cabinet_database, VISIBLE) == [(30,)]
    assert fetch(cabinet_database, FORCED) == [(True,)]
    again = CliRunner().invoke(app, [part for part in arguments if part not in ("--sessions", "3")])
    assert again.exit_code == 1
    assert "stands on both sides already" in again.output


def test_a_crowd_for_the_inside_alone_leaves_the_cabinet_empty(
    cabinet_database: Database, book_database: Database, tmp_path: Path
) -> None:
    arguments = [
        *("seed", "--customers", "30", "--seed", "7", "--inside-only"),
        *("--book-dsn", book_database.dsn("book"), "--cabinet-dsn", cabinet_database.dsn("owner")),
    ]
    refused = CliRunner().invoke(app, [*arguments, "--sessions", "3", "--tokens", str(tmp_path / "t")])
    assert refused.exit_code == 2
    assert "leave --inside-only out" in refused.output
    assert fetch(book_database, "SELECT count(*) FROM book.account") == [(0,)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "30 customers with 600 operations" in done.output
    assert len(fetch(book_database, BOOK)) == 600
    assert fetch(cabinet_database, SEEN_HEADS) == []
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 1
    assert "stands in the book already" in again.output


def test_a_run_that_stopped_between_the_sides_is_finished_by_the_next(
    cabinet_database: Database, book_database: Database
) -> None:
    read_model_load(cabinet_database.dsn("owner"), SMALL)
    arguments = [
        *("seed", "--customers", "30", "--seed", "7"),
        *("--book-dsn", book_database.dsn("book"), "--cabinet-dsn", cabinet_database.dsn("owner")),
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "30 customers with 600 operations" in done.output
    assert fetch(cabinet_database, CABINET) == fetch(book_database, BOOK)


def test_another_size_under_the_same_seed_is_refused(cabinet_database: Database, book_database: Database) -> None:
    read_model_load(cabinet_database.dsn("owner"), SMALL)
    with pytest.raises(CrowdPresent) as present:
        read_model_load(cabinet_database.dsn("owner"), replace(SMALL, customers=20))
    assert not present.value.same_size
    done = CliRunner().invoke(
        app,
        [
            *("seed", "--customers", "20", "--seed", "7"),
            *("--book-dsn", book_database.dsn("book"), "--cabinet-dsn", cabinet_database.dsn("owner")),
        ],
    )
    assert done.exit_code == 1
    assert "take another --seed" in done.output
    assert fetch(book_database, "SELECT count(*) FROM book.account") == [(0,)]


def test_a_load_that_a_database_breaks_off_is_told_in_its_words_and_leaves_nothing(
    cabinet_database: Database, book_database: Database
) -> None:
    impatient = f"{cabinet_database.dsn('owner')}&options=-c%20lock_timeout%3D100ms"
    arguments = ["seed", "--customers", "30", "--book-dsn", book_database.dsn("book"), "--cabinet-dsn", impatient]
    with psycopg.connect(cabinet_database.superuser_dsn()) as holder:
        holder.execute("LOCK TABLE accounts_account")
        done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1
    assert "a database broke the load off: canceling statement due to lock timeout" in done.output
    assert fetch(cabinet_database, CABINET) == []
    assert fetch(cabinet_database, FORCED) == [(True,)]
    assert fetch(book_database, "SELECT count(*) FROM book.account") == [(0,)]


def test_a_large_crowd_is_loaded_without_its_keys_and_gets_them_back(
    cabinet_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fetch(cabinet_database, KEYS)
    monkeypatch.setattr("okno.cli.seed.read_model.REBUILD_OPERATIONS_MIN", 100)
    monkeypatch.setattr("okno.cli.seed.read_model.CHUNK_ACCOUNTS", 7)
    moved: list[int] = []
    read_model_load(cabinet_database.dsn("owner"), SMALL, lambda done, _total: moved.append(done))
    assert moved == [7, 14, 21, 28, 30]
    assert fetch(cabinet_database, KEYS) == before
    assert len(fetch(cabinet_database, CABINET)) == 600


def test_nothing_is_left_of_a_load_that_fails(cabinet_database: Database) -> None:
    def fail(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_model_load(cabinet_database.dsn("owner"), SMALL, fail)
    assert fetch(cabinet_database, CABINET) == []
    assert fetch(cabinet_database, FORCED) == [(True,)]


def test_sessions_are_open_for_the_first_customers(cabinet_database: Database) -> None:
    dsn = cabinet_database.dsn("owner")
    read_model_load(dsn, SMALL)
    tokens = sessions_open(dsn, 7, 5, at=NOW)
    assert len(set(tokens)) == 5
    living = "SELECT count(*) FROM identity_session WHERE factors = 2 AND expires_at > '2026-11-22 13:00Z'"
    assert fetch(cabinet_database, living) == [(5,)]


def test_the_crowd_comes_out_the_same_each_time(cabinet_database: Database) -> None:
    with psycopg.connect(cabinet_database.dsn("owner")) as connection, policies_lifted(connection):
        pass
    read_model_load(cabinet_database.dsn("owner"), SMALL)
    first = next(iter(book_crowd.rows(1, 7)))
    assert fetch(cabinet_database, SEEN_HEADS)
    rows = fetch(cabinet_database, f"SELECT tail, balance FROM accounts_account WHERE id = '{first.account}'")  # noqa: S608
    assert rows == [(first.tail, first.balance)]
