"""The full stack: Debian's PostgreSQL, RabbitMQ and nginx, and every process of ours on its own, under a supervisor."""

import os
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.console import Console

from okno.cli.instance.layout import PAYERS, Secrets, State
from okno.cli.instance.prepare import Options, Prepared, instance_of, ports_choose, prepare
from okno.cli.instance.ready import databases_ready
from okno.cli.instance.settings import PORTAL_DIST, files_write, full_files
from okno.cli.people.furnish import furnish
from okno.cli.processes import HELD, WSGI
from okno.cli.servers.account import ServerError, private_directory
from okno.cli.servers.doors import answers, door_open
from okno.cli.servers.nginx import Nginx
from okno.cli.servers.process import Server, port_accepts
from okno.cli.servers.rabbitmq import Broker
from okno.cli.street.foreign import tryton_address, tryton_prepared
from okno.cli.street.report import step, tell
from okno.cli.street.supervisor import Supervisor, own_process
from okno.couriers.topology import definitions, topology

LISTENERS = ["web", "desk", "live", "gw1", "gw2", "smsc", "mail", "amqp", "counter", *PAYERS]
FRONT = "front"
DOORS = (*WSGI, *HELD, FRONT)
"""Those whose listening socket the supervisor holds: who is killed refuses nobody while he is being started anew."""
TRYTON_LISTENERS = [*LISTENERS, "tryton"]
KINDS = {
    "gw1": "gateway",
    "gw2": "gateway",
    # Twins behind one door and with one file: while one is started anew the other answers what it held.
    "live1": "live",
    "live2": "live",
    "web1": "web",
    "web2": "web",
    "counter1": "counter",
    "counter2": "counter",
}
# In the order of their start: the far ends first, so that nobody shouts into the void for long.
OURS = (
    *("smsc", "payers", "gw1", "gw2", "connector", "projector", "relay", "worker", "sender", "till", "live1", "live2"),
    *("web1", "web2", "desk", "counter1", "counter2"),
)
OURS_TIMEOUT_S = 120
# Generous: the demo is driven by tests and benchmarks from one address.
LIMITS = {
    "API_RATE": "2000",
    "API_BURST": "4000",
    "SIGN_IN_RATE": "50",
    "SIGN_IN_BURST": "200",
    "STREAMS_MAX": "2000",
    "WORKERS": "1",
    "CONNECTIONS_MAX": "4096",
    "MIME_TYPES": "/etc/nginx/mime.types",
}


@dataclass
class Furnishing:
    """The customers move in beside the supervisor's watch; `result` or `error` is there when it rang."""

    prepared: Prepared
    ring: Callable[[], None]
    given_up: threading.Event = field(default_factory=threading.Event)
    result: Secrets | None = None
    error: ServerError | None = None

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name="furnish")
        thread.start()
        return thread

    def _run(self) -> None:
        instance = self.prepared.instance
        try:
            self.result = furnish(instance, self.prepared.cluster, instance.etc / "web.toml", self.given_up)
        except ServerError as error:
            self.error = error
        self.ring()

    def over(self) -> bool:
        return self.result is not None or self.error is not None


def broker_of(prepared: Prepared) -> Broker:
    """The node with the product's objects and users; its passwords are the instance's."""
    passwords = prepared.secrets.amqp
    return Broker(
        prepared.home / "mq",
        prepared.account,
        passwords,
        definitions(topology(), passwords),
        port=prepared.ports["amqp"],
    )


def nginx_of(prepared: Prepared, door: socket.socket | None = None) -> Nginx:
    instance, ports = prepared.instance, prepared.ports
    hosts = {f"{what.upper()}_HOST": instance.host(what) for what in ("portal", "desk", "phone", "pay")}
    names = ("web", "desk", "counter", "live", "smsc")
    listening = {f"{name.upper()}_PORT": str(ports[name]) for name in names}
    values = {**LIMITS, **hosts, **listening, "ASSETS_ROOT": str(_assets(prepared))}
    return Nginx(prepared.home / "nginx", prepared.account, ports["front"], values, door)


def _assets(prepared: Prepared) -> Path:
    """The built portal, or a copy where nginx's user cannot get to it."""
    if prepared.account.can("-r", PORTAL_DIST / "assets"):
        return PORTAL_DIST
    copy = prepared.home / "portal"
    shutil.rmtree(copy, ignore_errors=True)
    if PORTAL_DIST.is_dir():
        shutil.copytree(PORTAL_DIST, copy)
    else:
        private_directory(copy, prepared.account)
    copy.chmod(0o755)
    return copy


def _ours(prepared: Prepared, name: str, door: socket.socket | None) -> Callable[[], Server]:
    instance, kind = prepared.instance, KINDS.get(name, name)
    file = instance.etc / f"{name if door is None else kind}.toml"
    arguments = [sys.executable, "-m", "okno.cli.main", "run", kind, "--config", str(file)]
    doors = [] if door is None else [door.fileno()]
    arguments += [part for number in doors for part in ("--bind", f"fd://{number}")]
    return lambda: own_process(name, arguments, log=instance.log / f"{name}.log", home=instance.run, doors=doors)


def _door(doors: Mapping[str, socket.socket], name: str) -> socket.socket | None:
    return doors.get(KINDS.get(name, name))


def _servers(prepared: Prepared, options: Options, keeper: Supervisor, console: Console) -> Broker:
    """PostgreSQL and RabbitMQ beside each other; then the databases, and the foreign accounting on one of them."""
    cluster, broker = prepared.cluster, broker_of(prepared)
    postgres = keeper.add("postgres", cluster.launch)
    keeper.add("epmd", broker.epmd_launch)
    rabbitmq = keeper.add("rabbitmq", broker.launch)
    with step("PostgreSQL", console):
        postgres.wait_ready(cluster.answers, timeout_s=OURS_TIMEOUT_S)
    with step("databases", console):
        databases_ready(cluster, prepared.secrets.roles, inside=options.inside)
    if options.system == "tryton":
        tryton = tryton_prepared(prepared, options, console)
        with step("Tryton", console):
            keeper.add("tryton", tryton.launch).wait_ready(tryton.answers, timeout_s=OURS_TIMEOUT_S)
    with step("RabbitMQ", console):
        rabbitmq.wait_ready(broker.answers, timeout_s=OURS_TIMEOUT_S)
    return broker


def _processes(prepared: Prepared, doors: Mapping[str, socket.socket], keeper: Supervisor, console: Console) -> None:
    """Ours, all at once, then nginx before them."""
    with step("processes", console):
        started = {name: keeper.add(name, _ours(prepared, name, _door(doors, name)), ours=True) for name in OURS}
        for name, server in started.items():
            door = _door(doors, name)
            if door is not None:
                server.wait_ready(partial(answers, door.getsockname()[1]), timeout_s=OURS_TIMEOUT_S)
            elif name in prepared.ports:
                server.wait_ready(partial(port_accepts, prepared.ports[name]), timeout_s=OURS_TIMEOUT_S)
    with step("nginx", console):
        nginx = nginx_of(prepared, doors[FRONT])
        nginx.configure()
        front = partial(answers, prepared.ports[FRONT], prepared.instance.host("portal"))
        keeper.add("nginx", nginx.launch).wait_ready(front, timeout_s=OURS_TIMEOUT_S)


def full_run(options: Options) -> int:
    """Run until a signal; exit status 0 after an orderly end, 1 when it could not be started."""
    instance, account = instance_of(options)
    lock = instance.lock()
    listeners = TRYTON_LISTENERS if options.system == "tryton" else LISTENERS
    prepared = prepare(options, instance, account, ports_choose(options, instance, listeners))
    console = Console(stderr=True)
    for log in instance.log.glob("*.log"):
        log.unlink()
    addresses = instance.addresses(prepared.ports["front"])
    if options.system == "tryton":
        addresses["tryton"] = tryton_address(instance, prepared.ports["tryton"])
    state = State(
        name=instance.name,
        stack="full",
        pid=os.getpid(),
        addresses=addresses,
        ports=prepared.ports,
    )

    def changed(pids: object) -> None:
        state.pids = dict(pids)  # type: ignore[call-overload]
        instance.state_write(state)

    doors = {name: door_open(prepared.ports[name]) for name in DOORS}
    keeper = Supervisor(changed)
    furnishing = Furnishing(prepared, keeper.wake)
    thread: threading.Thread | None = None
    try:
        broker = _servers(prepared, options, keeper, console)
        files_write(instance, full_files(prepared.plan(broker.url)))
        _processes(prepared, doors, keeper, console)
        thread = furnishing.start()
        with step("customers", console):
            keeper.watch(furnishing.over)
        if furnishing.error is not None and not keeper.ending:
            raise furnishing.error
        if furnishing.result is not None and not keeper.ending:
            state.ready = True
            instance.state_write(state)
            tell(instance, state, furnishing.result, as_json=options.as_json)
            keeper.watch(lambda: False)
    finally:
        furnishing.given_up.set()
        console.print("\nstopping")
        keeper.stop()
        if thread is not None:
            thread.join()
        keeper.close()
        for door in doors.values():
            door.close()
        prepared.cluster.stop()
        os.close(lock)
        console.print("stopped: nothing is left running")
    return 0
