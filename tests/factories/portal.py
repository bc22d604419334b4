"""The cabinet's web process for a test: settings, keys, database, browsers of people, a reader of their SMS."""

import base64
import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID

import msgspec
import psycopg
from factories.django_ready import Client, HttpResponse, connections, override_settings

from okno.cabinet.config.database import DESK, PORTAL, TILL, database_settings
from okno.cabinet.config.instance import CabinetConfig, Hosts, Limit, Roles
from okno.cabinet.identity.selectors import token_hash_of
from okno.cabinet.identity.services.users import user_create
from okno.cabinet.kit import notice_binding as binding
from okno.protocol import grants
from okno.protocol.ids import new_id
from okno.protocol.keys import KeyList, OpeningKey, SigningKey, entry, sign_key_list
from okno.protocol.sealing import open_sealed

HOST = "portal.test.localhost"
DESK_HOST = "desk.test.localhost"
COUNTER_HOST = "counter.test.localhost"
PASSWORD = "Лиловый-трактор 7"
LOGIN = "40-817 001"
PHONE = "+79001234567"
ROLES = {PORTAL: "web", DESK: "desk", TILL: "till"}
Row = tuple[object, ...]
Json = str | int | bool | None | dict[str, "Json"] | list["Json"]
Result = TypeVar("Result")
SettingsChange = Callable[..., AbstractContextManager[None]]


class Database(Protocol):
    """A database of the tests' conftest."""

    def dsn(self, role: str) -> str: ...
    def superuser_dsn(self) -> str: ...


# Budgets that a test of something else must not run into.
WIDE = {
    scope: Limit(10_000, 30)
    for scope in (
        *("sms-phone-30s", "sms-phone-hour", "sms-phone-day", "signin-login"),
        *("registration-network", "registration-address", "registration-account", "registration-code-account"),
    )
}


@dataclass
class Keys:
    """Key pairs of an invented company and the signed list of their public halves."""

    root: SigningKey = field(default_factory=lambda: SigningKey.generate("root"))
    connector: SigningKey = field(default_factory=lambda: SigningKey.generate("connector.main"))
    cabinet: SigningKey = field(default_factory=lambda: SigningKey.generate("cabinet"))
    gateway: SigningKey = field(default_factory=lambda: SigningKey.generate("gateway.gw1"))
    sender: OpeningKey = field(default_factory=lambda: OpeningKey.generate("sender"))
    till: OpeningKey = field(default_factory=lambda: OpeningKey.generate("till"))
    connector_open: OpeningKey = field(default_factory=lambda: OpeningKey.generate("connector.main"))
    cabinet_open: OpeningKey = field(default_factory=lambda: OpeningKey.generate("cabinet"))

    def signed_list(self, number: int = 1) -> bytes:
        start, end = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=365)
        signers = (self.connector, self.cabinet, self.gateway)
        openers = (self.sender, self.till, self.connector_open, self.cabinet_open)
        listed = [entry(key, not_before=start, not_after=end) for key in (*signers, *openers)]
        return sign_key_list(KeyList(number=number, issued=start, keys=tuple(listed)), self.root)


def config_of(folder: Path, keys: Keys, database: Database, **changes: object) -> CabinetConfig:
    """Settings of an instance whose files stand in `folder`."""
    (folder / "keylist.jws").write_bytes(keys.signed_list())
    (folder / "root.pub").write_bytes(keys.root.public)
    (folder / "cabinet.open").write_bytes(keys.cabinet_open.dump())
    (folder / "index.html").write_text('<script nonce="__NONCE__" src="/assets/app.js"></script>', encoding="utf-8")
    made = CabinetConfig(
        secret_key=secrets.token_urlsafe(48),
        pepper=base64.b64encode(secrets.token_bytes(32)).decode(),
        roles=Roles(web_dsn=database.dsn("web"), desk_dsn=database.dsn("desk"), till_dsn=database.dsn("till")),
        hosts=Hosts(portal=HOST, desk=DESK_HOST, counter=COUNTER_HOST),
        staff_codes=True,
        portal_dist=str(folder),
        keylist=str(folder / "keylist.jws"),
        root_public=str(folder / "root.pub"),
        opening_key=str(folder / "cabinet.open"),
        vault_keys={"1": base64.b64encode(secrets.token_bytes(32)).decode()},
        limits=WIDE,
    )
    return msgspec.structs.replace(made, **changes)


class Browser(Client):
    """A browser on one host: keeps cookies, marks its requests as the portal's page does."""

    def __init__(self, host: str = HOST, address: str = "203.0.113.7", **defaults: str) -> None:
        self.host = host
        super().__init__(
            raise_request_exception=False,
            headers={"X-Okno": "1", "Origin": f"http://{host}", "Host": host},
            REMOTE_ADDR=address,
            SERVER_NAME=host,
            **defaults,
        )

    def send(self, method: str, path: str, body: object = None, **extra: object) -> HttpResponse:
        content = b"" if body is None else msgspec.json.encode(body)
        kind = "application/json" if body is not None else ""
        return self.generic(method, path, content, content_type=kind, **extra)

    def password(self, login: str = LOGIN, password: str = PASSWORD) -> HttpResponse:
        return self.send("POST", "/api/session/password", {"login": login, "password": password})

    def code(self, code: object) -> HttpResponse:
        return self.send("POST", "/api/session/code", {"code": code})

    def state(self) -> dict[str, Json]:
        return self.send("GET", "/api/session").json()

    def token(self) -> str:
        return self.cookies["__Host-okno"].value

    def twin(self) -> "Browser":
        """Another tab: the same cookies, to be used from another thread."""
        other = Browser(self.host)
        other.cookies.load({"__Host-okno": self.token()})
        return other


@dataclass
class Portal:
    """A portal with its own database. `people` write through the web's own services, `peek` looks as a superuser."""

    config: CabinetConfig
    database: Database
    keys: Keys

    def browser(self, **given: str) -> Browser:
        return Browser(**given)

    def person(self, login: str = LOGIN, password: str = PASSWORD, phone: str = PHONE, **given: str) -> UUID:
        return user_create(login=login, password=password, phone=phone, **given)

    def signed_in(self, login: str = LOGIN, **given: str) -> Browser:
        browser = self.browser(**given)
        assert browser.password(login).status_code == 200
        assert browser.code(self.last_code()).status_code == 200
        return browser

    def prove(self, browser: Browser) -> Browser:
        """As if its person had just given password and code once more."""
        token_hash = token_hash_of(browser.token())
        self.peek("UPDATE identity_session SET proved_at = now() WHERE token_hash = %s", token_hash)
        return browser

    def peek(self, sql: str, *values: object) -> list[Row]:
        with psycopg.connect(self.database.superuser_dsn(), autocommit=True) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def sms(self) -> list[tuple[str, str]]:
        """Phone and text of every SMS of ours, oldest first, opened with the sender's key."""
        found = self.peek(
            "SELECT id::text, to_sealed, body_sealed FROM notices_message"
            " WHERE to_sealed IS NOT NULL AND channel = 'sms' ORDER BY id"
        )
        return [self._opened(*row) for row in found]

    def _opened(self, message_id: str, to: str, body: str) -> tuple[str, str]:
        key = self.keys.sender
        phone = open_sealed(to, key, subject=binding.TO_SUBJECT, type=binding.TO_TYPE)
        text = open_sealed(body, key, subject=binding.body_subject(message_id), type=binding.BODY_TYPE)
        return msgspec.json.decode(phone)["phone"], msgspec.json.decode(text)["text"]

    def last_code(self) -> str:
        return self.sms()[-1][1].rpartition("#")[2]

    def wrong_code(self) -> str:
        return f"{(int(self.last_code()) + 1) % 1_000_000:06d}"

    def signals(self, name: str) -> list[dict[str, Json]]:
        return [row[0] for row in self.peek("SELECT detail FROM kit_signal WHERE name = %s ORDER BY seq", name)]

    def account(self, *, balance: int = 123_450) -> UUID:
        """An account of the read model, as the projector would have written it."""
        account_id = UUID(new_id())
        self.peek("INSERT INTO accounts_system (id, title) VALUES ('main', 'Main') ON CONFLICT DO NOTHING")
        self.peek(
            "INSERT INTO accounts_account (id, system_id, tail, currency, balance, status, epoch, version, as_of)"
            " VALUES (%s, 'main', '0017', 'RUB', %s, 'active', 1, 1, now())",
            account_id,
            balance,
        )
        return account_id

    def grant_token(
        self,
        user_id: UUID,
        account_id: UUID,
        *,
        rights: tuple[grants.Right, ...] = ("view", "pay"),
        expires: datetime | None = None,
        key: SigningKey | None = None,
    ) -> str:
        """What the inside would issue for this user on this account."""
        grant = grants.Grant(
            id=new_id(),
            authid=str(user_id),
            subject=f"acct:{account_id}",
            rights=rights,
            expires=expires or datetime.now(UTC) + timedelta(days=7),
        )
        return grants.issue(grant, key or self.keys.connector)


def connect(database: Database) -> None:
    """Point this process's connections at a test's database; other threads take it over when they first ask."""
    for alias, role in ROLES.items():
        disconnect(alias)
        made = connections.configure_settings({PORTAL: database_settings(database.dsn(role))})[PORTAL]
        connections.settings[alias] = made


def disconnect(alias: str) -> None:
    """Close and forget this thread's connection."""
    connections[alias].close()
    with contextlib.suppress(AttributeError):
        del connections[alias]


def at_once(count: int, call: Callable[[int], Result]) -> list[Result]:
    """What `count` threads get that all start at the same moment, each with its own database connection."""
    barrier = threading.Barrier(count)

    def run(number: int) -> Result:
        barrier.wait(timeout=60)
        try:
            return call(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@contextmanager
def portal_running(folder: Path, database: Database, **changes: object) -> Iterator[Portal]:
    """The web process in this one, on a database of its own."""
    keys = Keys()
    config = config_of(folder, keys, database, **changes)
    connect(database)
    with override_settings(OKNO=config, ALLOWED_HOSTS=[HOST, DESK_HOST, COUNTER_HOST], SECRET_KEY=config.secret_key):
        yield Portal(config, database, keys)
    for alias in ROLES:
        disconnect(alias)
