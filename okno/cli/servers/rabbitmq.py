"""A private RabbitMQ node: loopback only, its own cookie, its own epmd that ends with it.

Debian's `/usr/sbin/rabbitmq-server` changes the user and writes to /var; this starts the broker beneath it. All
objects and users come by `load_definitions` inside the start, so there is no `guest` and nothing to declare later.
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from okno.cli.servers.account import Account, ServerError, private_directory
from okno.cli.servers.process import Server, port_accepts, ports_free, server_start

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
EPMD = Path("/usr/bin/epmd")
READY_TIMEOUT_S = 90
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
log.console = true
log.console.level = warning
log.file = false
vm_memory_high_watermark.absolute = 512MB
disk_free_limit.absolute = 200MB
heartbeat = 10
load_definitions = {definitions}
"""


@dataclass
class Broker:
    """One node in one directory. The port is chosen anew at each start unless given."""

    home: Path
    account: Account
    passwords: Mapping[str, str]
    definitions: Mapping[str, Any]
    port: int = 0
    name: str = "okno"
    epmd: Server | None = field(default=None, init=False)
    server: Server | None = field(default=None, init=False)
    epmd_port: int = field(default=0, init=False)
    dist_port: int = field(default=0, init=False)

    def url(self, user: str, vhost: str) -> str:
        """AMQP address of a user in a vhost; contains his password."""
        return f"amqp://{quote(user, safe='')}:{self.passwords[user]}@127.0.0.1:{self.port}/{quote(vhost, safe='')}"

    def start(self) -> None:
        """Start epmd and the node; returns when the AMQP port accepts, which is when all is loaded."""
        self.epmd_launch().wait_ready(lambda: port_accepts(self.epmd_port), timeout_s=READY_TIMEOUT_S)
        self.launch().wait_ready(self.answers, timeout_s=READY_TIMEOUT_S)

    def answers(self) -> bool:
        return port_accepts(self.port)

    def epmd_launch(self) -> Server:
        """Write the files and start the node's own name server, on loopback alone."""
        if not PROGRAM.exists():
            raise ServerError("RabbitMQ not found: apt-get install rabbitmq-server")
        if not self.epmd_port:
            self._ports()
            self._files()
        self.epmd = server_start(
            "epmd",
            [str(EPMD), "-port", str(self.epmd_port), "-address", "127.0.0.1"],
            account=self.account,
            home=self.home,
            log=self.home / "epmd.log",
            env=self.environment(),
        )
        return self.epmd

    def launch(self) -> Server:
        """Start the node alone; after a kill -9 of it, on the same ports and data."""
        self.server = server_start(
            "RabbitMQ",
            [str(PROGRAM)],
            account=self.account,
            home=self.home,
            log=self.home / "rabbitmq.log",
            env=self.environment(),
        )
        return self.server

    def stop(self) -> None:
        """End the node, then its epmd, which would outlive it. Idempotent."""
        for server in (self.server, self.epmd):
            if server is not None:
                server.stop(timeout_s=30)
        self.server = self.epmd = None

    def environment(self) -> dict[str, str]:
        """What the node and any tool of it need; a tool without ERL_EPMD_ADDRESS opens an epmd on 0.0.0.0."""
        return {
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PATH": "/usr/bin:/bin",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RUNNING_UNDER_SYSTEMD": "1",  # the script becomes the Erlang VM, so the pid is its own
            "RABBITMQ_NODENAME": f"{self.name}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.dist_port),
            "RABBITMQ_MNESIA_BASE": str(self.home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(self.home / "rabbitmq.conf"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none",
        }

    def _ports(self) -> None:
        self.epmd_port, self.dist_port, own = ports_free(3)
        self.port = self.port or own

    def _files(self) -> None:
        private_directory(self.home, self.account)
        definitions = self.home / "definitions.json"
        configuration = CONFIGURATION.format(port=self.port, definitions=definitions)
        self._write("rabbitmq.conf", configuration)
        self._write("definitions.json", json.dumps(self.definitions))
        self._write("enabled_plugins", "[].\n")
        if not (self.home / ".erlang.cookie").exists():
            self._write(".erlang.cookie", secrets.token_hex(20), mode=0o400)

    def _write(self, name: str, text: str, *, mode: int = 0o600) -> None:
        path = self.home / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        if self.account.drops:
            os.chown(path, self.account.uid, self.account.gid)
