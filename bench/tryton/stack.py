"""The product on a real Tryton, each process on its own, with a door before Tryton that counts what is in flight."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console

from okno.cli.instance.prepare import Options, Prepared, instance_of, ports_choose, prepare
from okno.cli.instance.ready import databases_ready
from okno.cli.instance.settings import files_write, full_files, tryton_options
from okno.cli.servers.process import port_accepts
from okno.cli.servers.roles import DATABASES
from okno.cli.servers.tryton import Tryton
from okno.cli.street.foreign import tryton_prepared
from okno.cli.street.full import KINDS, TRYTON_LISTENERS, broker_of
from okno.cli.street.supervisor import own_process
from okno.connectors.bench import Door
from okno.gateway.main import LIMITS

OURS = ("gw1", "connector", "projector", "relay", "live")
READY_TIMEOUT_S = 120
BILLS = "okno.bill.list.v1"
# As shipped it is so many a minute, whatever the system bears: here the ceilings alone shall refuse.
RATE_OPEN = "rate_per_min = 600000, burst = 10000"


@dataclass
class Stack:
    """A running one. `door` stands between connector and Tryton; `options` reach Tryton past it."""

    prepared: Prepared
    door: Door
    tryton: Tryton
    options: dict[str, object]

    @property
    def gateway(self) -> int:
        return self.prepared.ports["gw1"]

    @property
    def live(self) -> int:
        return self.prepared.ports["live"]

    def superuser_dsn(self, kind: str) -> str:
        return self.prepared.cluster.superuser_dsn(DATABASES[kind])

    def key(self, name: str) -> Path:
        return self.prepared.instance.keys / name

    def sync(self) -> dict[str, object]:
        """The first load of the cabinet, by command."""
        command = [*okno("sync"), "--json", "--dir", str(self.prepared.instance.directory)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        told: dict[str, object] = json.loads(done.stdout)
        return told


def okno(*arguments: str) -> list[str]:
    """The product's own command."""
    return [sys.executable, "-m", "okno.cli.main", *arguments]


@contextmanager
def stack_started(directory: Path, *, parties: int, months: int) -> Iterator[Stack]:
    """Everything but portal, desk and notices, which nobody asks here; ended in the opposite order."""
    console = Console(stderr=True)
    options = Options(
        directory=str(directory), name="bench", stack="full", system="tryton", parties=parties, months=months
    )
    instance, account = instance_of(options)
    with ExitStack() as stack:
        stack.callback(os.close, instance.lock())
        prepared = prepare(options, instance, account, ports_choose(options, instance, TRYTON_LISTENERS))
        stack.callback(prepared.cluster.stop)
        prepared.cluster.start()
        databases_ready(prepared.cluster, prepared.secrets.roles, inside=options.inside)
        tryton = tryton_prepared(prepared, options, console)
        stack.callback(tryton.stop)
        tryton.start()
        past = tryton_options(prepared.plan())
        door = Door(("127.0.0.1", tryton.port))
        stack.callback(door.close)
        prepared = replace(prepared, ports={**prepared.ports, "tryton": door.port})
        broker = broker_of(prepared)
        stack.callback(broker.stop)
        broker.start()
        settings = full_files(prepared.plan(broker.url))
        settings["gw1"] = msgspec.structs.replace(settings["gw1"], limits=str(_limits(instance.etc / "limits.toml")))
        settings["live"] = msgspec.structs.replace(settings["live"], listen_port=prepared.ports["live"])
        files_write(instance, settings)
        for name in OURS:
            stack.callback(_started(prepared, name))
        yield Stack(prepared, door, tryton, past)


def _started(prepared: Prepared, name: str) -> Callable[[], None]:
    """Start a process of ours; returns what ends it."""
    instance = prepared.instance
    command = okno("run", KINDS.get(name, name), "--config", str(instance.etc / f"{name}.toml"))
    server = own_process(name, command, log=instance.log / f"{name}.log", home=instance.run)
    if name in prepared.ports:
        server.wait_ready(partial(port_accepts, prepared.ports[name]), timeout_s=READY_TIMEOUT_S)
    return server.stop


def _limits(file: Path) -> Path:
    """The limits as shipped, but for the rate of the question that the bench asks."""
    shipped = LIMITS.read_text(encoding="utf-8")
    changed, lines = re.subn(rf'(?m)^("{BILLS}" = .*?)rate_per_min = \d+, burst = \d+', rf"\1{RATE_OPEN}", shipped)
    assert lines == 1
    file.write_text(changed, encoding="utf-8")
    return file
