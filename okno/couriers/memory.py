"""A broker in memory with RabbitMQ's semantics, for the embedded stack and for tests. It promises no durability.

All of it lives in one event loop; other threads come in through `ThreadCourier`.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

from okno.couriers.port import CourierDown, Forbidden, Handler, QueueFull, Taken, Unroutable
from okno.couriers.topology import MESSAGE_BYTES_MAX, Exchange, Queue, Right, Topology, Vhost

log = logging.getLogger(__name__)


class _Message(msgspec.Struct):
    body: bytes
    number: int
    """Place in the queue: what is handed back returns to where it stood."""
    expires_at: float | None
    returns: int = 0


class MemoryDelivery:
    def __init__(self, store: "_Store", consumer: "MemorySubscription", message: _Message) -> None:
        self._store = store
        self._consumer = consumer
        self._message = message
        self.body = message.body
        self.queue = store.plan.name
        self.redelivered = message.returns > 0
        counted = store.plan.kind == "quorum"
        self.attempt = 1 + (message.returns if counted else min(message.returns, 1))

    @property
    def is_held(self) -> bool:
        return self._consumer.holds(self._message)

    async def ack(self) -> None:
        self._consumer.settle(self._message)
        self._store.pump()

    async def reject(self, *, requeue: bool) -> None:
        self._consumer.settle(self._message)
        if requeue:
            self._store.give_back([self._message])
        else:
            self._store.bury(self._message)
        self._store.pump()


class MemorySubscription:
    def __init__(self, store: "_Store", handler: Handler, prefetch: int, *, exclusive: bool) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.exclusive = exclusive
        self._store = store
        self._handler = handler
        self._prefetch = prefetch
        self._unsettled: dict[int, _Message] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def has_room(self) -> bool:
        return len(self._unsettled) < self._prefetch

    def hand(self, message: _Message) -> None:
        self._unsettled[message.number] = message
        delivery = MemoryDelivery(self._store, self, message)
        task = asyncio.create_task(self._handle(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, delivery: MemoryDelivery) -> None:
        try:
            await self._handler(delivery)
        except Exception:
            log.exception("a handler of %s failed; what it has not settled is handed back", delivery.queue)
            counted = self._store.plan.kind == "quorum"
            if delivery.is_held:
                await delivery.reject(requeue=counted or not delivery.redelivered)

    def holds(self, message: _Message) -> bool:
        return message.number in self._unsettled

    def settle(self, message: _Message) -> None:
        if self._unsettled.pop(message.number, None) is None:
            raise CourierDown("the delivery is settled or its consumer is gone")

    async def cancel(self) -> None:
        self.end()

    def end(self) -> None:
        """What is not settled goes back; a later ack raises CourierDown."""
        if self.lost.done():
            return
        self.lost.set_result(None)
        unsettled, self._unsettled = self._unsettled, {}
        self._store.drop_consumer(self)
        self._store.give_back(unsettled.values())
        self._store.pump()


class _Store:
    """One queue: what waits in it, and who consumes it."""

    def __init__(self, plan: Queue, host: "_Host") -> None:
        self.plan = plan
        self._host = host
        self._ready: deque[_Message] = deque()
        self._consumers: deque[MemorySubscription] = deque()
        self._next_number = 0

    @property
    def depth(self) -> int:
        return len(self._ready)

    @property
    def is_full(self) -> bool:
        return len(self._ready) >= self.plan.length_max

    def put(self, body: bytes) -> None:
        if self.is_full:
            self.bury(self._ready.popleft())
        expires_at = None
        if self.plan.ttl_ms is not None:
            loop = asyncio.get_running_loop()
            expires_at = loop.time() + self.plan.ttl_ms / 1000
            loop.call_at(expires_at, self._expire)
        self._ready.append(_Message(body, self._next_number, expires_at))
        self._next_number += 1
        self.pump()

    def _expire(self) -> None:
        now = asyncio.get_running_loop().time()
        # All of one queue live equally long, so the dead stand in front.
        while self._ready and (due := self._ready[0].expires_at) is not None and due <= now:
            self.bury(self._ready.popleft())

    def bury(self, message: _Message) -> None:
        if self.plan.dead_exchange is not None:
            self._host.route_dead(self.plan.dead_exchange, message.body)

    def give_back(self, messages: Iterable[_Message]) -> None:
        limit = self.plan.delivery_limit
        kept = list(self._ready)
        for message in messages:
            message.returns += 1
            if limit is not None and message.returns > limit:
                self.bury(message)
            else:
                kept.append(message)
        self._ready = deque(sorted(kept, key=lambda message: message.number))
        self._expire()

    def add_consumer(self, subscription: MemorySubscription) -> None:
        if self._consumers and (subscription.exclusive or self._consumers[0].exclusive):
            raise Taken(f"{self.plan.name} has an exclusive consumer, or others where one asks to be exclusive")
        self._consumers.append(subscription)
        self.pump()

    def drop_consumer(self, subscription: MemorySubscription) -> None:
        self._consumers.remove(subscription)

    def pump(self) -> None:
        while self._ready:
            free = next((one for one in self._consumers if one.has_room), None)
            if free is None:
                return
            self._consumers.remove(free)
            self._consumers.append(free)
            free.hand(self._ready.popleft())


def _topic_pattern(key: str) -> re.Pattern[str]:
    """`*` is one word, `#` any number of them; no binding of ours has more than these."""
    words = {"*": r"[^.]+", "#": r".*"}
    return re.compile(r"\.".join(words.get(word, re.escape(word)) for word in key.split(".")))


class _Host:
    """One virtual host: exchanges and the queues behind them."""

    def __init__(self, plan: Vhost) -> None:
        self._exchanges: dict[str, Exchange] = {exchange.name: exchange for exchange in plan.exchanges}
        self._stores = {queue.name: _Store(queue, self) for queue in plan.queues}
        self._bindings = [(one.exchange, one.queue, one.key, _topic_pattern(one.key)) for one in plan.bindings]

    def store(self, queue: str) -> _Store:
        found = self._stores.get(queue)
        if found is None:
            raise Unroutable(f"no queue {queue}")
        return found

    def targets(self, exchange: str, key: str) -> Iterator[_Store]:
        known = self._exchanges.get(exchange)
        if known is None:
            raise Unroutable(f"no exchange {exchange}")
        for source, queue, bound_key, pattern in self._bindings:
            if source == exchange and (
                known.kind == "fanout"
                or bound_key == key
                or (known.kind == "topic" and pattern.fullmatch(key) is not None)
            ):
                yield self._stores[queue]

    def route(self, exchange: str, key: str, body: bytes) -> None:
        found = {store.plan.name: store for store in self.targets(exchange, key)}
        if not found:
            raise Unroutable(f"nothing is bound to {exchange} with {key!r}")
        full = [name for name, store in found.items() if store.is_full and store.plan.overflow == "reject-publish"]
        if full:
            raise QueueFull(f"{', '.join(full)}: full")
        for store in found.values():
            store.put(body)

    def route_dead(self, exchange: str, body: bytes) -> None:
        for store in self.targets(exchange, ""):
            store.put(body)


class MemoryBroker:
    """Holds all virtual hosts of a topology; `stop` and `start` make an outage that keeps the messages."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._hosts = {vhost.name: _Host(vhost) for vhost in topology.vhosts}
        self._couriers: list[MemoryCourier] = []
        self.is_up = True

    def courier(self, vhost: str, user: str) -> "MemoryCourier":
        """Raises Forbidden when the user may not enter the virtual host."""
        right = self._topology.right(user, vhost)
        if right is None:
            raise Forbidden(f"{user} may not enter {vhost}")
        courier = MemoryCourier(self, self._hosts[vhost], right)
        self._couriers.append(courier)
        return courier

    def stop(self) -> None:
        self.is_up = False
        for courier in self._couriers:
            courier.sever()

    def start(self) -> None:
        self.is_up = True

    def forget(self, courier: "MemoryCourier") -> None:
        self._couriers.remove(courier)


class MemoryCourier:
    """A user's connection; see `port.Courier`."""

    def __init__(self, broker: MemoryBroker, host: _Host, right: Right) -> None:
        self._broker = broker
        self._host = host
        self._write = re.compile(right.write)
        self._read = re.compile(right.read)
        self._subscriptions: list[MemorySubscription] = []
        self._is_open = True

    async def publish(self, exchange: str, key: str, body: bytes, *, message_id: str, persistent: bool = True) -> None:
        del message_id, persistent  # nothing here outlives the process, and nobody reads the broker's headers
        self._check_up()
        if self._write.search(exchange or "amq.default") is None:
            raise Forbidden(f"no right to write to {exchange or 'amq.default'}")
        if len(body) > MESSAGE_BYTES_MAX:
            raise Forbidden(f"{len(body)} bytes are more than {MESSAGE_BYTES_MAX}")
        self._host.route(exchange, key, body)
        # A confirm takes a turn of the loop: who publishes in a row must not keep the consumers from running.
        await asyncio.sleep(0)

    async def consume(
        self, queue: str, handler: Handler, *, prefetch: int, exclusive: bool = False
    ) -> MemorySubscription:
        self._check_up()
        store = self._host.store(queue)
        if self._read.search(queue) is None:
            raise Forbidden(f"no right to read {queue}")
        subscription = MemorySubscription(store, handler, prefetch, exclusive=exclusive)
        store.add_consumer(subscription)
        self._subscriptions.append(subscription)
        return subscription

    async def depth(self, queue: str) -> int:
        self._check_up()
        return self._host.store(queue).depth

    @property
    def subscriptions(self) -> int:
        """Consumers of this courier that are running."""
        return sum(not one.lost.done() for one in self._subscriptions)

    async def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self.sever()
            self._broker.forget(self)

    def sever(self) -> None:
        """What a lost connection does: every consumer is gone, what it had not settled goes back."""
        subscriptions, self._subscriptions = self._subscriptions, []
        for subscription in subscriptions:
            subscription.end()

    def _check_up(self) -> None:
        if not (self._is_open and self._broker.is_up):
            raise CourierDown("no connection to the broker")
