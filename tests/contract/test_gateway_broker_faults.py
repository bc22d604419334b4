"""What the gateway does when a broker does not take what it carries: the sender keeps it, or the gateway insists."""

import asyncio
import json
from datetime import timedelta

import msgspec
import pytest
from factories.gateway_street import POSTED, Connect, Street, code_of, eventually, memory_connect, now, on_street
from factories.wire import CABINET, posted

from okno.couriers.port import Courier, CourierDown, CourierError, Forbidden, QueueFull, Unroutable
from okno.protocol import jws
from okno.protocol.envelope import Envelope
from okno.protocol.errors import Problem


class Flaky:
    """A courier whose next publications fail as told."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self.faults: list[CourierError] = []
        self.stuck: asyncio.Event | None = None

    async def publish(self, exchange: str, key: str, body: bytes, *, message_id: str, persistent: bool = True) -> None:
        if self.stuck is not None and exchange != "x.heartbeat":
            await self.stuck.wait()
        if self.faults and exchange != "x.heartbeat":
            raise self.faults.pop(0)
        await self._courier.publish(exchange, key, body, message_id=message_id, persistent=persistent)

    def __getattr__(self, name: str) -> object:
        return getattr(self._courier, name)


def flaky_street() -> tuple[dict[str, Flaky], Connect]:
    """The gateway's couriers by virtual host."""
    connect = memory_connect()
    links: dict[str, Flaky] = {}

    async def flaky(user: str, vhost: str) -> Courier:
        courier = await connect(user, vhost)
        if user == "gateway":
            links[vhost] = Flaky(courier)
            return links[vhost]  # type: ignore[return-value]  # a courier but for its type
        return courier

    return links, flaky


REFUSALS = [
    (CourierDown("gone"), 503, "broker-unavailable"),
    (QueueFull("full"), 503, "broker-unavailable"),
    (Unroutable("no queue"), 503, "system-unavailable"),
    (Forbidden("no right"), 500, "internal"),
]


@pytest.mark.parametrize(("fault", "status", "code"), REFUSALS)
@pytest.mark.parametrize("kind", ["command", "query"])
def test_what_the_broker_refuses_stays_with_the_sender(fault: CourierError, status: int, code: str, kind: str) -> None:
    links, connect = flaky_street()

    async def walk(street: Street) -> None:
        envelope: Envelope = getattr(street, kind)()
        links["inner"].faults = [fault]
        answer = await street.post(envelope)
        assert (answer.code, code_of(answer)) == (status, code)
        assert json.loads(answer.body)["retry"] == "same-key"
        assert str(fault) not in answer.body.decode()
        # Nothing is left under way: the next one passes.
        text = (await street.get("/-/metrics")).body.decode()
        assert 'okno_gateway_under_way{system="main"} 0' in text
        assert "okno_gateway_queries_waiting 0" in text
        assert (await street.post(getattr(street, kind)())).code in (200, 202)
        assert len(street.connector.commands) + len(street.connector.queries) <= 1

    on_street(connect, walk)


def test_a_broker_that_is_slow_does_not_stretch_a_query_s_deadline() -> None:
    links, connect = flaky_street()

    async def walk(street: Street) -> None:
        links["inner"].stuck = asyncio.Event()
        answer = await street.post(street.query(expirytime=now() + timedelta(seconds=1)))
        assert (answer.code, code_of(answer)) == (504, "deadline-exceeded")
        links["inner"].faults = [CourierDown("gone")]
        links["inner"].stuck.set()
        links["inner"].stuck = None
        await eventually(lambda: not links["inner"].faults)
        assert (await street.post(street.query())).code == 200

    on_street(connect, walk)


def test_an_event_is_sent_until_the_cabinet_s_broker_has_it_and_none_overtakes() -> None:
    links, connect = flaky_street()

    async def walk(street: Street) -> None:
        links["outer"].faults = [CourierDown("gone"), QueueFull("full"), CourierDown("gone")]
        sent = [street.connector.pen.message(POSTED, posted(n=n), at=now(), audience=CABINET) for n in range(20)]
        for envelope in sent:
            await street.connector.tell(envelope)
        await eventually(lambda: len(street.events) == len(sent))
        assert [one.envelope for one in street.received()] == sent

    on_street(connect, walk)


def test_a_gateway_that_lost_its_place_stops_insisting() -> None:
    links, connect = flaky_street()

    async def walk(street: Street) -> None:
        links["outer"].faults = [CourierDown("gone")] * 1000
        envelope = street.connector.pen.message(POSTED, posted(), at=now(), audience=CABINET)
        await street.connector.tell(envelope)
        await eventually(lambda: len(links["outer"].faults) < 1000)
        links["inner"].sever()  # type: ignore[operator]  # the memory courier's own
        turns = ["active", "standby", "active"]
        await eventually(lambda: [one["verdict"] for one in street.log() if one["hop"] == "gateway"] == turns)
        links["outer"].faults = []
        await eventually(lambda: bool(street.events))
        assert [one.envelope for one in street.received()] == [envelope]

    on_street(connect, walk)


@pytest.mark.parametrize("fault", [CourierDown("gone"), QueueFull("full")])
def test_a_problem_that_is_not_taken_does_not_hold_the_events(fault: CourierError) -> None:
    links, connect = flaky_street()

    async def walk(street: Street) -> None:
        links["inner"].faults = [fault]
        good = street.connector.pen.message(POSTED, posted(), at=now(), audience=CABINET)
        bad = msgspec.structs.replace(good, data={"surprise": 1})
        await street.connector.tell(bad, raw=jws.sign(msgspec.json.encode(bad), street.house.connector))
        await street.connector.tell(good)
        await eventually(lambda: bool(street.events))
        assert [one.envelope for one in street.received()] == [good]
        bounced = [record for record in street.log() if record["verdict"] == "bounced"]
        assert bounced[0]["code"] == "schema"
        assert not any(isinstance(one.data, Problem) for one in street.connector.commands)

    on_street(connect, walk)
