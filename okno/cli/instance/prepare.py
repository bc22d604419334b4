"""What both stacks do before anything runs: refuse what is no demo, make the instance, keys, secrets and ports."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from okno.cli.instance.layout import LEGACY_PAYERS, Instance, InstanceError, Secrets, servers_home
from okno.cli.instance.plan import Plan, Url
from okno.cli.servers.account import Account, account_for_servers
from okno.cli.servers.postgres import Cluster
from okno.cli.servers.process import ports_free
from okno.cli.trust import trust_ensure

POSTGRES_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
    # A demo shows what an installation does: nothing is switched off that keeps data.
    "synchronous_commit": "on",
}


class Options(msgspec.Struct, kw_only=True):
    """What was said on the command line."""

    directory: str
    name: str = "demo"
    port: int | None = None
    listen: str = "127.0.0.1"
    run_as: str | None = None
    postgres: str | None = None
    as_json: bool = False
    stack: str = "embedded"
    system: str = "book"
    qiwi: bool = False
    """With the twin of a payment system that production has off by default."""
    parties: int = 200
    months: int = 12
    """Of the demo's Tryton."""

    @property
    def inside(self) -> str:
        """The kind of the connector's database: the book with its store, or the store alone."""
        return "book" if self.system == "book" else "connector"


class Handover(msgspec.Struct, kw_only=True):
    """What the command gives the process that it becomes. `lock` is the descriptor that holds the instance."""

    options: Options
    ports: dict[str, int]
    lock: int


@dataclass(frozen=True)
class Prepared:
    instance: Instance
    account: Account
    home: Path
    cluster: Cluster
    secrets: Secrets
    ports: dict[str, int]

    def plan(self, broker: Url | None = None) -> Plan:
        def dsn(role: str, database: str) -> str:
            return self.cluster.dsn(role, self.secrets.roles[role], database)

        return Plan(self.instance, self.secrets, self.ports, dsn, broker)


def instance_of(options: Options) -> tuple[Instance, Account]:
    """The instance with its directories made. Raises InstanceError, ServerError."""
    account = account_for_servers(options.run_as)
    instance = Instance(Path(options.directory).resolve(), options.name)
    instance.make(account)
    return instance, account


def ports_choose(options: Options, instance: Instance, listeners: list[str]) -> dict[str, int]:
    """A port for the front, each listener and each payment system by option. Raises InstanceError.

    Call with the instance's lock held.
    """
    front = instance.port(options.port)
    listeners = [*listeners, *(LEGACY_PAYERS if options.qiwi else ())]
    return {"front": front, **dict(zip(listeners, ports_free(len(listeners)), strict=True))}


def prepare(options: Options, instance: Instance, account: Account, ports: dict[str, int]) -> Prepared:
    """Keys and secrets, made at the first start, and a cluster that is not yet running.

    Raises InstanceError when the data has lost its secrets: nobody can read it any more; and when its customers stand
    in the other accounting.
    """
    trust_ensure(instance.keys)
    home = servers_home(instance.directory, account)
    if not instance.has_secrets() and (home / "pg").exists():
        if home == instance.directory:
            raise InstanceError(f"the secrets of {home} are gone: delete the directory to begin anew")
        # The instance was deleted; what its servers kept elsewhere is of no use to the new one.
        for left in home.iterdir():
            shutil.rmtree(left)
    secrets = instance.secrets()
    if secrets.customers and bool(secrets.tryton) != (options.system == "tryton"):
        other = "Tryton" if secrets.tryton else "the built-in book"
        raise InstanceError(f"the customers in {instance.directory} stand in {other}: start another with --name")
    cluster = Cluster(home / "pg", account, origin=options.postgres, settings=dict(POSTGRES_SETTINGS))
    return Prepared(instance, account, home, cluster, secrets, ports)
