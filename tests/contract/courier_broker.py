"""A RabbitMQ with the objects that a test asks for, and a way to cut its clients off."""

import subprocess
from pathlib import Path

from okno.cli.servers.account import account_for_servers, private_directory
from okno.cli.servers.rabbitmq import Broker
from okno.couriers.topology import MESSAGE_BYTES_MAX, Topology, definitions

CONTROL = Path("/usr/lib/rabbitmq/bin/rabbitmqctl")


class RabbitServer:
    def __init__(self, folder: Path, plan: Topology) -> None:
        account = account_for_servers()
        passwords = {user.name: f"test-{number}" for number, user in enumerate(plan.users)}
        folder.chmod(0o711)  # the broker's own user has to get through
        home = private_directory(folder / "mq", account)
        self.broker = Broker(home, account, passwords, definitions(plan, passwords))

    def start(self) -> None:
        self.broker.start()
        self.control("eval", f"application:set_env(rabbit, max_message_size, {MESSAGE_BYTES_MAX}).")

    def stop(self) -> None:
        self.broker.stop()

    def url(self, user: str, vhost: str) -> str:
        return self.broker.url(user, vhost)

    def control(self, *words: str) -> str:
        """Run `rabbitmqctl`; it costs about 0.4 s."""
        command = [str(CONTROL), "-n", f"{self.broker.name}@localhost", *words]
        home = self.broker.home
        done = subprocess.run(
            command, env=self.broker.environment(), cwd=home, check=True, capture_output=True, text=True
        )
        return done.stdout

    def cut_all(self) -> None:
        """Close every client's connection, as a lost network does."""
        self.control("close_all_connections", "--global", "cut by the test")
