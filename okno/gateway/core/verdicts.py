"""What the core decides. The edge does exactly this and nothing else."""

from typing import Literal

import msgspec

from okno.gateway.core.rates import Allowance
from okno.protocol.envelope import Envelope
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.messages import SecuritySignal
from okno.protocol.pen import Received

Link = Literal["inner", "outer"]
Hop = Literal["intake", "reply", "event", "heartbeat", "gateway"]


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the log: hashes and opaque names only, nothing of what the message says."""

    hop: Hop
    verdict: str
    code: str = ""
    type: str = ""
    id: str = ""
    source: str = ""
    payload: str = ""
    detail: str = ""
    bypassed: str = ""
    """The limit that dry run did not hold."""


class Send(msgspec.Struct, frozen=True):
    """A message for a broker. `persistent` is false for what dies with its deadline anyway."""

    link: Link
    exchange: str
    key: str
    body: bytes
    message_id: str
    persistent: bool


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Not let through. `problem` is the outside's face of it; `wait_s` is for Retry-After."""

    entry: Entry
    code: ErrorCode
    problem: Problem
    wait_s: float | None = None
    allowances: tuple[Allowance, ...] = ()

    @property
    def is_uniform(self) -> bool:
        """A refusal of a security check: from outside it looks like any other of them."""
        return self.code.public is ErrorCode.REFUSED


class Ended(msgspec.Struct, frozen=True):
    """The gateway was its end: counted, a security signal by its name, and that is all."""

    entry: Entry
    received: Received


class Dispatched(msgspec.Struct, frozen=True, kw_only=True):
    """Let through: send it; then a query waits until `until` (a tick), a command is answered by the confirm."""

    entry: Entry
    send: Send
    ticket: str
    is_query: bool
    until: float
    allowances: tuple[Allowance, ...]


class Answered(msgspec.Struct, frozen=True):
    """The answer to the query with this ticket, both signatures on it."""

    entry: Entry
    ticket: str
    body: bytes


class Relayed(msgspec.Struct, frozen=True):
    """From inside to the cabinet: settle the delivery only when this is confirmed."""

    entry: Entry
    send: Send


class Bounced(msgspec.Struct, frozen=True):
    """Refused, and its honest sender is told which member was bad: send this, then settle the delivery."""

    entry: Entry
    send: Send


class Dropped(msgspec.Struct, frozen=True):
    """Not let through and nobody is told; `keep` asks for it to go to the dead queue as evidence."""

    entry: Entry
    keep: bool


def ended(hop: Hop, received: Received) -> Ended:
    """The entry of a security signal has its name for detail: the log is read by who watches."""
    entry = entry_of(hop, "ended", received.envelope, received.payload_hash)
    if isinstance(received.data, SecuritySignal):
        entry = msgspec.structs.replace(entry, detail=received.data.signal)
    return Ended(entry, received)


def entry_of(hop: Hop, verdict: str, envelope: Envelope, payload_hash: str, code: ErrorCode | None = None) -> Entry:
    return Entry(
        hop=hop,
        verdict=verdict,
        code="" if code is None else code.value,
        type=envelope.type,
        id=envelope.id,
        source=envelope.source,
        payload=payload_hash,
    )
