"""WebMoney as the owner of a purse knows it: it asks before it takes money, and then tells."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from okno.protocol.money.amount import Money
from okno.sandbox.payers.courier import Answer, Habits
from okno.sandbox.payers.page import EntranceHandler
from okno.sandbox.payers.records import Kind, Notice, Payment, Refund
from okno.sandbox.payers.twin import Twin, TwinSettings
from okno.sandbox.payers.webmoney.seal import asks_rightly, sealed
from okno.sandbox.payers.wire import CallHandler

NUMBER_MAX = 2**31 - 1
_AMOUNT = re.compile(r"(?=.*[1-9])[0-9]{1,9}(\.[0-9]{1,2})?")
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_MOSCOW = timedelta(hours=3)
PAYER_WM, PAYER_PURSE = "123456789012", "P987654321098"
_X18_ABSENT, _X18_UNPAID, _X18_WRONG = 7, 8, -3


class WebmoneySettings(TwinSettings, frozen=True, kw_only=True, tag="webmoney"):
    """`currency`: what the purse's letter stands for. `hold_days`: money is held so long and then the shop's.

    `tells_before`: the purse sends its parameters before the payment; otherwise that call is empty, and 200 is enough.
    """

    purse: str
    secret_key: str
    wmid: str = "000000000001"
    currency: str = "RUB"
    hold_days: int = 0
    tells_before: bool = True
    payer_time_s: int = 86_400


class Webmoney(Twin):
    name = "webmoney"
    title = ("WebMoney", "WebMoney")
    habits = Habits(timeout_s=10, pauses_s=(60, 600, 3600))

    def __init__(self, settings: WebmoneySettings) -> None:
        self.purse = settings.purse
        self.secret_key = settings.secret_key
        self.wmid = settings.wmid
        self.currency = settings.currency
        self.hold_days = settings.hold_days
        self.tells_before = settings.tells_before
        self._payer_time = timedelta(seconds=settings.payer_time_s)
        super().__init__(settings)

    def handlers(self) -> list[tuple[str, Any, dict[str, Any]]]:
        given = {"twin": self}
        return [(r"/lmi/payment_utf\.asp", FormHandler, given), (r"/conf/xml/XMLTransGet\.asp", X18Handler, given)]

    def opened(self, form: dict[str, str], description: str) -> Payment:
        now = datetime.now(UTC)
        number = form["LMI_PAYMENT_NO"]
        ended = sum(1 for one in self.till.by_order(number) if one.state != "new")
        key = f"{number}|{form['LMI_PAYMENT_AMOUNT']}|{ended}"
        return self.till.create(
            Payment(
                id=str(int.from_bytes(self.derived(key, "trans")) % 10**10),
                page=self.new_page(key),
                key=key,
                order=number,
                amount_minor=Money.parse(form["LMI_PAYMENT_AMOUNT"], self.currency).minor,
                currency=self.currency,
                created_at=now,
                expires_at=now + self._payer_time,
                description=description,
                return_url=form.get("LMI_SUCCESS_URL", ""),
                fail_url=form.get("LMI_FAIL_URL", ""),
                test="LMI_SIM_MODE" in form,
                extra={"invs": str(int.from_bytes(self.derived(key, "invs")) % 10**9)},
            )
        )

    def paid(self, payment: Payment) -> None:
        """Money is taken when the shop has said YES; late money is taken without a word."""
        if payment.state != "new":
            self.till.move(payment.id, "paid")
            return
        paper = {"LMI_PREREQUEST": "1", **self._paper(payment)} if self.tells_before else {}
        nth = int(payment.extra.get("asked", "0")) + 1
        self.till.note(payment.id, asked=str(nth))
        self.courier.post(self._notice(f"prerequest-{payment.id}-{nth}", "prerequest", payment, paper))

    def notice_accepted(self, notice: Notice, answer: Answer) -> bool:
        said_yes = answer.status == 200 and (answer.body.strip() == b"YES" or not notice.body)  # noqa: PLR2004 - OK
        if notice.event != "prerequest":
            return answer.status == 200  # noqa: PLR2004 - OK
        if said_yes and self.till.payments[notice.payment].state == "new":
            self.till.move(notice.payment, "paid")
        # Whatever else was said is shown to the payer as a refusal, and not asked again.
        return answer.status != 0

    def notices(self, kind: Kind, payment: Payment, refund: Refund | None, *, forged: bool) -> list[Notice]:
        if kind != "captured" or refund is not None:
            return []
        assert payment.paid_at is not None
        paper = {
            **self._paper(payment),
            "LMI_SYS_INVS_NO": payment.extra["invs"],
            "LMI_SYS_TRANS_NO": payment.id,
            "LMI_SYS_TRANS_DATE": (payment.paid_at + _MOSCOW).strftime("%Y%m%d %H:%M:%S"),
            "LMI_PAYMENT_DESC": payment.description,
            "LMI_LANG": "ru-RU",
        }
        if self.hold_days:
            paper["LMI_HOLD"] = str(self.hold_days)
        key = "a stranger guesses" if forged else self.secret_key
        name = f"{'forged-' if forged else ''}{payment.id}-{payment.amount_minor}"
        return [self._notice(name, "result", payment, sealed(paper, key))]

    def _paper(self, payment: Payment) -> dict[str, str]:
        return {
            "LMI_PAYEE_PURSE": self.purse,
            "LMI_PAYMENT_AMOUNT": Money(payment.amount_minor, payment.currency).decimal,
            "LMI_PAYMENT_NO": payment.order,
            "LMI_MODE": "1" if payment.test else "0",
            "LMI_PAYER_WM": PAYER_WM,
            "LMI_PAYER_PURSE": PAYER_PURSE,
        }

    def _notice(self, notice_id: str, event: str, payment: Payment, paper: dict[str, str]) -> Notice:
        return Notice(
            id=notice_id,
            event=event,
            payment=payment.id,
            url=self.notice_url,
            body=urlencode(paper).encode(),
            content_type="application/x-www-form-urlencoded",
        )


class FormHandler(EntranceHandler):
    twin: Webmoney

    def post(self) -> None:
        form = self.fields()
        number = form.get("LMI_PAYMENT_NO", "")
        try:
            description = base64.b64decode(form.get("LMI_PAYMENT_DESC_BASE64", ""), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            self.turn_away("LMI_PAYMENT_DESC_BASE64 is wrong")
            return
        if form.get("LMI_PAYEE_PURSE") != self.twin.purse:
            self.turn_away("no such purse")
        elif not _AMOUNT.fullmatch(form.get("LMI_PAYMENT_AMOUNT", "")):
            self.turn_away("LMI_PAYMENT_AMOUNT is wrong")
        elif not _NUMBER.fullmatch(number) or int(number) > NUMBER_MAX:
            self.turn_away("LMI_PAYMENT_NO is wrong")
        else:
            self.enter(self.twin.opened(form, description))


class X18Handler(CallHandler):
    """From memory: what is asked by number, answered with the operation or with why there is none."""

    twin: Webmoney

    async def post(self) -> None:
        asked = dict(re.findall(r"<([a-z_0-9]+)>([^<]*)</\1>", self.request.body.decode("utf-8", "replace")))
        number = asked.get("lmi_payment_no", "")
        right = asks_rightly(wmid=self.twin.wmid, purse=self.twin.purse, number=number, key=self.twin.secret_key)
        known = self.twin.till.by_order(number)
        paid = [one for one in map(self.twin.as_told, known) if one.paid_at is not None]
        if asked.get("sha256") != right:
            await self._say(_X18_WRONG, "sign")
        elif not known:
            await self._say(_X18_ABSENT, "not found")
        elif not paid:
            await self._say(_X18_UNPAID, "not paid")
        else:
            await self._say(0, "", _operation(paid[-1]))

    async def _say(self, code: int, text: str, operation: str = "") -> None:
        body = f"<merchant.response>{operation}<retval>{code}</retval><retdesc>{text}</retdesc></merchant.response>"
        await self.answer(200, body.encode(), "text/xml")


def _operation(payment: Payment) -> str:
    assert payment.paid_at is not None
    amount = Money(payment.amount_minor, payment.currency).decimal
    hour = (payment.paid_at + _MOSCOW).strftime("%Y%m%d %H:%M:%S")
    return (
        f'<operation wmtransid="{payment.id}" wminvoiceid="{payment.extra["invs"]}"><amount>{amount}</amount>'
        f"<operdate>{hour}</operdate><pursefrom>{PAYER_PURSE}</pursefrom></operation>"
    )
