"""A foreign system of accounting in memory: numbers nothing, tells ledgers whole, can be slow, away, or wrong."""

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from okno.connectors.runtime.port import (
    Changes,
    Due,
    Entry,
    Ledger,
    MoneyBack,
    Payment,
    Posted,
    Refusal,
    RefusalCode,
    SystemAway,
)
from okno.connectors.runtime.system import System

BEGAN = datetime(2026, 1, 10, 9, tzinfo=UTC)


class ForeignBooks:
    """Fulfils Ledgers and DistantPostings. Its accounts are called `C1`, `C2`, …; its journal is a list of touches.

    `slow_s` delays each call, `away` refuses them, `refusals` names accounts that it will not read.
    """

    def __init__(self) -> None:
        self.accounts: dict[str, Ledger] = {}
        self.journal: list[str] = []
        self.calls: list[str] = []
        self.inside = self.inside_most = 0
        self.slow_s = 0.0
        self.away = False
        self.broken: Exception | None = None
        self.refusals: dict[str, Refusal] = {}
        self.forgotten_before = 0
        self.postings: dict[str, Posted] = {}
        self._lock = threading.RLock()

    # What its own people do.

    def open(self, account: str, *entries: Entry, **members: object) -> str:
        with self._lock:
            number = f"{len(self.accounts) + 1:08d}"
            blank = Ledger(account, number, "RUB", "active", 0, None, ())
            self._write(msgspec.structs.replace(blank, **members), list(entries))
        return account

    def post(self, account: str, amount: int, kind: str = "", key: str = "", **members: object) -> str:
        """An entry at the end of the ledger (`at` puts it elsewhere); returns its key."""
        with self._lock:
            at = members.pop("at", None)
            entries = list(self.accounts[account].entries)
            made = entry(key or f"E{len(self.journal)}", amount, kind, **members)
            entries.insert(len(entries) if at is None else int(at), made)
            self._write(self.accounts[account], entries)
        return made.key

    def remove(self, account: str, key: str) -> None:
        with self._lock:
            held = self.accounts[account]
            self._write(held, [item for item in held.entries if item.key != key])

    def alter(self, account: str, key: str, **members: object) -> None:
        with self._lock:
            held = self.accounts[account]
            changed = [msgspec.structs.replace(item, **members) if item.key == key else item for item in held.entries]
            self._write(held, changed)

    def change(self, account: str, **members: object) -> None:
        """Change the account itself; `balance` contradicts its entries."""
        with self._lock:
            self.accounts[account] = msgspec.structs.replace(self.accounts[account], **members)
            self.journal.append(account)

    def drop(self, account: str) -> None:
        with self._lock:
            del self.accounts[account]
            self.journal.append(account)

    def _write(self, ledger: Ledger, entries: list[Entry]) -> None:
        balance = sum(item.amount for item in entries)
        self.accounts[ledger.account] = msgspec.structs.replace(ledger, balance=balance, entries=tuple(entries))
        self.journal.append(ledger.account)

    # What the connector asks.

    def changes(self, cursor: str | None) -> Changes:
        self._called("changes")
        with self._lock:
            first = int(cursor) if cursor is not None else len(self.journal)
            if first < self.forgotten_before:
                raise Refusal(RefusalCode.VALUE_INVALID, "the journal does not reach back so far")
            touched = self.journal[first : first + 50]
            reached = first + len(touched)
            return Changes(touched, str(reached), datetime.now(UTC), more=reached < len(self.journal))

    def first(self, *, after: str | None, limit: int) -> Sequence[str]:
        self._called("first")
        with self._lock:
            return sorted(name for name in self.accounts if after is None or name > after)[:limit]

    def ledgers(self, accounts: Sequence[str]) -> Sequence[Ledger]:
        self._called("ledgers")
        with self._lock:
            for name in accounts:
                if name in self.refusals:
                    raise self.refusals[name]
            return [self.accounts[name] for name in accounts if name in self.accounts]

    def find(self, key: str) -> Posted | None:
        self._called("find")
        return self.postings.get(key)

    def post_payment(self, payment: Payment) -> Posted:
        return self._posted(payment.payment, payment.account, -payment.amount, "payment", channel=payment.method)

    def post_refund(self, refund: MoneyBack) -> Posted:
        return self._posted(refund.key, refund.account, refund.amount, "refund", reverses=f"P {refund.payment}")

    def post_reversal(self, reversal: MoneyBack) -> Posted:
        origin = f"P {reversal.payment}"
        return self._posted(reversal.key, reversal.account, reversal.amount, "correction", reverses=origin)

    def _posted(self, key: str, account: str, amount: int, kind: str, **members: object) -> Posted:
        self._called("post")
        with self._lock:
            assert key not in self.postings, "posted twice"
            if account not in self.accounts:
                raise Refusal(RefusalCode.ACCOUNT_UNKNOWN, account)
            made = self.post(account, amount, kind, f"P {key}", **members)
            self.postings[key] = Posted(made, datetime.now(UTC))
            return self.postings[key]

    def _called(self, what: str) -> None:
        with self._lock:
            self.calls.append(what)
            self.inside += 1
            self.inside_most = max(self.inside_most, self.inside)
        try:
            time.sleep(self.slow_s)
        finally:
            with self._lock:
                self.inside -= 1
        if self.broken is not None:
            raise self.broken
        if self.away:
            raise SystemAway("nobody answers")


def entry(key: str, amount: int, kind: str = "", **members: object) -> Entry:
    """An entry of `amount` minor units; the kind follows from its sign unless it is said."""
    chosen = kind or ("charge" if amount > 0 else "payment")
    return msgspec.structs.replace(Entry(key, chosen, amount, BEGAN, date(2026, 1, 10)), **members)


def foreign_system(books: ForeignBooks, *, name: str = "main") -> System:
    return System(id=name, zone="Europe/Moscow", ledgers=books, distant_postings=books)


IN_USE: dict[str, ForeignBooks] = {}


def adapter(name: str, options: Mapping[str, Any]) -> System:
    """The entry of settings: the books that a test has put down under `options["books"]`."""
    return foreign_system(IN_USE[options["books"]], name=name)


def foreign(books: ForeignBooks) -> dict[str, Any]:
    """Settings of a connector to these books."""
    key = str(id(books))
    IN_USE[key] = books
    return {"adapter": f"{__name__}:adapter", "options": {"books": key}}


def due(amount: int, on: date) -> Due:
    return Due(amount, on)
