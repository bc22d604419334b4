"""A finding of the inside on its way to the gateway: what it carries, and what becomes of one that cannot go."""

import asyncio
from collections.abc import Callable

import pytest
from factories.book_street import CABINET, GATEWAY, SYSTEM, Trust, now
from factories.gateway_street import eventually

from okno.connectors.runtime.outbound.sending import Sending
from okno.connectors.runtime.outbound.signals import Signals
from okno.couriers.port import CourierDown
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.ids import new_id
from okno.protocol.pen import Glass, Received
from okno.protocol.sealing import seal

IDENTIFY = "okno.customer.identify.v1"
LABELS = {"address": "a" * 32, "country": "RU"}


class Broker:
    """Takes what is published, or nothing."""

    def __init__(self, *, down: bool = False) -> None:
        self.down = down
        self.taken: list[tuple[str, str, bytes]] = []
        self.asked = 0

    async def publish(self, exchange: str, key: str, body: bytes, **_rest: object) -> None:
        self.asked += 1
        if self.down:
            raise CourierDown("the broker is away")
        self.taken.append((exchange, key, body))


@pytest.fixture
def trust() -> Trust:
    return Trust()


def question(trust: Trust) -> Received:
    facts = seal(b"{}", trust.ring.opening_for("connector.main", now()), subject=None, type=IDENTIFY)
    pen = trust.pen(CABINET)
    envelope = pen.message(
        IDENTIFY, m.CustomerIdentify("ru", facts), at=now(), audience=SYSTEM, auth=("service", None), labels=LABELS
    )
    raw = jws.countersign(pen.write(envelope), trust.gateway)
    return Glass(trust.ring, receiver=SYSTEM).read(raw, at=now(), online=True)


def told(trust: Trust, broker: Broker, seen: Callable[[], bool], *names: str) -> Received:
    """Tell these findings about one question, from a thread as questions are worked on."""
    asked = question(trust)

    async def go() -> None:
        sending = Sending(
            courier=broker,  # type: ignore[arg-type]  # of a courier it publishes alone
            pen=trust.pen(SYSTEM),
            keyring=trust.ring,
            system="main",
            clock=now,
        )
        signals = Signals(sending)
        signals.start()
        for name in names:
            await asyncio.to_thread(signals, asked, name, {"number": new_id()})
        await eventually(seen)

    asyncio.run(go())
    return asked


def test_a_finding_goes_to_the_gateway_that_asked_with_the_labels_of_its_question(trust: Trust) -> None:
    broker = Broker()
    asked = told(trust, broker, lambda: bool(broker.taken), "excess_rate_limit_exceeded")
    ((exchange, key, body),) = broker.taken
    received = Glass(trust.ring, receiver=GATEWAY).read(body, at=now(), online=True)
    assert (exchange, key) == ("x.event", "event.main")
    assert isinstance(received.data, m.SecuritySignal)
    assert (received.data.signal, received.data.process) == ("excess_rate_limit_exceeded", "connector-main")
    assert (received.envelope.labels, received.envelope.causationid) == (LABELS, asked.envelope.id)


def test_one_that_the_broker_does_not_take_is_lost_and_logged(trust: Trust, caplog: pytest.LogCaptureFixture) -> None:
    broker = Broker(down=True)
    told(trust, broker, lambda: "is lost" in caplog.text, "excess_rate_limit_exceeded")
    assert (broker.asked, broker.taken) == (1, [])


def test_one_of_no_such_name_does_not_leave(trust: Trust, caplog: pytest.LogCaptureFixture) -> None:
    broker = Broker()
    told(trust, broker, lambda: "is lost" in caplog.text, "not a name")
    assert broker.asked == 0
