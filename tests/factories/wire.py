"""Invented parties of OKNO/1 with fixed keys, times and ids: everything made from them is the same on every machine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from okno.protocol import grants, jws
from okno.protocol import messages as m
from okno.protocol.envelope import Envelope
from okno.protocol.keys import (
    KeyEntry,
    KeyList,
    Keyring,
    OpeningKey,
    SigningKey,
    entry,
    keyring_from_signed_list,
    sign_key_list,
)
from okno.protocol.pen import Glass, Pen

NOW = datetime(2026, 11, 22, 16, 54, 0, 123000, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
ACCOUNT = "019a0000-0000-7000-8000-0000000000a1"
OTHER_ACCOUNT = "019a0000-0000-7000-8000-0000000000a2"
USER = "019a0000-0000-7000-8000-0000000000b1"
PAYMENT = "019a0000-0000-7000-8000-0000000000c1"
CABINET = "urn:okno:cabinet:1"
GATEWAY = "urn:okno:gateway:gw1"
SYSTEM = "urn:okno:system:main"


def seed(name: str) -> bytes:
    """32 bytes that everybody can make again."""
    return hashlib.sha256(f"okno test vector: {name}".encode()).digest()


def fixed_id(number: int) -> str:
    """A UUIDv7 with a number instead of chance."""
    return f"019a0000-0000-7000-8000-{number:012x}"


def signing(party: str, kid: str) -> SigningKey:
    return SigningKey(kid, party, seed(kid))


def opening(party: str, kid: str) -> OpeningKey:
    return OpeningKey(kid, party, seed(kid))


@dataclass
class House:
    """One installation: the keys of all parties, their list, pens and glasses."""

    root: SigningKey = field(default_factory=lambda: signing("root", "root"))
    cabinet: SigningKey = field(default_factory=lambda: signing("cabinet", "cabinet-2026a"))
    gateway: SigningKey = field(default_factory=lambda: signing("gateway", "gateway-2026a"))
    connector: SigningKey = field(default_factory=lambda: signing("connector.main", "connector-2026a"))
    neighbour: SigningKey = field(default_factory=lambda: signing("connector.second", "neighbour-2026a"))
    sender_open: OpeningKey = field(default_factory=lambda: opening("sender", "sender-open-2026a"))
    cabinet_open: OpeningKey = field(default_factory=lambda: opening("cabinet", "cabinet-open-2026a"))
    connector_open: OpeningKey = field(default_factory=lambda: opening("connector", "connector-open-2026a"))

    def entries(self) -> tuple[KeyEntry, ...]:
        keys = (
            self.cabinet,
            self.gateway,
            self.connector,
            self.neighbour,
            self.sender_open,
            self.cabinet_open,
            self.connector_open,
        )
        return tuple(entry(key, not_before=START, not_after=END) for key in keys)

    def list(self, *more: KeyEntry, number: int = 1) -> KeyList:
        return KeyList(number=number, issued=START, keys=(*self.entries(), *more))

    def ring(self, *more: KeyEntry) -> Keyring:
        return keyring_from_signed_list(sign_key_list(self.list(*more), self.root), self.root.public, NOW)

    def key_of(self, source: str) -> SigningKey:
        return {CABINET: self.cabinet, GATEWAY: self.gateway, SYSTEM: self.connector}[source]

    def pen(self, source: str) -> Pen:
        key = self.key_of(source)
        return Pen(party=key.party, source=source, key=key)

    def glass(self, receiver: str) -> Glass:
        return Glass(self.ring(), receiver=receiver)

    def grant(self, *, rights: tuple[grants.Right, ...] = ("view", "pay"), **changes: object) -> str:
        grant = grants.Grant(fixed_id(0xD1), USER, f"acct:{ACCOUNT}", rights, NOW + timedelta(days=29))
        return grants.issue(msgspec.structs.replace(grant, **changes), self.connector)

    def countersigned(self, envelope: Envelope) -> bytes:
        """The envelope as its receiver gets it: by its sender, then by the gateway."""
        return jws.countersign(self.pen(envelope.source).write(envelope), self.gateway)


def rub(text: str) -> m.Amount:
    return m.Amount(text, "RUB")


def posted(account: str = ACCOUNT, n: int = 7) -> m.OperationPosted:
    operation = m.AccountOperation(
        key=f"J-{n}", kind="charge", amount=rub("1234.50"), balance=rub("1134.50"), posted_at=NOW, text="Электроэнергия"
    )
    return m.OperationPosted(account, "main", (1, n), NOW, operation)


def fixed(envelope: Envelope, number: int) -> Envelope:
    """The envelope with an id that does not change from run to run."""
    return msgspec.structs.replace(envelope, id=fixed_id(number))


def event(house: House) -> Envelope:
    return fixed(house.pen(SYSTEM).message("okno.operation.posted.v1", posted(), at=NOW, audience=CABINET), 1)


def bundle(house: House, *events: m.BundledEvent) -> Envelope:
    members = events or tuple(
        m.BundledEvent.of("okno.operation.posted.v1", fixed_id(0x100 + n), posted(n=n)) for n in (1, 2, 3)
    )
    data = m.EventsBundle("main", members)
    return fixed(house.pen(SYSTEM).message("okno.events.bundle.v1", data, at=NOW, audience=CABINET), 2)


def command(house: House) -> Envelope:
    data = m.PaymentCaptured(PAYMENT, ACCOUNT, rub("100.00"), "card", NOW)
    return fixed(
        house.pen(CABINET).message(
            "okno.payment.captured.v1",
            data,
            at=NOW,
            audience=SYSTEM,
            idempotencykey=PAYMENT,
            recorded=NOW - timedelta(minutes=5),
            auth=("service", None),
        ),
        3,
    )


def query(house: House) -> Envelope:
    data = m.OperationsList(ACCOUNT)
    return fixed(
        house.pen(CABINET).message(
            "okno.account.operations.list.v1",
            data,
            at=NOW,
            audience=SYSTEM,
            auth=("app_user", USER),
            grant=house.grant(),
            labels={"network": "c2FtcGxl", "country": "RU"},
        ),
        4,
    )
