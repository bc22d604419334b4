"""A comparison finds every planted difference and names it; accounts in motion are not called different."""

from pathlib import Path
from typing import Any

import pytest
from factories.outbox_world import attempt
from factories.read_model import Database, World
from factories.sync_pages import begin, pages, walk
from factories.wire import fixed_id

from okno.cabinet.accounts.tasks.syncing import comparing, explaining

ACCOUNTS = [fixed_id(0xA00 + number) for number in range(30)]


@pytest.fixture
def world(cabinet_database: Database, tmp_path: Path) -> World:
    """Thirty accounts with four operations each, loaded."""
    found = World(cabinet_database, tmp_path)
    for account in ACCOUNTS:
        found.books.opened(account)
        for number in range(4):
            found.books.posted(account, 100 + number)
    begin(found, "load")
    walk(found, found.projector(), limit=50)
    return found


def differences(world: World, *, limit: int = 7) -> list[dict[str, Any]]:
    run = begin(world, "verify")
    projector = world.projector()
    for _ in range(6):
        walk(world, projector, limit=limit)
        world.later(6)
    (found,) = world.rows("SELECT * FROM accounts_sync WHERE id = %s", run)
    rows = world.rows("SELECT * FROM accounts_sync_difference WHERE sync_id = %s ORDER BY id", run)
    assert (found["state"], found["differences"], found["accounts"]) == ("done", len(rows), len(world.books.steps))
    return rows


def named(rows: list[dict[str, Any]]) -> set[tuple[str, str, str | None]]:
    return {(str(row["account_id"]), row["kind"], row["key"]) for row in rows}


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_two_sides_that_agree_have_no_difference(world: World, limit: int) -> None:
    assert differences(world, limit=limit) == []


def test_twenty_planted_differences_of_five_kinds_are_each_named(world: World) -> None:
    planted: set[tuple[str, str, str | None]] = set()
    for account in ACCOUNTS[0:4]:
        world.execute("DELETE FROM accounts_operation WHERE account_id = %s AND version = 3", account)
        planted.add((account, "operation-missing", "J-1-3"))
    for account in ACCOUNTS[4:8]:
        world.execute(
            "INSERT INTO accounts_operation (account_id, position, epoch, version, key, kind, amount, balance,"
            " posted_at) VALUES (%s, 9, 1, 1, 'invented', 'charge', 5, 5, now())",
            account,
        )
        planted.add((account, "operation-extra", "invented"))
    for account in ACCOUNTS[8:12]:
        world.execute(
            "UPDATE accounts_operation SET amount = amount + 1 WHERE account_id = %s AND version = 2", account
        )
        planted.add((account, "operation-differs", "J-1-2"))
    for account in ACCOUNTS[12:16]:
        world.execute("UPDATE accounts_account SET balance = balance + 1 WHERE id = %s", account)
        planted.add((account, "state-differs", "balance"))
    for account in (ACCOUNTS[16], ACCOUNTS[29]):
        world.execute("DELETE FROM accounts_operation WHERE account_id = %s", account)
        world.execute("DELETE FROM accounts_account WHERE id = %s", account)
        planted.add((account, "account-missing", None))
    for account in (
        fixed_id(
            0xA05,
        ),
        fixed_id(0xFFF),
    ):
        ghost = account[:-12] + "ffffffff0000" if account == ACCOUNTS[5] else account
        world.execute(
            "INSERT INTO accounts_account (id, system_id, tail, currency, balance, status, epoch, version, as_of)"
            " VALUES (%s, 'main', '0000', 'RUB', 0, 'active', 1, 1, '2020-01-01')",
            ghost,
        )
        planted.add((ghost, "account-extra", None))
    assert len(planted) == 20
    assert named(differences(world)) == planted
    (wrong,) = [row for row in differences(world) if str(row["account_id"]) == ACCOUNTS[12]]
    assert (wrong["here"], wrong["there"]) == (407, 406)


def test_an_account_in_motion_is_looked_at_again(world: World) -> None:
    late = world.event(world.books.posted(ACCOUNTS[2], 700))
    begin(world, "verify")
    projector = world.projector()
    walk(world, projector, limit=50)
    assert world.rows("SELECT * FROM accounts_sync_difference") == []
    world.take(projector, late)
    world.later(6)
    walk(world, projector, limit=50)
    assert world.rows("SELECT state FROM accounts_sync WHERE kind = 'verify'") == [{"state": "done"}]
    assert world.rows("SELECT * FROM accounts_sync_difference") == []


def test_an_account_that_stays_behind_is_told_with_what_it_lacks(world: World) -> None:
    world.books.posted(ACCOUNTS[2], 700)
    found = differences(world)
    assert named(found) == {(ACCOUNTS[2], "operation-missing", "J-1-6"), (ACCOUNTS[2], "version-differs", None)}
    assert len([row for row in world.outbox() if row["type"].endswith("snapshot.get.v1")]) == 1 + explaining.TRIES_MAX


def test_a_long_history_is_compared_part_by_part(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(6):
        world.take(world.projector(), world.event(world.books.posted(ACCOUNTS[3], 10)))
    world.execute("DELETE FROM accounts_operation WHERE account_id = %s AND version IN (2, 9)", ACCOUNTS[3])
    monkeypatch.setattr(world.books, "snapshot", _short(world))
    assert named(differences(world)) == {
        (ACCOUNTS[3], "operation-missing", "J-1-2"),
        (ACCOUNTS[3], "operation-missing", "J-1-9"),
    }


def _short(world: World) -> Any:  # noqa: ANN401 - the method it stands in for
    whole = world.books.snapshot
    return lambda account, after, limit: whole(account, after, 3 if limit == 1000 else limit)


def test_too_many_differences_are_no_list_for_people(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "SUSPECTS_MAX", 3)
    world.execute("UPDATE accounts_account SET balance = 1")
    begin(world, "verify")
    walk(world, world.projector())
    (run,) = world.rows("SELECT * FROM accounts_sync WHERE kind = 'verify'")
    assert (run["state"], run["code"]) == ("failed", "too-many-differences")
    assert attempt(world, pages(world)) == []
