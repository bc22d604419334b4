"""A gate on the bench: active for a while, with the hands of the parties around it. Nothing runs."""

from datetime import timedelta

import msgspec
from factories.wire import (
    ACCOUNT,
    CABINET,
    NOW,
    SYSTEM,
    House,
    fixed_id,
    rub,
)

from okno.gateway import main
from okno.gateway.core.gate import Gate
from okno.gateway.core.limits import Limits, limits_from_toml
from okno.gateway.core.moment import Moment
from okno.gateway.core.verdicts import Dispatched, Ended, Refused
from okno.protocol import messages as m
from okno.protocol.envelope import Envelope
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.parties import EVERYBODY

SNAPSHOT = "okno.account.snapshot.get.v1"
CAPTURED = "okno.payment.captured.v1"
DEFAULT = limits_from_toml(main.LIMITS.read_bytes())
SERVICE = ("service", None)


class Bench:
    """A gate that has been active for a while, and the hands of the parties around it."""

    def __init__(self, limits: Limits = DEFAULT, *, heard: bool = True) -> None:
        self.house = House()
        self.moment = Moment(NOW, 1000.0)
        ring = self.house.ring()
        self.gate = Gate(name="gw1", keyring=ring, key=self.house.gateway, limits=limits, systems=("main", "second"))
        self.gate.activate(Moment(NOW - timedelta(seconds=30), 970.0))
        self.cabinet = self.house.pen(CABINET)
        self.connector = self.house.pen(SYSTEM)
        if heard:
            self.hear()

    def hear(self, breaker: m.Breaker = "closed") -> None:
        data = m.Heartbeat("connector", self.moment.at, breakers={"main": breaker})
        envelope = self.connector.message("okno.link.heartbeat.v1", data, at=self.moment.at, audience=EVERYBODY)
        assert self.gate.heartbeat(self.connector.write(envelope), self.moment) is None

    def later(self, seconds: float) -> None:
        step = timedelta(seconds=seconds)
        self.moment = Moment(self.moment.at + step, self.moment.tick + seconds)

    def query(self, account: str = ACCOUNT, **more: object) -> Envelope:
        data = m.SnapshotGet(account)
        found = self.cabinet.message(SNAPSHOT, data, at=self.moment.at, audience=SYSTEM, auth=SERVICE)
        return msgspec.structs.replace(found, **more)

    def command(self, account: str = ACCOUNT, **more: object) -> Envelope:
        data = m.PaymentCaptured(fixed_id(0xC1), account, rub("10.00"), "card", self.moment.at)
        found = self.cabinet.message(
            CAPTURED,
            data,
            at=self.moment.at,
            audience=SYSTEM,
            auth=SERVICE,
            idempotencykey="k",
            recorded=self.moment.at,
        )
        return msgspec.structs.replace(found, **more)

    def post(self, envelope: Envelope) -> Refused | Ended | Dispatched:
        return self.gate.post(self.cabinet.write(envelope), self.moment)

    def dispatched(self, envelope: Envelope) -> Dispatched:
        verdict = self.post(envelope)
        assert isinstance(verdict, Dispatched), verdict
        return verdict

    def refused(self, envelope: Envelope) -> Refused:
        verdict = self.post(envelope)
        assert isinstance(verdict, Refused)
        assert verdict.entry.verdict == "refused"
        return verdict

    def answer(self, request: Dispatched, *, problem: ErrorCode | None = None) -> bytes:
        glass = self.house.glass(SYSTEM)
        received = glass.read(request.send.body, at=self.moment.at, online=True)
        if problem is not None:
            return self.connector.write(self.connector.problem(received, Problem.of(problem), at=self.moment.at))
        assert isinstance(received.data, m.SnapshotGet)
        data = m.AccountSnapshot(
            account=received.data.account,
            system="main",
            version=(1, 7),
            as_of=self.moment.at,
            currency="RUB",
            number_tail="4567",
            status="active",
            balance=rub("1.00"),
            operations=(),
            more=False,
        )
        return self.connector.write(self.connector.reply(received, data, at=self.moment.at))

    @property
    def under_way(self) -> int:
        return self.gate.intake.ceilings.under_way("main")


def limited(operation: str = SNAPSHOT, *, dry_run: bool = False, **changes: object) -> Limits:
    """The default limits with another line for one operation."""
    limit = msgspec.structs.replace(DEFAULT.operations[operation], **changes)
    return msgspec.structs.replace(DEFAULT, dry_run=dry_run, operations={**DEFAULT.operations, operation: limit})
