"""Who is the active gateway: the exclusive consumer of one durable queue in the inner virtual host."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from okno.couriers.port import Courier, CourierError, Delivery, Subscription, Taken

log = logging.getLogger(__name__)

QUEUE = "gateway.active"
CLAIM_PAUSE_S = 1.0


class Leadership:
    """Claims the queue until it has it, and again after each loss. `lost` is told at once, synchronously."""

    def __init__(
        self, inner: Courier, *, won: Callable[[], None], lost: Callable[[], None], ended: Callable[[], Awaitable[None]]
    ) -> None:
        self._inner = inner
        self._won = won
        self._lost = lost
        self._ended = ended
        self._subscription: Subscription | None = None
        self._task = asyncio.create_task(self._run(), name="leadership")

    async def stop(self) -> None:
        """Give the place up; the standby has it within its next claim."""
        self._task.cancel()
        await asyncio.wait([self._task])
        if self._subscription is not None:
            await self._subscription.cancel()

    async def _run(self) -> None:
        while True:
            try:
                self._subscription = await self._inner.consume(QUEUE, _nothing_comes, prefetch=1, exclusive=True)
            except CourierError as refusal:
                level = logging.DEBUG if isinstance(refusal, Taken) else logging.WARNING
                log.log(level, "not the active gateway: %r", refusal)
                # Nobody tells a standby that the place is free, so it asks.
                await asyncio.sleep(CLAIM_PAUSE_S)
                continue
            self._won()
            self._subscription.lost.add_done_callback(self._on_lost)
            await asyncio.wait([self._subscription.lost])
            await self._ended()

    def _on_lost(self, _lost: object) -> None:
        self._lost()


async def _nothing_comes(delivery: Delivery) -> None:
    await delivery.ack()
