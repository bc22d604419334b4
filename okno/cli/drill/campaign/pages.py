"""Payers who wait for the page that they are sent to: one look at the cabinet for all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from okno.cli.drill.campaign.registers import Places

LOOK_S = 0.25
PATIENCE_S = 120
OPEN = frozenset({"created", "started", "pending"})


class Pages:
    """`wait` is for many threads; `look` is called again and again by one. `given_up`: who has waited in vain."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._waiting: set[str] = set()
        self._found: dict[str, Mapping[str, object] | None] = {}
        self._news = threading.Condition()
        self.given_up: list[str] = []

    def look(self) -> None:
        with self._news:
            waiting = set(self._waiting)
        if not waiting:
            return
        seen = self._places.pages(waiting)
        with self._news:
            for payment, (state, go) in seen.items():
                if go is not None or state not in OPEN:
                    self._found[payment] = go if state in OPEN else None
                    self._waiting.discard(payment)
            self._news.notify_all()

    def wait(self, payment: str, patience_s: float = PATIENCE_S) -> Mapping[str, object] | None:
        """Where the payer is sent; None when the attempt ended before, or his patience did."""
        until = time.monotonic() + patience_s
        with self._news:
            self._waiting.add(payment)
            while payment not in self._found:
                if not self._news.wait(until - time.monotonic()) and time.monotonic() >= until:
                    self._waiting.discard(payment)
                    self.given_up.append(payment)
                    return None
            return self._found.pop(payment)
