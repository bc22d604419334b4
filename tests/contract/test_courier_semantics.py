"""What every courier promises: the same suite on the broker in memory and on a real RabbitMQ."""

import asyncio
import functools
import logging
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import aio_pika
import pytest
from aio_pika.exceptions import ChannelPreconditionFailed
from courier_broker import RabbitServer

from okno.couriers import amqp
from okno.couriers.keeping import Kept
from okno.couriers.memory import MemoryBroker
from okno.couriers.port import (
    Courier,
    CourierDown,
    CourierError,
    Delivery,
    Forbidden,
    QueueFull,
    Taken,
    Unroutable,
)
from okno.couriers.topology import (
    MESSAGE_BYTES_MAX,
    Binding,
    Exchange,
    Queue,
    Right,
    Topology,
    User,
    Vhost,
    topology,
)

PATIENCE_S = 10


def _suite() -> Topology:
    queues = (
        Queue(name="s.order", kind="quorum", length_max=1000),
        Queue(name="s.classic", kind="classic", length_max=1000),
        Queue(name="s.small", kind="quorum", length_max=5),
        Queue(name="s.small.classic", kind="classic", length_max=5),
        Queue(name="s.forgetful", kind="classic", length_max=3, overflow="drop-head"),
        Queue(name="s.poison", kind="quorum", length_max=9, delivery_limit=2, dead_exchange="s.dead"),
        Queue(name="s.brief", kind="classic", length_max=99, ttl_ms=300, dead_exchange="s.dead"),
        Queue(name="s.grave", kind="quorum", length_max=99),
    )
    keyed = [queue.name for queue in queues if queue.name != "s.grave"]
    vhost = Vhost(
        name="suite",
        exchanges=(
            Exchange(name="s", kind="direct"),
            Exchange(name="s.topic", kind="topic"),
            Exchange(name="s.dead", kind="fanout"),
        ),
        queues=queues,
        bindings=(
            *(Binding("s", name, name) for name in keyed),
            Binding("s.topic", "s.order", "event.*"),
            Binding("s.topic", "s.classic", "event.#"),
            Binding("s.dead", "s.grave"),
        ),
    )
    real = topology()
    user = User("suite", (Right(vhost="suite", write="^s", read="^s"),))
    return Topology((*real.vhosts, vhost), (*real.users, user))


class Stage:
    """A broker under test; couriers taken from it are closed with it."""

    def __init__(self, server: RabbitServer | None) -> None:
        self.server = server
        self._broker = MemoryBroker(_suite())
        self._couriers: list[Courier] = []

    async def courier(self, user: str = "suite", vhost: str = "suite") -> Courier:
        if self.server is None:
            courier: Courier = self._broker.courier(vhost, user)
        else:
            courier = await amqp.connect(self.server.url(user, vhost), name=f"test {user}")
        self._couriers.append(courier)
        return courier

    async def cut(self) -> None:
        """Every client loses its connection; the broker stays and can be reached again."""
        if self.server is None:
            self._broker.stop()
            self._broker.start()
        else:
            await asyncio.to_thread(self.server.cut_all)

    async def close(self) -> None:
        for courier in self._couriers:
            await courier.close()


class Inbox:
    """A handler that keeps what it got; `settle` decides what happens to each."""

    def __init__(self, settle: Callable[[Delivery], Awaitable[None]] | None = None) -> None:
        self.deliveries: asyncio.Queue[Delivery] = asyncio.Queue()
        self._settle = settle

    async def __call__(self, delivery: Delivery) -> None:
        self.deliveries.put_nowait(delivery)
        if self._settle is not None:
            await self._settle(delivery)

    async def next(self) -> Delivery:
        return await asyncio.wait_for(self.deliveries.get(), PATIENCE_S)

    async def bodies(self, count: int) -> list[bytes]:
        return [(await self.next()).body for _ in range(count)]


async def acknowledge(delivery: Delivery) -> None:
    await delivery.ack()


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not await check():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
def server() -> Iterator[RabbitServer]:
    with tempfile.TemporaryDirectory(prefix="okno-mq-") as folder:
        running = RabbitServer(Path(folder), _suite())
        running.start()
        yield running
        running.stop()


async def purge(server: RabbitServer) -> None:
    async with await aio_pika.connect(server.url("suite", "suite")) as connection:
        channel = await connection.channel()
        for queue in _suite().vhost("suite").queues:
            await (await channel.get_queue(queue.name, ensure=False)).purge()


@pytest.fixture(params=["memory", "rabbitmq"])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "memory":
        return Stage(None)
    server: RabbitServer = request.getfixturevalue("server")
    asyncio.run(purge(server))
    return Stage(server)


def on_stage(test: Callable[[Stage], Awaitable[None]]) -> Callable[[Stage], None]:
    @functools.wraps(test)
    def run(stage: Stage) -> None:
        async def scenario() -> None:
            try:
                await test(stage)
            finally:
                await stage.close()

        asyncio.run(scenario())

    return run


async def send(courier: Courier, queue: str, *bodies: bytes) -> None:
    for body in bodies:
        await courier.publish("s", queue, body, message_id=body.hex()[:32])


@on_stage
async def test_a_confirmed_message_is_in_the_queue(stage: Stage) -> None:
    courier = await stage.courier()
    await send(courier, "s.order", b"1", b"2")
    assert await courier.depth("s.order") == 2
    inbox = Inbox(acknowledge)
    await courier.consume("s.order", inbox, prefetch=1)
    first = await inbox.next()
    assert (first.body, first.queue, first.redelivered, first.attempt) == (b"1", "s.order", False, 1)
    assert (await inbox.next()).body == b"2"
    assert await courier.depth("s.order") == 0


@on_stage
async def test_messages_keep_their_order(stage: Stage) -> None:
    courier = await stage.courier()
    inbox = Inbox(acknowledge)
    await courier.consume("s.order", inbox, prefetch=16)
    bodies = [str(number).encode() for number in range(100)]
    await send(courier, "s.order", *bodies)
    assert await inbox.bodies(100) == bodies


@on_stage
async def test_prefetch_bounds_what_is_unsettled(stage: Stage) -> None:
    courier = await stage.courier()
    inbox = Inbox()
    await courier.consume("s.order", inbox, prefetch=2)
    await send(courier, "s.order", b"1", b"2", b"3")
    first = await inbox.next()
    assert (await inbox.next()).body == b"2"
    await asyncio.sleep(0.1)
    assert inbox.deliveries.empty()
    await first.ack()
    assert (await inbox.next()).body == b"3"


@on_stage
async def test_an_unroutable_message_is_refused(stage: Stage) -> None:
    courier = await stage.courier()
    with pytest.raises(Unroutable):
        await courier.publish("s", "nowhere", b"x", message_id="1")
    with pytest.raises(Unroutable):
        await courier.publish("s.unknown", "s.order", b"x", message_id="2")
    await send(courier, "s.order", b"still works")
    assert await courier.depth("s.order") == 1


@on_stage
async def test_a_topic_binding_matches_words(stage: Stage) -> None:
    courier = await stage.courier()
    await courier.publish("s.topic", "event.main", b"one word", message_id="1")
    await courier.publish("s.topic", "event.main.more", b"two words", message_id="2")
    assert await courier.depth("s.order") == 1
    assert await courier.depth("s.classic") == 2
    with pytest.raises(Unroutable):
        await courier.publish("s.topic", "other.main", b"x", message_id="3")


@on_stage
async def test_a_missing_queue_is_named(stage: Stage) -> None:
    courier = await stage.courier()
    with pytest.raises(Unroutable):
        await courier.depth("s.unknown")
    with pytest.raises(Unroutable):
        await courier.consume("s.unknown", Inbox(), prefetch=1)


@pytest.mark.parametrize("queue", ["s.small", "s.small.classic"])
def test_a_full_queue_refuses(stage: Stage, queue: str) -> None:
    @on_stage
    async def scenario(stage: Stage) -> None:
        courier = await stage.courier()
        accepted = 0
        for number in range(12):
            try:
                await send(courier, queue, str(number).encode())
                accepted += 1
            except QueueFull:
                continue
        # A quorum queue overshoots by one or two.
        assert 5 <= accepted <= 7
        assert await courier.depth(queue) == accepted

    scenario(stage)


@on_stage
async def test_a_forgetful_queue_drops_its_oldest(stage: Stage) -> None:
    courier = await stage.courier()
    await send(courier, "s.forgetful", b"1", b"2", b"3", b"4", b"5")
    inbox = Inbox(acknowledge)
    await courier.consume("s.forgetful", inbox, prefetch=1)
    assert await inbox.bodies(3) == [b"3", b"4", b"5"]


@on_stage
async def test_what_a_lost_consumer_held_comes_again(stage: Stage) -> None:
    courier = await stage.courier()
    held = Inbox()
    first = await courier.consume("s.order", held, prefetch=5)
    await send(courier, "s.order", b"1", b"2")
    old = await held.next()
    await held.next()
    await stage.cut()
    await asyncio.wait_for(first.lost, PATIENCE_S)
    with pytest.raises(CourierDown):
        await old.ack()

    other = await stage.courier()
    inbox = Inbox(acknowledge)
    await other.consume("s.order", inbox, prefetch=5)
    again = [await inbox.next(), await inbox.next()]
    assert [one.body for one in again] == [b"1", b"2"]
    assert all(one.redelivered and one.attempt == 2 for one in again)


@on_stage
async def test_a_courier_reconnects_by_itself(stage: Stage) -> None:
    courier = await stage.courier()
    inbox = Inbox(acknowledge)
    kept = Kept(courier, "s.order", inbox, prefetch=4)
    await asyncio.wait_for(kept.started(), PATIENCE_S)
    await send(courier, "s.order", b"before")
    assert (await inbox.next()).body == b"before"
    await stage.cut()

    async def sent() -> bool:
        try:
            await send(courier, "s.order", b"after")
        except CourierDown:
            return False
        return True

    await eventually(sent)
    assert (await inbox.next()).body == b"after"
    await kept.cancel()


@on_stage
async def test_a_cancelled_consumer_gives_back_what_it_held(stage: Stage) -> None:
    courier = await stage.courier()
    inbox = Inbox()
    subscription = await courier.consume("s.order", inbox, prefetch=5)
    await send(courier, "s.order", b"1")
    await inbox.next()
    await subscription.cancel()
    await subscription.cancel()
    assert subscription.lost.done()

    async def is_back() -> bool:
        return await courier.depth("s.order") == 1

    await eventually(is_back)


@on_stage
async def test_a_poisonous_message_ends_in_the_dead_queue(stage: Stage) -> None:
    courier = await stage.courier()
    attempts = []

    async def refuse(delivery: Delivery) -> None:
        attempts.append(delivery.attempt)
        await delivery.reject(requeue=True)

    await courier.consume("s.poison", refuse, prefetch=1)
    await send(courier, "s.poison", b"poison")
    grave = Inbox(acknowledge)
    await courier.consume("s.grave", grave, prefetch=1)
    assert (await grave.next()).body == b"poison"
    assert attempts == [1, 2, 3]


@on_stage
async def test_a_handler_that_fails_hands_back(stage: Stage) -> None:
    logging.getLogger("okno.couriers").setLevel(logging.CRITICAL)
    courier = await stage.courier()
    attempts: dict[str, int] = {"s.poison": 0, "s.classic": 0}

    async def fail(delivery: Delivery) -> None:
        attempts[delivery.queue] += 1
        raise ValueError("a handler's own fault")

    await courier.consume("s.poison", fail, prefetch=1)
    await courier.consume("s.classic", fail, prefetch=1)
    await send(courier, "s.poison", b"poison")
    await send(courier, "s.classic", b"poison")
    grave = Inbox(acknowledge)
    await courier.consume("s.grave", grave, prefetch=1)
    assert (await grave.next()).body == b"poison"

    async def both_gave_up() -> bool:
        return attempts == {"s.poison": 3, "s.classic": 2}

    await eventually(both_gave_up)


@on_stage
async def test_a_handler_that_fails_after_its_ack_gets_nothing_back(stage: Stage) -> None:
    courier = await stage.courier()
    inbox = Inbox()

    async def fail_late(delivery: Delivery) -> None:
        await delivery.ack()
        await inbox(delivery)
        raise ValueError("a handler's own fault")

    await courier.consume("s.order", fail_late, prefetch=1)
    await send(courier, "s.order", b"1", b"2")
    assert await inbox.bodies(2) == [b"1", b"2"]
    assert inbox.deliveries.empty()


@on_stage
async def test_a_rejected_message_is_buried_at_once(stage: Stage) -> None:
    courier = await stage.courier()

    async def refuse(delivery: Delivery) -> None:
        await delivery.reject(requeue=False)

    await courier.consume("s.poison", refuse, prefetch=1)
    await send(courier, "s.poison", b"bad")
    grave = Inbox(acknowledge)
    await courier.consume("s.grave", grave, prefetch=1)
    assert (await grave.next()).body == b"bad"


@on_stage
async def test_a_query_dies_with_its_queue_s_deadline(stage: Stage) -> None:
    courier = await stage.courier()
    await send(courier, "s.brief", b"late")
    grave = Inbox(acknowledge)
    await courier.consume("s.grave", grave, prefetch=1)
    assert (await grave.next()).body == b"late"
    assert await courier.depth("s.brief") == 0


@on_stage
async def test_an_exclusive_consumer_is_alone(stage: Stage) -> None:
    first, second = await stage.courier(), await stage.courier()
    active = await first.consume("s.classic", Inbox(), prefetch=1, exclusive=True)
    with pytest.raises(Taken):
        await second.consume("s.classic", Inbox(), prefetch=1, exclusive=True)
    with pytest.raises(Taken):
        await second.consume("s.classic", Inbox(), prefetch=1)
    await active.cancel()

    async def is_free() -> bool:
        try:
            await second.consume("s.classic", Inbox(), prefetch=1, exclusive=True)
        except Taken:
            return False
        return True

    await eventually(is_free)


@on_stage
async def test_a_closed_connection_frees_the_exclusive_place(stage: Stage) -> None:
    first, second = await stage.courier(), await stage.courier()
    active = await first.consume("s.classic", Inbox(), prefetch=1, exclusive=True)
    await first.close()
    await asyncio.wait_for(active.lost, PATIENCE_S)

    async def is_free() -> bool:
        try:
            await second.consume("s.classic", Inbox(), prefetch=1, exclusive=True)
        except Taken:
            return False
        return True

    await eventually(is_free)


@on_stage
async def test_a_closed_courier_says_so_at_once(stage: Stage) -> None:
    courier = await stage.courier()
    await courier.close()
    await courier.close()
    with pytest.raises(CourierDown):
        await send(courier, "s.order", b"x")
    with pytest.raises(CourierDown):
        await courier.depth("s.order")


@on_stage
async def test_a_message_above_the_permitted_size_is_refused(stage: Stage) -> None:
    courier = await stage.courier()
    with pytest.raises(Forbidden):
        await send(courier, "s.order", bytes(MESSAGE_BYTES_MAX + 1))
    await send(courier, "s.order", bytes(MESSAGE_BYTES_MAX))
    assert await courier.depth("s.order") == 1


Act = Callable[[Courier], Awaitable[object]]


def publish(exchange: str, key: str) -> Act:
    return lambda courier: courier.publish(exchange, key, b"forbidden", message_id="forbidden")


def consume(queue: str) -> Act:
    return lambda courier: courier.consume(queue, Inbox(), prefetch=1)


FORBIDDEN = [
    # The cabinet reaches neither what the connector reads nor what the gateway writes.
    ("cabinet.projector", "outer", publish("x.event", "events")),
    ("cabinet.projector", "outer", publish("x.heartbeat", "")),
    ("cabinet.projector", "outer", publish("", "events.cabinet")),
    ("cabinet.projector", "outer", consume("q.dead")),
    ("cabinet.relay", "outer", publish("x.event", "events")),
    ("cabinet.relay", "outer", publish("", "events.cabinet")),
    ("cabinet.relay", "outer", consume("events.cabinet")),
    # A seized connector can neither give orders nor read another system's queues nor answer by name of a queue.
    ("connector.main", "inner", publish("x.cmd", "main.p0")),
    ("connector.main", "inner", publish("x.qry", "main.p0")),
    ("connector.main", "inner", publish("x.dead", "")),
    ("connector.main", "inner", publish("", "q.reply.gw1")),
    ("connector.main", "inner", publish("", "amq.rabbitmq.reply-to")),
    ("connector.main", "inner", consume("q.event.gateway")),
    ("connector.main", "inner", consume("gateway.active")),
    ("connector.main", "inner", consume("q.dead")),
    # Nor may the gateway speak for a connector.
    ("gateway", "inner", publish("x.event", "event.main")),
    ("gateway", "inner", publish("x.settings", "gw1")),
    ("gateway", "inner", publish("", "q.cmd.main.p0")),
    ("gateway", "inner", consume("q.cmd.main.p0")),
    ("gateway", "outer", consume("events.cabinet")),
]


@pytest.mark.parametrize(("user", "vhost", "act"), FORBIDDEN)
def test_what_a_user_may_not_do_is_refused(stage: Stage, user: str, vhost: str, act: Act) -> None:
    @on_stage
    async def scenario(stage: Stage) -> None:
        courier = await stage.courier(user, vhost)
        with pytest.raises(Forbidden):
            await act(courier)

    scenario(stage)


@pytest.mark.parametrize(
    ("user", "vhost"),
    [("cabinet.projector", "inner"), ("cabinet.relay", "inner"), ("connector.main", "outer"), ("suite", "inner")],
)
def test_a_user_enters_no_other_host(stage: Stage, user: str, vhost: str) -> None:
    @on_stage
    async def scenario(stage: Stage) -> None:
        with pytest.raises(Forbidden):
            await stage.courier(user, vhost)

    scenario(stage)


@on_stage
async def test_a_refusal_leaves_other_exchanges_alone(stage: Stage) -> None:
    courier = await stage.courier("connector.main", "inner")

    async def refused() -> None:
        with pytest.raises(Forbidden):
            await courier.publish("x.cmd", "main.p0", b"x", message_id="1")

    async def accepted() -> None:
        for number in range(20):
            await courier.publish("x.heartbeat", "", b"x", message_id=str(number), persistent=False)

    await asyncio.gather(refused(), accepted(), refused())


def test_a_forged_user_id_is_refused(server: RabbitServer) -> None:
    async def scenario() -> None:
        connection = await aio_pika.connect(server.url("connector.main", "inner"))
        async with connection:
            channel = await connection.channel(on_return_raises=True)
            exchange = await channel.get_exchange("x.event", ensure=False)
            with pytest.raises(ChannelPreconditionFailed, match="user_id"):
                await exchange.publish(aio_pika.Message(b"x", user_id="gateway"), "event.main")

    asyncio.run(scenario())


def test_no_run_time_user_may_declare(server: RabbitServer) -> None:
    lines = [
        line.split("\t")
        for vhost in ("inner", "outer")
        for line in server.control("list_permissions", "-p", vhost, "--no-table-headers", "-q").splitlines()
    ]
    assert {line[1] for line in lines} == {"^$"}
    both = [line[0] for line in lines]
    assert sorted(user for user in set(both) if both.count(user) > 1) == ["gateway"]


def test_a_broker_that_is_away_is_named_quickly() -> None:
    async def scenario() -> None:
        with pytest.raises(CourierDown):
            await amqp.connect("amqp://nobody:x@127.0.0.1:1/outer", name="test")

    asyncio.run(scenario())


def test_a_wrong_password_is_forbidden(server: RabbitServer) -> None:
    async def scenario() -> None:
        with pytest.raises(Forbidden):
            await amqp.connect(f"amqp://gateway:wrong@127.0.0.1:{server.port}/outer", name="test")

    asyncio.run(scenario())


def test_publishing_while_the_broker_restarts_fails_quickly_and_works_after(server: RabbitServer) -> None:
    async def scenario() -> None:
        courier = await amqp.connect(server.url("suite", "suite"), name="test")
        await send(courier, "s.order", b"kept")
        await asyncio.to_thread(server.stop)
        began = asyncio.get_running_loop().time()
        with pytest.raises(CourierDown):
            await send(courier, "s.order", b"x")
        assert asyncio.get_running_loop().time() - began < PATIENCE_S
        await asyncio.to_thread(server.start)

        async def back() -> bool:
            try:
                await send(courier, "s.order", b"again")
            except CourierError:
                return False
            return True

        await eventually(back)
        inbox = Inbox(acknowledge)
        await courier.consume("s.order", inbox, prefetch=4)
        assert await inbox.bodies(2) == [b"kept", b"again"]
        await courier.close()

    asyncio.run(scenario())
