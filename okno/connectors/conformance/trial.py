"""A first look: what an adapter makes the connector tell, in the words of the wire."""

from __future__ import annotations

import msgspec

from okno.connectors.bench import Bench, Place
from okno.connectors.conformance.stage import Stage
from okno.protocol.messages import Watermark

CHARGED, PAID = 10_050, 4_000


async def told_of(bench: Bench, place: Place) -> list[str]:
    """Events of a new account, a charge and a payment, as JSON, in the order of arrival. Raises Failed."""
    stage = Stage(bench, place)
    try:
        await stage.begin()
        account = await stage.open()
        await stage.charge(account, CHARGED, "Conformance")
        await stage.pay(account, PAID)
        told = [event for event in stage.wire.events if not isinstance(event.data, Watermark)]
    finally:
        await stage.end()
    return [msgspec.json.encode({"type": event.type, "data": event.data}).decode() for event in told]
