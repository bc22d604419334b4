"""CloudPayments as a site knows it: orders with a page, payments that begin there, signed notices."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import msgspec

from okno.protocol.money.amount import Money
from okno.sandbox.payers.cloudpayments.seal import plain, seal
from okno.sandbox.payers.courier import Answer, Habits
from okno.sandbox.payers.records import Kind, Notice, Payment, PaymentState, Refund, RefundState
from okno.sandbox.payers.till import TillRefusal
from okno.sandbox.payers.twin import Twin, TwinSettings

STATUS: dict[PaymentState, str] = {
    "new": "AwaitingAuthentication",
    "authorized": "Authorized",
    "paid": "Completed",
    "declined": "Declined",
    "cancelled": "Cancelled",
    "expired": "Cancelled",
}
REFUND_STATUS: dict[RefundState, str] = {
    "pending": "AwaitingAuthentication",
    "done": "Completed",
    "failed": "Declined",
}
NO_MONEY = {"Reason": "InsufficientFunds", "ReasonCode": 5051}
UNKNOWN_OWNER = "AuthenticationFailed"
VATS = (None, 0, 5, 7, 10, 20, 22, 105, 107, 110, 120, 122)
_TOLD: dict[Kind, str] = {"captured": "pay", "declined": "fail", "refunded": "refund"}


MOSCOW = timezone(timedelta(hours=3))


def slip_checked(order: dict[str, Any]) -> bool:
    """Whether the order has a receipt made. Raises ValueError for one that a till would not print."""
    slip = order.get("JsonData", {}).get("CloudPayments", {}).get("CustomerReceipt")
    if slip is None:
        return False
    if "@" not in slip.get("email", "@") or slip["taxationSystem"] not in range(6) or not slip["Items"]:
        raise ValueError("CustomerReceipt")
    total = Decimal(0)
    for item in slip["Items"]:
        if Decimal(item["price"]) * Decimal(str(item["quantity"])) != Decimal(item["amount"]):
            raise ValueError("price by quantity")
        if item["vat"] not in VATS or item["method"] not in range(1, 8) or item["object"] not in range(1, 27):
            raise ValueError("vat, method, object")
        total += Decimal(item["amount"])
    if {total, Decimal(slip["amounts"]["electronic"])} != {Decimal(str(order["Amount"]))}:
        raise ValueError("the receipt does not add up to Amount")
    return True


class CloudpaymentsSettings(TwinSettings, frozen=True, kw_only=True, tag="cloudpayments"):
    """`swapped`: the two headers change places, for nobody is sure of them."""

    public_id: str
    secret: str
    swapped: bool = False


class Shop(Twin):
    """All of CloudPayments but its HTTP."""

    name = "cloudpayments"
    title = ("CloudPayments", "CloudPayments")
    habits = Habits(timeout_s=10, pauses_s=(60, 600, 3600, 3600))

    def __init__(self, settings: CloudpaymentsSettings) -> None:
        self.public_id = settings.public_id
        self.secret = settings.secret
        self.swapped = settings.swapped
        super().__init__(settings)

    def number(self, key: str, what: str) -> str:
        return str(10**9 + int.from_bytes(self.derived(key, what)) % 10**9)

    def ordered(self, key: str, order: dict[str, Any]) -> Payment:
        now = datetime.now(UTC)
        payment = Payment(
            id=self.number(key, "transaction"),
            page=self.new_page(key),
            key=key,
            order=order.get("InvoiceId", ""),
            amount_minor=Money.parse(str(order["Amount"]), order["Currency"]).minor,
            currency=order["Currency"],
            created_at=now,
            expires_at=now + timedelta(days=30),
            description=order.get("Description", ""),
            return_url=order.get("SuccessRedirectUrl", ""),
            fail_url=order.get("FailRedirectUrl", ""),
            save="AccountId" in order,
            locale="en" if order.get("CultureName") == "en-US" else "ru",
            extra={
                "order": self.derived(key, "order").hex(),
                "account": order.get("AccountId", ""),
                **({"receipt": "yes"} if slip_checked(order) else {}),
            },
        )
        return self.till.create(payment)

    def charged(self, key: str, order: dict[str, Any]) -> Payment:
        """By a card that was kept. Raises TillRefusal."""
        known = self.till.by_key(key)
        if known is not None:
            return known
        account = order["AccountId"]
        kept = [one for one in self.till.payments.values() if one.save and one.extra["account"] == account]
        if not any(one.state == "paid" and self.token(one) == order["Token"] for one in kept):
            raise TillRefusal("unknown")
        payment = self.till.note(self.ordered(key, order).id, begun="yes")
        if self.mischief.hits("refuse", key):
            return self.till.move(payment.id, "declined")
        if self.mischief.hits("challenge", key):
            return self.till.note(payment.id, challenge=self.derived(key, "pareq").hex())
        return self.till.move(payment.id, "paid")

    def proof(self, payment: Payment, answer: str) -> str:
        """What a bank gives its client's browser to bring back: of `yes` or `no`."""
        return self.derived(payment.key, f"pares-{answer}").hex()

    def confirmed(self, payment_id: str, proof: str) -> Payment:
        """A second time it is told as it is. Raises TillRefusal."""
        payment = self.till.payments.get(payment_id)
        if payment is None or "challenge" not in payment.extra:
            raise TillRefusal("unknown")
        if payment.state != "new":
            return payment
        if proof not in {self.proof(payment, "yes"), self.proof(payment, "no")}:
            raise TillRefusal("state")
        is_owner = proof == self.proof(payment, "yes")
        return self.till.move(payment.id, "paid" if is_owner else "declined", reason="" if is_owner else UNKNOWN_OWNER)

    def paid(self, payment: Payment) -> None:
        """At his bank's page a payer only proves who he is: the money moves when the shop brings the proof."""
        if "challenge" in payment.extra:
            self.till.note(payment.id, answer="yes")
        else:
            super().paid(payment)

    def declined(self, payment: Payment) -> None:
        if "challenge" in payment.extra:
            self.till.note(payment.id, answer="no")
        else:
            super().declined(payment)

    def open_to_payer(self, payment: Payment) -> bool:
        return super().open_to_payer(payment) and "answer" not in payment.extra

    def goodbye(self, payment: Payment) -> str:
        if "answer" in payment.extra:
            return f"{self.public_url}/acs/{payment.page}"
        return super().goodbye(payment)

    def token(self, payment: Payment) -> str:
        return f"tk_{self.derived(payment.key, 'token').hex()}"

    def entered(self, order: str) -> Payment | None:
        """The payer is at the page of an order: a payment begins, and another one after each card that was refused."""
        tried = [payment for payment in self.till.payments.values() if payment.extra["order"] == order]
        if not tried:
            return None
        last = tried[-1]
        if last.state == "declined":
            key = f"{tried[0].key}#{len(tried)}"
            anew = msgspec.structs.replace(
                tried[0],
                id=self.number(key, "transaction"),
                page=self.new_page(key),
                key=key,
                created_at=datetime.now(UTC),
            )
            last = self.till.create(msgspec.structs.replace(anew, state="new", reason="", extra=dict(anew.extra)))
        return last if "begun" in last.extra else self.till.note(last.id, begun="yes")

    def begun(self, payment_id: str) -> Payment | None:
        payment = self.till.payments.get(payment_id)
        return None if payment is None or "begun" not in payment.extra else self.as_told(payment)

    def paper(self, payment: Payment) -> dict[str, Any]:
        status = "UnderReview" if self.mischief.hits("unknown", payment.id) else STATUS[payment.state]
        paper: dict[str, Any] = {
            "TransactionId": int(payment.id),
            "Amount": payment.amount_minor / 100,
            "Currency": payment.currency,
            "Status": status,
            "InvoiceId": payment.order,
            "TestMode": payment.test,
            "CreatedDateIso": payment.created_at.strftime("%Y-%m-%dT%H:%M:%S"),
            "CardType": "Mir",
            "CardLastFour": "4444",
            "Refunded": payment.refunded_minor > 0,
            "Rrn": self.number(payment.key, "rrn"),
        }
        if payment.paid_at is not None:
            paper["ConfirmDateIso"] = payment.paid_at.strftime("%Y-%m-%dT%H:%M:%S")
            paper["TotalFee"] = payment.fee_minor / 100
            if payment.save:
                paper |= {"AccountId": payment.extra["account"], "Token": self.token(payment), "CardExpDate": "12/30"}
        if payment.state == "declined":
            unknown = payment.reason == UNKNOWN_OWNER
            paper |= {"Reason": UNKNOWN_OWNER, "ReasonCode": 5206} if unknown else dict(NO_MONEY)
        return paper

    def refund_paper(self, refund: Refund) -> dict[str, Any]:
        return {
            "TransactionId": int(refund.id),
            "PaymentTransactionId": int(refund.payment),
            "Amount": refund.amount_minor / 100,
            "Currency": self.till.payments[refund.payment].currency,
            "Status": REFUND_STATUS[refund.state],
        }

    def notices(self, kind: Kind, payment: Payment, refund: Refund | None, *, forged: bool) -> list[Notice]:
        event = _TOLD.get(kind)
        if event is None:
            return []
        about = int(payment.id if refund is None else refund.id)
        minor = payment.amount_minor if refund is None else refund.amount_minor
        paper = {
            "TransactionId": about,
            "Amount": Money(minor, payment.currency).decimal,
            "Currency": payment.currency,
            "InvoiceId": payment.order,
            "Status": "Declined" if event == "fail" else "Completed",
            "OperationType": "Payment" if refund is None else "Refund",
            "TestMode": int(payment.test),
            "CardType": "Mir",
            "CardLastFour": "4444",
            "Description": payment.description,
        }
        if refund is not None:
            paper["PaymentTransactionId"] = refund.payment
        told = [self._notice(f"{'forged-' if forged else ''}{event}-{about}-{minor}", event, payment, paper)]
        if kind == "captured" and "receipt" in payment.extra and not forged and self._has_made(payment):
            told.append(self._notice(f"receipt-{about}", "receipt", payment, self._fiscal(payment)))
        return told

    def _notice(self, notice: str, event: str, payment: Payment, paper: dict[str, Any]) -> Notice:
        return Notice(
            id=notice,
            event=event,
            payment=payment.id,
            url=self.notice_url,
            body=urlencode(paper).encode(),
            content_type="application/x-www-form-urlencoded",
        )

    def _has_made(self, payment: Payment) -> bool:
        """A till that could not make a receipt tells nobody but the shop's office."""
        return not self.mischief.hits("slow_receipt", payment.id) and not self.mischief.hits("fail_receipt", payment.id)

    def _fiscal(self, payment: Payment) -> dict[str, Any]:
        assert payment.paid_at is not None
        mark = int.from_bytes(self.derived(payment.key, "fiscal")[:4], "big")
        return {
            "Id": self.derived(payment.key, "receipt").hex(),
            "DocumentNumber": mark % 100_000,
            "SessionNumber": 12,
            "Number": 7,
            "FiscalSign": mark,
            "DeviceNumber": "0123456789",
            "RegNumber": "0000000001012345",
            "FiscalNumber": "9999078900004312",
            "Inn": "7700000000",
            "Type": "Income",
            "Ofd": "ofd.test",
            "Url": f"https://receipts.test/{mark}",
            "TransactionId": int(payment.id),
            "Amount": Money(payment.amount_minor, payment.currency).decimal,
            "DateTime": payment.paid_at.astimezone(MOSCOW).strftime("%Y-%m-%d %H:%M:%S"),
            "InvoiceId": payment.order,
            "Receipt": json.dumps({"Items": []}),
        }

    def notice_heads(self, notice: Notice) -> dict[str, str]:
        secret = "a-stranger-guesses" if notice.forged else self.secret
        names = ("X-Content-HMAC", "Content-HMAC") if self.swapped else ("Content-HMAC", "X-Content-HMAC")
        return dict(zip(names, (seal(notice.body, secret), seal(plain(notice.body), secret)), strict=True))

    def notice_accepted(self, notice: Notice, answer: Answer) -> bool:  # noqa: ARG002 - as the base has it
        try:
            return answer.status == 200 and json.loads(answer.body) == {"code": 0}  # noqa: PLR2004 - OK
        except ValueError:
            return False
