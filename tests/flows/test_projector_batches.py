"""What the inside tells arrives in the read model exactly once and in order, whatever dies on the way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from factories.read_model import Books, Database, KilledError, World
from factories.wire import NOW, fixed_id

ACCOUNT = fixed_id(0xA1)
OTHER = fixed_id(0xA2)


@pytest.fixture
def world(cabinet_database: Database, tmp_path: Path) -> World:
    return World(cabinet_database, tmp_path)


class Template(Protocol):
    """What the fixture `postgres` can do for this test."""

    def create_database(self, kind: str, *, template: str) -> str: ...
    def drop_database(self, name: str) -> None: ...


@pytest.fixture
def other_database(postgres: Template, cabinet_database: Any, cabinet_template: str) -> Iterator[Database]:  # noqa: ANN401 - a dataclass
    name = postgres.create_database("cabinet", template=cabinet_template)
    yield replace(cabinet_database, name=name)
    postgres.drop_database(name)


@pytest.fixture
def heard(world: World) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    """A listener as `live` is one."""
    with psycopg.connect(world.database.dsn("live"), autocommit=True) as connection:
        connection.execute("LISTEN okno_account")
        connection.execute("LISTEN okno_watermark")
        yield connection


def told(connection: "psycopg.Connection[tuple[Any, ...]]", count: int) -> list[tuple[str, str]]:
    """At least `count` notifications, and whatever else comes right behind them."""
    heard = [*connection.notifies(timeout=20, stop_after=count), *connection.notifies(timeout=0.1)]
    return [(notify.channel, notify.payload) for notify in heard]


def state(world: World) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    accounts = world.rows("SELECT * FROM accounts_account ORDER BY id")
    return accounts, world.rows("SELECT * FROM accounts_operation ORDER BY account_id, position")


def history(books: Books, accounts: list[str], length: int) -> list[Any]:
    events = [books.opened(account) for account in accounts]
    for number in range(length):
        events += [books.posted(account, 100 + number) for account in accounts]
    return events


def test_a_bundle_becomes_account_operations_and_a_notification(
    world: World, heard: "psycopg.Connection[tuple[Any, ...]]"
) -> None:
    opened = world.books.opened(ACCOUNT, due="100.00")
    charge, payment = world.books.posted(ACCOUNT, 123450), world.books.posted(ACCOUNT, -10000)
    delivery = world.bundle(opened, charge, payment)

    world.take(world.projector(), delivery)

    row = world.account(ACCOUNT)
    assert (row["balance"], row["currency"], row["tail"], row["status"]) == (113450, "RUB", ACCOUNT[-4:], "active")
    assert (row["epoch"], row["version"], row["position"], row["gap_since"]) == (1, 3, 2, None)
    assert (row["due_amount"], row["due_on"], row["as_of"]) == (10000, NOW.date(), NOW)
    lines = world.operations(ACCOUNT)
    assert [(one["position"], one["version"], one["amount"], one["balance"]) for one in lines] == [
        (1, 2, 123450, 123450),
        (2, 3, -10000, 113450),
    ]
    assert [(one["kind"], one["text"]) for one in lines] == [("charge", "Строка 2"), ("payment", "Строка 3")]
    assert told(heard, 1) == [("okno_account", ACCOUNT)]
    assert world.hands.acked == [delivery]


def test_one_event_a_message_and_a_hundred_give_the_same_state(
    world: World, other_database: Database, tmp_path: Path
) -> None:
    accounts = [fixed_id(0x1000 + number) for number in range(10)]
    events = history(world.books, accounts, 20)
    world.take(world.projector(), *(world.event(event) for event in events))

    (tmp_path / "second").mkdir()
    second = World(other_database, tmp_path / "second")
    projector = second.projector()
    for low in range(0, len(events), 100):
        second.take(projector, second.bundle(*events[low : low + 100]))

    assert state(second) == state(world)


@pytest.mark.parametrize("point", ["between-statements", "before-commit", "before-ack", "after-ack"])
def test_a_projector_killed_anywhere_leaves_each_operation_once(world: World, point: str) -> None:
    first, second = history(world.books, [ACCOUNT], 1)
    world.take(world.projector(), world.event(first))
    delivery = world.event(second)

    with pytest.raises(KilledError):
        world.take(world.projector(kill_at=point), delivery)
    committed = point in {"before-ack", "after-ack"}
    assert len(world.operations(ACCOUNT)) == committed
    assert (delivery in world.hands.acked) == (point == "after-ack")

    world.take(world.projector(), delivery)
    assert len(world.operations(ACCOUNT)) == 1
    assert delivery in world.hands.acked
    assert (world.account(ACCOUNT)["version"], world.account(ACCOUNT)["position"]) == (2, 1)


def test_an_operation_told_again_in_a_later_version_is_left_out_and_leaves_no_hole(world: World) -> None:
    projector = world.projector()
    books = world.books
    world.take(
        projector, world.bundle(*history(books, [OTHER], 1), books.opened(ACCOUNT), books.posted(ACCOUNT, key="K-1"))
    )
    again = [books.posted(ACCOUNT, 0, key=key) for key in ("K-1", "K-2", "K-2", "K-1", "K-3")]
    world.take(projector, world.bundle(*again[:3]), world.bundle(*again[3:], books.posted(OTHER)))

    lines = [(one["position"], one["key"]) for one in world.operations(ACCOUNT)]
    assert lines == [(1, "K-1"), (2, "K-2"), (3, "K-3")]
    assert (world.account(ACCOUNT)["version"], world.account(ACCOUNT)["position"]) == (7, 3)
    assert [one["position"] for one in world.operations(OTHER)] == [1, 2]
    assert (world.account(OTHER)["position"], world.rows("SELECT * FROM kit_signal")) == (2, [])


def test_repeated_and_overlapping_bundles_change_nothing(world: World) -> None:
    events = history(world.books, [ACCOUNT, OTHER], 5)
    projector = world.projector()
    world.take(projector, world.bundle(*events[:8]))
    world.take(projector, world.bundle(*events[4:]), world.bundle(*events))
    expected = state(world)
    world.take(projector, world.bundle(*events[::-1]))
    assert state(world) == expected
    assert world.account(OTHER)["version"] == 6
    assert len(world.operations(ACCOUNT)) == 5


def test_notifications_hold_at_most_150_accounts(world: World, heard: "psycopg.Connection[tuple[Any, ...]]") -> None:
    accounts = [fixed_id(0x2000 + number) for number in range(310)]
    events = [world.books.opened(account) for account in accounts]
    world.take(world.projector(), *(world.bundle(*events[low : low + 100]) for low in range(0, 310, 100)))
    payloads = [payload.split(",") for _, payload in told(heard, 3)]
    assert sorted(len(ids) for ids in payloads) == [10, 150, 150]
    assert sorted(id_ for ids in payloads for id_ in ids) == sorted(accounts)


def test_a_watermark_rises_and_never_goes_back(world: World, heard: "psycopg.Connection[tuple[Any, ...]]") -> None:
    projector = world.projector()
    world.take(projector, world.watermark(NOW), world.watermark(NOW - timedelta(seconds=10)))
    world.take(projector, world.watermark(NOW - timedelta(seconds=5)))
    (system,) = world.rows("SELECT * FROM accounts_system")
    assert (system["id"], system["epoch"], system["watermark"], system["heard_at"]) == ("main", 1, NOW, NOW)
    assert told(heard, 2) == [("okno_watermark", "main")] * 2

    world.take(projector, world.watermark(NOW + timedelta(seconds=2), epoch=2))
    world.take(projector, world.watermark(NOW + timedelta(seconds=9), epoch=1))
    (system,) = world.rows("SELECT * FROM accounts_system")
    assert (system["epoch"], system["watermark"]) == (2, NOW + timedelta(seconds=2))


def test_an_idle_turn_does_nothing_here_reads_is_acknowledged(world: World) -> None:
    delivery = world.watermark(NOW)
    world.take(world.projector(), delivery)
    world.take(world.projector())
    assert world.hands.acked == [delivery]
