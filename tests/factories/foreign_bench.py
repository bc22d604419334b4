"""A foreign system in memory on the bench, with faults that an adapter may have."""

from collections.abc import Sequence

import msgspec
from factories.foreign_books import ForeignBooks, foreign

from okno.connectors.bench import Opened, Place, Reach
from okno.connectors.runtime.port import Changes, Ledger, MoneyBack, Payment, Posted, Refusal, RefusalCode

OPPOSITE = {"charge": "payment", "payment": "charge"}


class FaultyBooks(ForeignBooks):
    """Its adapter is spoiled by name; what its own people do stays right."""

    def __init__(self, fault: str = "") -> None:
        super().__init__()
        self.fault = fault

    def changes(self, cursor: str | None) -> Changes:
        changes = super().changes(cursor)
        match self.fault:
            case "silent":
                return msgspec.structs.replace(changes, accounts=())
            case "tells no entries":
                bare = [account for account in changes.accounts if not self.accounts[account].entries]
                return msgspec.structs.replace(changes, accounts=bare)
        return changes

    def ledgers(self, accounts: Sequence[str]) -> Sequence[Ledger]:
        return [self._spoiled(ledger) for ledger in super().ledgers(accounts)]

    def _spoiled(self, ledger: Ledger) -> Ledger:
        entries = list(ledger.entries)
        match self.fault:
            case "sign":
                entries = [
                    msgspec.structs.replace(entry, amount=-entry.amount, kind=OPPOSITE[entry.kind]) for entry in entries
                ]
            case "kind":
                entries = [msgspec.structs.replace(entry, kind="correction") for entry in entries]
            case "twice":
                entries += [msgspec.structs.replace(entry, key=f"{entry.key}+") for entry in entries]
        return msgspec.structs.replace(ledger, entries=entries, balance=sum(entry.amount for entry in entries))

    def find(self, key: str) -> Posted | None:
        if self.fault == "takes absence for no" and self.away:
            raise Refusal(RefusalCode.VALUE_INVALID, "nobody answers")
        return super().find(key)

    def post_payment(self, payment: Payment) -> Posted:
        if payment.currency != "RUB" and self.fault != "any currency":
            raise Refusal(RefusalCode.CURRENCY_MISMATCH, payment.currency)
        if self.fault == "impatient" and self.slow_s:
            raise Refusal(RefusalCode.VALUE_INVALID, "it takes too long")
        if self.fault == "posts twice":
            self.post(payment.account, -payment.amount, "payment")
        if self.fault == "raises":
            raise KeyError("a fault of the adapter")
        return super().post_payment(payment)

    def post_refund(self, refund: MoneyBack) -> Posted:
        self._check_left(refund)
        if self.fault == "refunds in full":
            return super().post_refund(msgspec.structs.replace(refund, amount=refund.amount + 1))
        return super().post_refund(refund)

    def post_reversal(self, reversal: MoneyBack) -> Posted:
        self._check_left(reversal)
        return super().post_reversal(reversal)

    def _check_left(self, back: MoneyBack) -> None:
        entries, origin = self.accounts[back.account].entries, f"P {back.payment}"
        left = -sum(entry.amount for entry in entries if origin in (entry.key, entry.reverses))
        if back.amount > left and self.fault != "gives back too much":
            raise Refusal(RefusalCode.ENTRY_CORRECTED, "so much is not left of it")


class ForeignBench:
    """Fulfils Bench."""

    def __init__(self, books: ForeignBooks, *, numbered: bool = True) -> None:
        self.books = books
        self.stopped = False
        self._numbered = numbered
        self._opened = 0

    def start(self, _place: Place) -> Reach:
        named = foreign(self.books)
        return Reach(named["adapter"], named["options"])

    def open_account(self) -> Opened:
        self._opened += 1
        number = f"{self._opened:08d}"
        account = self.books.open(f"C{number}", number=number)
        return Opened(account, number if self._numbered else "", "RUB")

    def charge(self, account: str, amount: int, text: str) -> None:
        self.books.post(account, amount, "charge", text=text)

    def payment(self, account: str, amount: int) -> None:
        self.books.post(account, -amount, "payment")

    def slow(self, seconds: float) -> None:
        self.books.slow_s = seconds

    def away(self, *, away: bool) -> None:
        self.books.away = away

    def stop(self) -> None:
        self.stopped = True


def sound() -> ForeignBench:
    return ForeignBench(FaultyBooks())


def faulty() -> ForeignBench:
    return ForeignBench(FaultyBooks("sign"))


def silent() -> ForeignBench:
    return ForeignBench(FaultyBooks("silent"))
