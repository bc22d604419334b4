"""What each user of the broker may and may not do, and how a broker that is away looks: on both couriers."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import aio_pika
import pytest
from aio_pika.exceptions import ChannelPreconditionFailed
from courier_broker import RabbitServer
from courier_stage import PATIENCE_S, Inbox, Stage, acknowledge, eventually, on_stage, purge, send, suite

from okno.couriers import amqp
from okno.couriers.port import Courier, CourierDown, CourierError, Forbidden


@pytest.fixture(scope="module")
def server() -> Iterator[RabbitServer]:
    with tempfile.TemporaryDirectory(prefix="okno-mq-") as folder:
        running = RabbitServer(Path(folder), suite())
        running.start()
        yield running
        running.stop()


@pytest.fixture(params=["memory", "rabbitmq"])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "memory":
        return Stage(None)
    server: RabbitServer = request.getfixturevalue("server")
    asyncio.run(purge(server))
    return Stage(server)


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
            await amqp.connect(f"amqp://gateway:wrong@127.0.0.1:{server.broker.port}/outer", name="test")

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
