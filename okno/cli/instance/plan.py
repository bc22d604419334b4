"""What the settings files of an instance are written from."""

from collections.abc import Callable
from dataclasses import dataclass

from okno.cli.instance.layout import Instance, Secrets
from okno.cli.servers.roles import DATABASES
from okno.cli.trust import KEY_LIST, ROOT_PUBLIC

Dsn = Callable[[str, str], str]
"""(role, database) -> connection string."""
Url = Callable[[str, str], str]
"""(AMQP user, vhost) -> address."""


@dataclass(frozen=True)
class Plan:
    """What the files are written from. `broker` is None where couriers are in memory."""

    instance: Instance
    secrets: Secrets
    ports: dict[str, int]
    dsn: Dsn
    broker: Url | None = None

    @property
    def keylist(self) -> str:
        return str(self.instance.keys / KEY_LIST)

    @property
    def root_public(self) -> str:
        return str(self.instance.keys / ROOT_PUBLIC)

    def key(self, name: str) -> str:
        return str(self.instance.keys / name)

    def url(self, user: str, vhost: str) -> str | None:
        return self.broker(user, vhost) if self.broker else None

    def cabinet_dsn(self, role: str) -> str:
        return self.dsn(role, DATABASES["cabinet"])

    @property
    def gateways(self) -> tuple[str, ...]:
        return tuple(name for name in ("gw1", "gw2") if name in self.ports)
