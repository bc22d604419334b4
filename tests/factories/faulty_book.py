"""The built-in book behind an adapter of its own that breaks one promise: everything is offered, one part is wrong."""

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import msgspec
import psycopg

from okno.connectors.bench import Place, Reach
from okno.connectors.book.bench import BookBench
from okno.connectors.book.drafts import Draft, payment_key
from okno.connectors.book.posting import enter, entry_find
from okno.connectors.book.system import Book, parts_of
from okno.connectors.runtime.port import (
    AccountRow,
    AccountState,
    Bill,
    BillsPage,
    Facts,
    Identified,
    MoneyBack,
    OperationsPage,
    Page,
    Payment,
    Posted,
    Profile,
    Reconciliation,
    Refusal,
    RefusalCode,
    Requisites,
    Snapshot,
    Statement,
    Version,
)
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.unit import Unit
from okno.connectors.runtime.system import System
from okno.protocol.ids import new_id

Moment = datetime | None
PATIENCE_S = 15


class MiscountsBalance(Book):
    def snapshot(self, account: str, *, after: Version | None, limit: int) -> Snapshot:
        found = super().snapshot(account, after=after, limit=limit)
        return msgspec.structs.replace(
            found, state=msgspec.structs.replace(found.state, balance=found.state.balance + 1)
        )


class NamesPeople(Book):
    """In what is read, and not in what is told: the text is the customer's name."""

    def snapshot(self, account: str, *, after: Version | None, limit: int) -> Snapshot:
        found = super().snapshot(account, after=after, limit=limit)
        name = self.profile(account).name
        operations = [
            msgspec.structs.replace(one, operation=msgspec.structs.replace(one.operation, text=name))
            for one in found.operations
        ]
        return msgspec.structs.replace(found, operations=operations)


class KnowsEverybody(Book):
    def snapshot(self, account: str, *, after: Version | None, limit: int) -> Snapshot:
        try:
            return super().snapshot(account, after=after, limit=limit)
        except Refusal:
            state = AccountState(account, "RUB", "0000", "active", 0, None)
            return Snapshot(state, Version(1, 1), datetime.now(UTC), (), more=False)


class AlwaysFirstPage(Book):
    def operations(self, account: str, *, before: Version | None, limit: int) -> OperationsPage:
        assert before is None or before.n
        return super().operations(account, before=None, limit=limit)


class ForgetsWhatIsKnown(Book):
    def snapshot(self, account: str, *, after: Version | None, limit: int) -> Snapshot:
        assert after is None or after.n
        return super().snapshot(account, after=None, limit=limit)


class OpensWithClosing(Book):
    def statement(self, account: str, *, since: date, until: date) -> Statement:
        found = super().statement(account, since=since, until=until)
        return msgspec.structs.replace(found, opening=found.closing)


class SwapsSides(Book):
    def reconciliation(self, account: str, *, since: date, until: date) -> Reconciliation:
        found = super().reconciliation(account, since=since, until=until)
        contracts = [
            msgspec.structs.replace(
                contract,
                opening=-contract.opening,
                closing=-contract.closing,
                lines=[msgspec.structs.replace(line, debit=line.credit, credit=line.debit) for line in contract.lines],
            )
            for contract in found.contracts
        ]
        return msgspec.structs.replace(found, contracts=contracts)


class OldestBillFirst(Book):
    def bills(self, account: str, *, before: str | None, limit: int) -> BillsPage:
        found = super().bills(account, before=before, limit=limit)
        days = [date(2026, 10, 10), date(2026, 11, 10)]
        bills = [
            Bill(f"B-{day}", account, f"{day:%m}", day.replace(day=1), day, "RUB", 100, 100, day, found.as_of)
            for day in days
        ]
        return msgspec.structs.replace(found, bills=bills)


class ProvesNothing(Book):
    def accounts(self, *, since: Moment, after: str | None, limit: int) -> Page[AccountRow]:
        found = super().accounts(since=since, after=after, limit=limit)
        rows = [msgspec.structs.replace(row, digest=bytes(len(row.digest))) for row in found.rows]
        return msgspec.structs.replace(found, rows=rows)


class TakesAnyFact(Book):
    def identify(self, facts: Facts) -> Identified | None:
        account = self.find(facts.number)
        return Identified([account], self.profile(account).phone) if account is not None else None


class GrantsTheNeighbours(Book):
    def identify(self, facts: Facts) -> Identified | None:
        found = super().identify(facts)
        if found is None:
            return None
        everybody = [row.state.account for row in self.accounts(since=None, after=None, limit=100).rows]
        return msgspec.structs.replace(found, accounts=[*found.accounts, *(set(everybody) - set(found.accounts))])


class MixesPeopleUp(Book):
    def profile(self, account: str) -> Profile:
        return msgspec.structs.replace(super().profile(account), phone="+79000000099")


class HasNoPurpose(Book):
    def requisites(self, account: str) -> Requisites:
        return msgspec.structs.replace(super().requisites(account), purpose="")


class FindsSomebody(Book):
    def find(self, number: str) -> str | None:
        found = super().find(number)
        return found or self.accounts(since=None, after=None, limit=1).rows[0].state.account


class PostsApart(Book):
    """In a transaction of its own, under a key of its own: what died in between stands twice."""

    def post_payment(self, _unit: Unit, payment: Payment) -> Posted:
        with psycopg.connect(self._connections.dsn, autocommit=True) as apart, apart.transaction():
            own = Unit(apart)
            own.begin()
            return super().post_payment(own, msgspec.structs.replace(payment, payment=new_id()))


class LooksBeforeItLocks(Book):
    """Of refunds of a whole payment each looks at what is left before any of them takes it."""

    looked: ClassVar[Counter[str]] = Counter()
    another: ClassVar[threading.Condition] = threading.Condition()

    def post_refund(self, unit: Unit, refund: MoneyBack) -> Posted:
        paid = entry_find(unit.connection, payment_key(refund.payment))
        if paid is None or paid.amount != -refund.amount:
            return super().post_refund(unit, refund)
        given_back = "SELECT count(*) FROM book.entry WHERE reverses = %s"
        if unit.connection.execute(given_back, (paid.id,)).fetchone() != (0,):
            raise Refusal(RefusalCode.ENTRY_CORRECTED, "it was paid back before")
        with self.another:
            self.looked[refund.payment] += 1
            self.another.notify_all()
            self.another.wait_for(lambda: self.looked[refund.payment] > 1, timeout=PATIENCE_S)
        done = enter(unit, Draft(refund.account, "refund", f"refund:{refund.key}", refund.amount, refund.currency))
        return Posted(done.key, done.posted_at)


class KnowsNoEpoch(Book):
    def snapshot(self, account: str, *, after: Version | None, limit: int) -> Snapshot:
        now = super().snapshot(account, after=None, limit=limit)
        if after is None:
            return now
        return super().snapshot(account, after=Version(now.version.epoch, after.n), limit=limit)


FAULTS: dict[str, type[Book]] = {made.__name__: made for made in Book.__subclasses__()}
OPENED: list[Connections] = []


def adapter(system: str, options: Mapping[str, Any]) -> System:
    """The entry of settings: the book at `dsn` with that `fault`, or as it is."""
    connections = Connections(options["dsn"], size=8)
    OPENED.append(connections)
    return parts_of(FAULTS.get(options["fault"], Book)(connections), system=system)


class FaultyBookBench(BookBench):
    """The book's own bench, and an adapter that is spoiled by name."""

    def __init__(self, fault: str = "") -> None:
        super().__init__()
        self.fault = fault

    def start(self, place: Place) -> Reach:
        reach = super().start(place)
        return Reach(f"{__name__}:adapter", {"dsn": reach.store, "fault": self.fault}, store=reach.store)

    def charge(self, account: str, amount: int, text: str) -> None:
        super().charge(account, amount, text)
        if self.fault == "burns versions":
            with psycopg.connect(self._dsn, autocommit=True) as book, book.transaction():
                unit = Unit(book)
                unit.begin()
                unit.stamp(account)

    def stop(self) -> None:
        while OPENED:
            OPENED.pop().close()
        super().stop()
