"""A short street around a real gateway: a toy cabinet that posts, a toy connector that answers, real couriers."""

import asyncio
import json
import re
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import aio_pika
import msgspec
from factories.wire import ACCOUNT, CABINET, SYSTEM, House, rub
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from okno.couriers import amqp
from okno.couriers.memory import MemoryBroker
from okno.couriers.port import Courier, Delivery
from okno.couriers.topology import topology
from okno.gateway.core.moment import Moment
from okno.gateway.edge.clock import system_clock
from okno.gateway.main import Gateway, GatewaySettings, start
from okno.protocol import messages as m
from okno.protocol.envelope import Envelope
from okno.protocol.keys import KeyList, entry, sign_key_list
from okno.protocol.parties import EVERYBODY
from okno.protocol.pen import Glass, Pen, Received

PATIENCE_S = 10
SNAPSHOT = "okno.account.snapshot.get.v1"
CAPTURED = "okno.payment.captured.v1"
POSTED = "okno.operation.posted.v1"
HEARTBEAT = "okno.link.heartbeat.v1"
Connect = Callable[[str, str], Awaitable[Courier]]
"""(user, vhost) -> a courier."""


async def eventually(check: Callable[[], bool]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not check():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


def now() -> datetime:
    return datetime.now(UTC)


class ShiftedClock:
    """The system's clock; a gateway that has just become active may be told that it was some seconds ago."""

    def __init__(self) -> None:
        self.shift = timedelta(seconds=-5)

    def __call__(self) -> Moment:
        moment = system_clock()
        return Moment(moment.at + self.shift, moment.tick)


class ToyConnector:
    """Answers queries with a snapshot and notes commands, until told otherwise."""

    def __init__(self, house: House, courier: Courier, glass: Glass) -> None:
        self.pen: Pen = house.pen(SYSTEM)
        self.courier = courier
        self.glass = glass
        self.queries: list[Received] = []
        self.commands: list[Received] = []
        self.heartbeats: list[Received] = []
        self.answer: Callable[[Received], Envelope | None] = self.snapshot

    async def start(self) -> None:
        for number in range(4):
            await self.courier.consume(f"q.qry.main.p{number}", self._on_query, prefetch=16)
            await self.courier.consume(f"q.cmd.main.p{number}", self._on_command, prefetch=16)
        await self.courier.consume("q.heartbeat.main", self._on_heartbeat, prefetch=16)

    def snapshot(self, request: Received) -> Envelope | None:
        data = m.AccountSnapshot(
            account=ACCOUNT,
            system="main",
            version=(1, 7),
            as_of=now(),
            currency="RUB",
            number_tail="4567",
            status="active",
            balance=rub("1234.50"),
            due=None,
            operations=(),
            more=False,
        )
        return self.pen.reply(request, data, at=now())

    async def beat(self) -> None:
        data = m.Heartbeat(process="connector", clock=now())
        envelope = self.pen.message(HEARTBEAT, data, at=now(), audience=EVERYBODY)
        await self.courier.publish(
            "x.heartbeat", "", self.pen.write(envelope), message_id=envelope.id, persistent=False
        )

    async def tell(self, envelope: Envelope, *, raw: bytes | None = None) -> None:
        """An event, or an answer to a command, towards the cabinet."""
        key = "event.main" if envelope.kind == "event" else "reply.main"
        await self.courier.publish("x.event", key, raw or self.pen.write(envelope), message_id=envelope.id)

    async def reply(self, envelope: Envelope) -> None:
        raw = self.pen.write(envelope)
        await self.courier.publish("x.reply", "gw1", raw, message_id=envelope.id, persistent=False)

    async def _on_query(self, delivery: Delivery) -> None:
        await delivery.ack()
        request = self.glass.read(delivery.body, at=now(), online=True)
        self.queries.append(request)
        answer = self.answer(request)
        if answer is not None:
            await self.reply(answer)

    async def _on_command(self, delivery: Delivery) -> None:
        self.commands.append(self.glass.read(delivery.body, at=now(), online=False))
        await delivery.ack()

    async def _on_heartbeat(self, delivery: Delivery) -> None:
        self.heartbeats.append(self.glass.read(delivery.body, at=now(), online=True))
        await delivery.ack()


class Street:
    """One or two gateways between the toys. `connect` says on which courier."""

    def __init__(self, connect: Connect, folder: Path, house: House | None = None) -> None:
        self.house = house or House()
        self.connect = connect
        self.folder = folder
        self.clock = ShiftedClock()
        self.events: list[bytes] = []
        self.gateways: list[Gateway] = []
        self.links: dict[str, tuple[Courier, Courier]] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self._couriers: list[Courier] = []
        self._http = AsyncHTTPClient(force_instance=True, max_clients=200)
        keys = (
            *(self.house.cabinet, self.house.gateway, self.house.connector, self.house.neighbour),
            *(self.house.cabinet_open, self.house.sender_open, self.house.connector_open),
        )
        span = {"not_before": now() - timedelta(days=1), "not_after": now() + timedelta(days=1)}
        listed = KeyList(number=1, issued=now() - timedelta(minutes=1), keys=tuple(entry(key, **span) for key in keys))
        self._write("keylist.jws", sign_key_list(listed, self.house.root))
        self._write("root.pub", self.house.root.public)
        self._write("gateway.sign", self.house.gateway.dump())
        self.pen: Pen = self.house.pen(CABINET)

    def _write(self, name: str, raw: bytes) -> None:
        (self.folder / name).write_bytes(raw)

    async def courier(self, user: str, vhost: str) -> Courier:
        found = await self.connect(user, vhost)
        self._couriers.append(found)
        return found

    def settings(self, name: str = "gw1", **changes: object) -> GatewaySettings:
        settings = GatewaySettings(
            name=name,
            listen_port=0,
            keylist=str(self.folder / "keylist.jws"),
            root_public=str(self.folder / "root.pub"),
            signing_key=str(self.folder / "gateway.sign"),
            log_dir=str(self.folder / f"log-{name}"),
        )
        return msgspec.structs.replace(settings, **changes)

    async def gateway(self, name: str = "gw1", **changes: object) -> Gateway:
        inner, outer = await self.courier("gateway", "inner"), await self.courier("gateway", "outer")
        self.links[name] = inner, outer
        found = await start(self.settings(name, **changes), outer=outer, inner=inner, clock=self.clock)
        self.gateways.append(found)
        return found

    async def __aenter__(self) -> Self:
        await self.gateway()
        projector = await self.courier("cabinet.projector", "outer")
        await projector.consume("events.cabinet", self._on_event, prefetch=16)
        glass = Glass(self.gateways[0]._gate._wayback._glass.keyring, receiver=SYSTEM)  # noqa: SLF001 - the same ring
        self.cabinet_glass = Glass(glass.keyring, receiver=CABINET)
        self.connector = ToyConnector(self.house, await self.courier("connector.main", "inner"), glass)
        await self.connector.start()
        await eventually(lambda: self.gateways[0].is_active)
        # From here on the gateway's clock is right, and it has been active for as long as its floor asks.
        self.clock.shift = timedelta(0)
        await self.present()
        return self

    async def present(self) -> None:
        """The system is heard by whichever gateway is active."""
        await self.connector.beat()
        active = next(gateway for gateway in self.gateways if gateway.is_active)
        await eventually(lambda: bool(active._gate.heard.present(self.clock().tick)))  # noqa: SLF001

    async def __aexit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        for gateway in self.gateways:
            await gateway.stop()
        for courier in self._couriers:
            await courier.close()
        self._http.close()

    async def _on_event(self, delivery: Delivery) -> None:
        self.events.append(delivery.body)
        await delivery.ack()

    def received(self) -> list[Received]:
        """What the cabinet got, believed with both signatures."""
        return [self.cabinet_glass.read(raw, at=now(), online=False) for raw in self.events]

    def query(self, **changes: object) -> Envelope:
        envelope = self.pen.message(SNAPSHOT, m.SnapshotGet(ACCOUNT), at=now(), audience=SYSTEM, auth=("service", None))
        return msgspec.structs.replace(envelope, **changes)

    def command(self, key: str = "payment-1", **changes: object) -> Envelope:
        data = m.PaymentCaptured("019a0000-0000-7000-8000-0000000000c1", ACCOUNT, rub("10.00"), "card", now())
        envelope = self.pen.message(
            CAPTURED,
            data,
            at=now(),
            audience=SYSTEM,
            auth=("service", None),
            idempotencykey=key,
            recorded=now() - timedelta(seconds=1),
        )
        return msgspec.structs.replace(envelope, **changes)

    async def post(self, envelope: Envelope) -> HTTPResponse:
        return await self.post_raw(self.pen.write(envelope))

    async def post_raw(
        self, raw: bytes, *, gateway: int = 0, content_type: str = "application/jose+json"
    ) -> HTTPResponse:
        url = f"http://127.0.0.1:{self.gateways[gateway].port}/v1/messages"
        request = HTTPRequest(url, method="POST", body=raw, headers={"Content-Type": content_type})
        return await self._http.fetch(request, raise_error=False)

    async def get(self, path: str, *, gateway: int = 0, method: str = "GET") -> HTTPResponse:
        request = HTTPRequest(f"http://127.0.0.1:{self.gateways[gateway].port}{path}", method=method)
        return await self._http.fetch(request, raise_error=False)

    def log(self, name: str = "gw1") -> list[dict[str, object]]:
        files = sorted((self.folder / f"log-{name}").glob("*.jsonl"))
        return [json.loads(line)["record"] for path in files for line in path.read_text().splitlines()]

    def refusals(self) -> list[object]:
        return [record["code"] for record in self.log() if record["verdict"] == "refused"]


def code_of(response: HTTPResponse) -> str:
    return str(json.loads(response.body)["code"])


def memory_connect() -> Connect:
    broker = MemoryBroker(topology())

    async def connect(user: str, vhost: str) -> Courier:
        return broker.courier(vhost, user)

    return connect


def amqp_connect(url: Callable[[str, str], str]) -> Connect:
    async def connect(user: str, vhost: str) -> Courier:
        return await amqp.connect(url(user, vhost), name=f"test {user}")

    return connect


async def purge(url: Callable[[str, str], str]) -> None:
    """Empty what the tests of this street read; each user may empty what he may read."""
    plan = topology()
    for user in ("gateway", "connector.main", "cabinet.projector"):
        for vhost in plan.vhosts:
            right = plan.right(user, vhost.name)
            if right is None:
                continue
            async with await aio_pika.connect(url(user, vhost.name)) as connection:
                channel = await connection.channel()
                for queue in vhost.queues:
                    if re.search(right.read, queue.name):
                        await (await channel.get_queue(queue.name, ensure=False)).purge()


def on_street(connect: Connect, walk: Callable[[Street], Awaitable[None]]) -> None:
    """Run one scenario on a street of its own."""

    async def scenario() -> None:
        with tempfile.TemporaryDirectory(prefix="okno-gw-") as folder:
            async with Street(connect, Path(folder)) as street:
                await walk(street)

    asyncio.run(scenario())
