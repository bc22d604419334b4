"""A courier for code that lives in threads: the cabinet's projector, relay and workers.

Nothing here polls: a thread that waits for messages sleeps in a queue until the loop puts one there.
"""

import asyncio
import queue
import threading
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, TypeVar

import uvloop

from okno.couriers.amqp import connect
from okno.couriers.keeping import Kept
from okno.couriers.port import Courier, CourierDown, Delivery

T = TypeVar("T")

CALL_TIMEOUT_S = 15.0


class ThreadCourier:
    """Wraps a courier that lives in `loop`; every method may be called from any other thread."""

    def __init__(self, courier: Courier, loop: asyncio.AbstractEventLoop) -> None:
        self._courier = courier
        self._loop = loop
        self._own_thread: threading.Thread | None = None
        self._waiting: set[queue.SimpleQueue[Delivery | None]] = set()
        self._is_open = True

    @classmethod
    def dial(cls, url: str, *, name: str) -> "ThreadCourier":
        """Connect to RabbitMQ in a loop and thread of its own. Raises CourierDown, Forbidden."""
        loop = uvloop.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name=f"courier {name}", daemon=True)
        thread.start()
        try:
            courier = asyncio.run_coroutine_threadsafe(connect(url, name=name), loop).result(CALL_TIMEOUT_S)
        except BaseException:
            _end(loop, thread)
            raise
        found = cls(courier, loop)
        found._own_thread = thread
        return found

    def publish(self, exchange: str, key: str, body: bytes, *, message_id: str, persistent: bool = True) -> None:
        """As `Courier.publish`, with the same errors."""
        self._call(self._courier.publish(exchange, key, body, message_id=message_id, persistent=persistent))

    def depth(self, name: str) -> int:
        return self._call(self._courier.depth(name))

    def batches(
        self, name: str, *, max_messages: int, prefetch: int, idle_s: float | None = None
    ) -> Iterator[list[Delivery]]:
        """Wait for a message, then give it with whatever else is already there, in order.

        With `idle_s` an empty list comes when nothing arrived for so long. Ends after `stop` or `close`. After a lost
        connection it consumes again by itself; settling what came by the old one raises CourierDown.
        """
        inbox: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._waiting.add(inbox)

        async def put(delivery: Delivery) -> None:
            inbox.put(delivery)

        async def keep() -> Kept:
            return Kept(self._courier, name, put, prefetch=prefetch)

        kept = self._call(keep())
        try:
            while self._is_open:
                batch = _drain(inbox, max_messages, idle_s)
                if batch is None:
                    return
                yield batch
        finally:
            self._waiting.discard(inbox)
            if self._loop.is_running():
                self._call(kept.cancel())

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Settle them in order, after the work is committed. Raises CourierDown: the unsettled will come again."""

        async def settle() -> None:
            for delivery in deliveries:
                await delivery.ack()

        self._call(settle())

    def reject(self, delivery: Delivery, *, requeue: bool) -> None:
        self._call(delivery.reject(requeue=requeue))

    def stop(self) -> None:
        """End every running `batches`; publishing goes on."""
        self._is_open = False
        for inbox in list(self._waiting):
            inbox.put(None)

    def close(self) -> None:
        """`stop`, then close the courier and, if it is ours, its loop."""
        self.stop()
        if self._loop.is_running():
            self._call(self._courier.close())
        if self._own_thread is not None:
            _end(self._loop, self._own_thread)

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(CALL_TIMEOUT_S)
        except TimeoutError as error:
            future.cancel()
            raise CourierDown(f"no answer from the courier's loop in {CALL_TIMEOUT_S:.0f} s") from error


def _drain(inbox: queue.SimpleQueue[Delivery | None], max_messages: int, idle_s: float | None) -> list[Delivery] | None:
    """None: the iterator has been stopped."""
    batch: list[Delivery] = []
    try:
        first = inbox.get(timeout=idle_s)
        if first is None:
            return None
        batch.append(first)
        while len(batch) < max_messages:
            following = inbox.get_nowait()
            if following is None:
                inbox.put(None)
                break
            batch.append(following)
    except queue.Empty:
        return batch
    return batch


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
