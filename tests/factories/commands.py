"""Commands as a connector receives them."""

import time
from collections.abc import Callable
from datetime import datetime

from factories.book_street import CABINET, SYSTEM, Trust, now
from factories.distant_system import Distant

from okno.connectors.runtime.inbound.commands import Commands
from okno.connectors.runtime.steps import Step, no_step
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.system import System
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.ids import new_id
from okno.protocol.pen import Glass, Received

CAPTURED = "okno.payment.captured.v1"
Sign = Callable[..., Received]


def signing() -> Sign:
    """Makes commands, each later than what was done before: times tell milliseconds."""
    trust = Trust()
    glass = Glass(trust.ring, receiver=SYSTEM)

    def signed(type_: str, data: m.Message, key: str, recorded: datetime | None = None) -> Received:
        time.sleep(0.002)
        pen, at = trust.pen(CABINET), now()
        envelope = pen.message(
            type_, data, at=at, audience=SYSTEM, idempotencykey=key, recorded=recorded or at, auth=("service", None)
        )
        return glass.read(jws.countersign(pen.write(envelope), trust.gateway), at=now(), online=False)

    return signed


def distant_commands(
    distant: Distant, connections: Connections, *, step: Step = no_step, tick: Callable[[], float] = time.monotonic
) -> Commands:
    """Commands to a system that shares no transaction with the store."""
    system = System(id="main", reads=object(), distant_postings=distant)
    return Commands(system, connections, step=step, tick=tick)


def payment(sign: Sign, account: str, *, key: str | None = None, amount: str = "10.00") -> Received:
    data = m.PaymentCaptured(key or new_id(), account, m.Amount(amount, "RUB"), "card", now())
    return sign(CAPTURED, data, data.payment)


def again_of(sign: Sign, first: Received) -> Received:
    """The same command, sent again by a person now."""
    assert isinstance(first.data, m.Message)
    return sign(first.envelope.type, first.data, str(first.envelope.idempotencykey))


def retry_of(sign: Sign, first: Received) -> Received:
    """Another attempt of the same command, written now, since no answer came."""
    assert isinstance(first.data, m.Message)
    return sign(first.envelope.type, first.data, str(first.envelope.idempotencykey), first.envelope.recordedtime)
