"""What happens: operations of random accounts in the order of their versions, some told twice; rows and bundles."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from model import AMOUNT, BEGINNING, EPOCH, PER_ACCOUNT, SYSTEM, account

from okno.cli.trust import trust_make
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.ids import new_id
from okno.protocol.keys import SigningKey
from okno.protocol.messages import BUNDLE_MAX, Message
from okno.protocol.money import Money
from okno.protocol.pen import Pen

SEED = 7
REPEATED_SHARE = 0.05
REPEATED_WITHIN = 100
CABINET = "urn:okno:cabinet:1"
CURRENCY = "RUB"
CHARGES_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Posted:
    """One operation in minor units: a row of accounts_operation."""

    account: str
    position: int
    version: int
    key: str
    kind: str
    channel: str | None
    amount: int
    balance: int
    posted_at: datetime
    text: str


@dataclass(frozen=True)
class Told:
    """`rows` once each; `stream` as it is told: in order, about one in twenty a second time."""

    rows: list[Posted]
    stream: list[Posted]


def told(accounts: int, count: int) -> Told:
    """`count` operations over all accounts alike, after the `PER_ACCOUNT` that each has."""
    chance = random.Random(SEED)
    latest: dict[int, tuple[int, int]] = {}
    rows: list[Posted] = []
    stream: list[Posted] = []
    for number in range(count):
        whose = chance.randrange(accounts)
        position, balance = latest.get(whose, (PER_ACCOUNT, PER_ACCOUNT * AMOUNT))
        charge = chance.random() < CHARGES_SHARE
        amount = chance.randint(1, 500_000) * (1 if charge else -1)
        latest[whose] = position + 1, balance + amount
        row = Posted(
            account(whose),
            position + 1,
            position + 2,
            f"J-{number}",
            "charge" if charge else "payment",
            None if charge else "card",
            amount,
            balance + amount,
            BEGINNING + timedelta(seconds=number),
            f"Услуги связи за ноябрь, договор {whose}",
        )
        rows.append(row)
        stream.append(row)
        if chance.random() < REPEATED_SHARE:
            stream.append(chance.choice(rows[-REPEATED_WITHIN:]))
    return Told(rows, stream)


def copy_text(rows: Sequence[Posted]) -> bytes:
    """The rows as COPY reads them, in the order of the members, the epoch before the version."""
    return "".join(
        f"{row.account}\t{row.position}\t{EPOCH}\t{row.version}\t{row.key}\t{row.kind}\t{row.channel or chr(92) + 'N'}"
        f"\t{row.amount}\t{row.balance}\t{row.posted_at.isoformat()}\t{row.text}\n"
        for row in rows
    ).encode()


class Connector:
    """Signs bundles as the connector does and countersigns them as the gateway does."""

    def __init__(self, keys: Path) -> None:
        self.keys = keys
        trust_make(keys, at=datetime.now(UTC))
        key = self._key("connector.main")
        self._pen = Pen(party=key.party, source=f"urn:okno:system:{SYSTEM}", key=key)
        self._gateway = self._key("gateway.gw1")

    def messages(self, stream: Sequence[Posted]) -> Iterator[tuple[str, bytes]]:
        """(message id, bytes) of full bundles, as an outbox that is behind sends them."""
        for low in range(0, len(stream), BUNDLE_MAX):
            events = tuple(_event(row) for row in stream[low : low + BUNDLE_MAX])
            yield self._message("okno.events.bundle.v1", m.EventsBundle(SYSTEM, events))

    def watermark(self, at: datetime) -> tuple[str, bytes]:
        """Everything before `at` has been sent: its notification tells when all is applied."""
        return self._message("okno.link.watermark.v1", m.Watermark(SYSTEM, EPOCH, at))

    def _message(self, type_: str, data: Message) -> tuple[str, bytes]:
        envelope = self._pen.message(type_, data, at=datetime.now(UTC), audience=CABINET)
        return envelope.id, jws.countersign(self._pen.write(envelope), self._gateway)

    def _key(self, party: str) -> SigningKey:
        return SigningKey.load((self.keys / f"{party}.sign").read_bytes())


def _event(row: Posted) -> m.BundledEvent:
    operation = m.AccountOperation(
        key=row.key,
        kind=row.kind,  # type: ignore[arg-type]  # one of two that the schema knows
        amount=m.Amount.of(Money(row.amount, CURRENCY)),
        balance=m.Amount.of(Money(row.balance, CURRENCY)),
        posted_at=row.posted_at,
        text=row.text,
        channel=row.channel,
    )
    posted = m.OperationPosted(row.account, SYSTEM, (EPOCH, row.version), row.posted_at, operation)
    return m.BundledEvent.of("okno.operation.posted.v1", new_id(), posted)
