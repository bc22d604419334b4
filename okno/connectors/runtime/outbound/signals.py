"""Security signals of the inside: told to the gateway whose question has shown them, for its watch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

from okno.connectors.runtime.outbound.sending import Sending
from okno.couriers.port import CourierError
from okno.protocol.errors import ProtocolError
from okno.protocol.messages import SecuritySignal
from okno.protocol.pen import Received

log = logging.getLogger(__name__)

SIGNAL = "okno.security.signal.v1"


class Alarm(Protocol):
    """Told from any thread of a finding about a question, named by the OWASP logging vocabulary; never waits."""

    def __call__(self, asked: Received, signal: str, detail: Mapping[str, str]) -> None: ...


class Signals:
    """Fulfils Alarm from `start` on. A finding is of use now: a broker that does not take it is not asked twice.

    It carries the labels of its question, so that the watch can count by address and network what it cannot read.
    """

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """In the running loop."""
        self._loop = asyncio.get_running_loop()

    def __call__(self, asked: Received, signal: str, detail: Mapping[str, str]) -> None:
        assert self._loop is not None  # questions come after `start`
        asyncio.run_coroutine_threadsafe(self._tell(asked, signal, detail), self._loop)

    async def _tell(self, asked: Received, signal: str, detail: Mapping[str, str]) -> None:
        sending = self._sending
        at = sending.clock()
        try:
            data = SecuritySignal(signal, f"connector-{sending.system}", at, detail=dict(detail))
            # A signal ends with one gateway, and names it.
            envelope = sending.pen.message(
                SIGNAL,
                data,
                at=at,
                audience=f"urn:okno:gateway:{sending.gateway_of(asked)}",
                labels=dict(asked.envelope.labels),
                causation=asked.envelope.id,
            )
            body = sending.pen.write(envelope)
            await sending.courier.publish("x.event", f"event.{sending.system}", body, message_id=envelope.id)
        except (CourierError, ProtocolError) as error:
            log.warning("the signal %s is lost: %r", signal, error)
