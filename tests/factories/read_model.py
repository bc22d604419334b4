"""A cabinet's read model under test: the connector's words, signed as they arrive, and what the database says after."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import msgspec
import psycopg
from factories.wire import CABINET, NOW, SYSTEM, House, rub
from psycopg.rows import dict_row

from okno.cabinet.accounts.tasks.projector import News, Projector, ProjectorSettings
from okno.couriers.port import Delivery
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.errors import Problem
from okno.protocol.ids import new_id
from okno.protocol.keys import sign_key_list
from okno.protocol.messages.accounts import AccountStatus
from okno.protocol.pen import Pen, Received


class KilledError(BaseException):
    """What kill -9 is to a process: nothing of it may catch this."""


class Database(Protocol):
    def dsn(self, role: str) -> str: ...
    def superuser_dsn(self) -> str: ...


@dataclass
class Handed:
    """A delivery that remembers how it was settled."""

    body: bytes
    queue: str = "events.cabinet"
    redelivered: bool = False
    attempt: int = 1

    async def ack(self) -> None:
        raise AssertionError("settled through the courier")

    async def reject(self, *, requeue: bool) -> None:
        raise AssertionError(f"settled through the courier {requeue=}")


@dataclass
class Hands:
    """The settling face of a courier, and nothing else of it."""

    acked: list[Delivery] = field(default_factory=list)
    rejected: list[Delivery] = field(default_factory=list)

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        self.acked += deliveries

    def reject(self, delivery: Delivery, *, requeue: bool) -> None:
        assert not requeue
        self.rejected.append(delivery)


class Books:
    """The inside: one account's history at a time, told in steps, bundles and snapshots."""

    def __init__(self, house: House, clock: Callable[[], datetime], *, epoch: int = 1, system: str = "main") -> None:
        self._house = house
        self._clock = clock
        self._system = system
        self.epoch = epoch
        self.steps: dict[str, list[m.Message]] = {}
        self._balance: dict[str, int] = {}

    def opened(self, account: str, *, due: str | None = None, status: AccountStatus = "active") -> m.Message:
        """The account's state as its next version."""
        steps = self.steps.setdefault(account, [])
        state = m.AccountChanged(
            account,
            self._system,
            (self.epoch, len(steps) + 1),
            self._clock(),
            "RUB",
            account[-4:],
            status,
            rub(_rubles(self._balance.setdefault(account, 0))),
            m.Due(rub(due), NOW.date()) if due else None,
        )
        steps.append(state)
        return state

    def posted(self, account: str, kopecks: int = 100, *, key: str | None = None) -> m.Message:
        """The next operation of the account; a negative amount is a payment."""
        steps = self.steps[account]
        self._balance[account] += kopecks
        operation = m.AccountOperation(
            key=key or f"J-{self.epoch}-{len(steps) + 1}",
            kind="charge" if kopecks >= 0 else "payment",
            amount=rub(_rubles(kopecks)),
            balance=rub(_rubles(self._balance[account])),
            posted_at=self._clock(),
            text=f"Строка {len(steps) + 1}",
        )
        step = m.OperationPosted(account, self._system, (self.epoch, len(steps) + 1), self._clock(), operation)
        steps.append(step)
        return step

    def snapshot(self, account: str, after: Sequence[int] | None, limit: int = 1000) -> m.AccountSnapshot:
        steps = self.steps[account]
        state = next(step for step in reversed(steps) if isinstance(step, m.AccountChanged))
        operations = [
            m.VersionedOperation(version=step.version, **msgspec.structs.asdict(step.operation))
            for step in steps
            if isinstance(step, m.OperationPosted) and (after is None or tuple(step.version) > tuple(after))
        ]
        return m.AccountSnapshot(
            account,
            self._system,
            (self.epoch, len(steps)),
            self._clock(),
            "RUB",
            account[-4:],
            state.status,
            rub(_rubles(self._balance[account])),
            tuple(operations[:limit]),
            len(operations) > limit,
            state.due,
        )


@dataclass
class World:
    """One database, one house of keys, one clock that stands until it is moved."""

    database: Database
    folder: Path
    house: House = field(default_factory=House)
    now: datetime = NOW
    hands: Hands = field(default_factory=Hands)

    def __post_init__(self) -> None:
        (self.folder / "keylist.jws").write_bytes(sign_key_list(self.house.list(), self.house.root))
        (self.folder / "root.pub").write_bytes(self.house.root.public)
        (self.folder / "cabinet.sign").write_bytes(self.house.cabinet.dump())
        self.books = Books(self.house, self.clock)

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def settings(self, **changes: object) -> ProjectorSettings:
        given = {
            "dsn": self.database.dsn("projector"),
            "keylist": str(self.folder / "keylist.jws"),
            "root_public": str(self.folder / "root.pub"),
        }
        return ProjectorSettings(**{**given, **changes})  # type: ignore[arg-type]

    def projector(self, *, kill_at: str | None = None) -> Projector:
        """Not started: its turns are taken one by one. `kill_at` ends it at that failpoint, each time."""

        def point(name: str) -> None:
            if name == kill_at:
                raise KilledError(name)

        return Projector(self.settings(), self.hands, clock=self.clock, point=point)  # type: ignore[arg-type]

    def connect(self, role: str = "projector") -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(self.database.dsn(role))

    def event(self, data: m.Message, *, pen: Pen | None = None) -> Handed:
        """One event as it lies in events.cabinet: signed by the connector, then by the gateway."""
        return self._handed(pen or self.house.pen(SYSTEM), _type_of(data), data)

    def bundle(self, *events: m.Message, system: str = "main") -> Handed:
        members = tuple(m.BundledEvent.of(_type_of(data), new_id(), data) for data in events)
        return self._handed(self.house.pen(SYSTEM), "okno.events.bundle.v1", m.EventsBundle(system, members))

    def watermark(self, before: datetime, *, epoch: int = 1) -> Handed:
        return self.event(m.Watermark("main", epoch, before))

    def answer(self, request: Received, data: m.Message | Problem) -> bytes:
        """The connector's signed answer, countersigned on its way."""
        pen = self.house.pen(SYSTEM)
        if isinstance(data, Problem):
            envelope = pen.problem(request, data, at=self.now)
        else:
            envelope = pen.reply(request, data, at=self.now)
        return self.house.countersigned(envelope)

    def take(self, projector: Projector, *deliveries: Handed, replies: bool = False) -> None:
        """One turn with these deliveries, on a connection of its own, as after a restart."""
        with self.connect() as connection:
            projector.turn(connection, News(list(projector.opener.open(deliveries, threading.Event())), replies))

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        """As the superuser: what stands in the database, whoever may see it."""
        with psycopg.connect(self.database.superuser_dsn(), row_factory=dict_row) as connection:
            return connection.execute(sql.encode(), parameters).fetchall()

    def execute(self, sql: str, *parameters: object) -> None:
        with psycopg.connect(self.database.superuser_dsn()) as connection:
            connection.execute(sql.encode(), parameters)

    def account(self, account: str) -> Mapping[str, Any]:
        (row,) = self.rows("SELECT * FROM accounts_account WHERE id = %s", account)
        return row

    def operations(self, account: str) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM accounts_operation WHERE account_id = %s ORDER BY position", account)

    def outbox(self) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM kit_outbox ORDER BY seq")

    def _handed(self, pen: Pen, type_: str, data: m.Message) -> Handed:
        envelope = pen.message(type_, data, at=self.now, audience=CABINET)
        return Handed(jws.countersign(pen.write(envelope), self.house.gateway))


def _type_of(data: m.Message) -> str:
    return {
        m.OperationPosted: "okno.operation.posted.v1",
        m.AccountChanged: "okno.account.changed.v1",
        m.Watermark: "okno.link.watermark.v1",
        m.GrantRevoked: "okno.customer.grant.revoked.v1",
        m.BillIssued: "okno.bill.issued.v1",
    }[type(data)]


def _rubles(kopecks: int) -> str:
    sign = "-" if kopecks < 0 else ""
    return f"{sign}{abs(kopecks) // 100}.{abs(kopecks) % 100:02d}"
