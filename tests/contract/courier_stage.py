"""The stage of the couriers' suite: a broker in memory or a real one, with queues small enough to fill."""

import asyncio
import functools
from collections.abc import Awaitable, Callable

import aio_pika
from courier_broker import RabbitServer

from okno.couriers import amqp
from okno.couriers.memory import MemoryBroker
from okno.couriers.port import Courier, Delivery
from okno.couriers.topology import Binding, Exchange, Queue, Right, Topology, User, Vhost, topology

PATIENCE_S = 10


def suite() -> Topology:
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
        self._broker = MemoryBroker(suite())
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


async def purge(server: RabbitServer) -> None:
    async with await aio_pika.connect(server.url("suite", "suite")) as connection:
        channel = await connection.channel()
        for queue in suite().vhost("suite").queues:
            await (await channel.get_queue(queue.name, ensure=False)).purge()


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
