"""One instance: its directory, its name, its lock, its secrets, its state. Nothing of it stands in the repository."""

import base64
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from okno.cli.files import file_write
from okno.cli.servers.account import Account, ServerError
from okno.cli.servers.process import port_accepts, ports_free
from okno.cli.servers.roles import passwords_new

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?")
HOSTS = ("portal", "desk", "phone", "pay")
ELSEWHERE = Path("/var/tmp")  # noqa: S108 (what is made there is private, and its owner is checked)
AGENTS = ("terminal",)
"""Banks and terminals that may call a demo's counter."""
PAYERS = ("yookassa", "tbank", "cloudpayments", "robokassa", "stripe", "yoomoney", "webmoney")
"""Payment systems whose twins stand in every demo: each listens by itself."""
LEGACY_PAYERS = ("qiwi",)
"""By an option alone."""
AMQP_USERS = ("gateway", "connector.main", "cabinet.projector", "cabinet.relay")


class InstanceError(Exception):
    """The instance cannot be started; the text says why and what to do."""


class Customer(msgspec.Struct, kw_only=True):
    """An invented customer of the demo. Ids are drawn before anything is written, so that a crash can be resumed.

    `login` is the contract's number as well. Without a user (`has_user`) he has no password: he has yet to register.
    """

    shows: str
    login: str
    password: str
    has_user: bool = True
    phone: str
    name: str
    customer: str
    accounts: list[str]
    numbers: list[str]
    granted_until: datetime | None = None


class Secrets(msgspec.Struct, kw_only=True):
    """`etc/secrets.json`: made once, read by whoever writes the processes' own files."""

    roles: dict[str, str]
    amqp: dict[str, str]
    django: str
    pepper: str
    vault: str
    documents: str
    sms_token: str
    payers: dict[str, str]
    """What the shop and each payment system know of each other; `control`: of the twins' own addresses."""
    agents: dict[str, str] = {}
    """What each agent signs with."""
    customers: list[Customer] = []
    tryton: dict[str, str] = {}
    """Passwords of the demo's Tryton by login; empty where it does not stand."""


class State(msgspec.Struct, kw_only=True):
    """`run/state.json`: what runs now. `pids` by process name, `ports` by what listens."""

    name: str
    stack: str
    pid: int
    addresses: dict[str, str]
    ports: dict[str, int]
    pids: dict[str, int] = {}
    ready: bool = False


def secrets_new() -> Secrets:
    return Secrets(
        roles=passwords_new(),
        amqp={user: secrets.token_hex(24) for user in AMQP_USERS},
        django=secrets.token_urlsafe(48),
        pepper=base64.b64encode(secrets.token_bytes(32)).decode(),
        vault=base64.b64encode(secrets.token_bytes(32)).decode(),
        documents=base64.b64encode(secrets.token_bytes(32)).decode(),
        sms_token=secrets.token_hex(24),
        agents={name: secrets.token_hex(24) for name in AGENTS},
        payers=payers_new(),
    )


def payers_new() -> dict[str, str]:
    return {name: secrets.token_hex(16) for name in ("control", *PAYERS, *LEGACY_PAYERS)}


@dataclass(frozen=True)
class Instance:
    directory: Path
    name: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise InstanceError(f"the name {self.name!r} becomes part of host names: small letters, digits and hyphens")

    @property
    def etc(self) -> Path:
        return self.directory / "etc"

    @property
    def keys(self) -> Path:
        return self.directory / "keys"

    @property
    def run(self) -> Path:
        return self.directory / "run"

    @property
    def log(self) -> Path:
        return self.directory / "log"

    def host(self, what: str) -> str:
        """`portal.NAME.localhost`: cookies ignore ports, so two demos need different names."""
        return f"{what}.{self.name}.localhost"

    def addresses(self, port: int) -> dict[str, str]:
        return {what: f"http://{self.host(what)}:{port}" for what in HOSTS}

    def make(self, account: Account) -> None:
        """Make the directories. Others may pass through the first one only where servers run as another user."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o711 if account.drops else 0o700)
        for folder in (self.etc, self.keys, self.run, self.log):
            folder.mkdir(mode=0o700, exist_ok=True)

    def lock(self) -> int:
        """Hold the instance until the descriptor is closed. Raises InstanceError when another process does.

        The lock outlives an exec, so it passes from the command to the street that the command becomes.
        """
        descriptor = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            held = self.state()
            by = f" as process {held.pid}" if held else ""
            raise InstanceError(
                f"the demo in {self.directory} runs already{by}: stop it, or start another with --name"
            ) from None
        return descriptor

    def has_secrets(self) -> bool:
        return (self.etc / "secrets.json").exists()

    def secrets(self) -> Secrets:
        """Read them, or draw them at the first start."""
        path = self.etc / "secrets.json"
        if path.exists():
            known = msgspec.json.decode(path.read_bytes(), type=Secrets)
            # A payment system that joined since the first start has its key drawn now.
            missing = {name: secret for name, secret in payers_new().items() if name not in known.payers}
            if missing:
                known.payers |= missing
                self.secrets_write(known)
            return known
        drawn = secrets_new()
        self.secrets_write(drawn)
        return drawn

    def secrets_write(self, drawn: Secrets) -> None:
        file_write(self.etc / "secrets.json", msgspec.json.format(msgspec.json.encode(drawn)))

    def state(self) -> State | None:
        """The state as last written, by whichever process."""
        path = self.run / "state.json"
        return msgspec.json.decode(path.read_bytes(), type=State) if path.exists() else None

    def state_write(self, state: State) -> None:
        file_write(self.run / "state.json", msgspec.json.format(msgspec.json.encode(state)))

    def port(self, wanted: int | None) -> int:
        """The port of the front: the wanted one, else the last one if it is free, else any free one."""
        last = self.state()
        if wanted is None and last is not None and not port_accepts(last.ports["front"]):
            return last.ports["front"]
        if wanted is None:
            return ports_free(1)[0]
        if port_accepts(wanted):
            raise InstanceError(f"port {wanted} is taken: choose another with --port, or leave it out")
        return wanted


def servers_home(directory: Path, account: Account) -> Path:
    """Where the account's servers may live: beside the instance, or in /var/tmp when they cannot get there.

    The rights of a parent directory (root's home, say) are never widened for their sake.
    """
    if account.can("-x", directory):
        return directory
    mark = hashlib.sha256(str(directory).encode()).hexdigest()[:12]
    home = ELSEWHERE / f"okno-{mark}"
    try:
        home.mkdir(mode=0o711)
    except FileExistsError:
        found = home.lstat()
        if home.is_symlink() or found.st_uid != os.geteuid():
            raise ServerError(f"{home} belongs to somebody else: remove it") from None
    sign = directory / "servers"
    if directory.is_dir() and not sign.is_symlink():
        # Whoever deletes the instance should find what belongs to it.
        sign.symlink_to(home)
    return home


def production_refused(listen: str, environment: Mapping[str, str]) -> None:
    """Raise InstanceError for anything that looks like a real installation: here all keys share one machine."""
    if listen != "127.0.0.1":
        raise InstanceError(
            f"the demo listens on 127.0.0.1 alone, not on {listen}: see docs/how-to for an installation"
        )
    if environment.get("OKNO_CABINET_CONFIG"):
        raise InstanceError("OKNO_CABINET_CONFIG names the settings of an installation: unset it to start a demo")
