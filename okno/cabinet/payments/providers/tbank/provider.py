"""T-Bank as Okno sees it: a notice is verified, and then says only whom to ask about.

Its Token joins values without a separator, so a digit may move from one field into its neighbour and the Token stays
true: it keeps strangers out, but is no evidence of an amount.
"""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import (
    AUTHENTICATION,
    REPEAT,
    Ignored,
    Intent,
    Limits,
    Notice,
    NoticeRefused,
    Provider,
    ProviderAway,
    ProviderRefusal,
    Receipt,
    ReceiptTold,
    Received,
    Redirect,
    RefundSnapshot,
    RefundState,
    Reply,
    SavedCard,
    Snapshot,
    Started,
    Symbol,
    Told,
)
from okno.cabinet.payments.providers.tbank import messages as m
from okno.cabinet.payments.providers.tbank.client import OWNER_WANTED, Client, Fault, read, refusal
from okno.cabinet.payments.providers.tbank.signature import genuine
from okno.cabinet.payments.providers.wire import Wire
from okno.protocol.money.amount import Money

OK = Reply(body=b"OK")
#: Which of an order's payments speaks for it.
_RANK = {state: rank for rank, state in enumerate(("paid", "authorized", "unknown", "pending"))}
_TOKEN_PARTS = 3


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one terminal. `notification_url` wins over the one in T-Bank's office, if it is named."""

    terminal_key: str
    password: str
    notification_url: str = ""
    absent_codes: tuple[str, ...] = ("6", "255")
    amount_min_minor: int = 10_00
    amount_max_minor: int = 1_000_000_00

    def __repr__(self) -> str:
        return f"Settings(terminal_key={self.terminal_key!r})"


class TBank:
    def __init__(self, settings: Settings, wire: Wire) -> None:
        self._settings = settings
        self._client = Client(
            wire,
            terminal=settings.terminal_key,
            password=settings.password,
            absent=frozenset(settings.absent_codes),
        )

    # Starting

    def start(self, intent: Intent) -> Started:
        """The page's address is told once: one that was never heard of is closed, and another is opened."""
        for payment in self._open(intent):
            self._client.call("Cancel", {"PaymentId": payment.id}, m.Cancelled)
        payment = self._init(intent)
        if not payment.payment_url:
            raise ProviderAway("answer-unreadable")
        return Started(go=Redirect(payment.payment_url), provider_id=payment.id, expires_at=intent.expires_at)

    def start_code(self, intent: Intent) -> Started:
        payment = next(iter(self._open(intent)), None) or self._init(intent)
        code: m.Code = self._client.call("GetQr", {"PaymentId": payment.id, "DataType": "PAYLOAD"}, m.Code)
        return Started(go=Symbol(code.data), provider_id=payment.id, expires_at=intent.expires_at)

    def _init(self, intent: Intent, refused: m.Payment | None = None) -> m.Payment:
        body = m.init_body(intent) if refused is None else m.owner_body(intent, refused)
        if self._settings.notification_url:
            body["NotificationURL"] = self._settings.notification_url
        payment: m.Payment = self._client.call("Init", body, m.Payment)
        return payment

    def _open(self, intent: Intent) -> list[m.Payment]:
        """An attempt's payments that nobody has begun to pay. Raises ProviderAway where one has been begun."""
        try:
            known = self._order(m.order_id(intent.attempt, save=intent.save))
        except ProviderRefusal:
            known = []  # A page that nobody was sent to harms nobody, and Init says by itself what is wrong.
        begun = {"pending", "authorized", "paid", "unknown"}
        if any(self._state(one) in begun and one.status not in m.UNTOUCHED for one in known):
            raise ProviderAway("already-begun")
        return [one for one in known if one.status in m.UNTOUCHED]

    # Notices

    def read(self, received: Received) -> Notice:
        try:
            values = json.loads(received.body, parse_int=_Written, parse_float=_Written)
            news = msgspec.json.decode(received.body, type=m.News)
        except (ValueError, RecursionError):
            raise NoticeRefused("shape", 400) from None
        if received.method != "POST":
            raise NoticeRefused("shape", 400)
        if news.terminal_key != self._settings.terminal_key or not genuine(values, self._settings.password):
            raise NoticeRefused("token")
        payment = Snapshot(state="pending", provider_id=str(news.payment_id), attempt=m.attempt_of(news.order_id))
        if news.status == m.RECEIPT and news.type in {"", m.INCOME}:
            told = m.receipt_told(news)
            key = f"{news.payment_id}:{news.status}:{told.state}"
            return ReceiptTold(key=key, event=news.status, payment=payment, receipt=told, reply=OK)
        if news.notification_type or news.status == m.RECEIPT:
            return Ignored(news.notification_type or news.status, OK)
        key = f"{news.payment_id}:{news.status}:{news.amount}"
        return Told(key=key, event=news.status, payment=payment, proven=False, reply=OK)

    # Asking

    def ask(self, *, provider_id: str | None, attempt: UUID, number: int) -> Snapshot | None:  # noqa: ARG002 - as the port
        if provider_id is not None:
            payment = self._client.found("GetState", {"PaymentId": provider_id}, m.Payment)
            return None if payment is None else self._snapshot(payment, payment.order_id)
        orders = [m.order_id(attempt, save=save) for save in (False, True)]
        known = [(one, order) for order in orders for one in self._order(order)]
        if not known:
            return None
        return self._snapshot(*min(known, key=lambda pair: _RANK.get(self._state(pair[0]), len(_RANK))))

    def _order(self, order: str) -> list[m.Payment]:
        found = self._client.found("CheckOrder", {"OrderId": order}, m.Order)
        return [] if found is None else list(found.payments)

    def _state(self, payment: m.Payment) -> str:
        return m.STATES.get(payment.status, "unknown")

    def _snapshot(self, payment: m.Payment, order: str) -> Snapshot:
        return m.snapshot(payment, order, self._card(payment, order))

    def _card(self, payment: m.Payment, order: str) -> SavedCard | None:
        """The card that an order asked to keep: each such order is a customer of its own there."""
        attempt = m.attempt_of(order)
        if attempt is None or not m.saves(order) or self._state(payment) != "paid":
            return None
        cards = read(self._client.content("GetCardList", {"CustomerKey": attempt.hex}), list[m.Card])
        kept = [card for card in cards if card.status == "A" and card.rebill_id]
        return m.card_saved(kept[0], attempt.hex) if kept else None

    # Refunds

    def refund(self, refund: UUID, *, provider_id: str, amount: Money, receipt: Receipt | None) -> RefundSnapshot:
        """Cancel closes what is not paid yet, and that is no refund: it is asked about first."""
        body = {"PaymentId": provider_id, "Amount": m.kopecks(amount), "ExternalRequestId": str(refund)}
        if receipt is not None:
            body["Receipt"] = m.receipt_body(receipt, amount)
        payment = self._client.call("GetState", {"PaymentId": provider_id}, m.Payment)
        if self._state(payment) != "paid":
            raise ProviderRefusal("wrong_state", payment.status)
        done: m.Cancelled = self._client.call("Cancel", body, m.Cancelled)
        return _refund(refund, provider_id, _refund_state(done.status), amount)

    def ask_refund(self, refund: UUID, *, refund_id: str | None, provider_id: str) -> RefundSnapshot | None:
        """A payment tells that something went back, not which refund it was: in doubt the refund is to be repeated."""
        payment = self._client.call("GetState", {"PaymentId": provider_id}, m.Payment)
        untouched = payment.status == "CONFIRMED"
        if refund_id is None:
            if untouched:
                return None
            raise ProviderAway(REPEAT)
        return _refund(refund, provider_id, "failed" if untouched else _refund_state(payment.status), None)

    # Saved cards

    def charge(self, intent: Intent, token: str) -> Snapshot:
        parts = token.split(".")
        if len(parts) != _TOKEN_PARTS:
            raise ProviderRefusal("unknown_token")
        order = m.order_id(intent.attempt, save=intent.save)
        # In doubt whether it has been charged, it is not charged again.
        known = self._order(order)
        begun = [one for one in known if one.status not in m.UNTOUCHED]
        if begun and str(begun[-1].error_code) == OWNER_WANTED:
            return self._owner_wanted(intent, begun[-1], [one for one in known if one.status in m.UNTOUCHED])
        if begun:
            return m.snapshot(begun[-1], order)
        payment = next(iter(known), None) or self._init(intent)
        content, fault = self._client.tried("Charge", {"PaymentId": payment.id, "RebillId": parts[0]})
        if fault.error_code == OWNER_WANTED:
            return self._owner_wanted(intent, payment, [])
        if not fault.success and self._charged(content) not in {"REJECTED", "AUTH_FAIL"}:
            raise refusal(fault)
        return m.snapshot(read(content, m.Payment), order)

    def _charged(self, content: bytes) -> str:
        return str(read(content, _Status).status)

    def _owner_wanted(self, intent: Intent, refused: m.Payment, open_: list[m.Payment]) -> Snapshot:
        """Who is there pays on at the page of another payment; its address is told once, so one left open is closed."""
        order = m.order_id(intent.attempt, save=intent.save)
        for one in open_:
            self._client.call("Cancel", {"PaymentId": one.id}, m.Cancelled)
        if not intent.present:
            return replace(m.snapshot(refused, order), state="failed", reason=AUTHENTICATION)
        payment = self._init(intent, refused)
        if not payment.payment_url:
            raise ProviderAway("answer-unreadable")
        return replace(m.snapshot(payment, order), go=Redirect(payment.payment_url))

    def forget(self, token: str) -> None:
        parts = token.split(".")
        if len(parts) == _TOKEN_PARTS:
            self._client.found("RemoveCard", {"CardId": parts[1], "CustomerKey": parts[2]}, Fault)


class _Status(msgspec.Struct, frozen=True, rename="pascal"):
    status: str = ""


class _Written(str):
    """A number as it was written: the Token is over that."""

    __slots__ = ()


def _refund_state(status: str) -> RefundState:
    if status in m.GIVEN_BACK:
        return "done"
    return "pending" if status in m.GIVING_BACK else "unknown"


def _refund(refund: UUID, payment: str, state: RefundState, amount: Money | None) -> RefundSnapshot:
    return RefundSnapshot(state=state, provider_id=str(refund), refund=refund, payment=payment, amount=amount)


class Codes:
    """Begins an attempt by a link of the faster payment system."""

    def __init__(self, adapter: TBank) -> None:
        self.start = adapter.start_code


def provider(settings: Settings, wire: Wire) -> Provider:
    adapter = TBank(settings, wire)
    return Provider(
        name="tbank",
        limits=Limits(of={m.CURRENCY: (settings.amount_min_minor, settings.amount_max_minor)}),
        start=adapter,
        notices=adapter,
        asking=adapter,
        refunds=adapter,
        charges=adapter,
        codes=Codes(adapter),
        partial=True,
        receipts=True,
        tells_receipts=True,
    )
