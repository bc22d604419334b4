"""The book on the bench of the conformance suite: its database is the store's own, reached by a lane."""

from __future__ import annotations

import itertools

import psycopg

from okno.connectors.bench import Lane, Opened, Person, Place, Reach, postgres_lane
from okno.connectors.book.accounts import NewCustomer, account_open, customer_add
from okno.connectors.book.company import company_set
from okno.connectors.book.drafts import Draft
from okno.connectors.book.posting import post
from okno.connectors.book.schema import migrate
from okno.connectors.runtime.port import Payee
from okno.protocol.ids import new_id

CURRENCY = "RUB"
#: Invented, of a person: it may stand in no text.
NAME = "Соколова Мария Ивановна"
#: Invented, with check digits that are right.
PAYEE = Payee(
    name="Bench",
    account="40702810600000000001",
    bank="Bank of the bench",
    bic="040200999",
    correspondent_account="30101810500000000999",
    inn="0000123450",
    kpp="000001001",
)


class BookBench:
    """Fulfils Bench."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._dsn = ""
        self._lane: Lane | None = None

    def start(self, place: Place) -> Reach:
        self._dsn = place.store
        migrate(self._dsn)
        with psycopg.connect(self._dsn, autocommit=True) as book:
            company_set(book, PAYEE, purpose="Conformance")
        self._lane, dsn = postgres_lane(self._dsn, place.folder)
        return Reach("book", {}, store=dsn)

    def open_account(self) -> Opened:
        number = f"{next(self._numbers):020d}"
        contract, phone = f"K-{number}", f"+7900{number[-7:]}"
        with psycopg.connect(self._dsn, autocommit=True) as book:
            customer = customer_add(book, NewCustomer(NAME, contract, phone))
            account = account_open(book, number=number, customer=customer, currency=CURRENCY)
        return Opened(account, number, CURRENCY, Person("contract", contract, phone))

    def charge(self, account: str, amount: int, text: str) -> None:
        self._post(Draft(account, "charge", new_id(), amount, text=text))

    def payment(self, account: str, amount: int) -> None:
        self._post(Draft(account, "payment", new_id(), amount, channel="cash"))

    def slow(self, seconds: float) -> None:
        self._way().slow(seconds)

    def away(self, *, away: bool) -> None:
        self._way().cut(cut=away)

    def stop(self) -> None:
        self._way().close()

    def _post(self, draft: Draft) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as book:
            post(book, draft)

    def _way(self) -> Lane:
        assert self._lane is not None  # since `start`
        return self._lane
