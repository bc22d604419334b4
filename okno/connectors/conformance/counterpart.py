"""The cabinet and the gateway in one: asks, countersigns, and believes only what is signed as the protocol says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from okno.connectors.conformance.failing import Failed
from okno.connectors.conformance.trust import CABINET, GATEWAY, SYSTEM, Trust, now
from okno.connectors.runtime.grants import grant_issue
from okno.couriers.port import Courier, Delivery
from okno.protocol import jws
from okno.protocol.envelope import Envelope
from okno.protocol.errors import Problem, ProtocolError
from okno.protocol.grants import Right
from okno.protocol.ids import new_id
from okno.protocol.messages import Heartbeat, Message, Watermark
from okno.protocol.pen import Glass, Pen, Received
from okno.protocol.registry import OPERATIONS, Member
from okno.protocol.sealing import open_sealed, seal

# Ten times what a change may take to be seen, and the longest deadline of a query with room.
PATIENCE_S = 20.0
# How often is looked when nothing has arrived.
LOOK_S = 0.05
USER = "019a0000-0000-7000-8000-0000000000b1"
SERVICE: dict[str, Any] = {"auth": ("service", None)}
WATERMARK = "okno.link.watermark.v1"

Found = TypeVar("Found")
Content = TypeVar("Content", bound=Message)


class Counterpart:
    """What has come is kept in the order of arrival: events one by one, answers by the question's hash."""

    def __init__(self, trust: Trust, courier: Courier) -> None:
        self.trust = trust
        self.events: list[Member] = []
        self.answers: dict[str, list[Received]] = {}
        self.beats: list[Heartbeat] = []
        self._courier = courier
        self._pen = Pen(party="cabinet", source=CABINET, key=trust.cabinet)
        self._glass = Glass(trust.ring, receiver="cabinet")
        self._news = asyncio.Event()

    async def start(self) -> None:
        await self._courier.consume("q.event.gateway", self._on_event, prefetch=16)
        await self._courier.consume("q.reply.gw1", self._on_reply, prefetch=16)
        await self._courier.consume("q.heartbeat.gw1", self._on_beat, prefetch=16)

    async def until(self, found: Callable[[], Found]) -> Found | None:
        """What `found` returns once it is true; None when that takes too long."""
        end = asyncio.get_running_loop().time() + PATIENCE_S
        while not (value := found()) and asyncio.get_running_loop().time() < end:
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_S)
        return value or None

    async def send(self, type_: str, data: Message, **members: Any) -> str:  # noqa: ANN401 (members of the envelope)
        """Send a query or command; returns the hash that its answers carry."""
        operation = OPERATIONS[type_]
        if operation.kind == "command":
            members = {"recorded": now(), "idempotencykey": new_id(), **members}
        envelope = self._pen.message(type_, data, at=now(), audience=SYSTEM, **members)
        return await self.send_again(envelope)

    async def send_again(self, envelope: Envelope) -> str:
        operation = OPERATIONS[envelope.type]
        signed = jws.countersign(self._pen.write(envelope), self.trust.gateway)
        asked = jws.payload_hash(jws.parse(signed).payload)
        exchange = "x.qry" if operation.kind == "query" else "x.cmd"
        await self._courier.publish(exchange, f"main.p{operation.priority}", signed, message_id=envelope.id)
        return asked

    async def ask(self, type_: str, data: Message, **members: Any) -> Any:  # noqa: ANN401 (data of the registry)
        """The data of the reply. Raises Failed for a refusal, or when there is no answer."""
        answer = await self.ask_either(type_, data, **members)
        if isinstance(answer, Problem):
            raise Failed(f"{type_} was refused: {answer.code} ({answer.detail})")
        return answer

    async def ask_either(self, type_: str, data: Message, **members: Any) -> Any:  # noqa: ANN401 (as above)
        """The data of the reply, or the problem. Raises Failed when there is no answer."""
        asked = await self.send(type_, data, **members)
        answer = await self.until(lambda: self.answers.get(asked))
        if answer is None:
            raise Failed(f"{type_} has had no answer for {PATIENCE_S:g} s")
        return answer[0].data

    def granted(self, account: str, rights: Sequence[Right] = ("view", "documents")) -> dict[str, Any]:
        """What a user's query carries who holds these rights on the account."""
        issued = grant_issue(key=self.trust.connector, authid=USER, account=account, rights=rights, at=now())
        return {"auth": ("app_user", USER), "grant": issued.token}

    def sealed(self, content: Message, *, type_: str, subject: str | None = None) -> str:
        """Personal fields, for the connector alone."""
        key = self.trust.ring.opening_for("connector.main", now())
        return seal(msgspec.json.encode(content), key, subject=subject, type=type_)

    def opened(
        self, token: str, content: type[Content], *, type_: str, subject: str | None = None, sender: bool = False
    ) -> Content:
        """What the connector sealed: to the cabinet, or to the process that sends messages. Raises Failed."""
        key = self.trust.sender_opening if sender else self.trust.cabinet_opening
        try:
            return msgspec.json.decode(open_sealed(token, key, subject=subject, type=type_), type=content)
        except (ProtocolError, msgspec.MsgspecError) as error:
            raise Failed(f"the sealed part of {type_} does not open for its reader: {error}") from error

    def of_account(self, account: str, kind: type[Found]) -> list[Found]:
        """Events of an account that are of this kind, in the order of arrival, each once."""
        found = {event.id: event.data for event in self.events if getattr(event.data, "account", None) == account}
        return [data for data in found.values() if isinstance(data, kind)]

    def watermarks(self) -> list[Watermark]:
        return [event.data for event in self.events if isinstance(event.data, Watermark)]

    async def _on_event(self, delivery: Delivery) -> None:
        try:
            received = self._glass.read(jws.countersign(delivery.body, self.trust.gateway), at=now(), online=False)
        except ProtocolError:
            # A signal ends at the gateway, and has the sender's signature alone.
            received = Glass(self.trust.ring, receiver=GATEWAY).read(delivery.body, at=now(), online=False)
        if received.envelope.kind == "event":
            itself = Member(received.envelope.type, received.envelope.id, _message(received))
            self.events += received.members or [itself]
        else:
            self._answered(received)
        await delivery.ack()
        self._news.set()

    async def _on_reply(self, delivery: Delivery) -> None:
        self._answered(self._glass.read(jws.countersign(delivery.body, self.trust.gateway), at=now(), online=True))
        await delivery.ack()
        self._news.set()

    async def _on_beat(self, delivery: Delivery) -> None:
        beat = Glass(self.trust.ring, receiver=GATEWAY).read(delivery.body, at=now(), online=True).data
        assert isinstance(beat, Heartbeat)  # the registry lets nothing else through
        self.beats.append(beat)
        await delivery.ack()
        self._news.set()

    def _answered(self, received: Received) -> None:
        self.answers.setdefault(received.envelope.requesthash or "", []).append(received)


def _message(received: Received) -> Message:
    assert isinstance(received.data, Message)  # an event's data is one
    return received.data
