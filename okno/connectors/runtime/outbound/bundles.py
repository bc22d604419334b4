"""How waiting events are put into messages: in the order of the outbox, as many as fit, never waiting for more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from okno.connectors.runtime.store.outbox import OutboxRow
from okno.connectors.runtime.wire import WATERMARK
from okno.protocol.envelope import Envelope
from okno.protocol.messages import BUNDLE_MAX, BundledEvent, EventsBundle, Watermark
from okno.protocol.pen import Pen

# The signed message is a third longer than its payload, and the broker takes 1 MiB.
PARCEL_BYTES_MAX = 400_000
BUNDLE = "okno.events.bundle.v1"


def parcels(rows: Sequence[OutboxRow]) -> list[list[OutboxRow]]:
    """Cut the rows into the contents of messages: a watermark is one by itself, and so is an event marked `alone`."""
    found: list[list[OutboxRow]] = []
    size = 0
    for row in rows:
        single = row.alone or row.type == WATERMARK
        if found and not single and _takes(found[-1], size + len(row.data)):
            found[-1].append(row)
            size += len(row.data)
        else:
            found.append([row])
            size = len(row.data)
    return found


def _takes(parcel: Sequence[OutboxRow], size: int) -> bool:
    first = parcel[0]
    single = first.alone or first.type == WATERMARK
    return not single and len(parcel) < BUNDLE_MAX and size <= PARCEL_BYTES_MAX


def envelope_of(pen: Pen, parcel: Sequence[OutboxRow], *, system: str, audience: str, at: datetime) -> Envelope:
    """The message of a parcel; each event keeps its id over every attempt."""
    first = parcel[0]
    if first.type == WATERMARK:
        data = msgspec.json.decode(first.data, type=Watermark)
        return pen.message(WATERMARK, data, at=at, audience=audience, recorded=first.written_at)
    events = tuple(BundledEvent(row.type, row.id, msgspec.json.decode(row.data)) for row in parcel)
    return pen.message(BUNDLE, EventsBundle(system, events), at=at, audience=audience, recorded=first.written_at)
