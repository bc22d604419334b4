"""RabbitMQ behind the courier's port.

A plain connection with our own reconnect and not aio-pika's robust one: that restores consumers behind the back of
their owner, who could then neither see a loss nor give a queue up, and the active gateway must do both.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import (
    CONNECTION_EXCEPTIONS,
    AuthenticationError,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    DeliveryError,
    InvalidFrameError,
    ProbableAuthenticationError,
    PublishError,
)
from aiormq.exceptions import ChannelAccessRefused

from okno.couriers.port import CourierDown, CourierError, Forbidden, Handler, QueueFull, Taken, Unroutable

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/jose+json"
HEARTBEAT_S = 10
CONNECT_TIMEOUT_S = 5.0
CONFIRM_TIMEOUT_S = 5.0
CONSUME_PATIENCE_S = 5.0
RECONNECT_PAUSE_FIRST_S = 0.1
RECONNECT_PAUSE_MAX_S = 2.0


@contextmanager
def _translated() -> Iterator[None]:
    """The client's errors become the port's."""
    try:
        yield
    except PublishError as error:
        raise Unroutable(str(error)) from error
    except DeliveryError as error:
        raise QueueFull(str(error)) from error
    except ChannelAccessRefused as error:
        if "exclusive use" in str(error):
            raise Taken(str(error)) from error
        raise Forbidden(str(error)) from error
    except ChannelPreconditionFailed as error:
        raise Forbidden(str(error)) from error
    except ChannelNotFoundEntity as error:
        raise Unroutable(str(error)) from error
    except (TimeoutError, EOFError, *CONNECTION_EXCEPTIONS) as error:
        raise CourierDown(repr(error)) from error
    except asyncio.CancelledError as error:
        # The client rejects whatever waits on a lost connection with a cancellation that nobody asked for.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise CourierDown("the connection was lost") from error


class AmqpDelivery:
    def __init__(self, message: AbstractIncomingMessage, queue: str) -> None:
        self._message = message
        self.body = message.body
        self.queue = queue
        self.redelivered = bool(message.redelivered)
        returns = message.headers.get("x-delivery-count")
        self.is_counted = isinstance(returns, int)
        self.attempt = returns + 1 if isinstance(returns, int) else 1 + self.redelivered

    @property
    def is_settled(self) -> bool:
        return self._message.processed

    async def ack(self) -> None:
        with _translated():
            await self._message.ack()

    async def reject(self, *, requeue: bool) -> None:
        with _translated():
            # basic.reject and not nack: newer brokers count only the former against the delivery limit.
            await self._message.reject(requeue=requeue)


class AmqpSubscription:
    """A consumer on a channel of its own, so that a refusal of one does not close the others."""

    def __init__(self, channel: AbstractChannel, queue: str, handler: Handler) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._channel = channel
        self._queue = queue
        self._handler = handler
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, *, prefetch: int, exclusive: bool) -> None:
        await self._channel.set_qos(prefetch_count=prefetch, timeout=CONNECT_TIMEOUT_S)
        underlay = await self._channel.get_underlay_channel()
        underlay.on_consumer_cancel_callbacks.add(self._on_cancelled)
        self._channel.close_callbacks.add(self._on_closed)
        queue = await self._channel.get_queue(self._queue, ensure=False)
        await queue.consume(self._take, exclusive=exclusive, timeout=CONNECT_TIMEOUT_S)

    async def cancel(self) -> None:
        try:
            if not self._channel.is_closed:
                with _translated():
                    await self._channel.close()
        except CourierError as error:
            log.info("the channel of %s ended by itself: %r", self._queue, error)
        self._end()

    async def _take(self, message: AbstractIncomingMessage) -> None:
        # In a task of ours: the client would cancel its own in mid-work when the channel closes.
        task = asyncio.create_task(self._handle(AmqpDelivery(message, self._queue)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, delivery: AmqpDelivery) -> None:
        try:
            await self._handler(delivery)
        except Exception:
            log.exception("a handler of %s failed; what it has not settled is handed back", self._queue)
            if not (self.lost.done() or delivery.is_settled):
                # Only a quorum queue counts: elsewhere a poisonous message would come back for ever.
                await delivery.reject(requeue=delivery.is_counted or not delivery.redelivered)

    async def _on_cancelled(self, _frame: object) -> None:
        await self.cancel()

    def _on_closed(self, _channel: object, _reason: object) -> None:
        self._end()

    def _end(self) -> None:
        if not self.lost.done():
            self.lost.set_result(None)


class AmqpCourier:
    """One user's connection to one virtual host of RabbitMQ; see `port.Courier`."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._user = unquote(urlsplit(url).username or "")
        self._connection: AbstractConnection | None = None
        self._outlets: dict[str, tuple[AbstractChannel, AbstractExchange]] = {}
        self._opening = asyncio.Lock()
        self._up = asyncio.Event()
        self._reconnecting: asyncio.Task[None] | None = None
        self._is_open = True

    async def dial(self) -> None:
        """Connect. Raises CourierDown, or Forbidden when the broker knows the user not, or not in this vhost."""
        try:
            with _translated():
                connection = await aio_pika.connect(
                    self._url, timeout=CONNECT_TIMEOUT_S, heartbeat=HEARTBEAT_S, name=self._name
                )
        except CourierDown as down:
            # A virtual host that the user may not enter is answered by a close where an open-ok is due.
            if isinstance(down.__cause__, (AuthenticationError, ProbableAuthenticationError, InvalidFrameError)):
                raise Forbidden(f"{self._user} may not enter: {down.__cause__!r}") from down.__cause__
            raise
        self._connection = connection
        connection.close_callbacks.add(self._on_closed)
        if not connection.connected.is_set():
            raise CourierDown("the connection was lost as soon as it stood")
        self._up.set()

    async def publish(self, exchange: str, key: str, body: bytes, *, message_id: str, persistent: bool = True) -> None:
        mode = aio_pika.DeliveryMode.PERSISTENT if persistent else aio_pika.DeliveryMode.NOT_PERSISTENT
        message = aio_pika.Message(
            body, message_id=message_id, user_id=self._user, delivery_mode=mode, content_type=CONTENT_TYPE
        )
        with _translated():
            outlet = await self._outlet(exchange)
            await outlet.publish(message, key, mandatory=True, timeout=CONFIRM_TIMEOUT_S)

    async def _outlet(self, exchange: str) -> AbstractExchange:
        """A channel per exchange: a refusal closes the channel, and must not fail what goes elsewhere."""
        async with self._opening:
            channel, outlet = self._outlets.get(exchange, (None, None))
            if channel is None or outlet is None or channel.is_closed:
                channel = await self._channel(publisher_confirms=True)
                outlet = await channel.get_exchange(exchange, ensure=False)
                self._outlets[exchange] = (channel, outlet)
            return outlet

    async def _channel(self, *, publisher_confirms: bool) -> AbstractChannel:
        if self._connection is None or not self._up.is_set():
            raise CourierDown("no connection to the broker")
        channel = self._connection.channel(publisher_confirms=publisher_confirms, on_return_raises=publisher_confirms)
        await channel.initialize(timeout=CONNECT_TIMEOUT_S)
        return channel

    async def consume(
        self, queue: str, handler: Handler, *, prefetch: int, exclusive: bool = False
    ) -> AmqpSubscription:
        """Unlike `publish` it waits a while for a lost connection, so that a consumer is back as soon as that is."""
        with _translated():
            await asyncio.wait_for(self._up.wait(), CONSUME_PATIENCE_S)
            channel = await self._channel(publisher_confirms=False)
            subscription = AmqpSubscription(channel, queue, handler)
            try:
                await subscription.start(prefetch=prefetch, exclusive=exclusive)
            except BaseException:
                # Also when the caller gives up: a consumer that nobody knows of would swallow messages.
                await subscription.cancel()
                raise
            return subscription

    async def depth(self, queue: str) -> int:
        with _translated():
            channel = await self._channel(publisher_confirms=False)
            try:
                declared = await channel.declare_queue(queue, passive=True, timeout=CONNECT_TIMEOUT_S)
                return declared.declaration_result.message_count or 0
            finally:
                if not channel.is_closed:
                    await channel.close()

    async def close(self) -> None:
        self._is_open = False
        self._up.clear()
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.wait([self._reconnecting])
        if self._connection is not None:
            await self._connection.close()

    def _on_closed(self, _connection: object, reason: BaseException | None) -> None:
        self._up.clear()
        self._outlets.clear()
        if self._is_open:
            log.warning("%s: the connection to the broker is lost: %r", self._name, reason)
            self._reconnecting = asyncio.create_task(self._reconnect(), name=f"reconnect {self._name}")

    async def _reconnect(self) -> None:
        pause = RECONNECT_PAUSE_FIRST_S
        while True:
            try:
                await self.dial()
            except (CourierDown, Forbidden) as refusal:
                log.warning("%s: no broker: %r; again in %.1f s", self._name, refusal, pause)
            except Exception:
                # Whatever the client thinks of next: without this loop nothing would ever connect again.
                log.exception("%s: no broker; again in %.1f s", self._name, pause)
            else:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, RECONNECT_PAUSE_MAX_S)


async def connect(url: str, *, name: str) -> AmqpCourier:
    """Dial `amqp(s)://user:password@host:port/vhost`; `name` is what the broker's own lists show.

    Raises CourierDown or Forbidden if the first attempt fails; a later loss is mended in the background.
    """
    courier = AmqpCourier(url, name)
    await courier.dial()
    return courier
