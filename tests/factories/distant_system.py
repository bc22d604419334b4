"""A system of accounting that shares no transaction with the store, and can be made to fail."""

from collections.abc import Callable
from datetime import UTC, datetime

from okno.connectors.runtime.port import MoneyBack, Payment, Posted, Refusal, RefusalCode, SystemAway, Trouble


class Distant:
    """Fulfils DistantPostings; `before_answer` runs after the posting was made and before it is told.

    `before_look` is told each key that is looked up, before it is.
    A key of `faults` fails by itself, whatever else is posted.
    """

    def __init__(self) -> None:
        self.made: dict[str, Payment | MoneyBack] = {}
        self.calls = 0
        self.away = False
        self.refusal: Refusal | None = None
        self.faults: dict[str, Trouble] = {}
        self.before_answer: Callable[[], None] = lambda: None
        self.before_look: Callable[[str], None] = lambda _key: None

    def find(self, key: str) -> Posted | None:
        self.before_look(key)
        self._reachable()
        return Posted(f"D-{key}", datetime(2026, 11, 22, tzinfo=UTC)) if key in self.made else None

    def post_payment(self, payment: Payment) -> Posted:
        return self._made(payment.payment, payment)

    def post_refund(self, refund: MoneyBack) -> Posted:
        return self._made(refund.key, refund)

    def post_reversal(self, reversal: MoneyBack) -> Posted:
        return self._made(reversal.key, reversal)

    def _made(self, key: str, wish: Payment | MoneyBack) -> Posted:
        self._reachable()
        self.calls += 1
        if self.refusal is not None:
            raise self.refusal
        if key in self.faults:
            raise SystemAway("a fault of its own", self.faults[key])
        assert key not in self.made, "posted twice"
        self.made[key] = wish
        self.before_answer()
        return Posted(f"D-{key}", datetime(2026, 11, 22, tzinfo=UTC))

    def left(self, payment: str) -> int:
        """What is there of a payment, in minor units."""
        back = (one.amount for one in self.made.values() if isinstance(one, MoneyBack) and one.payment == payment)
        return self.made[payment].amount - sum(back) if payment in self.made else 0

    def _reachable(self) -> None:
        if self.away:
            raise SystemAway("nobody answers")


def closed() -> Refusal:
    return Refusal(RefusalCode.ACCOUNT_CLOSED, "closed")
