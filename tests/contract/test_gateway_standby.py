"""One gateway is active, the other stands by and takes over; nothing that was accepted is lost on the way."""

import asyncio
import json
import sys

import msgspec
import pytest
from factories.gateway_street import (
    POSTED,
    Connect,
    Street,
    amqp_connect,
    code_of,
    eventually,
    memory_connect,
    now,
    on_street,
    purge,
)
from factories.wire import CABINET, posted

from okno.cli.servers.rabbitmq import Broker

CHILD = """
import asyncio, sys
from pathlib import Path
from okno.couriers import amqp
from okno.gateway.main import settings_read, start

async def run() -> None:
    settings = settings_read(Path(sys.argv[1]))
    inner = await amqp.connect(settings.inner_url, name="gw2 inner")
    outer = await amqp.connect(settings.outer_url, name="gw2 outer")
    gateway = await start(settings, outer=outer, inner=inner)
    while not gateway.is_active:
        await asyncio.sleep(0.02)
    print("active", flush=True)
    await asyncio.Event().wait()

asyncio.run(run())
"""


@pytest.fixture(params=["memory", "rabbitmq"])
def connect(request: pytest.FixtureRequest) -> Connect:
    if request.param == "memory":
        return memory_connect()
    broker: Broker = request.getfixturevalue("rabbitmq")
    asyncio.run(purge(broker.url))
    return amqp_connect(broker.url)


def test_a_standby_refuses_and_says_so(connect: Connect) -> None:
    async def walk(street: Street) -> None:
        standby = await street.gateway("gw2")
        raw = street.pen.write(street.query())
        answer = await street.post_raw(raw, gateway=1)
        assert (answer.code, code_of(answer), answer.headers["Retry-After"]) == (503, "standby", "2")
        assert not standby.is_active
        assert (await street.get("/-/ready", gateway=1)).code == 503
        assert (await street.get("/-/live", gateway=1)).code == 200
        assert (await street.get("/-/ready")).code == 200
        # The refusal cost nothing: the active one takes the very same bytes.
        assert (await street.post_raw(raw)).code == 200

    on_street(connect, walk)


def test_the_standby_takes_over_when_the_active_one_loses_its_connection(connect: Connect) -> None:
    async def walk(street: Street) -> None:
        first, second = street.gateways[0], await street.gateway("gw2")
        street.connector.answer = lambda _: None
        raw = street.pen.write(street.command())
        waiting = asyncio.create_task(street.post(street.query()))
        await eventually(lambda: bool(street.connector.queries))

        inner, _ = street.links["gw1"]
        await inner.close()
        await eventually(lambda: not first.is_active)
        answer = await waiting
        assert (answer.code, code_of(answer)) == (503, "standby")
        await eventually(lambda: second.is_active)
        await street.present()

        # What the first one may have accepted just before is too old for the second: no replay over a take-over.
        refused = await street.post_raw(raw, gateway=1)
        assert (refused.code, code_of(refused)) == (403, "stale")
        assert refused.headers["Retry-After"] == "5"
        assert street.connector.commands == []
        envelope = street.connector.pen.message(POSTED, posted(), at=now(), audience=CABINET)
        await street.connector.tell(envelope)
        await eventually(lambda: bool(street.events))
        assert [one.envelope for one in street.received()] == [envelope]

    on_street(connect, walk)


def test_the_standby_takes_over_when_the_active_one_is_killed(rabbitmq: Broker) -> None:
    """kill -9 of its process, in the middle of a stream of events: all arrive, in order, none lost."""
    asyncio.run(purge(rabbitmq.url))

    async def walk(street: Street) -> None:
        settings = msgspec.structs.replace(
            street.settings("gw2"),
            inner_url=rabbitmq.url("gateway", "inner"),
            outer_url=rabbitmq.url("gateway", "outer"),
        )
        path = street.folder / "gw2.toml"
        members = {name: value for name, value in msgspec.structs.asdict(settings).items() if value is not None}
        path.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in members.items()))
        await street.gateways[0].stop()
        street.gateways.clear()
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHILD, str(path), stdout=asyncio.subprocess.PIPE
        )
        assert child.stdout is not None
        assert await child.stdout.readline() == b"active\n"
        third = await street.gateway("gw1", log_dir=str(street.folder / "log-again"))
        sent = [street.connector.pen.message(POSTED, posted(n=n), at=now(), audience=CABINET) for n in range(60)]
        for envelope in sent[:30]:
            await street.connector.tell(envelope)
        child.kill()
        for envelope in sent[30:]:
            await street.connector.tell(envelope)
        await child.wait()
        await eventually(lambda: third.is_active)
        await eventually(lambda: {one.envelope.id for one in street.received()} == {one.id for one in sent})
        firsts = list(dict.fromkeys(one.envelope.id for one in street.received()))
        assert firsts == [one.id for one in sent]

    on_street(amqp_connect(rabbitmq.url), walk)
