"""The supervisor of RabbitMQ: loopback alone, the product's rights, no epmd left."""

import asyncio
import shutil
from pathlib import Path

import aio_pika
import pytest
from aiormq.exceptions import AMQPError

from okno.cli.servers.account import account_for_servers
from okno.cli.servers.process import port_accepts
from okno.cli.servers.rabbitmq import Broker
from okno.couriers.topology import definitions, topology


def listeners() -> dict[int, str]:
    """Port -> local address (hex) of everything that listens over IPv4."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].split(":")[1], 16): row[1].split(":")[0] for row in rows if row[3] == "0A"}


def test_all_its_ports_are_on_loopback(rabbitmq: Broker) -> None:
    open_ports = listeners()
    for port in (rabbitmq.port, rabbitmq.dist_port, rabbitmq.epmd_port):
        assert open_ports[port] == "0100007F"


async def depth(url: str, queue: str) -> int | None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        return (await channel.get_queue(queue)).declaration_result.message_count


def test_definitions_are_loaded_and_each_user_stays_in_his_vhosts(rabbitmq: Broker) -> None:
    assert asyncio.run(depth(rabbitmq.url("gateway", "inner"), "q.event.gateway")) is not None
    with pytest.raises(AMQPError):
        asyncio.run(depth(rabbitmq.url("connector.main", "outer"), "events.cabinet"))


def test_it_stops_with_its_epmd_and_comes_back_on_the_same_port(short_directory: Path) -> None:
    named = topology()
    passwords = {user.name: "test" for user in named.users}
    broker = Broker(short_directory / "mq2", account_for_servers(), passwords, definitions(named, passwords))
    broker.start()
    port, epmd = broker.port, broker.epmd_port
    assert broker.server is not None
    broker.server.process.kill()
    broker.server.process.wait()
    broker.launch().wait_ready(broker.answers, timeout_s=60)
    assert port_accepts(port)
    broker.stop()
    assert not port_accepts(port)
    assert not port_accepts(epmd)
    shutil.rmtree(broker.home)
