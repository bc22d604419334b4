"""A small world in the cabinet's database for the tests of live: people, sessions, accounts, operations."""

import hashlib
import secrets
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

MAIN = "main"
FAR = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Session:
    """A session and its cookie's value."""

    user: str
    token: bytes

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.token).digest()

    @property
    def cookie(self) -> str:
        return "__Host-okno=" + urlsafe_b64encode(self.token).decode().rstrip("=")


@dataclass
class World:
    """Writes as the superuser, each change in a transaction of its own with its notification."""

    dsn: str
    connection: psycopg.Connection[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.connection = psycopg.connect(self.dsn, autocommit=True)
        self.run(
            "insert into accounts_system (id, title, epoch, watermark) values (%s, 'Books', 1, now())"
            " on conflict (id) do update set watermark = now()",
            MAIN,
        )

    def run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(sql, values)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []

    def person(self) -> str:
        user = str(uuid.uuid4())
        self.run(
            "insert into identity_user (id, login, password, phone_sealed, phone_mask) values (%s, %s, '!', '', '')",
            user,
            user,
        )
        return user

    def session(self, user: str, **columns: object) -> Session:
        made = Session(user, secrets.token_bytes(32))
        row = {"factors": 2, "expires_at": FAR, "idle_until": FAR, "ended_at": None, **columns}
        self.run(
            "insert into identity_session (token_hash, id, user_id, factors, expires_at, idle_until, ended_at)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            *(made.hash, uuid.uuid4(), user),
            *(row["factors"], row["expires_at"], row["idle_until"], row["ended_at"]),
        )
        return made

    def account(self, *users: str, currency: str = "RUB", until: datetime = FAR, **columns: object) -> str:
        account = str(columns.get("id", uuid.uuid4()))
        row = {"balance": 0, "status": "active", "due_amount": None, "due_on": None, "gap_since": None, **columns}
        self.run(
            "insert into accounts_account (id, system_id, tail, title, currency, balance, status, due_amount, due_on,"
            " epoch, version, position, as_of, gap_since) values (%s, %s, %s, '', %s, %s, %s, %s, %s, 1, 0, 0, %s, %s)",
            *(account, MAIN, account[-4:], currency, row["balance"], row["status"], row["due_amount"], row["due_on"]),
            *(row.get("as_of", datetime.now(UTC)), row["gap_since"]),
        )
        for user in users:
            self.allow(user, account, until=until)
        return account

    def allow(self, user: str, account: str, *, right: str = "view", until: datetime = FAR) -> None:
        self.run(
            'insert into accounts_access (user_id, account_id, "right", grant_id, until) values (%s, %s, %s, %s, %s)',
            *(user, account, right, uuid.uuid4(), until),
        )

    def post(self, account: str, amount: int, *, kind: str = "charge", notify: bool = True, **columns: object) -> int:
        """Post an operation as the projector does; returns its position."""
        with self.connection.transaction():
            position, balance = self.run(
                "update accounts_account set position = position + 1, version = version + 1, balance = balance + %s,"
                " as_of = now() where id = %s returning position, balance",
                *(amount, account),
            )[0]
            self.run(
                "insert into accounts_operation (account_id, position, epoch, version, key, kind, channel, amount,"
                " balance, posted_at, text) values (%s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s)",
                *(account, position, position, columns.get("key", f"k-{position}"), kind, columns.get("channel")),
                *(
                    amount,
                    balance,
                    columns.get("posted_at", datetime.now(UTC)),
                    columns.get("text", f"line {position}"),
                ),
            )
            if notify:
                self.run("select pg_notify('okno_account', %s)", account)
        return int(position)

    def watermark(self, at: datetime | None = None) -> None:
        with self.connection.transaction():
            self.run("update accounts_system set watermark = coalesce(%s, now()) where id = %s", at, MAIN)
            self.run("select pg_notify('okno_watermark', %s)", MAIN)

    def end(self, session: Session) -> None:
        with self.connection.transaction():
            self.run("update identity_session set ended_at = now() where token_hash = %s", session.hash)
            self.run("select pg_notify('okno_session', %s)", session.hash.hex())

    def signals(self, user: str) -> list[tuple[Any, ...]]:
        """Source, name and detail of the signals about a user, oldest first."""
        return self.run("select source, name, detail from kit_signal where user_id = %s order by seq", user)

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Nobody reads the table meanwhile."""
        with psycopg.connect(self.dsn) as connection:
            connection.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.Identifier(table)))
            yield


def ago(**span: float) -> datetime:
    """That long before now."""
    return datetime.now(UTC) - timedelta(**span)


@contextmanager
def world_shared(postgres: Any, template: str) -> Iterator[tuple["World", str]]:  # noqa: ANN401 (the conftest's own class)
    """One clone of the cabinet for all tests of a module, and how live reaches it: each test has people of its own."""
    name = postgres.create_database("cabinet", template=template)
    world = World(postgres.superuser_dsn(name))
    yield world, postgres.cluster.dsn("okno_live", postgres.passwords["okno_live"], name)
    world.close()
    postgres.drop_database(name)
