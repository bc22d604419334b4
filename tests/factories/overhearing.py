"""A courier that keeps every byte it carries, as somebody in the DMZ could."""

from __future__ import annotations

from okno.couriers.port import Courier, Handler, Subscription
from okno.protocol import jws
from okno.protocol.errors import ProtocolError


class Overheard:
    """Fulfils Courier by another one. `wire` is what passed, `read` the payloads of the messages among it."""

    def __init__(self, courier: Courier, wire: list[bytes]) -> None:
        self._courier = courier
        self.wire = wire

    async def publish(self, exchange: str, key: str, body: bytes, *, message_id: str, persistent: bool = True) -> None:
        self.wire.append(body)
        await self._courier.publish(exchange, key, body, message_id=message_id, persistent=persistent)

    async def consume(self, queue: str, handler: Handler, *, prefetch: int, exclusive: bool = False) -> Subscription:
        return await self._courier.consume(queue, handler, prefetch=prefetch, exclusive=exclusive)

    async def depth(self, queue: str) -> int:
        return await self._courier.depth(queue)

    async def close(self) -> None:
        await self._courier.close()


def payloads(wire: list[bytes]) -> list[bytes]:
    """The signed bytes inside of the messages."""
    found = []
    for body in wire:
        try:
            found.append(jws.parse(body).payload)
        except ProtocolError:
            continue
    return found
