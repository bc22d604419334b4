"""YooMoney as the owner of a wallet knows it: a form, its page, a signed notice, and a history for who has a token."""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from okno.protocol.money.amount import Money
from okno.sandbox.payers.courier import Habits
from okno.sandbox.payers.page import EntranceHandler
from okno.sandbox.payers.records import Kind, Notice, Payment, Refund
from okno.sandbox.payers.twin import Twin, TwinSettings
from okno.sandbox.payers.wire import CallHandler
from okno.sandbox.payers.yoomoney.seal import sealed, sealed_as_before

LABEL_LENGTH_MAX = 64
RECORDS_MAX = 100
_SUM = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?")
_TYPES = {"AC": "card-incoming", "PC": "p2p-incoming"}


class YoomoneySettings(TwinSettings, frozen=True, kw_only=True, tag="yoomoney"):
    """`hashing` as until May 2026 is `sha1`. `unaccepted`: the wallet is full, money waits outside of it."""

    wallet: str
    secret: str
    token: str = ""
    hashing: Literal["sign", "sha1"] = "sign"
    unaccepted: bool = False
    payer_time_s: int = 86_400


class Yoomoney(Twin):
    name = "yoomoney"
    title = ("ЮMoney", "YooMoney")
    habits = Habits(timeout_s=10, pauses_s=(600, 3600))

    def __init__(self, settings: YoomoneySettings) -> None:
        self.wallet = settings.wallet
        self.token = settings.token
        self.hashing = settings.hashing
        self._settings = settings
        super().__init__(settings)

    def handlers(self) -> list[tuple[str, Any, dict[str, Any]]]:
        given = {"twin": self}
        return [(r"/quickpay/confirm", FormHandler, given), (r"/api/operation-history", HistoryHandler, given)]

    def opened(self, form: dict[str, str]) -> Payment:
        """The form sent once more is the same payment until something has become of it; then it is another."""
        now = datetime.now(UTC)
        label = form.get("label", "")
        ended = sum(1 for one in self.till.by_order(label) if one.state != "new")
        key = f"{label}|{form['sum']}|{ended}"
        return self.till.create(
            Payment(
                id=str(int.from_bytes(self.derived(key, "operation")) % 10**18),
                page=self.new_page(key),
                key=key,
                order=label,
                amount_minor=Money.parse(form["sum"], "RUB").minor,
                currency="RUB",
                created_at=now,
                expires_at=now + timedelta(seconds=self._settings.payer_time_s),
                return_url=form.get("successURL", ""),
                method=form["paymentType"],
            )
        )

    def notices(self, kind: Kind, payment: Payment, refund: Refund | None, *, forged: bool) -> list[Notice]:
        if kind != "captured" or refund is not None:
            return []
        paper = self._paper(payment)
        secret = "a-stranger-guesses" if forged else self._settings.secret
        seal = sealed if self.hashing == "sign" else sealed_as_before
        return [
            Notice(
                id=f"{'forged-' if forged else ''}{payment.id}-{payment.amount_minor}",
                event=paper["notification_type"],
                payment=payment.id,
                url=self.notice_url,
                body=seal(paper, secret),
                content_type="application/x-www-form-urlencoded",
            )
        ]

    def _paper(self, payment: Payment) -> dict[str, str]:
        assert payment.paid_at is not None
        kept = payment.amount_minor - payment.fee_minor
        return {
            "notification_type": _TYPES[payment.method],
            "operation_id": payment.id,
            "amount": Money(kept, "RUB").decimal,
            "withdraw_amount": Money(payment.amount_minor, "RUB").decimal,
            "currency": "643",
            "datetime": payment.paid_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sender": "" if payment.method == "AC" else "410011111111111",
            "codepro": "false",
            "unaccepted": "true" if self._settings.unaccepted else "false",
            "label": payment.order,
        }


class FormHandler(EntranceHandler):
    twin: Yoomoney

    def post(self) -> None:
        form = self.fields()
        if form.get("receiver") != self.twin.wallet or form.get("quickpay-form") != "button":
            self.turn_away("no such wallet or form")
        elif not _SUM.fullmatch(form.get("sum", "")) or form.get("paymentType") not in _TYPES:
            self.turn_away("sum or paymentType is wrong")
        elif len(form.get("label", "")) > LABEL_LENGTH_MAX:
            self.turn_away("label is too long")
        else:
            self.enter(self.twin.opened(form))


class HistoryHandler(CallHandler):
    twin: Yoomoney

    async def post(self) -> None:
        shown = self.request.headers.get("Authorization", "")
        if not self.twin.token or not hmac.compare_digest(shown.encode(), f"Bearer {self.twin.token}".encode()):
            await self.answer(401, b"{}")
            return
        known = [self.twin.as_told(one) for one in self._known() if one.paid_at is not None]
        first = int(self.get_body_argument("start_record", "0"))
        records = min(int(self.get_body_argument("records", "30")), RECORDS_MAX)
        page: dict[str, object] = {"operations": [self._operation(one) for one in known[first : first + records]]}
        if first + records < len(known):
            page["next_record"] = str(first + records)
        await self.answer(200, msgspec.json.encode(page))

    def _known(self) -> list[Payment]:
        """Of a label or, if none is named, of a period; the newest first."""
        label = self.get_body_argument("label", "")
        if label:
            return list(reversed(self.twin.till.by_order(label)))
        since, until = (
            datetime.fromisoformat(self.get_body_argument(name, edge))
            for name, edge in (("from", "2000-01-01T00:00:00Z"), ("till", "2999-01-01T00:00:00Z"))
        )
        return list(reversed(self.twin.till.captured(since, until)))

    def _operation(self, payment: Payment) -> dict[str, object]:
        assert payment.paid_at is not None
        status = "under_review" if self.twin.mischief.hits("unknown", payment.id) else "success"
        return {
            "operation_id": payment.id,
            "status": status,
            "datetime": payment.paid_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "title": "Пополнение",
            "direction": "in",
            "amount": (payment.amount_minor - payment.fee_minor) / 100,
            "label": payment.order,
            "type": "deposition",
        }
