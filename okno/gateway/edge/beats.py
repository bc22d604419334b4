"""What the gateway says by itself: a heartbeat to each side, and each minute the head of its log to the inside."""

import asyncio
import logging
from collections.abc import Callable

from okno.couriers.port import Courier, CourierError
from okno.gateway.core.gate import Gate
from okno.gateway.core.verdicts import Send
from okno.gateway.edge.clock import Clock
from okno.gateway.edge.journal import Journal
from okno.gateway.edge.posting import deliver

log = logging.getLogger(__name__)

BEAT_S = 2.0
CHECKPOINT_S = 60.0


class Beats:
    def __init__(self, *, gate: Gate, couriers: dict[str, Courier], journal: Journal, clock: Clock) -> None:
        self._gate = gate
        self._couriers = couriers
        self._journal = journal
        self._clock = clock
        self._tasks = [
            asyncio.create_task(self._each(BEAT_S, self._inner_beat), name="beat inner"),
            asyncio.create_task(self._each(BEAT_S, self._outer_beat), name="beat outer"),
            asyncio.create_task(self._each(CHECKPOINT_S, self._checkpoints), name="checkpoints"),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    def _inner_beat(self) -> list[Send]:
        return [self._gate.beat("inner", self._clock())]

    def _outer_beat(self) -> list[Send]:
        return [self._gate.beat("outer", self._clock())]

    def _checkpoints(self) -> list[Send]:
        head = self._journal.head
        if not (self._gate.is_active and head.count):
            return []
        return self._gate.checkpoints(count=head.count, head=head.hash, now=self._clock())

    async def _each(self, period_s: float, compose: Callable[[], list[Send]]) -> None:
        """At fixed moments, so that a slow broker does not stretch the period."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            for send in compose():
                try:
                    await deliver(self._couriers, send)
                except CourierError as refusal:
                    log.warning("%s to %s is not taken: %r", send.exchange, send.link, refusal)
            due = max(due + period_s, loop.time())
            await asyncio.sleep(due - loop.time())
