"""QIWI's bills as a site knew them: a bill put under the site's own number, its page, signed news of it."""

from __future__ import annotations

import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

from okno.protocol.money.amount import Money
from okno.sandbox.payers.courier import Answer, Habits
from okno.sandbox.payers.page import EntranceHandler
from okno.sandbox.payers.qiwi.seal import seal
from okno.sandbox.payers.records import Kind, Notice, Payment, PaymentState, Refund
from okno.sandbox.payers.till import TillRefusal
from okno.sandbox.payers.twin import Twin, TwinSettings
from okno.sandbox.payers.wire import CallHandler

LIFE_MAX = timedelta(days=45)
_VALUE = re.compile(r"(?=.*[1-9])[0-9]{1,7}\.[0-9]{2}")
_STATUS: dict[PaymentState, str] = {
    "new": "WAITING",
    "authorized": "WAITING",
    "paid": "PAID",
    "declined": "REJECTED",
    "cancelled": "REJECTED",
    "expired": "EXPIRED",
}


class QiwiSettings(TwinSettings, frozen=True, kw_only=True, tag="qiwi"):
    site: str
    secret: str


class Qiwi(Twin):
    name = "qiwi"
    title = ("QIWI", "QIWI")
    habits = Habits(timeout_s=10, pauses_s=(60, 600, 3600, 14400))

    def __init__(self, settings: QiwiSettings) -> None:
        self.site = settings.site
        self.secret = settings.secret
        super().__init__(settings)

    def handlers(self) -> list[tuple[str, Any, dict[str, Any]]]:
        given = {"twin": self}
        bills = r"/partner/bill/v1/bills/([0-9A-Za-z_-]{1,200})"
        return [
            (bills, BillHandler, given),
            (bills + "/refunds/([0-9A-Za-z_-]{1,200})", RefundHandler, given),
            (r"/form/([0-9A-Za-z_-]{1,200})", FormHandler, given),
        ]

    def billed(self, bill: str, body: bytes, amount_minor: int, order: dict[str, Any]) -> Payment:
        now = datetime.now(UTC)
        until = datetime.fromisoformat(order["expirationDateTime"])
        return self.till.create(
            Payment(
                id=bill,
                page=self.new_page(bill),
                key=bill,
                order=bill,
                amount_minor=amount_minor,
                currency=order["amount"]["currency"],
                created_at=now,
                expires_at=min(until, now + LIFE_MAX),
                description=order.get("comment", ""),
                extra={"body": sha256(body).hexdigest()},
            )
        )

    def paper(self, payment: Payment) -> dict[str, Any]:
        status = "FROZEN" if self.mischief.hits("unknown", payment.id) else _STATUS[payment.state]
        return {
            "siteId": self.site,
            "billId": payment.id,
            "amount": {"value": Money(payment.amount_minor, payment.currency).decimal, "currency": payment.currency},
            "status": {"value": status, "changedDateTime": _hour(payment.paid_at or payment.created_at)},
            "comment": payment.description,
            "creationDateTime": _hour(payment.created_at),
            "expirationDateTime": _hour(payment.expires_at),
            "payUrl": f"{self.public_url}/form/{payment.id}?x=1",
        }

    def refund_paper(self, refund: Refund) -> dict[str, Any]:
        payment = self.till.payments[refund.payment]
        return {
            "amount": {"value": Money(refund.amount_minor, payment.currency).decimal, "currency": payment.currency},
            "datetime": _hour(refund.created_at),
            "refundId": refund.id.partition(":")[2],
            "status": "FULL" if refund.amount_minor == payment.amount_minor else "PARTIAL",
        }

    def goodbye(self, payment: Payment) -> str:
        return payment.extra.get("back", "")

    def notices(self, kind: Kind, payment: Payment, refund: Refund | None, *, forged: bool) -> list[Notice]:
        if kind != "captured" or refund is not None:
            return []
        return [
            Notice(
                id=f"{'forged-' if forged else ''}{payment.id}-{payment.amount_minor}",
                event="PAID",
                payment=payment.id,
                url=self.notice_url,
                body=json.dumps({"bill": self.paper(payment), "version": "1"}).encode(),
            )
        ]

    def notice_heads(self, notice: Notice) -> dict[str, str]:
        secret = "a-stranger-guesses" if notice.forged else self.secret
        return {"X-Api-Signature-SHA256": seal(json.loads(notice.body)["bill"], secret)}

    def notice_accepted(self, notice: Notice, answer: Answer) -> bool:  # noqa: ARG002 - as the base has it
        return answer.status == 200  # noqa: PLR2004 - OK


def _hour(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


class QiwiHandler(CallHandler):
    twin: Qiwi

    async def prepare(self) -> None:
        await super().prepare()
        shown = self.request.headers.get("Authorization", "")
        if not self._finished and not hmac.compare_digest(shown.encode(), f"Bearer {self.twin.secret}".encode()):
            await self.fault(401, "auth.unauthorized")

    async def say(self, content: dict[str, Any]) -> None:
        await self.answer(200, msgspec.json.encode(content))

    async def fault(self, status: int, code: str) -> None:
        content = {"serviceName": "invoicing-api", "errorCode": code, "description": code, "traceId": "0"}
        await self.answer(status, msgspec.json.encode(content))

    def amount(self, order: dict[str, Any]) -> int:
        """Raises ValueError, KeyError, TypeError."""
        value = order["amount"]["value"]
        if not _VALUE.fullmatch(value):
            raise ValueError("amount")
        return int(value.replace(".", ""))


class BillHandler(QiwiHandler):
    async def put(self, bill: str) -> None:
        try:
            order = json.loads(self.request.body)
            payment = self.twin.billed(bill, self.request.body, self.amount(order), order)
        except (ValueError, KeyError, TypeError):
            await self.fault(400, "validation.error")
            return
        if payment.extra["body"] != sha256(self.request.body).hexdigest():
            await self.fault(409, "api.invoice.already.exists")
        else:
            await self.say(self.twin.paper(payment))

    async def get(self, bill: str) -> None:
        payment = self.twin.till.payments.get(bill)
        if payment is None:
            await self.fault(404, "api.invoice.not.found")
        else:
            await self.say(self.twin.paper(self.twin.as_told(payment)))


class RefundHandler(QiwiHandler):
    async def put(self, bill: str, name: str) -> None:
        payment = self.twin.till.payments.get(bill)
        if payment is None:
            await self.fault(404, "api.invoice.not.found")
            return
        key = f"{bill}:{name}"
        try:
            minor = self.amount(json.loads(self.request.body))
            refund = self.twin.till.refund(bill, refund_id=key, key=key, amount_minor=minor)
        except TillRefusal:
            await self.fault(400, "refund.incorrect.amount")
        except (ValueError, KeyError, TypeError):
            await self.fault(400, "validation.error")
        else:
            await self.say(self.twin.refund_paper(refund))

    async def get(self, bill: str, name: str) -> None:
        refund = self.twin.till.refund_by_key(f"{bill}:{name}")
        if refund is None:
            await self.fault(404, "api.refund.not.found")
        else:
            await self.say(self.twin.refund_paper(refund))


class FormHandler(EntranceHandler):
    """Where `payUrl` leads; the way back stands in its query."""

    twin: Qiwi

    def get(self, bill: str) -> None:
        payment = self.twin.till.payments.get(bill)
        if payment is None:
            self.turn_away("no such bill")
            return
        back = self.fields().get("successUrl", "")
        self.enter(self.twin.till.note(bill, back=back) if back != payment.extra.get("back") else payment)
