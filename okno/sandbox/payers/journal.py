"""What a twin did: one JSON line per change, written before the answer leaves. The oracle of fault tests."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from okno.sandbox.payers.records import Entry, Kind, Notice, Payment, Refund, Sent


def read(path: Path) -> list[Entry]:
    """Every whole line; also while the twin is writing."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    return [msgspec.json.decode(line, type=Entry) for line in content[:whole].splitlines()]


class Journal:
    """Append-only. It outlives a killed process, not a lost machine: a line is written, but not forced to the disk.

    A line cut by a crash was never answered for: it is dropped at the next start.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._descriptor, whole)
        self.past = read(path)
        self._seq = len(self.past)

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
        entry = Entry(
            seq=self._seq + 1,
            at=datetime.now(UTC),
            kind=kind,
            payment=payment,
            refund=refund,
            notice=notice,
            sent=sent,
        )
        os.write(self._descriptor, msgspec.json.encode(entry) + b"\n")
        self._seq += 1

    def close(self) -> None:
        os.close(self._descriptor)
