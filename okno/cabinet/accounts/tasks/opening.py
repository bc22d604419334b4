"""Opens what the courier delivers: whether it is genuine, and what it says, before the database is asked anything.

It needs no database, so that the projector can open the next messages while the last ones are being written.
"""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import structlog

from okno.cabinet.accounts.tasks.reading import Item, read
from okno.cabinet.kit.processes.dispatcher import Clock
from okno.cabinet.kit.processes.trust import Trust
from okno.couriers.port import Delivery
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.pen import Glass

log = structlog.get_logger("okno.cabinet.projector")

CLOCK_IS_BEHIND = frozenset({ErrorCode.EARLY, ErrorCode.KEY_EARLY})
CLOCK_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A message and what it says, or the code of why it is not believed."""

    delivery: Delivery
    items: list[Item] = field(default_factory=list)
    refused: str | None = None


class Opener:
    """Opens messages to one receiver, in one thread: `trust` is its own."""

    def __init__(self, trust: Trust, receiver: str, clock: Clock) -> None:
        self._trust = trust
        self._receiver = receiver
        self._clock = clock

    def open(self, deliveries: Iterable[Delivery], stopping: threading.Event) -> Iterator[Opened]:
        """Each message as it is open, until told to stop."""
        return (message for one in deliveries if (message := self._judged(one, stopping)) is not None)

    def _judged(self, delivery: Delivery, stopping: threading.Event) -> Opened | None:
        """None when told to stop while the message could not yet be judged."""
        while not stopping.is_set():
            now = self._clock()
            glass = Glass(self._trust.ring(now), receiver=self._receiver)
            try:
                return Opened(delivery, read(glass.read(delivery.body, at=now, online=False)))
            except ProtocolError as error:
                if error.code not in CLOCK_IS_BEHIND:
                    return Opened(delivery, refused=error.code.value)
                # The gateway, which has a clock too, let it pass: ours is behind, and burying would lose good events.
                log.error("clock-behind", code=error.code.value)  # noqa: TRY400 - a state, not a fault of this code
                stopping.wait(CLOCK_PAUSE_S)
        return None
