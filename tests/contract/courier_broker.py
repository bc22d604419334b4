"""A RabbitMQ of the tests' own, with the objects a test asks for, and a way to cut its clients off."""

import json
import os
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path

from okno.couriers.topology import Topology, definitions

BIN = Path("/usr/lib/rabbitmq/bin")
START_TIMEOUT_S = 60


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RabbitServer:
    """Started by `start`; `stop` leaves no process behind, epmd included."""

    def __init__(self, folder: Path, plan: Topology) -> None:
        self.folder = folder
        self.port = _free_port()
        self._epmd_port = _free_port()
        self._dist_port = _free_port()
        self._node = f"okno{self.port}@localhost"
        self.passwords = {user.name: secrets.token_urlsafe(12) for user in plan.users}
        home = folder / "home"
        home.mkdir()
        cookie = home / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        (folder / "defs.json").write_text(json.dumps(definitions(plan, self.passwords)))
        (folder / "plugins").write_text("[].\n")
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "log.console = false\n"
            "vm_memory_high_watermark.absolute = 512MB\n"
            "disk_free_limit.absolute = 200MB\n"
            "max_message_size = 1048576\n"
            f"load_definitions = {folder / 'defs.json'}\n"
        )
        self._environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "console").open("ab") as console:
            self._process = subprocess.Popen(
                [BIN / "rabbitmq-server"], env=self._environment, cwd=self.folder, stdout=console, stderr=console
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            assert self._process.poll() is None, (self.folder / "console").read_text()
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("RabbitMQ did not start")

    def stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(START_TIMEOUT_S)
        for pid in self._epmd_pids():
            os.kill(pid, signal.SIGTERM)

    def _epmd_pids(self) -> list[int]:
        """The epmd that listens on our own port: it outlives its node."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (entry / "comm").exists() and (entry / "comm").read_text().strip() == "epmd":
                environment = (entry / "environ").read_bytes()
                if f"ERL_EPMD_PORT={self._epmd_port}".encode() in environment.split(b"\0"):
                    found.append(int(entry.name))
        return found

    def url(self, user: str, vhost: str) -> str:
        return f"amqp://{user}:{self.passwords[user]}@127.0.0.1:{self.port}/{vhost}"

    def control(self, *words: str) -> str:
        """Run `rabbitmqctl`; it costs about 0.4 s."""
        done = subprocess.run(
            [BIN / "rabbitmqctl", "-n", self._node, *words],
            env=self._environment,
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def cut_all(self) -> None:
        """Close every client's connection, as a lost network does."""
        self.control("close_all_connections", "--global", "cut by the test")
