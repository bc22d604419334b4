"""The product as shipped: its projector as a process of its own, fed by the quorum queue `events.cabinet`."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from events import Connector
from model import Database

from okno.cabinet.accounts.tasks.projector import LOCK, ProjectorSettings
from okno.cli.files import file_write, toml_text
from okno.cli.servers.account import account_for_servers
from okno.cli.servers.process import Server, tail
from okno.cli.servers.rabbitmq import Broker
from okno.cli.street.supervisor import own_process
from okno.cli.trust import KEY_LIST, ROOT_PUBLIC
from okno.couriers.amqp import connect
from okno.couriers.topology import definitions, topology

QUEUE = "events.cabinet"
READY_S = 30
COUNTED_TRIES = 100
COUNT_S = 0.1
ACKNOWLEDGED_S = 0.3
DRAIN_S = 120
UNCONFIRMED_MAX = 50


def broker_made(home: Path) -> Broker:
    """A node with the product's own virtual hosts, queues, users and rights; not yet started."""
    plan = topology()
    passwords = {user.name: secrets.token_urlsafe(24) for user in plan.users}
    return Broker(home, account_for_servers(), passwords, definitions(plan, passwords), name="oknobench")


async def fill(broker: Broker, messages: Sequence[tuple[str, bytes]]) -> None:
    """As the gateway publishes: persistent, confirmed, in order."""
    courier = await connect(broker.url("gateway", "outer"), name="bench")
    for low in range(0, len(messages), UNCONFIRMED_MAX):
        part = messages[low : low + UNCONFIRMED_MAX]
        await asyncio.gather(*(courier.publish("x.event", "events", body, message_id=id_) for id_, body in part))
    await courier.close()


def acknowledged_check(broker: Broker) -> None:
    """Raises SystemExit when a message is left: without its consumer, what was not acknowledged is in the queue."""
    if unacknowledged := asyncio.run(_left(broker)):
        raise SystemExit(f"{unacknowledged} messages were applied and not acknowledged")


async def _left(broker: Broker) -> int:
    """The broker counts a quorum queue's messages now and then only, hence the patience."""
    courier = await connect(broker.url("cabinet.projector", "outer"), name="bench")
    depth = await courier.depth(QUEUE)
    for _ in range(COUNTED_TRIES):
        if not depth:
            break
        await asyncio.sleep(COUNT_S)
        depth = await courier.depth(QUEUE)
    await courier.close()
    return depth


@contextmanager
def projector_started(database: Database, broker: Broker, connector: Connector, home: Path) -> Iterator[Server]:
    """Waits to become the active one: the lock is ours."""
    settings = ProjectorSettings(
        dsn=database.projector_dsn(),
        keylist=str(connector.keys / KEY_LIST),
        root_public=str(connector.keys / ROOT_PUBLIC),
        outer_url=broker.url("cabinet.projector", "outer"),
    )
    config = home / f"{database.name}.toml"
    file_write(config, toml_text(settings).encode())
    server = own_process(
        "projector",
        [sys.executable, "-m", "okno.cli.main", "run", "projector", "--config", str(config)],
        log=home / "projector.log",
        home=home,
    )
    try:
        yield server
    finally:
        server.stop()


def drain(
    database: Database, broker: Broker, connector: Connector, messages: Sequence[tuple[str, bytes]], home: Path
) -> tuple[float, dict[str, float]]:
    """Seconds from the moment the projector may begin to the commit of the last message; CPU seconds by party."""
    with (
        psycopg.connect(database.superuser_dsn(), autocommit=True) as held,
        projector_started(database, broker, connector, home) as server,
    ):
        held.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        asyncio.run(fill(broker, [*messages, connector.watermark(datetime.now(UTC))]))
        server.wait_ready(lambda: _waits(held), timeout_s=READY_S)
        held.execute("LISTEN okno_watermark")
        postgres = database.model.cluster.server
        assert postgres is not None
        assert broker.server is not None
        parties = {"app": server.pid, "database": postgres.pid, "broker": broker.server.pid}
        before = {name: cpu_s(pid) for name, pid in parties.items()}
        began = time.perf_counter()
        held.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        if not list(held.notifies(timeout=DRAIN_S, stop_after=1)):
            raise SystemExit(f"not applied within {DRAIN_S} s:\n{tail(server.log)}")
        seconds = time.perf_counter() - began
        spent = {name: cpu_s(pid) - before[name] for name, pid in parties.items()}
        time.sleep(ACKNOWLEDGED_S)
    acknowledged_check(broker)
    return seconds, spent


def _waits(connection: psycopg.Connection) -> bool:
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return connection.execute(waiting).fetchone() == (1,)


def cpu_s(pid: int) -> float:
    """CPU seconds of a process tree, children that have ended included."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    pending = [pid]
    while pending:
        current = pending.pop()
        try:
            fields = Path(f"/proc/{current}/stat").read_text().rsplit(")", 1)[1].split()
            pending += map(int, Path(f"/proc/{current}/task/{current}/children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(map(int, fields[11:15]))
    return total / ticks
