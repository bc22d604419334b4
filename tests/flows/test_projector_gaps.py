"""A missing version is noticed, shown by the figure's age, asked for once and healed by a snapshot."""

from pathlib import Path

import pytest
from factories.outbox_world import answering, attempt, snapshots
from factories.read_model import Books, Database, KilledError, World
from factories.wire import NOW, fixed_id

from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.pen import Received

ACCOUNT = fixed_id(0xA1)
OTHER = fixed_id(0xA2)


@pytest.fixture
def world(cabinet_database: Database, tmp_path: Path) -> World:
    return World(cabinet_database, tmp_path)


def balance_of(world: World, account: str = ACCOUNT) -> tuple[int, int, bool]:
    row = world.account(account)
    return row["balance"], row["version"], row["gap_since"] is not None


def test_an_early_event_is_held_and_applied_when_the_missing_one_comes(world: World) -> None:
    opened, second, third = world.books.opened(ACCOUNT), world.books.posted(ACCOUNT), world.books.posted(ACCOUNT)
    projector = world.projector()
    early = world.event(third)
    world.take(projector, world.event(opened), early)
    assert balance_of(world) == (0, 1, True)
    assert world.account(ACCOUNT)["gap_since"] == NOW
    assert early in world.hands.acked

    world.later(1)
    world.take(projector, world.event(second))
    assert balance_of(world) == (200, 3, False)
    assert [one["position"] for one in world.operations(ACCOUNT)] == [1, 2]
    world.later(5)
    world.take(projector)
    assert world.outbox() == []


def test_a_gap_of_two_seconds_asks_once_and_the_snapshot_heals_it(world: World) -> None:
    opened, _lost, third, fourth = (
        world.books.opened(ACCOUNT),
        world.books.posted(ACCOUNT, 500),
        world.books.posted(ACCOUNT),
        world.books.opened(ACCOUNT, due="5.00"),
    )
    projector = world.projector()
    world.take(projector, world.event(opened), world.event(third))
    world.later(1.9)
    world.take(projector, world.event(fourth))
    assert world.outbox() == []
    world.later(0.1)
    world.take(projector)
    (row,) = world.outbox()
    assert (row["type"], row["kind"], row["priority"]) == ("okno.account.snapshot.get.v1", "query", 3)
    assert (row["system"], row["subject"], row["authtype"]) == ("main", f"acct:{ACCOUNT}", "service")
    assert row["next_attempt_at"] == world.now

    world.later(60)
    world.take(projector)
    assert len(world.outbox()) == 1

    (asked,) = attempt(world, snapshots(world))
    assert asked.data == m.SnapshotGet(ACCOUNT, (1, 1), 1000)
    world.take(projector, replies=True)
    assert balance_of(world) == (600, 4, False)
    assert world.account(ACCOUNT)["due_amount"] == 500
    assert [one["amount"] for one in world.operations(ACCOUNT)] == [500, 100]
    (row,) = world.outbox()
    assert (row["state"], row["outcome"]) == ("done", None)
    world.later(60)
    world.take(projector)
    assert len(world.outbox()) == 1


def test_many_accounts_with_a_gap_ask_in_one_statement_each_once(world: World) -> None:
    accounts = [fixed_id(0x3000 + number) for number in range(60)]
    opened = [world.books.opened(account) for account in accounts]
    for account in accounts:
        world.books.posted(account)
    third = [world.books.posted(account) for account in accounts]
    projector = world.projector()
    world.take(projector, world.bundle(*opened), world.bundle(*third))
    world.later(2)
    world.take(projector)
    assert sorted(row["subject"] for row in world.outbox()) == sorted(f"acct:{account}" for account in accounts)
    attempt(world, snapshots(world), slots=100)
    world.take(projector, replies=True)
    world.take(projector, replies=True)
    assert world.rows("SELECT id FROM accounts_account WHERE gap_since IS NOT NULL OR version <> 3") == []


def test_a_snapshot_of_many_pages_is_asked_page_by_page(world: World) -> None:
    events = [world.books.opened(ACCOUNT)] + [world.books.posted(ACCOUNT) for _ in range(7)]
    events.append(world.books.opened(ACCOUNT, due="9.00", status="blocked"))
    projector = world.projector()
    world.take(projector, world.event(events[0]), world.event(events[-1]))
    world.later(2)
    world.take(projector)
    for _ in range(4):
        attempt(world, snapshots(world, limit=2))
        world.take(projector, replies=True)
    assert balance_of(world) == (700, 9, False)
    assert world.account(ACCOUNT)["status"] == "blocked"
    assert [one["position"] for one in world.operations(ACCOUNT)] == list(range(1, 8))
    assert [row["state"] for row in world.outbox()] == ["done"] * 4


def test_a_projector_that_dies_with_a_held_event_asks_after_its_restart(world: World) -> None:
    opened, _lost, third = world.books.opened(ACCOUNT), world.books.posted(ACCOUNT), world.books.posted(ACCOUNT)
    world.take(world.projector(), world.event(opened), world.event(third))

    world.later(1)
    reborn = world.projector()
    with world.connect() as connection:
        reborn.remember(connection)
    world.take(reborn)
    attempt(world, snapshots(world))
    world.take(reborn, replies=True)
    assert balance_of(world) == (200, 3, False)


def test_a_raised_epoch_is_asked_for_at_once_and_keeps_the_positions(world: World) -> None:
    projector = world.projector()
    first = [
        world.books.opened(ACCOUNT),
        world.books.posted(ACCOUNT, key="K-1"),
        world.books.posted(ACCOUNT, key="K-2"),
    ]
    world.take(projector, world.bundle(*first))
    world.books = Books(world.house, world.clock, epoch=2)
    world.books.opened(ACCOUNT)
    for key in ("K-1", "K-2", "K-3"):
        world.books.posted(ACCOUNT, key=key)
    last = world.books.posted(ACCOUNT, key="K-4")

    world.take(projector, world.event(last))
    assert balance_of(world) == (200, 3, True)
    attempt(world, snapshots(world))
    world.take(projector, replies=True)

    row = world.account(ACCOUNT)
    assert (row["epoch"], row["version"], row["balance"], row["gap_since"]) == (2, 5, 400, None)
    assert [(one["position"], one["key"]) for one in world.operations(ACCOUNT)] == [
        (1, "K-1"),
        (2, "K-2"),
        (3, "K-3"),
        (4, "K-4"),
    ]
    # What the old store still had under way is stale.
    world.take(projector, world.bundle(*first))
    assert world.account(ACCOUNT)["version"] == 5


def test_an_account_nobody_told_us_about_is_asked_for_at_once(world: World) -> None:
    world.books.opened(ACCOUNT)
    second = world.books.posted(ACCOUNT)
    projector = world.projector()
    world.take(projector, world.event(second))
    assert world.rows("SELECT id FROM accounts_account") == []
    (asked,) = attempt(world, snapshots(world))
    assert asked.data == m.SnapshotGet(ACCOUNT, None, 1000)
    world.take(projector, replies=True)
    assert balance_of(world) == (100, 2, False)


def test_an_unknown_accounts_snapshot_after_a_restart_is_asked_once_more(world: World) -> None:
    world.books.opened(ACCOUNT)
    second = world.books.posted(ACCOUNT)
    world.take(world.projector(), world.event(second))
    attempt(world, snapshots(world))
    reborn = world.projector()
    world.later(1)
    world.take(reborn, replies=True)
    assert balance_of(world) == (100, 2, True)
    world.later(2)
    world.take(reborn)
    attempt(world, snapshots(world))
    world.take(reborn, replies=True)
    assert balance_of(world) == (100, 2, False)


def test_a_projector_killed_while_applying_a_snapshot_applies_it_after(world: World) -> None:
    opened, _lost, third = world.books.opened(ACCOUNT), world.books.posted(ACCOUNT), world.books.posted(ACCOUNT)
    world.take(world.projector(), world.event(opened), world.event(third))
    reborn = world.projector()
    world.later(2)
    world.take(reborn, world.event(third))
    attempt(world, snapshots(world))
    with pytest.raises(KilledError):
        world.take(world.projector(kill_at="before-commit"), replies=True)
    assert world.outbox()[0]["state"] == "accepted"
    world.take(reborn, replies=True)
    assert balance_of(world) == (200, 3, False)


def test_a_snapshot_of_another_question_is_refused(world: World) -> None:
    for account in (ACCOUNT, OTHER):
        opened, _lost, third = world.books.opened(account), world.books.posted(account), world.books.posted(account)
        world.take(world.projector(), world.event(opened), world.event(third))
    projector = world.projector()
    with world.connect() as connection:
        projector.remember(connection)
    world.take(projector)
    attempt(world, snapshots(world))
    # A seized database or relay swaps the two answers: each is genuine, neither is the row's.
    world.execute(
        "UPDATE kit_outbox o SET outcome = jsonb_set(o.outcome, '{raw}', other.outcome->'raw')"
        " FROM kit_outbox other WHERE other.id <> o.id"
    )
    world.take(projector, replies=True)
    rows = world.outbox()
    assert {row["state"] for row in rows} == {"failed"}
    assert {row["outcome"]["refused"] for row in rows} == {"request-hash"}
    assert balance_of(world) == (0, 1, True)


def test_a_snapshot_that_does_not_fit_fails_and_spares_the_others(world: World) -> None:
    for account in (ACCOUNT, OTHER):
        opened, _lost, third = world.books.opened(account), world.books.posted(account), world.books.posted(account)
        world.take(world.projector(), world.event(opened), world.event(third))
    projector = world.projector()
    with world.connect() as connection:
        projector.remember(connection)
    world.take(projector)
    attempt(world, snapshots(world))
    world.execute("INSERT INTO accounts_system (id) VALUES ('second')")
    world.execute("UPDATE accounts_account SET system_id = 'second' WHERE id = %s", ACCOUNT)
    healthy = world.event(world.books.opened(fixed_id(0xA3)))
    world.take(projector, healthy, replies=True)
    states = {row["subject"]: (row["state"], row["outcome"]) for row in world.outbox()}
    assert states == {
        f"acct:{ACCOUNT}": ("failed", {"refused": "subject-wrong"}),
        f"acct:{OTHER}": ("done", None),
    }
    assert balance_of(world, OTHER) == (200, 3, False)
    assert healthy in world.hands.acked


def test_a_question_the_inside_refuses_is_asked_again_later(world: World) -> None:
    opened, _lost, third = world.books.opened(ACCOUNT), world.books.posted(ACCOUNT), world.books.posted(ACCOUNT)
    projector = world.projector()
    world.take(projector, world.event(opened), world.event(third))
    world.later(2)
    world.take(projector)
    seen: list[Received] = attempt(world, answering(world, Problem.of(ErrorCode.NOT_FOUND)))
    assert len(seen) == 1
    assert world.outbox()[0]["state"] == "failed"
    world.later(30)
    world.take(projector)
    assert [row["state"] for row in world.outbox()] == ["failed", "queued"]
