"""The three registers of captured money, read beside the product's own code: twins, Okno's ledger, the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.rows import TupleRow

from okno.cli.drill.campaign.patience import patiently
from okno.sandbox.payers import journal
from okno.sandbox.payers.records import Entry

CLOCK = "SELECT now()"
ATTEMPTS = """
    SELECT attempt.id::text, attempt.number, attempt.provider, attempt.state, attempt.provider_id, payment.state,
           payment.posted_at
      FROM payments_attempt attempt JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE payment.created_at >= %s
"""
LEDGER = """
    SELECT entry.attempt_id::text, entry.amount FROM payments_entry entry
      JOIN payments_payment payment ON payment.id = entry.payment_id
     WHERE entry.kind = 'captured' AND payment.created_at >= %s
"""
POSTINGS = """
    SELECT posting.id::text, posting.attempt_id::text, posting.account_id::text FROM payments_posting posting
      JOIN payments_attempt attempt ON attempt.id = posting.attempt_id
      JOIN payments_payment payment ON payment.id = attempt.payment_id WHERE payment.created_at >= %s
"""
PAGES = "SELECT payment_id::text, state, go FROM payments_attempt WHERE payment_id = ANY(%s::uuid[])"
LAST = "SELECT COALESCE(max(id), 0) FROM book.entry"
BOOKED = "SELECT key, account::text, -amount FROM book.entry WHERE id > %s AND kind = 'payment'"
PAYABLE = """
    SELECT access.user_id::text, access.account_id::text, account.currency FROM accounts_access access
      JOIN accounts_account account ON account.id = access.account_id
     WHERE access."right" = 'pay' AND access.until > now() AND account.status <> 'closed' ORDER BY 2
"""
SBP, ACQUIRER = "sbp", "tbank"
TROUBLES = {"lost": "lost", "duplicate": "duplicated", "reordered": "reordered", "delayed": "delayed"}
FAULTY = 500


@dataclass(frozen=True)
class Captured:
    """A capture in a twin's journal. `order` is the merchant's own number."""

    provider: str
    order: str
    minor: int
    at: datetime


@dataclass(frozen=True)
class Attempt:
    id: str
    number: int
    provider: str
    state: str
    provider_id: str | None
    payment_state: str
    posted_at: datetime | None

    @property
    def orders(self) -> set[str]:
        """What a payment system may know it by."""
        return {self.id, self.id.replace("-", ""), str(self.number)}

    @property
    def twin(self) -> str:
        return ACQUIRER if self.provider == SBP else self.provider


@dataclass(frozen=True)
class Registers:
    """As they stand. Sums are minor units: of the ledger by attempt, of the books by key."""

    captured: list[Captured]
    attempts: list[Attempt]
    ledger: list[tuple[str, int]]
    postings: dict[str, tuple[str, str]]
    """(attempt, account) by the key that the books know a posting by."""
    booked: list[tuple[str, str, int]]
    """(key, account, amount) of every payment that the books got since the campaign began."""
    answers: Counter[str] = field(default_factory=Counter)
    """Tries of true notices under faults by what came of them: `answered`, `failed`."""
    troubles: Counter[str] = field(default_factory=Counter)
    """Notices by what befell them: `lost`, `duplicated`, `reordered`, `delayed`, and those that a twin `forged`."""


class Places:
    """Where the registers stand. Since the moment it is made: what was there before is nobody's business."""

    def __init__(self, journals: Mapping[str, Path], cabinet: str, books: str) -> None:
        self._journals = journals
        self._cabinet = cabinet
        self._books = books
        self._begun: datetime = _all(cabinet, CLOCK)[0][0]
        self._last: int = _all(books, LAST)[0][0]
        self.calm: datetime | None = None

    def calm_begin(self) -> datetime:
        """Faults are over: answers to notices do not count from now on."""
        calm: datetime = _all(self._cabinet, CLOCK)[0][0]
        self.calm = calm
        return calm

    def payable(self) -> list[tuple[str, str, str]]:
        """(user, account, currency) of everybody who may pay for an account."""
        return [(row[0], row[1], row[2]) for row in _all(self._cabinet, PAYABLE)]

    def pages(self, payments: Collection[str]) -> dict[str, tuple[str, dict[str, object] | None]]:
        """(state of the attempt, where its payer is sent) by payment."""
        rows = _all(self._cabinet, PAGES, [list(payments)])
        return {row[0]: (row[1], row[2]) for row in rows}

    def read(self) -> Registers:
        told = Told()
        for name, path in self._journals.items():
            told.take(name, [entry for entry in journal.read(path) if entry.at >= self._begun], calm=self.calm)
        keys = {f"payment:{row[0]}": (row[1], row[2]) for row in _all(self._cabinet, POSTINGS, [self._begun])}
        return Registers(
            captured=told.captured,
            attempts=[Attempt(*row) for row in _all(self._cabinet, ATTEMPTS, [self._begun])],
            ledger=[(row[0], row[1]) for row in _all(self._cabinet, LEDGER, [self._begun])],
            postings=keys,
            booked=[(row[0], row[1], row[2]) for row in _all(self._books, BOOKED, [self._last])],
            answers=told.answers,
            troubles=told.troubles,
        )


class Told:
    """What the journals of the twins say: each of them is taken once, as far as it is the campaign's."""

    def __init__(self) -> None:
        self.captured: list[Captured] = []
        self.answers = Counter[str]()
        self.troubles = Counter[str]()

    def take(self, name: str, entries: Iterable[Entry], *, calm: datetime | None) -> None:
        """`calm`: from then on tries do not count, for no fault is left that they could show."""
        true: set[str] = set()
        befallen: set[tuple[str, str]] = set()
        for entry in entries:
            if entry.kind == "captured" and entry.payment is not None:
                one = entry.payment
                self.captured.append(Captured(name, one.order, one.amount_minor, entry.at))
            elif entry.notice is not None and entry.notice.forged:
                self.troubles["forged"] += 1
            elif entry.notice is not None:
                true.add(entry.notice.id)
            elif entry.sent is not None and entry.sent.notice in true:
                if entry.sent.trouble:
                    befallen.add((entry.sent.notice, TROUBLES[entry.sent.trouble]))
                if entry.sent.trouble != "lost" and (calm is None or entry.at < calm):
                    self.answers["answered" if 0 < entry.sent.answer < FAULTY else "failed"] += 1
        self.troubles.update(trouble for _, trouble in befallen)


def _all(dsn: str, query: str, values: Iterable[object] = ()) -> list[TupleRow]:
    given = list(values)

    def ask() -> list[TupleRow]:
        with psycopg.connect(dsn) as connection:
            return connection.execute(query.encode(), given).fetchall()

    return patiently(ask, psycopg.OperationalError)
