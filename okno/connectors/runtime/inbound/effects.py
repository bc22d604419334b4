"""Commands of the protocol as calls of the port, and what is told of their outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from okno.connectors.runtime.events import PaymentPosted, PaymentRejected
from okno.connectors.runtime.port import MoneyBack, Payment, Posted, Promise, Promised, Refusal
from okno.connectors.runtime.store.unit import Unit
from okno.connectors.runtime.store.worklist import work_end, work_open
from okno.connectors.runtime.system import DistantPostings, Promises, SharedPostings, System
from okno.protocol import messages
from okno.protocol.messages import Message

# What a command asks for, in the port's shapes, and the name of the port's method for it.
Wish = Payment | MoneyBack | Promise
Outcome = Posted | Promised

#: The kind of work that money is which the books will not take.
REFUSED = "posting-refused"


class Effect(msgspec.Struct, frozen=True):
    """A command of a type: its wish, and how either kind of system fulfils it.

    Without `distant` it is only for a system that shares the store's transaction.
    """

    wish: Callable[[Message], Wish]
    shared: Callable[[System, Unit, Wish], Outcome]
    distant: Callable[[DistantPostings, Wish], Posted] | None = None


def effects_of(system: System) -> Mapping[str, Effect]:
    """By operation type; without those of parts that the system leaves out."""
    has_postings = system.shared_postings is not None or system.distant_postings is not None
    return (_POSTINGS if has_postings else {}) | (_PROMISES if system.promises is not None else {})


def tell_posted(unit: Unit, wish: Wish, posted: Posted) -> None:
    """The event that ends a payment's way; what is given back shows as its operation alone.

    What was refused before and came again is settled by that.
    """
    if not isinstance(wish, Promise):
        work_end(unit.connection, kind=REFUSED, key=_key(wish), outcome="posted when it came again")
    if isinstance(wish, Payment):
        event = PaymentPosted(wish.payment, wish.account, wish.amount, wish.currency, posted.key, posted.posted_at)
        unit.emit(wish.account, event)


def tell_rejected(unit: Unit, wish: Wish, refusal: Refusal, at: datetime) -> None:
    """Money that the books will not take is for a person to settle, inside as well as in the cabinet."""
    if isinstance(wish, Promise):
        return
    if isinstance(wish, Payment):
        unit.emit(wish.account, PaymentRejected(wish.payment, wish.account, refusal.code, at))
    detail = {"refusal": refusal.code.value, "detail": refusal.detail, "account": wish.account, "key": _key(wish)}
    work_end(unit.connection, kind=REFUSED, key=_key(wish), outcome="refused again")
    work_open(unit.connection, kind=REFUSED, subject=wish.payment, detail=detail)


def _key(wish: Payment | MoneyBack) -> str:
    """The command's own."""
    return wish.payment if isinstance(wish, Payment) else wish.key


def _payment(data: Message) -> Wish:
    assert isinstance(data, messages.PaymentCaptured)
    amount = data.amount.money
    return Payment(data.payment, data.account, amount.minor, amount.currency, data.method, data.captured_at)


def _refund(data: Message) -> Wish:
    assert isinstance(data, messages.PaymentRefunded)
    amount = data.amount.money
    return MoneyBack(data.refund, data.payment, data.account, amount.minor, amount.currency, data.refunded_at)


def _reversal(data: Message) -> Wish:
    assert isinstance(data, messages.PaymentReversed)
    amount = data.amount.money
    return MoneyBack(data.reversal, data.payment, data.account, amount.minor, amount.currency, data.reversed_at)


def _promise(data: Message) -> Wish:
    assert isinstance(data, messages.PromiseRequest)
    amount = data.amount.money
    return Promise(data.promise, data.account, amount.minor, amount.currency, data.until)


_PROMISES: dict[str, Effect] = {
    "okno.promise.request.v1": Effect(
        _promise, lambda system, unit, wish: _promises(system).promise(unit, _as_promise(wish))
    ),
}
_POSTINGS: dict[str, Effect] = {
    "okno.payment.captured.v1": Effect(
        _payment,
        lambda system, unit, wish: _shared(system).post_payment(unit, _as_payment(wish)),
        lambda postings, wish: postings.post_payment(_as_payment(wish)),
    ),
    "okno.payment.refunded.v1": Effect(
        _refund,
        lambda system, unit, wish: _shared(system).post_refund(unit, _as_money_back(wish)),
        lambda postings, wish: postings.post_refund(_as_money_back(wish)),
    ),
    "okno.payment.reversed.v1": Effect(
        _reversal,
        lambda system, unit, wish: _shared(system).post_reversal(unit, _as_money_back(wish)),
        lambda postings, wish: postings.post_reversal(_as_money_back(wish)),
    ),
}


def _shared(system: System) -> SharedPostings:
    assert system.shared_postings is not None
    return system.shared_postings


def _promises(system: System) -> Promises:
    assert system.promises is not None
    return system.promises


def _as_promise(wish: Wish) -> Promise:
    assert isinstance(wish, Promise)
    return wish


def _as_payment(wish: Wish) -> Payment:
    assert isinstance(wish, Payment)
    return wish


def _as_money_back(wish: Wish) -> MoneyBack:
    assert isinstance(wish, MoneyBack)
    return wish
