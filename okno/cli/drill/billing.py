"""The accountant at work while everything falls: invoices and credit notes in Tryton, each of them once.

He writes a key of his own on each (`reference`). After a failure he looks what stands there and goes on from it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from okno.cli.drill.plan import Move
from okno.cli.tryton.company import Company
from okno.cli.tryton.seed import invoice_values
from okno.connectors.runtime.port import SystemAway
from okno.connectors.tryton.companies import decimal_of
from okno.connectors.tryton.references import Place
from okno.connectors.tryton.rpc import Rpc

BATCH = 8
AGAIN_S = 0.3
AWAY_S_MAX = 180
TEXT = "Учебная проверка"


class DrillError(Exception):
    """The drill cannot go on; the text says what does not come back."""


@dataclass(frozen=True)
class Invoice:
    key: str
    move: Move[Place]


class Accountant:
    """Each call of `work` has a thread of its own; `posted` is told of each batch."""

    def __init__(
        self, reach: Callable[[], Rpc], companies: Mapping[int, Company], posted: Callable[[int], None]
    ) -> None:
        self._reach = reach
        self._companies = companies
        self._posted = posted
        self._addresses: dict[int, int] = {}
        self._guard = threading.Lock()

    def work(self, invoices: Sequence[Invoice], given_up: threading.Event) -> None:
        """Post all of them. Raises DrillError when Tryton stays away."""
        rpc = self._reach()
        ordered = sorted(invoices, key=_company)
        for _, of_company in groupby(ordered, key=_company):
            waiting = list(of_company)
            while waiting and not given_up.is_set():
                batch, waiting = waiting[:BATCH], waiting[BATCH:]
                self._insist(rpc, batch, given_up)
                self._posted(len(batch))
        rpc.close()

    def _insist(self, rpc: Rpc, batch: Sequence[Invoice], given_up: threading.Event) -> None:
        until = time.monotonic() + AWAY_S_MAX
        while not given_up.is_set():
            try:
                self._post(rpc, batch)
            except SystemAway as error:
                if time.monotonic() > until:
                    raise DrillError(f"after {AWAY_S_MAX} s the accountant cannot work: {error}") from error
                given_up.wait(AGAIN_S)
            else:
                return

    def _post(self, rpc: Rpc, batch: Sequence[Invoice]) -> None:
        """From where an earlier attempt has left it."""
        company = batch[0].move.account.company
        keys = [invoice.key for invoice in batch]
        standing = rpc.search_read("account.invoice", [("reference", "in", keys)], ["reference", "state"])
        there = {row["reference"] for row in standing}
        drafts = [row["id"] for row in standing if row["state"] != "posted"]
        missing = [self._values(rpc, invoice) for invoice in batch if invoice.key not in there]
        if missing:
            drafts += rpc.model("account.invoice", "create", missing, company=company)
        if drafts:
            rpc.model("account.invoice", "post", drafts, company=company)

    def _values(self, rpc: Rpc, invoice: Invoice) -> dict[str, Any]:
        place = invoice.move.account
        company = self._companies[place.company]
        amount = decimal_of(invoice.move.minor, place.currency)
        today = datetime.now(UTC).date()
        address = self._address(rpc, place.party)
        values = invoice_values(company, place.party, address, amount, today, TEXT, company.term)
        return {**values, "reference": invoice.key}

    def _address(self, rpc: Rpc, party: int) -> int:
        with self._guard:
            known = self._addresses.get(party)
        if known is None:
            (row,) = rpc.search_read("party.address", [("party", "=", party)], ["id"], limit=1)
            known = int(row["id"])
            with self._guard:
                self._addresses[party] = known
        return known


def _company(invoice: Invoice) -> int:
    return invoice.move.account.company
