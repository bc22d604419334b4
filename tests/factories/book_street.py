"""The inside of a street: a book with a customer, its connector, and a toy gateway at the broker's other end."""

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

import msgspec
import psycopg

from okno.connectors.book.accounts import NewCustomer, account_open, customer_add
from okno.connectors.book.drafts import Draft, Posting
from okno.connectors.book.posting import post
from okno.connectors.main import ConnectorSettings, start
from okno.connectors.runtime.connector import Connector, Limits
from okno.connectors.runtime.grants import grant_issue
from okno.connectors.runtime.steps import Step, no_step
from okno.couriers.memory import MemoryBroker
from okno.couriers.port import Courier, Delivery
from okno.couriers.topology import topology
from okno.protocol import jws
from okno.protocol.envelope import Envelope
from okno.protocol.errors import Problem, ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.keys import KeyList, OpeningKey, SigningKey, entry, keyring_from_signed_list, sign_key_list
from okno.protocol.messages import Message
from okno.protocol.pen import Glass, Pen, Received
from okno.protocol.registry import OPERATIONS, Member

CABINET = "urn:okno:cabinet:1"
GATEWAY = "urn:okno:gateway:gw1"
SYSTEM = "urn:okno:system:main"
NUMBER = "40817810000000000001"
USER = "019a0000-0000-7000-8000-0000000000b1"
WATERMARK = "okno.link.watermark.v1"
PATIENCE_S = 15
# Beats often enough for a test to see one, rarely enough not to be in the way.
QUICK = Limits(heartbeat_s=0.1, watermark_s=3600)

Book = psycopg.Connection
Couriers = tuple[Courier, Courier]
P = ParamSpec("P")
T = TypeVar("T")


class BookDatabase(Protocol):
    """The suite's fixture `book_database`."""

    def dsn(self, role: str) -> str: ...
    def superuser_dsn(self) -> str: ...


def in_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """An async test that pytest can call."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Trust:
    """Keys of all parties, made for one test."""

    root: SigningKey = field(default_factory=lambda: SigningKey.generate("root"))
    cabinet: SigningKey = field(default_factory=lambda: SigningKey.generate("cabinet"))
    gateway: SigningKey = field(default_factory=lambda: SigningKey.generate("gateway.gw1"))
    connector: SigningKey = field(default_factory=lambda: SigningKey.generate("connector.main"))
    opening: OpeningKey = field(default_factory=lambda: OpeningKey.generate("connector.main"))
    cabinet_opening: OpeningKey = field(default_factory=lambda: OpeningKey.generate("cabinet"))
    sender_opening: OpeningKey = field(default_factory=lambda: OpeningKey.generate("sender"))

    def __post_init__(self) -> None:
        begin, end = now() - timedelta(hours=1), now() + timedelta(days=1)
        keys = (
            *(self.cabinet, self.gateway, self.connector),
            *(self.opening, self.cabinet_opening, self.sender_opening),
        )
        listed = tuple(entry(key, not_before=begin, not_after=end) for key in keys)
        self.listed = sign_key_list(KeyList(number=1, issued=begin, keys=listed), self.root)
        self.ring = keyring_from_signed_list(self.listed, self.root.public, now())

    def pen(self, source: str) -> Pen:
        key = {CABINET: self.cabinet, GATEWAY: self.gateway, SYSTEM: self.connector}[source]
        return Pen(party=key.party, source=source, key=key)

    def settings(self, folder: Path, dsn: str) -> ConnectorSettings:
        files = {
            "keylist.jws": self.listed,
            "root.pub": self.root.public,
            "connector.sign": self.connector.dump(),
            "connector.open": self.opening.dump(),
        }
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return ConnectorSettings(
            dsn=dsn,
            keylist=str(folder / "keylist.jws"),
            root_public=str(folder / "root.pub"),
            signing_key=str(folder / "connector.sign"),
            opening_key=str(folder / "connector.open"),
        )


def customer_with_account(connection: Book, number: str = NUMBER, *, currency: str = "RUB") -> str:
    """An invented customer with one account; returns the account's id."""
    customer = customer_add(connection, NewCustomer("Голубева Анна Петровна", f"K-{number}", "+79000000001"))
    return account_open(connection, number=number, customer=customer, currency=currency)


def entered(connection: Book, kind: str = "charge", amount: int = 10_000, **changes: object) -> Posting:
    """An entry on the account NUMBER unless `changes` say otherwise."""
    members = {"account": NUMBER, "kind": kind, "amount": amount, "key": new_id(), **changes}
    return post(connection, Draft(**members))


class ToyGateway:
    """Countersigns and carries requests in, reads every answer and event with the cabinet's glass."""

    def __init__(self, trust: Trust, courier: Courier, refuse: Callable[[Received], Problem | None]) -> None:
        self.trust = trust
        self.courier = courier
        self.glass = Glass(trust.ring, receiver="cabinet")
        self.arrived: list[Received] = []
        self.beats: list[Received] = []
        self.replies: list[Received] = []
        self._refuse = refuse
        self._news = asyncio.Event()

    async def start(self) -> None:
        await self.courier.consume("q.event.gateway", self._on_event, prefetch=16)
        await self.courier.consume("q.reply.gw1", self._on_reply, prefetch=16)
        await self.courier.consume("q.heartbeat.gw1", self._on_beat, prefetch=16)

    async def _on_event(self, delivery: Delivery) -> None:
        signed = jws.countersign(delivery.body, self.trust.gateway)
        try:
            received = self.glass.read(signed, at=now(), online=False)
        except ProtocolError:
            # Left in a shared broker by an earlier test, whose keys nobody has any more.
            await delivery.reject(requeue=False)
            return
        problem = self._refuse(received)
        if problem is None:
            self.arrived.append(received)
        else:
            pen = self.trust.pen(GATEWAY)
            answer = pen.problem(received, problem, at=now())
            await self.courier.publish("x.cmd", "main.p0", pen.write(answer), message_id=answer.id)
        await delivery.ack()
        self._news.set()

    async def _on_reply(self, delivery: Delivery) -> None:
        signed = jws.countersign(delivery.body, self.trust.gateway)
        self.replies.append(self.glass.read(signed, at=now(), online=True))
        await delivery.ack()
        self._news.set()

    async def _on_beat(self, delivery: Delivery) -> None:
        self.beats.append(Glass(self.trust.ring, receiver=GATEWAY).read(delivery.body, at=now(), online=True))
        await delivery.ack()
        self._news.set()

    async def until(self, check: Callable[[], T]) -> T:
        """What `check` answers once it is true; looked at with each arrival, and ten times a second."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := check()):
                self._news.clear()
                await asyncio.wait([asyncio.ensure_future(self._news.wait())], timeout=0.1)
        return found

    def envelope(self, type_: str, data: Message, **rest: object) -> Envelope:
        if OPERATIONS[type_].kind == "command":
            rest = {"recorded": now(), "idempotencykey": new_id(), **rest}
        return self.trust.pen(CABINET).message(type_, data, at=now(), audience=SYSTEM, **rest)

    def granted(self, account: str, *rights: str) -> dict[str, Any]:
        """What a user's request carries who holds these rights on the account (`view` if none is named)."""
        rights = rights or ("view",)
        grant = grant_issue(key=self.trust.connector, authid=USER, account=account, rights=rights, at=now())
        return {"auth": ("app_user", USER), "grant": grant.token}

    async def send(self, envelope: Envelope, body: bytes | None = None) -> str:
        """To the connector's queue of the operation's class; returns the hash that an answer must carry."""
        operation = OPERATIONS[envelope.type]
        signed = body or jws.countersign(self.trust.pen(CABINET).write(envelope), self.trust.gateway)
        exchange = "x.qry" if operation.kind == "query" else "x.cmd"
        await self.courier.publish(exchange, f"main.p{operation.priority}", signed, message_id=envelope.id)
        return jws.payload_hash(jws.parse(signed).payload)

    async def ask(self, type_: str, data: Message, **rest: object) -> Received:
        """Send a request and return its answer."""
        asked = await self.send(self.envelope(type_, data, **rest))
        return await self.until(lambda: self.answer_to(asked))

    def answer_to(self, asked: str) -> Received | None:
        return next((item for item in (*self.replies, *self.arrived) if item.envelope.requesthash == asked), None)

    def sequence(self) -> list[Member]:
        """Events in the order of arrival, those of bundles one by one."""
        found: list[Member] = []
        for received in self.arrived:
            if received.envelope.kind == "event":
                itself = Member(received.envelope.type, received.envelope.id, received.data)
                found += received.members or [itself]
        return found

    def events(self, type_: str | None = None) -> list[Member]:
        """Events of one type, or all but watermarks."""
        return [item for item in self.sequence() if item.type == type_ or (type_ is None and item.type != WATERMARK)]


@dataclass
class Street:
    gateway: ToyGateway
    connector: Connector
    broker: MemoryBroker | None
    settings: ConnectorSettings


def _nothing_refused(_received: Received) -> Problem | None:
    return None


@asynccontextmanager
async def street(
    folder: Path,
    dsn: str,
    *,
    limits: Limits = QUICK,
    trust: Trust | None = None,
    couriers: Couriers | None = None,
    refuse: Callable[[Received], Problem | None] = _nothing_refused,
    step: Step = no_step,
    **changes: object,
) -> AsyncIterator[Street]:
    """A connector at work between its system and a toy gateway; without `couriers` on a broker in memory.

    The system is the book, unless `changes` of the settings say otherwise (see `foreign_books`).
    """
    trust = trust or Trust()
    broker = None
    if couriers is None:
        broker = MemoryBroker(topology())
        couriers = broker.courier("inner", "connector.main"), broker.courier("inner", "gateway")
    inside, outside = couriers
    gateway = ToyGateway(trust, outside, refuse)
    await gateway.start()
    settings = msgspec.structs.replace(trust.settings(folder, dsn), **changes)
    connector = await start(settings, courier=inside, limits=limits, step=step)
    try:
        await connector.started()
        yield Street(gateway, connector, broker, settings)
    finally:
        await connector.stop()
        await inside.close()
        await outside.close()


def lock_awaited(dsn: str) -> None:
    """Return when somebody waits for a lock."""
    with psycopg.connect(dsn, autocommit=True) as watcher:
        for _ in range(1_000):
            waiting = watcher.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
            if waiting != (0,):
                return
            watcher.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody waits for a lock")


def rows(dsn: str, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query, values).fetchall()
