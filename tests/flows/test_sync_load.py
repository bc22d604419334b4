"""A first load: everything the inside has, page by page, while events go on; what dies is followed by the same page."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from factories.outbox_world import answering, attempt, taken
from factories.read_model import Database, KilledError, World
from factories.sync_pages import begin, operations, pages, walk
from factories.wire import fixed_id

from okno.cabinet.accounts.tasks.syncing.runs import RunBusyError, questions_again
from okno.cabinet.kit.outbox.hop import Refused, Verdict
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.pen import Received

ACCOUNTS = [fixed_id(0xA0 + number) for number in range(5)]


@pytest.fixture
def world(cabinet_database: Database, tmp_path: Path) -> World:
    """Books with five accounts: 0, 1, 2, 5 and 4 operations; nobody has told the cabinet of them."""
    found = World(cabinet_database, tmp_path)
    for number, account in enumerate(ACCOUNTS):
        found.books.opened(account)
        for _ in range((0, 1, 2, 5, 3)[number]):
            found.books.posted(account, 100 * (number + 1))
    found.books.opened(ACCOUNTS[4], due="7.00", status="blocked")
    found.books.posted(ACCOUNTS[4], -50)
    return found


def run_of(world: World) -> dict[str, Any]:
    (run,) = world.rows("SELECT * FROM accounts_sync")
    return run


def assert_whole(world: World) -> None:
    """The read model says what the books say, operation by operation and in their order."""
    for account in world.books.steps:
        there = world.books.snapshot(account, None, limit=10_000)
        here = world.account(account)
        assert (here["epoch"], here["version"], here["gap_since"]) == (*there.version, None)
        assert (here["balance"], here["status"]) == (there.balance.money.minor, there.status)
        assert here["due_amount"] == (there.due.amount.money.minor if there.due else None)
        shown = world.operations(account)
        assert [one["key"] for one in shown] == [one.key for one in there.operations]
        assert [one["position"] for one in shown] == list(range(1, len(shown) + 1))
        assert here["position"] == len(shown)


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_everything_arrives_page_by_page(world: World, limit: int) -> None:
    begin(world, "load")
    walk(world, world.projector(), limit=limit)
    assert_whole(world)
    run = run_of(world)
    assert (run["state"], run["phase"], run["accounts"], run["expected"], run["operations"]) == (
        "done",
        "end",
        5,
        12,
        12,
    )
    assert run["finished_at"] == world.now
    assert world.rows("SELECT * FROM accounts_sync_question") == []


def test_a_second_load_changes_nothing(world: World) -> None:
    begin(world, "load")
    walk(world, world.projector())
    before = [world.account(account) for account in ACCOUNTS]
    world.later(60)
    begin(world, "load")
    walk(world, world.projector())
    assert_whole(world)
    assert [world.account(account)["version"] for account in ACCOUNTS] == [one["version"] for one in before]
    assert len(world.rows("SELECT * FROM accounts_sync WHERE state = 'done'")) == 2


@pytest.mark.parametrize("killed_at", ["followed", "between-statements", "before-commit", "before-ack"])
def test_killed_at_every_page_it_goes_on_from_there(world: World, killed_at: str) -> None:
    begin(world, "load")
    while attempt(world, pages(world)):
        with pytest.raises(KilledError):
            world.take(world.projector(kill_at=killed_at), replies=True)
        world.take(world.projector(), replies=True)
    assert_whole(world)
    assert run_of(world)["state"] == "done"


def test_events_of_accounts_that_are_being_loaded_lose_nothing(world: World) -> None:
    begin(world, "load")
    projector = world.projector()
    attempt(world, pages(world))
    world.take(projector, replies=True)
    # Between the accounts and their histories: the second account moves on, a new one opens.
    moved = world.event(world.books.posted(ACCOUNTS[1], 900))
    opened = world.event(world.books.opened(fixed_id(0xAA)))
    charged = world.event(world.books.posted(fixed_id(0xAA), 300))
    world.take(projector, moved, opened, charged)
    for _ in range(4):
        walk(world, projector)
        world.later(3)
        world.take(projector)
    assert_whole(world)
    assert run_of(world)["state"] == "done"


def test_begun_again_it_is_the_same_run_and_another_kind_has_to_wait(world: World) -> None:
    run = begin(world, "load")
    assert begin(world, "load") == run
    assert len(world.outbox()) == 1
    with pytest.raises(RunBusyError):
        begin(world, "verify")
    assert len(world.outbox()) == 1


def given_up(_received: Received, _raw: bytes) -> Verdict:
    return Refused("system-unavailable", "never")


def test_what_the_relay_gave_up_is_asked_again(world: World) -> None:
    run = begin(world, "load")
    attempt(world, given_up)
    assert [row["state"] for row in world.outbox()] == ["failed"]
    with world.connect() as connection:
        assert questions_again(connection, run, world.now) == 1
    walk(world, world.projector())
    assert_whole(world)


def test_what_the_inside_refuses_ends_the_run_with_its_word(world: World) -> None:
    run = begin(world, "load")
    attempt(world, answering(world, Problem.of(ErrorCode.REJECTED)))
    with world.connect() as connection:
        assert questions_again(connection, run, world.now) == 0
    assert (run_of(world)["state"], run_of(world)["code"]) == ("failed", "rejected")
    assert begin(world, "load") != run


def test_a_page_that_contradicts_what_is_known_ends_the_run_and_changes_nothing(world: World) -> None:
    begin(world, "load")
    projector = world.projector()
    attempt(world, pages(world, limit=1000))
    world.take(projector, replies=True)
    before = [world.account(account) for account in ACCOUNTS]
    euro = msgspec.structs.replace(
        operations(world)[0].operation, amount=m.Amount("1.00", "EUR"), balance=m.Amount("1.00", "EUR")
    )
    wrong = m.SyncRows("main", world.now, 1, operations=(m.SyncOperation(ACCOUNTS[1], euro),))
    attempt(world, answering(world, wrong))
    world.take(projector, replies=True)
    assert (run_of(world)["state"], run_of(world)["code"]) == ("failed", "money")
    assert [world.account(account) for account in ACCOUNTS] == before
    assert world.rows("SELECT * FROM accounts_operation") == []
    # What was asked ahead of it is answered, and the answer thrown away.
    assert len(attempt(world, pages(world))) == 1
    world.take(projector, replies=True)
    assert [row["state"] for row in world.outbox()] == ["done", "failed", "done"]
    assert [world.account(account) for account in ACCOUNTS] == before
    assert attempt(world, taken) == []


def test_the_next_page_is_asked_for_before_this_one_is_applied(world: World) -> None:
    begin(world, "load")
    attempt(world, pages(world))
    with pytest.raises(KilledError):
        world.take(world.projector(kill_at="followed"), replies=True)
    assert world.rows("SELECT * FROM accounts_account") == []
    assert (run_of(world)["accounts"], len(world.rows("SELECT * FROM accounts_sync_question"))) == (3, 2)
    # Both pages wait by now; the first is not counted again, and the second comes after it.
    attempt(world, pages(world))
    world.take(world.projector(), replies=True)
    walk(world, world.projector())
    assert_whole(world)
    assert (run_of(world)["accounts"], run_of(world)["state"]) == (5, "done")


def test_an_answer_to_a_run_that_has_ended_is_thrown_away(world: World) -> None:
    begin(world, "load")
    attempt(world, pages(world))
    world.execute("UPDATE accounts_sync SET state = 'failed'")
    world.take(world.projector(), replies=True)
    assert [row["state"] for row in world.outbox()] == ["done"]
    assert world.rows("SELECT * FROM accounts_account") == []
