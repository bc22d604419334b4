"""The way of an outbox row in a test: a scripted gateway with the connector behind it, and the relay's desk."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from factories.read_model import World
from factories.wire import SYSTEM

from okno.cabinet.kit.outbox.hop import Answered, Taken, Verdict
from okno.cabinet.kit.outbox.relay import Back, OutboxDesk, RelaySettings
from okno.cabinet.kit.processes.dispatcher import pass_by
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.errors import Problem
from okno.protocol.ids import new_id
from okno.protocol.pen import Received

Script = Callable[[Received, bytes], Verdict]


@dataclass
class Wire:
    """What the relay posts to: remembers each message as the connector reads it, and answers by the script."""

    world: World
    script: Script
    seen: list[Received] = field(default_factory=list)

    def post(self, raw: bytes) -> Verdict:
        arrived = jws.countersign(raw, self.world.house.gateway)
        received = self.world.house.glass(SYSTEM).read(arrived, at=self.world.now, online=True)
        self.seen.append(received)
        return self.script(received, raw)


def taken(_received: Received, _raw: bytes) -> Verdict:
    return Taken()


def answering(world: World, data: m.Message | Problem) -> Script:
    return lambda received, _raw: Answered(world.answer(received, data))


def snapshots(world: World, *, limit: int = 1000) -> Script:
    """The connector's own answer to a snapshot query."""

    def script(received: Received, _raw: bytes) -> Verdict:
        assert isinstance(received.data, m.SnapshotGet)
        asked = received.data
        return Answered(world.answer(received, world.books.snapshot(asked.account, asked.after, limit)))

    return script


def relay_settings(world: World, **changes: object) -> RelaySettings:
    given = {
        "dsn": world.database.dsn("relay"),
        "gateway_urls": ("http://127.0.0.1:1",),
        "signing_key": str(world.folder / "cabinet.sign"),
        "keylist": str(world.folder / "keylist.jws"),
        "root_public": str(world.folder / "root.pub"),
    }
    return RelaySettings(**{**given, **changes})  # type: ignore[arg-type]


def desk(world: World, wire: Wire, priority: int = 3, *, point: Callable[[str], None] = pass_by) -> OutboxDesk:
    settings = relay_settings(world)
    return OutboxDesk(settings, priority, wire, clock=world.clock, point=point)  # type: ignore[arg-type]


def attempt(world: World, script: Script, priority: int = 3, slots: int = 10) -> list[Received]:
    """One round of a priority class: claim, send, mark. Returns what the connector read."""
    wire = Wire(world, script)
    one = desk(world, wire, priority)
    with world.connect("relay") as connection:
        errands = one.claim(connection, slots, world.now)
        connection.commit()
        backs: list[Back] = [one.work(errand) for errand in errands]
        one.mark(connection, backs, world.now)
    return wire.seen


def enqueue(world: World, type_: str, data: m.Message | bytes, **changes: object) -> str:
    """A row as the cabinet's services write it, due now."""
    row = new_id()
    given = {
        "id": row,
        "type": type_,
        "kind": "command",
        "system": "main",
        "subject": "",
        "priority": 0,
        "data": data if isinstance(data, bytes) else msgspec.json.encode(data),
        "authtype": "service",
        "authid": None,
        "grant_token": None,
        "idempotency_key": row,
        "recorded_at": world.now,
        "next_attempt_at": world.now,
    } | changes
    names = ", ".join(given)
    world.execute(
        f"INSERT INTO kit_outbox ({names}) VALUES ({', '.join(['%s'] * len(given))})",  # noqa: S608 - constant names
        *given.values(),
    )
    return row
