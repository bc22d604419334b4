"""What stands in Tryton, in the read model and on the way, counted beside the product's own code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from okno.cli.drill.billing import Invoice
from okno.connectors.tryton.companies import minor_of
from okno.connectors.tryton.lines import is_ours, key_of, origin_payment
from okno.connectors.tryton.references import Place
from okno.connectors.tryton.rpc import Rpc

PAGE_ROWS = 2000
_FIELDS = ("company", "party", "debit", "credit", "second_currency.code", "amount_second_currency", "move.origin")
_OURS = [("account.type.receivable", "=", True), ("move.state", "=", "posted"), ("party", "!=", None)]
OPEN = "SELECT count(*) FROM kit_outbox WHERE kind = 'command' AND state IN ('queued', 'accepted')"
SEEN = """
SELECT o.account_id::text, o.key, o.amount FROM accounts_operation o
  JOIN accounts_account a ON a.id = o.account_id WHERE a.system_id = 'main'
"""
BALANCES = "SELECT id::text, balance FROM accounts_account WHERE system_id = 'main'"
DONE = "SELECT count(*) FROM kit_outbox WHERE idempotency_key = ANY(%s) AND state = 'done'"
NAMED = "SELECT reference, id::text FROM mirror.account"
BAD = "SELECT count(*) FROM store.bad"

Lines = dict[str, dict[str, int]]
"""By account of the cabinet, the amount in minor units of each operation by its key."""


@dataclass(frozen=True)
class Books:
    """The drill's places to look: Tryton as its administrator, the connector's store, the cabinet as its projector."""

    rpc: Rpc
    currencies: Mapping[int, str]
    """Of the companies."""
    store: str
    cabinet: str

    def accounts(self) -> dict[str, str]:
        """The cabinet's id of each account by the connector's reference of it."""
        with psycopg.connect(self.store) as store:
            return dict(store.execute(NAMED).fetchall())

    def told(self) -> Lines:
        """Posted lines of receivables as Tryton has them."""
        named, found = self.accounts(), _Lines()
        payments = self._pages("account.payment", [], ("reference",))
        ours = {row["id"] for row in payments if is_ours(row["reference"])}
        for row in self._pages("account.move.line", _OURS, _FIELDS):
            second = row["second_currency."]
            currency = second["code"] if second else self.currencies[row["company"]]
            amount = row["amount_second_currency"] if second else row["debit"] - row["credit"]
            if amount:
                reference = Place(row["company"], row["party"], currency).reference
                key = key_of(row["id"], ours=origin_payment(row) in ours)
                found.add(named.get(reference, reference), key, minor_of(amount, currency))
        return found.lines

    def invoices_posted(self, invoices: Iterable[Invoice]) -> Counter[str]:
        """How often each key of the accountant stands posted."""
        keys = {invoice.key for invoice in invoices}
        domain = [("reference", "in", sorted(keys)), ("state", "in", ["posted", "paid"])]
        return Counter(row["reference"] for row in self._pages("account.invoice", domain, ("reference",)))

    def payments_posted(self, payments: Sequence[str]) -> Counter[str]:
        """How often each captured payment has come to its end, with its clearing posted."""
        domain = [
            ("reference", "in", list(payments)),
            ("state", "=", "succeeded"),
            ("clearing_move.state", "=", "posted"),
        ]
        return Counter(row["reference"] for row in self._pages("account.payment", domain, ("reference",)))

    def _pages(self, model: str, domain: Sequence[Any], fields: Sequence[str]) -> Iterator[dict[str, Any]]:
        offset = 0
        while page := self.rpc.search_read(
            model, domain, fields, offset=offset, limit=PAGE_ROWS, order=[("id", "ASC")]
        ):
            yield from page
            offset += len(page)

    def seen(self) -> tuple[Lines, int]:
        """Operations of the read model, and how many of them stand there twice."""
        with psycopg.connect(self.cabinet) as cabinet:
            rows = cabinet.execute(SEEN).fetchall()
        lines = _Lines()
        for account, key, amount in rows:
            lines.add(account, key, amount)
        return lines.lines, len(rows) - sum(len(keys) for keys in lines.lines.values())

    def balances(self) -> dict[str, int]:
        with psycopg.connect(self.cabinet) as cabinet:
            return dict(cabinet.execute(BALANCES).fetchall())

    def waiting(self) -> int:
        """Commands whose answer is not there."""
        return self._count(self.cabinet, OPEN)

    def done(self, payments: Sequence[str]) -> int:
        return self._count(self.cabinet, DONE, [list(payments)])

    def untaken(self) -> int:
        """Messages that the connector could not take and has kept."""
        return self._count(self.store, BAD)

    @staticmethod
    def _count(dsn: str, query: str, values: Sequence[object] = ()) -> int:
        with psycopg.connect(dsn) as connection:
            row = connection.execute(query.encode(), values).fetchone()
        assert row is not None  # a count is always there
        return int(row[0])


class _Lines:
    def __init__(self) -> None:
        self.lines: Lines = {}

    def add(self, account: str, key: str, amount: int) -> None:
        self.lines.setdefault(account, {})[key] = amount
