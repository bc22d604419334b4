"""The broker's objects, declared once at install: who may write where and read what.

Run-time users may configure nothing (`configure=^$`), so a seized party can neither make a queue nor bind one. There is
no user but `gateway` in both virtual hosts: that is what makes the gateway the only bridge.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from okno.protocol.registry.operation import QUERY_DEADLINE_MS

PRIORITIES = range(4)
MESSAGE_BYTES_MAX = 1_048_576
DELIVERY_LIMIT = 50
COMMANDS_LENGTH_MAX = 10_000
QUERIES_LENGTH_MAX = 1_000
EVENTS_LENGTH_MAX = 100_000
HEARTBEATS_LENGTH_MAX = 100
HEARTBEAT_TTL_MS = 10_000


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: Literal["direct", "topic", "fanout"]


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A queue and what it does at its limits; a durable queue keeps what was published as persistent."""

    name: str
    kind: Literal["quorum", "classic"]
    length_max: int
    overflow: Literal["reject-publish", "drop-head"] = "reject-publish"
    ttl_ms: int | None = None
    delivery_limit: int | None = None
    dead_exchange: str | None = None

    def arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "x-queue-type": self.kind,
            "x-max-length": self.length_max,
            "x-overflow": self.overflow,
        }
        if self.ttl_ms is not None:
            found["x-message-ttl"] = self.ttl_ms
        if self.delivery_limit is not None:
            found["x-delivery-limit"] = self.delivery_limit
        if self.dead_exchange is not None:
            found["x-dead-letter-exchange"] = self.dead_exchange
            if self.kind == "quorum":
                # The default strategy may lose the message between the two queues; this one needs reject-publish.
                found["x-dead-letter-strategy"] = "at-least-once"
        return found


class Binding(msgspec.Struct, frozen=True):
    exchange: str
    queue: str
    key: str = ""


class Vhost(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]


class Right(msgspec.Struct, frozen=True, kw_only=True):
    """Regular expressions over exchange names (write) and queue names (read), as RabbitMQ matches them."""

    vhost: str
    write: str = "^$"
    read: str = "^$"


class User(msgspec.Struct, frozen=True):
    name: str
    rights: tuple[Right, ...]


class Topology(msgspec.Struct, frozen=True):
    vhosts: tuple[Vhost, ...]
    users: tuple[User, ...]

    def vhost(self, name: str) -> Vhost:
        return next(vhost for vhost in self.vhosts if vhost.name == name)

    def right(self, user: str, vhost: str) -> Right | None:
        """None: the user may not even enter the virtual host."""
        found = (right for one in self.users if one.name == user for right in one.rights if right.vhost == vhost)
        return next(found, None)


def _quorum(name: str, length_max: int) -> Queue:
    return Queue(name=name, kind="quorum", length_max=length_max, delivery_limit=DELIVERY_LIMIT, dead_exchange="x.dead")


def _heartbeats(name: str) -> Queue:
    # An absent party must not stop the others' heartbeats: its queue forgets the oldest.
    return Queue(
        name=name, kind="classic", length_max=HEARTBEATS_LENGTH_MAX, overflow="drop-head", ttl_ms=HEARTBEAT_TTL_MS
    )


_DEAD = Queue(name="q.dead", kind="quorum", length_max=EVENTS_LENGTH_MAX)


def _inner(systems: Sequence[str], gateways: Sequence[str]) -> Vhost:
    classes = [(system, number) for system in systems for number in PRIORITIES]
    commands = [_quorum(f"q.cmd.{system}.p{number}", COMMANDS_LENGTH_MAX) for system, number in classes]
    queries = [
        Queue(
            name=f"q.qry.{system}.p{number}",
            kind="classic",
            length_max=QUERIES_LENGTH_MAX,
            ttl_ms=QUERY_DEADLINE_MS[number],
        )
        for system, number in classes
    ]
    replies = [
        Queue(name=f"q.reply.{one}", kind="classic", length_max=COMMANDS_LENGTH_MAX, ttl_ms=max(QUERY_DEADLINE_MS))
        for one in gateways
    ]
    parties = (*gateways, *systems)
    return Vhost(
        name="inner",
        exchanges=(
            Exchange(name="x.cmd", kind="direct"),
            Exchange(name="x.qry", kind="direct"),
            Exchange(name="x.reply", kind="direct"),
            Exchange(name="x.event", kind="topic"),
            Exchange(name="x.settings", kind="direct"),
            Exchange(name="x.heartbeat", kind="fanout"),
            Exchange(name="x.dead", kind="fanout"),
        ),
        queues=(
            *commands,
            *queries,
            *replies,
            _quorum("q.event.gateway", EVENTS_LENGTH_MAX),
            *(_quorum(f"q.settings.{one}", COMMANDS_LENGTH_MAX) for one in gateways),
            # Nothing is ever sent to it: its exclusive consumer is the active gateway.
            Queue(name="gateway.active", kind="classic", length_max=1),
            *(_heartbeats(f"q.heartbeat.{party}") for party in parties),
            _DEAD,
        ),
        bindings=(
            *(Binding("x.cmd", f"q.cmd.{system}.p{number}", f"{system}.p{number}") for system, number in classes),
            *(Binding("x.qry", f"q.qry.{system}.p{number}", f"{system}.p{number}") for system, number in classes),
            *(Binding("x.reply", f"q.reply.{one}", one) for one in gateways),
            *(Binding("x.settings", f"q.settings.{one}", one) for one in gateways),
            Binding("x.event", "q.event.gateway", "event.*"),
            Binding("x.event", "q.event.gateway", "reply.*"),
            *(Binding("x.heartbeat", f"q.heartbeat.{party}") for party in parties),
            Binding("x.dead", "q.dead"),
        ),
    )


def _outer(gateways: Sequence[str]) -> Vhost:
    parties = ("cabinet", *gateways)
    return Vhost(
        name="outer",
        exchanges=(
            Exchange(name="x.event", kind="topic"),
            Exchange(name="x.heartbeat", kind="fanout"),
            Exchange(name="x.dead", kind="fanout"),
        ),
        queues=(
            _quorum("events.cabinet", EVENTS_LENGTH_MAX),
            *(_heartbeats(f"q.heartbeat.{party}") for party in parties),
            _DEAD,
        ),
        bindings=(
            Binding("x.event", "events.cabinet", "events"),
            *(Binding("x.heartbeat", f"q.heartbeat.{party}") for party in parties),
            Binding("x.dead", "q.dead"),
        ),
    )


def _one_of(*names: str) -> str:
    return f"^({'|'.join(re.escape(name) for name in names)})$"


def _connector(system: str) -> User:
    name = re.escape(system)
    read = rf"^(q\.(cmd|qry)\.{name}\.p[0-3]|q\.heartbeat\.{name})$"
    return User(
        f"connector.{system}",
        (Right(vhost="inner", write=_one_of("x.reply", "x.event", "x.settings", "x.heartbeat"), read=read),),
    )


def topology(systems: Sequence[str] = ("main",), gateways: Sequence[str] = ("gw1", "gw2")) -> Topology:
    """All of OKNO/1's virtual hosts, queues and users for these accounting systems and gateway instances."""
    own = [f"q.{kind}.{one}" for kind in ("reply", "settings", "heartbeat") for one in gateways]
    gateway = User(
        "gateway",
        (
            Right(
                vhost="inner",
                write=_one_of("x.cmd", "x.qry", "x.heartbeat"),
                read=_one_of("q.event.gateway", "gateway.active", *own),
            ),
            Right(
                vhost="outer",
                write=_one_of("x.event", "x.heartbeat"),
                read=_one_of(*(f"q.heartbeat.{one}" for one in gateways)),
            ),
        ),
    )
    return Topology(
        vhosts=(_inner(systems, gateways), _outer(gateways)),
        users=(
            gateway,
            *(_connector(system) for system in systems),
            User("cabinet.projector", (Right(vhost="outer", read=_one_of("events.cabinet")),)),
            User(
                "cabinet.relay",
                (Right(vhost="outer", write=_one_of("x.heartbeat"), read=_one_of("q.heartbeat.cabinet")),),
            ),
        ),
    )


def _password_hash(password: str) -> str:
    """`rabbit_password_hashing_sha256`: base64(salt of 4 bytes + SHA-256(salt + password))."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def definitions(plan: Topology, passwords: Mapping[str, str]) -> dict[str, Any]:
    """The plan in RabbitMQ's own form, for `load_definitions`. Every user needs a password: KeyError otherwise."""
    return {
        "users": [
            {
                "name": user.name,
                "password_hash": _password_hash(passwords[user.name]),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
                "limits": {},
            }
            for user in plan.users
        ],
        "vhosts": [{"name": vhost.name} for vhost in plan.vhosts],
        "permissions": [
            {"user": user.name, "vhost": right.vhost, "configure": "^$", "write": right.write, "read": right.read}
            for user in plan.users
            for right in user.rights
        ],
        "exchanges": [
            {
                "name": exchange.name,
                "vhost": vhost.name,
                "type": exchange.kind,
                "durable": True,
                "auto_delete": False,
                "internal": False,
                "arguments": {},
            }
            for vhost in plan.vhosts
            for exchange in vhost.exchanges
        ],
        "queues": [
            {
                "name": queue.name,
                "vhost": vhost.name,
                "durable": True,
                "auto_delete": False,
                "arguments": queue.arguments(),
            }
            for vhost in plan.vhosts
            for queue in vhost.queues
        ],
        "bindings": [
            {
                "source": binding.exchange,
                "vhost": vhost.name,
                "destination": binding.queue,
                "destination_type": "queue",
                "routing_key": binding.key,
                "arguments": {},
            }
            for vhost in plan.vhosts
            for binding in vhost.bindings
        ],
    }
