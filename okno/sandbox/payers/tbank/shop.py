"""T-Bank as one terminal knows it: paid at its page or by a link, it tells the shop in sealed notices."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from okno.sandbox.payers.courier import Answer, Habits
from okno.sandbox.payers.records import Kind, Notice, Payment, PaymentState, Refund
from okno.sandbox.payers.tbank import orders
from okno.sandbox.payers.tbank.orders import Rejected
from okno.sandbox.payers.tbank.seal import sealed
from okno.sandbox.payers.till import TillRefusal
from okno.sandbox.payers.twin import Twin, TwinSettings

HOUR_S = 3_600.0
DAY_S = 86_400.0
TRIES_MAX = 3
LIFE = timedelta(hours=24)
LIFE_MAX = timedelta(days=90)
SBP_MIN_MINOR = 1_000
OWNER_WANTED = "104"

STATUS: dict[PaymentState, str] = {
    "new": "NEW",
    "authorized": "AUTHORIZED",
    "paid": "CONFIRMED",
    "declined": "REJECTED",
    "cancelled": "CANCELED",
    "expired": "DEADLINE_EXPIRED",
}
TOLD: dict[Kind, tuple[str, ...]] = {
    "authorized": ("AUTHORIZED",),
    "captured": ("AUTHORIZED", "CONFIRMED"),  # at the same moment, in no order
    "declined": ("REJECTED",),
    "cancelled": ("",),
    "expired": ("DEADLINE_EXPIRED",),
    "refunded": ("",),
}
FORGER = "a-forger-does-not-know-it"


class TbankSettings(TwinSettings, frozen=True, kw_only=True, tag="tbank"):
    terminal_key: str
    password: str


class Shop(Twin):
    """All of T-Bank but its HTTP."""

    name = "tbank"
    title = ("Т-Банк", "T-Bank")
    habits = Habits(timeout_s=10, pauses_s=(*[HOUR_S] * 24, *[DAY_S] * 30))

    def __init__(self, settings: TbankSettings) -> None:
        self.terminal_key = settings.terminal_key
        self.password = settings.password
        super().__init__(settings)

    def init(self, order: orders.Init) -> Payment:
        """A repeated order is another payment. Raises Rejected."""
        now = datetime.now(UTC)
        due = order.redirect_due_date or now + LIFE
        if not now < due <= now + LIFE_MAX:
            raise Rejected("251", "RedirectDueDate")
        if order.recurrent == "Y" and order.customer_key is None:
            raise Rejected("251", "CustomerKey is needed to keep a card")
        self._check_owner(order)
        key = f"{order.order_id}#{len(self.till.by_order(order.order_id))}"
        number = int.from_bytes(self.derived(key, "payment")[:5], "big")
        return self.till.create(
            Payment(
                id=str(number),
                page=self.new_page(key),
                key=key,
                order=order.order_id,
                amount_minor=order.amount,
                currency="RUB",
                created_at=now,
                expires_at=due,
                description=order.description,
                return_url=order.success_url,
                fail_url=order.fail_url,
                notice_url=order.notification_url,
                locale=order.language,
                save=order.recurrent == "Y",
                extra={
                    **({} if order.receipt is None else {"receipt": "yes"}),
                    "hold": "yes" if order.pay_type == "T" else "no",
                    "customer": order.customer_key or "",
                    "rrn": str(int.from_bytes(self.derived(key, "rrn")[:5], "big")),
                    "card": str(int.from_bytes(self.derived(key, "card")[:4], "big")),
                    "rebill": str(int.from_bytes(self.derived(key, "rebill")[:5], "big")),
                },
            )
        )

    def _check_owner(self, order: orders.Init) -> None:
        """Who confirms a charge of his card names the one that his bank refused. Raises Rejected."""
        failed = order.data.get("failMapiSessionId")
        if failed is None:
            return
        refused = self.payment(failed)
        if order.data.get("recurringType") != "12" or refused.extra.get("code") != OWNER_WANTED:
            raise Rejected("251", "nothing to confirm")
        if refused.amount_minor != order.amount:
            raise Rejected("251", "another amount than was refused")

    def payment(self, payment_id: str) -> Payment:
        """Raises Rejected."""
        payment = self.till.payments.get(payment_id)
        if payment is None:
            raise Rejected("255", "no such payment")
        return payment

    def cancel(self, order: orders.Cancel) -> tuple[str, int]:
        """(Status after it, what is left of the amount). Raises Rejected."""
        payment = self.payment(order.payment_id)
        if payment.state in {"new", "authorized"}:
            held = payment.state == "authorized"
            extra = {"status": "REVERSED"} if held else {}
            return self.status(self.till.move(payment.id, "cancelled", **extra)), 0
        amount = payment.amount_minor - payment.refunded_minor if order.amount is None else order.amount
        key = order.external_request_id or f"{payment.id}#{len(list(self.till.refunds_of(payment.id)))}"
        try:
            refund = self.give_back(payment, key=key, amount_minor=amount, refund_id=self.derived(key, "refund").hex())
        except TillRefusal as error:
            raise Rejected("8" if error.code == "state" else "51", error.code) from error
        if refund.state == "failed":
            raise Rejected("1051", "not enough on the account")
        left = self.payment(order.payment_id)
        return self.status(left), left.amount_minor - left.refunded_minor

    def code(self, payment: Payment) -> str:
        """Raises Rejected."""
        if payment.state != "new":
            raise Rejected("8", "wrong state")
        if payment.amount_minor < SBP_MIN_MINOR:
            raise Rejected("251", "too little for the faster payment system")
        if "link" not in payment.extra:
            payment = self.till.note(payment.id, link=self.link(payment.key, payment.amount_minor))
        return payment.extra["link"]

    def charge(self, payment: Payment, rebill: str) -> Payment:
        """Raises Rejected."""
        kept = [one for one in self.till.payments.values() if one.extra["rebill"] == rebill and is_kept(one)]
        if not kept:
            raise Rejected("308", "no such RebillId")
        if payment.state != "new":
            raise Rejected("8", "wrong state")
        if self.mischief.hits("refuse", payment.key):
            return self.till.move(payment.id, "declined", code="1051", tries=str(TRIES_MAX))
        if self.mischief.hits("challenge", payment.key):
            return self.till.move(payment.id, "declined", code=OWNER_WANTED, tries=str(TRIES_MAX))
        return self.till.move(payment.id, "paid")

    def cards(self, customer: str) -> list[Payment]:
        """The payments whose cards were kept for a customer."""
        return [one for one in self.till.payments.values() if one.extra["customer"] == customer and is_kept(one)]

    def status(self, payment: Payment) -> str:
        if payment.state == "paid" and any(one.state == "pending" for one in self.till.refunds_of(payment.id)):
            return "ASYNC_REFUNDING"
        if payment.refunded_minor:
            return "REFUNDED" if payment.refunded_minor == payment.amount_minor else "PARTIAL_REFUNDED"
        return payment.extra.get("status") or STATUS[payment.state]

    def paid(self, payment: Payment) -> None:
        held = payment.state == "new" and payment.extra["hold"] == "yes"
        self.till.move(payment.id, "authorized" if held else "paid")

    def declined(self, payment: Payment) -> None:
        """He may try again."""
        tries = int(payment.extra.get("tries", "0")) + 1
        self.till.move(payment.id, "declined", reason="insufficient_funds", tries=str(tries))

    def open_to_payer(self, payment: Payment) -> bool:
        again = payment.state == "declined" and int(payment.extra["tries"]) < TRIES_MAX
        return payment.state == "new" or again

    def notices(self, kind: Kind, payment: Payment, refund: Refund | None, *, forged: bool) -> list[Notice]:
        told = [
            self._notice(status or self.status(payment), payment, refund, forged=forged)
            for status in TOLD.get(kind, ())
        ]
        is_slow = self.mischief.hits("slow_receipt", payment.id)
        if kind == "captured" and "receipt" in payment.extra and not is_slow and not forged:
            told.append(self._fiscal(payment))
        return told

    def _fiscal(self, payment: Payment) -> Notice:
        """The till has made the receipt, or could not."""
        assert payment.paid_at is not None
        broken = self.mischief.hits("fail_receipt", payment.id)
        mark = int.from_bytes(self.derived(payment.key, "fiscal")[:4], "big")
        made = {
            "FnNumber": "9999078900004312",
            "FiscalDocumentNumber": mark % 100_000,
            "FiscalDocumentAttribute": mark,
            "ReceiptDatetime": payment.paid_at.isoformat(timespec="seconds"),
            "Url": f"https://receipts.test/{mark}",
        }
        paper = {
            "TerminalKey": self.terminal_key,
            "OrderId": payment.order,
            "Success": not broken,
            "Status": "RECEIPT",
            "PaymentId": int(payment.id),
            "ErrorCode": "1" if broken else "0",
            "Amount": payment.amount_minor,
            "Type": "Income",
            "Receipt": {"Items": []},
            **({} if broken else made),
        }
        return Notice(
            id=f"{payment.id}-RECEIPT",
            event="RECEIPT",
            payment=payment.id,
            url=payment.notice_url or self.notice_url,
            body=json.dumps(sealed(paper, self.password)).encode(),
        )

    def _notice(self, status: str, payment: Payment, refund: Refund | None, *, forged: bool) -> Notice:
        paper: dict[str, Any] = {
            "TerminalKey": self.terminal_key,
            "OrderId": payment.order,
            "Success": status not in {"REJECTED", "DEADLINE_EXPIRED"},
            "Status": status,
            "PaymentId": int(payment.id),
            "ErrorCode": "1051" if status == "REJECTED" else "0",
            "Amount": payment.amount_minor - payment.refunded_minor,
        }
        if payment.state == "paid":
            paper |= {"CardId": int(payment.extra["card"]), "Pan": "220000******4444", "ExpDate": "1230"}
            if payment.save:
                paper["RebillId"] = payment.extra["rebill"]
            paper["Data"] = {"Source": "sandbox"}
        name = f"{payment.id}-{status}-{payment.amount_minor}-{refund.id if refund else payment.extra.get('tries', '')}"
        return Notice(
            id=f"forged-{name}" if forged else name,
            event=status,
            payment=payment.id,
            url=payment.notice_url or self.notice_url,
            body=json.dumps(sealed(paper, FORGER if forged else self.password)).encode(),
        )

    def notice_accepted(self, notice: Notice, answer: Answer) -> bool:
        return super().notice_accepted(notice, answer) and answer.body == b"OK"


def is_kept(payment: Payment) -> bool:
    return payment.save and payment.state == "paid" and "removed" not in payment.extra
