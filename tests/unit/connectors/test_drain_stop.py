"""A drain that is stopped while it connects leaves nothing open behind itself."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime

from factories.book_street import SYSTEM, Trust, in_loop

from okno.connectors.runtime.outbound.drain import Drain
from okno.connectors.runtime.steps import no_step
from okno.connectors.runtime.store.connections import Connections
from okno.couriers.memory import MemoryBroker
from okno.couriers.topology import topology

PATIENCE_S = 15


@in_loop
async def test_a_stop_closes_a_connection_that_is_only_half_open() -> None:
    knocked, left = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A server of PostgreSQL's that is asked to let somebody in, and says nothing."""
        await reader.read(1)
        knocked.set()
        await reader.read()
        left.set()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    drain = Drain(
        connections=Connections(f"host=127.0.0.1 port={port} user=nobody dbname=none sslmode=disable", size=1),
        courier=MemoryBroker(topology()).courier("inner", "connector.main"),
        pen=Trust().pen(SYSTEM),
        system="main",
        audience="cabinet",
        clock=lambda: datetime.now(UTC),
        step=no_step,
    )
    # Held as the connector holds it: what a stopped task has left in its traceback lives on with it.
    task = asyncio.create_task(drain.run())
    with closing(server):
        async with asyncio.timeout(PATIENCE_S):
            await knocked.wait()
            task.cancel()
            await asyncio.wait([task])
            await left.wait()

    assert task.cancelled()
