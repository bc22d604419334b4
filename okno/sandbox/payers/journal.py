"""What a twin did: one JSON line per change, on the disk before the answer leaves. The oracle of fault tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from okno.sandbox.payers.records import Entry, Kind, Notice, Payment, Refund, Sent


def read(path: Path) -> list[Entry]:
    """Every whole change; also while the twin is writing."""
    return _read(path)[0]


def _read(path: Path) -> tuple[list[Entry], int]:
    """Whole changes, and where the last of them ends: a line that names others after it is nothing without them."""
    entries: list[Entry] = []
    whole, bytes_whole, place = 0, 0, 0
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        place += len(line)
        entries.append(msgspec.json.decode(line, type=Entry))
        if not entries[-1].more:
            whole, bytes_whole = len(entries), place
    return entries[:whole], bytes_whole


class Journal:
    """Append-only, as a payment system's database: it outlives a killed process and a lost machine.

    The kernel forces each write to the disk (O_DSYNC) before it returns. A change cut by a crash was never answered
    for: it is dropped at the next start.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_DSYNC, 0o600)
        self.past, whole = _read(path)
        if whole < path.stat().st_size:
            os.ftruncate(self._descriptor, whole)
        self._seq = len(self.past)
        self._open: list[Entry] | None = None

    @contextmanager
    def one_change(self) -> Iterator[None]:
        """What is written inside is one change: all of it is there afterwards, or nothing. Raises OSError."""
        self._open = []
        try:
            yield
        finally:
            entries, self._open = self._open, None
            self._force(entries)

    def write(
        self,
        kind: Kind,
        *,
        payment: Payment | None = None,
        refund: Refund | None = None,
        notice: Notice | None = None,
        sent: Sent | None = None,
    ) -> None:
        """Raises OSError, and then nothing has happened."""
        self._seq += 1
        entry = Entry(
            seq=self._seq,
            at=datetime.now(UTC),
            kind=kind,
            payment=payment,
            refund=refund,
            notice=notice,
            sent=sent,
        )
        if self._open is None:
            self._force([entry])
        else:
            self._open.append(entry)

    def close(self) -> None:
        os.close(self._descriptor)

    def _force(self, entries: list[Entry]) -> None:
        chained = [msgspec.structs.replace(entry, more=True) for entry in entries[:-1]]
        os.write(self._descriptor, b"".join(msgspec.json.encode(one) + b"\n" for one in [*chained, *entries[-1:]]))
