"""The payments and refunds of one shop at a payment system. Every change is in the journal before it is anywhere."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import msgspec

from okno.sandbox.payers.journal import Journal
from okno.sandbox.payers.records import Entry, Kind, Payment, PaymentState, Refund, RefundState

MOVES: dict[PaymentState, frozenset[PaymentState]] = {
    "new": frozenset({"authorized", "paid", "declined", "cancelled", "expired"}),
    "authorized": frozenset({"paid", "cancelled", "expired"}),
    # A bank takes late money too: the control address may bring it about.
    "declined": frozenset({"authorized", "paid", "declined", "cancelled", "expired"}),
    "cancelled": frozenset({"paid"}),
    "expired": frozenset({"paid"}),
    "paid": frozenset(),
}
_KIND: dict[PaymentState, Kind] = {
    "authorized": "authorized",
    "paid": "captured",
    "declined": "declined",
    "cancelled": "cancelled",
    "expired": "expired",
}
_REFUND_KIND: dict[RefundState, Kind] = {"pending": "refund-started", "done": "refunded", "failed": "refund-failed"}

Watcher = Callable[[Kind, Payment, Refund | None], None]


class TillRefusal(Exception):  # noqa: N818 - named for what happened, as its caller reads it
    """It will not be done: `code` is `state`, `amount` or `unknown`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Till:
    def __init__(self, journal: Journal, *, fee_bp: int) -> None:
        self._journal = journal
        self._fee_bp = fee_bp
        self.payments: dict[str, Payment] = {}
        self.refunds: dict[str, Refund] = {}
        self._before: dict[str, tuple[Payment, datetime]] = {}
        self._by_key: dict[str, str] = {}
        self._by_page: dict[str, str] = {}
        self._by_order: dict[str, list[str]] = {}
        self._ends: list[tuple[datetime, str]] = []
        self._refund_by_key: dict[str, str] = {}
        self._watcher: Watcher | None = None
        for entry in journal.past:
            self._recall(entry)

    def watch(self, watcher: Watcher) -> None:
        """It is told of every change from now on."""
        self._watcher = watcher

    def create(self, payment: Payment) -> Payment:
        """A key seen before gives what it gave then."""
        known = self._by_key.get(payment.key)
        if known is not None:
            return self.payments[known]
        self._put("created", payment)
        return payment

    def by_key(self, key: str) -> Payment | None:
        known = self._by_key.get(key)
        return None if known is None else self.payments[known]

    def by_page(self, page: str) -> Payment | None:
        known = self._by_page.get(page)
        return None if known is None else self.payments[known]

    def by_order(self, order: str) -> list[Payment]:
        """In the order of their creation."""
        return [self.payments[known] for known in self._by_order.get(order, ())]

    def before(self, payment_id: str) -> tuple[Payment, datetime] | None:
        """The payment before its last change, and when that was."""
        return self._before.get(payment_id)

    def captured(self, since: datetime, until: datetime) -> list[Payment]:
        found = [p for p in self.payments.values() if p.paid_at is not None and since <= p.paid_at < until]
        return sorted(found, key=lambda p: (p.paid_at, p.id))

    def move(self, payment_id: str, state: PaymentState, *, reason: str = "", **extra: str) -> Payment:
        """Raises TillRefusal: `unknown`, `state`."""
        payment = self._payment(payment_id)
        if state not in MOVES[payment.state]:
            raise TillRefusal("state")
        now = datetime.now(UTC)
        changed = msgspec.structs.replace(payment, state=state, reason=reason, extra={**payment.extra, **extra})
        if state == "paid":
            fee_minor = payment.amount_minor * self._fee_bp // 10_000
            changed = msgspec.structs.replace(changed, paid_at=now, fee_minor=fee_minor)
        self._before[payment_id] = (payment, now)
        self._put(_KIND[state], changed)
        return changed

    def note(self, payment_id: str, **extra: str) -> Payment:
        """What only its system knows of it changes. Raises TillRefusal: `unknown`."""
        payment = self._payment(payment_id)
        changed = msgspec.structs.replace(payment, extra={**payment.extra, **extra})
        self._put("noted", changed)
        return changed

    def refund(
        self,
        payment_id: str,
        *,
        refund_id: str,
        key: str,
        amount_minor: int,
        state: RefundState = "done",
        extra: dict[str, str] | None = None,
    ) -> Refund:
        """A key seen before gives what it gave then. Raises TillRefusal: `unknown`, `state`, `amount`."""
        known = self._refund_by_key.get(key)
        if known is not None:
            return self.refunds[known]
        payment = self._payment(payment_id)
        if payment.state != "paid":
            raise TillRefusal("state")
        waiting = sum(r.amount_minor for r in self.refunds_of(payment_id) if r.state == "pending")
        if not 0 < amount_minor <= payment.amount_minor - payment.refunded_minor - waiting:
            raise TillRefusal("amount")
        refund = Refund(
            id=refund_id,
            key=key,
            payment=payment_id,
            amount_minor=amount_minor,
            created_at=datetime.now(UTC),
            extra=extra or {},
        )
        return self._put_refund(refund, state)

    def refund_settle(self, refund_id: str, state: RefundState, *, reason: str = "") -> Refund:
        """A pending refund ends. Raises TillRefusal: `unknown`, `state`."""
        refund = self.refunds.get(refund_id)
        if refund is None:
            raise TillRefusal("unknown")
        if refund.state != "pending":
            raise TillRefusal("state")
        return self._put_refund(msgspec.structs.replace(refund, reason=reason), state)

    def refund_by_key(self, key: str) -> Refund | None:
        known = self._refund_by_key.get(key)
        return None if known is None else self.refunds[known]

    def refunds_of(self, payment_id: str) -> Iterable[Refund]:
        return [refund for refund in self.refunds.values() if refund.payment == payment_id]

    def expire(self, now: datetime) -> None:
        """Close what nobody paid in time."""
        while self._ends and self._ends[0][0] <= now:
            _, payment_id = heapq.heappop(self._ends)
            if "expired" in MOVES[self.payments[payment_id].state]:
                self.move(payment_id, "expired")

    def _payment(self, payment_id: str) -> Payment:
        payment = self.payments.get(payment_id)
        if payment is None:
            raise TillRefusal("unknown")
        return payment

    def _put(self, kind: Kind, payment: Payment, refund: Refund | None = None) -> None:
        # A payment system that dies between the two would keep money that it never told of.
        with self._journal.one_change():
            self._journal.write(kind, payment=payment, refund=refund)
            self._keep(payment, refund)
            if self._watcher is not None:
                self._watcher(kind, payment, refund)

    def _put_refund(self, refund: Refund, state: RefundState) -> Refund:
        refund = msgspec.structs.replace(refund, state=state)
        payment = self.payments[refund.payment]
        if state == "done":
            total = payment.refunded_minor + refund.amount_minor
            payment = msgspec.structs.replace(payment, refunded_minor=total)
        self._put(_REFUND_KIND[state], payment, refund)
        return refund

    def _keep(self, payment: Payment, refund: Refund | None) -> None:
        if payment.id not in self.payments:
            self._by_order.setdefault(payment.order, []).append(payment.id)
            heapq.heappush(self._ends, (payment.expires_at, payment.id))
        self.payments[payment.id] = payment
        self._by_key[payment.key] = payment.id
        self._by_page[payment.page] = payment.id
        if refund is not None:
            self.refunds[refund.id] = refund
            self._refund_by_key[refund.key] = refund.id

    def _recall(self, entry: Entry) -> None:
        if entry.payment is not None:
            self._keep(entry.payment, entry.refund)
