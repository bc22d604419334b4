"""Everybody's phone: codes as they come to the SMS centre's twin, read from its journal."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

import msgspec

from okno.sandbox.smsc.journal import Message

CODE = re.compile(r"#(\d+)\s*$")


class Phones:
    """`look` is called again and again by one thread; `latest` and `wait` are for many."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._read = journal.stat().st_size if journal.exists() else 0
        self._codes: dict[str, tuple[int, str]] = {}
        self._news = threading.Condition()

    def look(self) -> None:
        """Of whole lines alone: the centre is writing."""
        if not self._journal.exists():
            return
        with self._journal.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = content.rfind(b"\n") + 1
        self._read += whole
        messages = [msgspec.json.decode(line, type=Message) for line in content[:whole].splitlines()]
        with self._news:
            for message in messages:
                found = CODE.search(message.text)
                if found is not None:
                    self._codes[message.to] = message.seq, found[1]
            self._news.notify_all()

    def latest(self, phone: str) -> int:
        """Number of the last message with a code; 0 before there was one."""
        with self._news:
            return self._codes.get(phone, (0, ""))[0]

    def wait(self, phone: str, *, after: int, patience_s: float) -> tuple[int, str] | None:
        """(number, code) of the newest message past `after`; None when none came in time."""
        until = time.monotonic() + patience_s
        with self._news:
            while self._codes.get(phone, (0, ""))[0] <= after:
                left = until - time.monotonic()
                if left <= 0:
                    return None
                self._news.wait(left)
            return self._codes[phone]
