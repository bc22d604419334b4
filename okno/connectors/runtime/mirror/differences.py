"""What is new in a ledger against what was told of it. Pure: rows in, entries to tell out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

import msgspec

from okno.connectors.runtime.mirror.fitting import fix_key, told_key
from okno.connectors.runtime.port import Due, Entry, Ledger


class Told(msgspec.Struct, frozen=True):
    """What was told of one entry of the system: under which key first, and what all of its rows sum up to."""

    key: str
    total: int
    rows: int
    channel: str | None
    text: str
    document: str


class Kept(msgspec.Struct, frozen=True):
    """An account as the mirror has it; `told` by the system's own keys, in the order of telling."""

    id: str
    number: str
    currency: str
    status: str
    due: Due | None
    balance: int
    told: Mapping[str, Told]

    def differs(self, ledger: Ledger) -> bool:
        """Whether the account itself has changed."""
        return (self.number, self.status, self.due) != (ledger.number, ledger.status, ledger.due)


class Fresh(msgspec.Struct, frozen=True):
    """An entry to tell: one of the system's, or one that puts right what was told of `source`."""

    key: str
    source: str
    kind: str
    channel: str | None
    amount: int
    posted_at: datetime
    day: date
    text: str
    document: str
    reverses: str | None


def differences(told: Mapping[str, Told], entries: Sequence[Entry], *, at: datetime, day: date) -> list[Fresh]:
    """What makes the told sums equal to the ledger's: first what has to be put right, then what is new.

    A told entry is never rewritten. Whether it vanished, changed or came back, one correction takes the difference.
    """
    held = {entry.key: entry.amount for entry in entries}
    return [*_fixes(told, held, at=at, day=day), *(_fresh(entry) for entry in entries if entry.key not in told)]


def _fixes(told: Mapping[str, Told], held: Mapping[str, int], *, at: datetime, day: date) -> Iterator[Fresh]:
    for source, item in told.items():
        difference = held.get(source, 0) - item.total
        if difference:
            yield Fresh(
                key=fix_key(item.key, item.rows),
                source=source,
                kind="correction",
                channel=item.channel,
                amount=difference,
                posted_at=at,
                day=day,
                text=item.text,
                document=item.document,
                reverses=item.key,
            )


def _fresh(entry: Entry) -> Fresh:
    return Fresh(
        key=told_key(entry.key),
        source=entry.key,
        kind=entry.kind,
        channel=entry.channel,
        amount=entry.amount,
        posted_at=entry.posted_at,
        day=entry.day,
        text=entry.text,
        document=entry.document,
        reverses=entry.reverses,
    )
