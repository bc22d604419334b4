"""A comparison with a real Tryton: what was planted in the read model is found and named, account by account."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from factories.street import Demo
from factories.wire import fixed_id

from okno.cli.instance.reach import Reach, reach_of
from okno.cli.seed.read_model import policies_lifted

pytestmark = pytest.mark.timeout(1800)
SMALL = ("--stack", "tryton", "--parties", "8", "--months", "2")
Planted = tuple[str, str, str | None]


@pytest.fixture(scope="module")
def demo(short_directory: Path) -> Iterator[Demo]:
    street = Demo.start(short_directory / "ts", "ts", *SMALL)
    yield street
    assert street.stop() == 0


@pytest.fixture(scope="module")
def reach(demo: Demo) -> Reach:
    return reach_of(demo.directory)


def verify(demo: Demo) -> tuple[int, dict[str, Any], set[Planted]]:
    done = demo.okno("sync", "verify", "--dir", str(demo.directory), "--json")
    assert done.stdout, done.stderr
    said = msgspec.json.decode(done.stdout)
    return done.returncode, said, {(one["account"], one["kind"], one["key"]) for one in said["differences"]}


def fetch(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def test_everything_in_tryton_was_loaded_and_is_found_equal(demo: Demo, reach: Reach) -> None:
    status, said, differences = verify(demo)
    assert (status, differences) == (0, set())
    heads = "SELECT id, balance FROM mirror.head ORDER BY id"
    assert fetch(reach.projector, "SELECT id, balance FROM accounts_account ORDER BY id") == fetch(reach.book, heads)
    entries = fetch(reach.book, "SELECT count(*), sum(amount) FROM mirror.entry")
    assert fetch(reach.projector, "SELECT count(*), sum(amount) FROM accounts_operation") == entries
    assert (said["accounts"], said["operations"]) == (len(fetch(reach.book, heads)), entries[0][0])


def test_twenty_planted_differences_are_each_named(demo: Demo, reach: Reach) -> None:
    with psycopg.connect(reach.cabinet) as connection, policies_lifted(connection):
        planted = plant(connection)
    assert len(planted) == 20
    status, _, differences = verify(demo)
    assert status == 1
    assert differences == planted


def plant(connection: psycopg.Connection) -> set[Planted]:
    """Of six kinds. Whose account nobody has registered for yet is the one that can be taken away."""
    unread = "SELECT id::text FROM accounts_account a WHERE NOT EXISTS (SELECT FROM accounts_access x"
    ((gone,),) = connection.execute(f"{unread} WHERE x.account_id = a.id) ORDER BY id LIMIT 1").fetchall()
    connection.execute("DELETE FROM accounts_operation WHERE account_id = %s", [gone])
    connection.execute("DELETE FROM accounts_account WHERE id = %s", [gone])
    ghosts = [fixed_id(0xFF0 + number) for number in range(3)]
    for ghost in ghosts:
        connection.execute(
            "INSERT INTO accounts_account (id, system_id, tail, currency, balance, status, epoch, version, as_of)"
            " VALUES (%s, 'main', '0000', 'RUB', 0, 'active', 1, 1, '2020-01-01')",
            [ghost],
        )
    first_and_last = (
        "SELECT account_id::text, (array_agg(key ORDER BY version))[1], (array_agg(key ORDER BY version DESC))[1]"
        " FROM accounts_operation GROUP BY account_id HAVING count(*) >= 2 ORDER BY account_id LIMIT 4"
    )
    histories = connection.execute(first_and_last.encode()).fetchall()
    for account, first, last in histories:
        connection.execute("DELETE FROM accounts_operation WHERE account_id = %s AND key = %s", [account, first])
        connection.execute(
            "UPDATE accounts_operation SET amount = amount + 1 WHERE account_id = %s AND key = %s", [account, last]
        )
        connection.execute(
            "INSERT INTO accounts_operation (account_id, position, epoch, version, key, kind, amount, balance,"
            " posted_at) VALUES (%s, 999, 1, 1, 'invented', 'charge', 5, 5, now())",
            [account],
        )
        connection.execute("UPDATE accounts_account SET balance = balance + 1 WHERE id = %s", [account])
    planted: set[Planted] = {(gone, "account-missing", None), *((ghost, "account-extra", None) for ghost in ghosts)}
    for account, first, last in histories:
        planted |= {
            (account, "operation-missing", first),
            (account, "operation-differs", last),
            (account, "operation-extra", "invented"),
            (account, "state-differs", "balance"),
        }
    return planted
