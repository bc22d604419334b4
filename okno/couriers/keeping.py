"""A consumer that comes back by itself after a lost connection."""

import asyncio
import logging

from okno.couriers.port import Courier, CourierError, Handler, Subscription

log = logging.getLogger(__name__)

PAUSE_FIRST_S = 0.1
PAUSE_MAX_S = 2.0


class Kept:
    """Consumes a queue until `cancel`, again after each loss; a broker that is away is asked with growing pauses."""

    def __init__(self, courier: Courier, queue: str, handler: Handler, *, prefetch: int) -> None:
        self._courier = courier
        self._queue = queue
        self._handler = handler
        self._prefetch = prefetch
        self._subscription: Subscription | None = None
        self._started = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"keep {queue}")

    async def started(self) -> None:
        """Return once the consumer has been accepted for the first time."""
        await self._started.wait()

    async def cancel(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        if self._subscription is not None:
            await self._subscription.cancel()

    async def _run(self) -> None:
        pause = PAUSE_FIRST_S
        while True:
            try:
                self._subscription = await self._courier.consume(self._queue, self._handler, prefetch=self._prefetch)
            except CourierError as refusal:
                log.warning("consumer of %s is not accepted: %r; again in %.1f s", self._queue, refusal, pause)
            except Exception:
                # What no courier should raise: a consumer that ends in silence is worse than a loud log.
                log.exception("consumer of %s is not accepted; again in %.1f s", self._queue, pause)
            else:
                pause = PAUSE_FIRST_S
                self._started.set()
                await asyncio.wait([self._subscription.lost])
                log.warning("consumer of %s is lost; consuming again", self._queue)
                continue
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_MAX_S)
