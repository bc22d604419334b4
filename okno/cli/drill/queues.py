"""What waits in the broker, asked by those who may read there: the users of the installation itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from okno.couriers.amqp import connect
from okno.couriers.topology import PRIORITIES

SYSTEM = tuple(f"q.{kind}.main.p{number}" for kind in ("cmd", "qry") for number in PRIORITIES)
#: Whose settings name the address, under which member, and the queues that he may look at.
PLACES = (
    ("connector", "inner_url", SYSTEM),
    ("gw1", "inner_url", ("q.event.gateway",)),
    ("projector", "outer_url", ("events.cabinet",)),
)


def depths(directory: Path) -> dict[str, int]:
    """Messages that are ready in each queue of a full stack's broker; those in somebody's hands are none of them."""
    asked = [(_url(directory / "etc" / f"{process}.toml", member), queues) for process, member, queues in PLACES]
    return asyncio.run(_depths(asked))


def _url(file: Path, member: str) -> str:
    return str(msgspec.toml.decode(file.read_bytes())[member])


async def _depths(asked: Sequence[tuple[str, Sequence[str]]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for url, queues in asked:
        courier = await connect(url, name="look")
        for queue in queues:
            found[queue] = await courier.depth(queue)
        await courier.close()
    return found
