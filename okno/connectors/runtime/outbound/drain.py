"""Sends what the outbox holds. It is woken by the database and asks nothing in between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg

from okno.connectors.runtime.outbound.bundles import envelope_of, parcels
from okno.connectors.runtime.steps import Step
from okno.connectors.runtime.store.connections import Connections, connection_awaited
from okno.connectors.runtime.store.outbox import (
    OutboxRow,
    outbox_listen,
    outbox_part,
    outbox_sent,
    outbox_waiting,
)
from okno.couriers.port import Courier, CourierError
from okno.protocol import jws
from okno.protocol.errors import ProtocolError
from okno.protocol.messages import BUNDLE_MAX
from okno.protocol.pen import Pen

log = logging.getLogger(__name__)

EVENTS_EXCHANGE = "x.event"
PAUSE_FIRST_S = 0.1
PAUSE_MAX_S = 2.0


class Drain:
    """One per store: the order of an account's events is the order in which this sends them.

    A row is marked only after the broker's confirm, so whatever breaks in between sends it again, under the same id.
    """

    def __init__(
        self,
        *,
        connections: Connections,
        courier: Courier,
        pen: Pen,
        system: str,
        audience: str,
        clock: Callable[[], datetime],
        step: Step,
    ) -> None:
        self._connections = connections
        self._courier = courier
        self._pen = pen
        self._system = system
        self._audience = audience
        self._clock = clock
        self._step = step
        self._pause = PAUSE_FIRST_S

    async def run(self) -> None:
        """Send for ever; a broker or database that is away is tried again with growing pauses."""
        while True:
            try:
                await self._listen()
            except (CourierError, psycopg.Error, OSError) as error:
                log.warning("the outbox waits: %r; again in %.1f s", error, self._pause)
                await asyncio.sleep(self._pause)
                self._pause = min(self._pause * 2, PAUSE_MAX_S)

    async def _listen(self) -> None:
        async with await connection_awaited(self._connections.dsn, name="okno outbox") as held:
            await outbox_listen(held)
            while True:
                while await self._send(held):
                    pass
                # What was told while sending is kept by the connection and ends this wait at once.
                async for _ in held.notifies(stop_after=1):
                    pass

    async def _send(self, held: psycopg.AsyncConnection) -> bool:
        rows = await outbox_waiting(held, BUNDLE_MAX)
        self._step("drain.selected")
        for parcel in parcels(rows):
            await self._send_parcel(held, parcel)
        return bool(rows)

    async def _send_parcel(self, held: psycopg.AsyncConnection, parcel: Sequence[OutboxRow]) -> None:
        try:
            at = self._clock()
            envelope = envelope_of(self._pen, parcel, system=self._system, audience=self._audience, at=at)
            body = self._pen.write(envelope)
        except ProtocolError as error:
            # Better here than at the gateway: the same parting, one hop earlier.
            log.warning("an event does not fit its schema: %s", error)
            await asyncio.to_thread(self._part, parcel, error)
            return
        carried_by = jws.payload_hash(jws.parse(body).payload)
        key = f"event.{self._system}"
        await self._courier.publish(EVENTS_EXCHANGE, key, body, message_id=envelope.id)
        self._step("drain.published")
        await outbox_sent(held, parcel, carried_by)
        self._step("drain.marked")
        self._pause = PAUSE_FIRST_S

    def _part(self, parcel: Sequence[OutboxRow], error: ProtocolError) -> None:
        reason = {"code": error.code.value, "detail": error.detail}
        with self._connections.borrow() as connection, connection.transaction():
            outbox_part(connection, parcel, index=error.index, reason=reason)
