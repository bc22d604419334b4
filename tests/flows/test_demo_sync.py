"""`okno sync` on a running street: what the book holds comes into the cabinet through the gateway, and is compared."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from factories.street import Demo

from okno.cli.instance.reach import Reach, reach_of
from okno.connectors.book import crowd

CUSTOMERS, OPERATIONS = 6_000, 120_000
"""A hundredth of what a large company has."""
SEED = 11
BOOK = (
    "SELECT a.id, a.balance, count(e.id) FROM book.account a LEFT JOIN book.entry e ON e.account = a.id GROUP BY a.id"
)
CABINET = "SELECT a.id, a.balance, a.position FROM accounts_account a"


@pytest.fixture(scope="module")
def street(short_directory: Path) -> Iterator[Demo]:
    demo = Demo.start(short_directory / "s", "sync")
    yield demo
    assert demo.stop() == 0


@pytest.fixture(scope="module")
def reach(street: Demo) -> Reach:
    return reach_of(street.directory)


def sync(street: Demo, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = street.okno("sync", *arguments, "--dir", str(street.directory), "--json")
    assert done.stdout, done.stderr
    return done.returncode, msgspec.json.decode(done.stdout)


def fetch(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return sorted(connection.execute(query.encode()).fetchall())


def test_everything_in_the_book_is_loaded_and_found_equal(street: Demo, reach: Reach) -> None:
    crowd.load(reach.book, CUSTOMERS, SEED)
    status, said = sync(street)
    assert status == 0
    assert said["operations"] >= OPERATIONS
    assert fetch(reach.projector, CABINET) == fetch(reach.book, BOOK)
    status, said = sync(street, "verify")
    assert (status, said["differences"]) == (0, [])
    assert said["accounts"] == len(fetch(reach.book, BOOK))


def test_a_planted_difference_is_named_and_the_status_tells(street: Demo, reach: Reach) -> None:
    account = crowd.account_id(SEED, 17)
    with psycopg.connect(reach.projector) as connection:
        connection.execute(
            "UPDATE accounts_operation SET amount = amount + 1 WHERE account_id = %s AND version = 3", [account]
        )
    status, said = sync(street, "verify")
    assert status == 1
    assert [(one["account"], one["kind"]) for one in said["differences"]] == [(account, "operation-differs")]
    for_people = street.okno("sync", "verify", "--dir", str(street.directory))
    assert "1 differences" in for_people.stdout
    assert account in for_people.stdout


def test_without_an_instance_or_with_another_run_it_says_what_to_do(street: Demo, reach: Reach, tmp_path: Path) -> None:
    nowhere = street.okno("sync", "--dir", str(tmp_path))
    assert (nowhere.returncode, "start `okno demo`" in nowhere.stderr) == (1, True)
    with psycopg.connect(reach.projector, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO accounts_sync (id, system, kind, phase, started_at, moved_at)"
            " VALUES (gen_random_uuid(), 'main', 'verify', 'accounts', now(), now())"
        )
        busy = street.okno("sync", "--dir", str(street.directory))
        connection.execute("UPDATE accounts_sync SET state = 'failed', code = 'given-up' WHERE state = 'running'")
    assert busy.returncode == 1
    assert "a verify of main is under way" in busy.stderr
