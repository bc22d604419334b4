"""Security signals of the inside: told to the gateway whose question has shown them, for its watch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from okno.couriers.port import Courier, CourierError
from okno.protocol.errors import ProtocolError
from okno.protocol.keys import Keyring
from okno.protocol.messages import SecuritySignal
from okno.protocol.parties import split_party
from okno.protocol.pen import Pen, Received

log = logging.getLogger(__name__)

SIGNAL = "okno.security.signal.v1"


class Alarm(Protocol):
    """Told from any thread of a finding about a question, named by the OWASP logging vocabulary; never waits."""

    def __call__(self, asked: Received, signal: str, detail: Mapping[str, str]) -> None: ...


class Signals:
    """Fulfils Alarm from `start` on. A finding is of use now: a broker that does not take it is not asked twice.

    It carries the labels of its question, so that the watch can count by address and network what it cannot read.
    """

    def __init__(
        self, *, courier: Courier, pen: Pen, keyring: Keyring, system: str, clock: Callable[[], datetime]
    ) -> None:
        self._courier = courier
        self._pen = pen
        self._keyring = keyring
        self._system = system
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """In the running loop."""
        self._loop = asyncio.get_running_loop()

    def __call__(self, asked: Received, signal: str, detail: Mapping[str, str]) -> None:
        assert self._loop is not None  # questions come after `start`
        asyncio.run_coroutine_threadsafe(self._tell(asked, signal, detail), self._loop)

    async def _tell(self, asked: Received, signal: str, detail: Mapping[str, str]) -> None:
        at = self._clock()
        try:
            data = SecuritySignal(signal, f"connector-{self._system}", at, detail=dict(detail))
            envelope = self._pen.message(
                SIGNAL,
                data,
                at=at,
                audience=self._gateway_of(asked, at),
                labels=dict(asked.envelope.labels),
                causation=asked.envelope.id,
            )
            body = self._pen.write(envelope)
            await self._courier.publish("x.event", f"event.{self._system}", body, message_id=envelope.id)
        except (CourierError, ProtocolError) as error:
            log.warning("the signal %s is lost: %r", signal, error)

    def _gateway_of(self, asked: Received, at: datetime) -> str:
        """The instance that countersigned the question: a signal ends with one gateway, and names it."""
        _, name = split_party(self._keyring.find(asked.kids[-1], at).party)
        return f"urn:okno:gateway:{name}"
