"""`python -m okno.cli.street.embedded OPTIONS`: every room in one process, joined by couriers in memory.

`okno demo` becomes this process after it has written the settings, since Django reads its file once, on import. All
keys share one memory here, hence no production settings and no address but loopback. The courier keeps nothing: what
was on its way when the process ended is sent again from the outboxes.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

import msgspec
import uvloop
from rich.console import Console

from okno.cabinet.accounts.tasks.projector import Projector
from okno.cabinet.accounts.tasks.registering.registrar import Registrar
from okno.cabinet.config.wsgi import application
from okno.cabinet.documents.tasks.filer import Filer
from okno.cabinet.kit.jobs.worker import Worker
from okno.cabinet.kit.outbox.relay import Relay
from okno.cabinet.notices.tasks.sender import Sender
from okno.cabinet.payments.services.registry import providers_of
from okno.cli.instance import paying, settings
from okno.cli.instance.layout import Secrets, State
from okno.cli.instance.prepare import Handover, Options, Prepared, instance_of, prepare
from okno.cli.instance.ready import databases_ready
from okno.cli.people.furnish import furnish
from okno.cli.processes.serving import Stoppable, Threaded
from okno.cli.processes.till import till_of
from okno.cli.processes.worker import kinds_of
from okno.cli.servers.account import ServerError
from okno.cli.servers.tryton import Tryton
from okno.cli.street.foreign import tryton_address, tryton_prepared
from okno.cli.street.front import Front
from okno.cli.street.report import logs_aside, step, tell
from okno.connectors import main as connector
from okno.couriers.memory import MemoryBroker
from okno.couriers.threads import ThreadCourier
from okno.couriers.topology import topology
from okno.gateway import main as gateway
from okno.live import main as live
from okno.sandbox.payers import main as payers
from okno.sandbox.smsc import main as smsc

GATEWAY = "gw1"
ENDS = (signal.SIGTERM, signal.SIGINT)
R = TypeVar("R", bound=Stoppable)


async def _started(stack: AsyncExitStack, starting: Awaitable[R]) -> R:
    room = await starting
    stack.push_async_callback(room.stop)
    return room


async def _thread(stack: AsyncExitStack, process: Threaded) -> None:
    await asyncio.to_thread(process.start)
    stack.push_async_callback(asyncio.to_thread, process.stop)


@asynccontextmanager
async def street(prepared: Prepared) -> AsyncIterator[None]:
    """All rooms, from the inside out; ended in the opposite order."""
    plan = prepared.plan()
    broker = MemoryBroker(topology(gateways=(GATEWAY,)))
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        centre = await _started(stack, smsc.start(settings.smsc(plan)))
        await _started(stack, payers.start(paying.payers(plan)))
        outer, inner = (broker.courier(vhost, "gateway") for vhost in ("outer", "inner"))
        await _started(stack, gateway.start(settings.gateway(plan, GATEWAY), outer=outer, inner=inner))
        inside = broker.courier("inner", "connector.main")
        await _started(stack, connector.start(settings.connector(plan), courier=inside))
        reads = await _started(stack, live.start(settings.live(plan)))
        events = ThreadCourier(broker.courier("outer", "cabinet.projector"), loop)
        for process in (
            Projector(settings.projector(plan), events),
            Registrar(settings.projector(plan)),
            Filer(settings.projector(plan)),
            Relay(settings.relay(plan)),
            Worker(settings.worker(plan), kinds_of(settings.worker(plan))),
            Sender(settings.sender(plan)),
            till_of(paying.till(plan), providers_of(paying.providers(plan))),
        ):
            await _thread(stack, process)
        front = Front(
            prepared.instance,
            prepared.ports["front"],
            wsgi=application,
            live=reads.application,
            phone=centre.application,
            assets=settings.PORTAL_DIST / "assets",
        )
        stack.push_async_callback(front.stop)
        yield


async def serve(prepared: Prepared, options: Options, console: Console, tryton: Tryton | None = None) -> None:
    """Start, furnish, tell, wait for the end. A signal ends it at every stage."""
    asked, given_up = asyncio.Event(), threading.Event()
    for number in ENDS:
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    state = _state(prepared, options, tryton)
    with step("rooms", console):
        rooms = street(prepared)
        await rooms.__aenter__()
    try:
        prepared.instance.state_write(state)
        with step("customers", console):
            waiting, moving = asyncio.create_task(asked.wait()), asyncio.create_task(_furnish(prepared, given_up))
            await asyncio.wait({waiting, moving}, return_when=asyncio.FIRST_COMPLETED)
            given_up.set()
            # A terminal's Ctrl-C reaches the child too: what it says then is no news.
            (secrets,) = await asyncio.gather(moving, return_exceptions=asked.is_set())
        if not asked.is_set() and isinstance(secrets, Secrets):
            state.ready = True
            prepared.instance.state_write(state)
            tell(prepared.instance, state, secrets, as_json=options.as_json)
        await waiting
    finally:
        console.print("\nstopping")
        await rooms.__aexit__(None, None, None)


async def _furnish(prepared: Prepared, given_up: threading.Event) -> Secrets:
    instance = prepared.instance
    return await asyncio.to_thread(furnish, instance, prepared.cluster, instance.etc / "cabinet.toml", given_up)


def _state(prepared: Prepared, options: Options, tryton: Tryton | None) -> State:
    pids = {"okno": os.getpid()}
    if prepared.cluster.server is not None:
        pids["postgres"] = prepared.cluster.server.pid
    addresses = prepared.instance.addresses(prepared.ports["front"])
    if tryton is not None and tryton.server is not None:
        pids["tryton"] = tryton.server.pid
        addresses["tryton"] = tryton_address(prepared.instance, tryton.port)
    return State(
        name=prepared.instance.name,
        stack=options.stack,
        pid=os.getpid(),
        addresses=addresses,
        ports=prepared.ports,
        pids=pids,
    )


def main(raw: str) -> int:
    """Exit status 0 after an orderly end, 1 when the street could not be started."""
    handover = msgspec.json.decode(raw, type=Handover)
    instance, account = instance_of(handover.options)
    prepared = prepare(handover.options, instance, account, handover.ports)
    console = logs_aside(instance.log / "okno.log")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tryton: Tryton | None = None
    try:
        with step("PostgreSQL", console):
            prepared.cluster.start()
        with step("databases", console):
            databases_ready(prepared.cluster, prepared.secrets.roles, inside=handover.options.inside)
        if handover.options.system == "tryton":
            tryton = tryton_prepared(prepared, handover.options, console)
            with step("Tryton", console):
                tryton.start()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(prepared, handover.options, console, tryton))
    except ServerError as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        if tryton is not None:
            tryton.stop()
        prepared.cluster.stop()
        console.print("stopped: nothing is left running")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
