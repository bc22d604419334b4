"""The whole process: the courier brings, one projector applies, another takes over; on memory and on RabbitMQ."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from factories.gateway_street import purge
from factories.outbox_world import attempt, snapshots
from factories.read_model import Database, World
from factories.wire import NOW, fixed_id

from okno.cabinet.accounts.tasks.projector import Projector
from okno.cli.servers.rabbitmq import Broker
from okno.couriers.memory import MemoryBroker
from okno.couriers.threads import ThreadCourier
from okno.couriers.topology import topology
from okno.protocol.ids import new_id

ACCOUNT = fixed_id(0xA1)
PATIENCE_S = 60.0

Dial = Callable[[str], ThreadCourier]


@pytest.fixture
def world(cabinet_database: Database, tmp_path: Path) -> World:
    return World(cabinet_database, tmp_path)


@pytest.fixture
def memory() -> Iterator[Dial]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    broker = MemoryBroker(topology())
    yield lambda user: ThreadCourier(broker.courier("outer", user), loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def rabbit(rabbitmq: Broker) -> Dial:
    # What an earlier test left there is dated by another clock than this world's.
    asyncio.run(purge(rabbitmq.url))
    return lambda user: ThreadCourier.dial(rabbitmq.url(user, "outer"), name="test")


@pytest.fixture(params=["memory", "rabbit"])
def dial(request: pytest.FixtureRequest) -> Dial:
    found: Dial = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def gateway(dial: Dial) -> Iterator[ThreadCourier]:
    courier = dial("gateway")
    yield courier
    courier.close()


class Running:
    """A projector in threads of its own, with its own courier."""

    def __init__(self, world: World, dial: Dial) -> None:
        self.courier = dial("cabinet.projector")
        self.projector = Projector(world.settings(), self.courier, clock=world.clock)
        self.projector.start()
        self.stopped = False

    def stop(self) -> None:
        if not self.stopped:
            self.stopped = True
            self.projector.stop()
            self.courier.close()


@pytest.fixture
def run(world: World, dial: Dial) -> Iterator[Callable[[], Running]]:
    started: list[Running] = []

    def start() -> Running:
        started.append(Running(world, dial))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def tell(gateway: ThreadCourier, body: bytes) -> None:
    gateway.publish("x.event", "events", body, message_id=new_id())


def until(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < deadline, "not seen in time"
        time.sleep(0.02)


def version(world: World) -> int | None:
    rows = world.rows("SELECT version FROM accounts_account WHERE id = %s", ACCOUNT)
    return rows[0]["version"] if rows else None


def test_events_arrive_a_standby_takes_over_and_a_gap_heals(
    world: World, gateway: ThreadCourier, run: Callable[[], Running]
) -> None:
    events = [world.books.opened(ACCOUNT), *(world.books.posted(ACCOUNT) for _ in range(5))]
    first = run()
    assert first.projector.active.wait(PATIENCE_S)
    tell(gateway, world.bundle(*events[:2]).body)
    until(lambda: version(world) == 2)

    second = run()
    first.stop()
    assert second.projector.active.wait(PATIENCE_S)
    assert not first.projector.active.is_set()
    tell(gateway, world.event(events[2]).body)
    until(lambda: version(world) == 3)

    # One event is lost for good; the hold ends by the clock, the answer comes by its own bell.
    tell(gateway, world.event(events[4]).body)
    until(lambda: world.account(ACCOUNT)["gap_since"] is not None)
    world.later(3)
    tell(gateway, world.watermark(NOW).body)
    until(lambda: len(world.outbox()) == 1)
    attempt(world, snapshots(world))
    until(lambda: version(world) == 6)
    assert len(world.operations(ACCOUNT)) == 5


@pytest.mark.parametrize("dial", ["memory"], indirect=True)
def test_a_cut_database_connection_costs_no_event(
    world: World, gateway: ThreadCourier, run: Callable[[], Running]
) -> None:
    events = [world.books.opened(ACCOUNT), *(world.books.posted(ACCOUNT) for _ in range(30))]
    running = run()
    assert running.projector.active.wait(PATIENCE_S)
    for number, event in enumerate(events):
        tell(gateway, world.event(event).body)
        if number % 10 == 5:
            world.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'okno_projector'")
    until(lambda: version(world) == 31)
    assert [row["position"] for row in world.operations(ACCOUNT)] == list(range(1, 31))


@pytest.mark.parametrize("dial", ["memory"], indirect=True)
def test_a_clock_that_is_behind_waits_instead_of_burying(
    world: World, gateway: ThreadCourier, run: Callable[[], Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("okno.cabinet.accounts.tasks.opening.CLOCK_PAUSE_S", 0.05)
    event = world.event(world.books.opened(ACCOUNT)).body
    right = world.now
    world.now = right.replace(year=2026, month=3)
    running = run()
    assert running.projector.active.wait(PATIENCE_S)
    tell(gateway, event)
    time.sleep(0.3)
    assert version(world) is None
    world.now = right
    until(lambda: version(world) == 1)
    assert world.rows("SELECT * FROM kit_signal") == []


@pytest.mark.parametrize("dial", ["memory"], indirect=True)
def test_what_a_clock_that_is_behind_kept_waiting_is_handed_back(
    world: World, gateway: ThreadCourier, run: Callable[[], Running]
) -> None:
    event = world.event(world.books.opened(ACCOUNT)).body
    right = world.now
    world.now = right.replace(year=2026, month=3)
    first = run()
    tell(gateway, event)
    assert first.projector.active.wait(PATIENCE_S)
    world.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'okno_projector'")
    time.sleep(0.3)
    first.stop()
    assert (version(world), world.rows("SELECT * FROM kit_signal")) == (None, [])
    world.now = right
    run()
    until(lambda: version(world) == 1)


@pytest.mark.parametrize("dial", ["memory"], indirect=True)
def test_a_projector_that_is_not_needed_stops_while_it_waits(world: World, run: Callable[[], Running]) -> None:
    with psycopg.connect(world.database.superuser_dsn()) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [0x6F6B_6E6F_0001])
        waiting = run()
        time.sleep(0.3)
        assert not waiting.projector.active.is_set()
        waiting.stop()


@pytest.mark.parametrize("dial", ["memory"], indirect=True)
def test_an_acknowledgement_that_is_lost_is_made_up_for(world: World, gateway: ThreadCourier, dial: Dial) -> None:
    courier = dial("cabinet.projector")
    projector = Projector(world.settings(), courier, clock=world.clock)
    tell(gateway, world.event(world.books.opened(ACCOUNT)).body)
    batches = courier.batches("events.cabinet", max_messages=1, prefetch=1)
    (delivery,) = next(batches)
    batches.close()  # type: ignore[attr-defined] - a generator
    world.take(projector, delivery)  # type: ignore[arg-type] - a real delivery whose consumer is gone
    assert version(world) == 1
    courier.close()
