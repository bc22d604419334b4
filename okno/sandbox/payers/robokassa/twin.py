"""Robokassa as a shop knows it: a signed address, its page, a signed result, and a state for who asks."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlencode

from okno.protocol.money.amount import Money
from okno.sandbox.payers.courier import Answer, Habits
from okno.sandbox.payers.page import EntranceHandler
from okno.sandbox.payers.records import Kind, Notice, Payment, PaymentState, Refund
from okno.sandbox.payers.robokassa.seal import extras, seal, true
from okno.sandbox.payers.twin import Twin, TwinSettings
from okno.sandbox.payers.wire import CallHandler

NUMBER_MAX = 2**31 - 1
DESCRIPTION_LENGTH_MAX = 100
_SUM = re.compile(r"(?=.*[1-9])[0-9]{1,9}\.[0-9]{2}")
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_STATES: dict[PaymentState, int] = {
    "new": 5,
    "authorized": 20,
    "paid": 100,
    "declined": 60,
    "cancelled": 10,
    "expired": 10,
}
_UNDOCUMENTED = 77
MOSCOW = timedelta(hours=3)


class RobokassaSettings(TwinSettings, frozen=True, kw_only=True, tag="robokassa"):
    """`hash` as the office names it. `decimals` of a sum in a result: it has sent six."""

    login: str
    password1: str
    password2: str
    hash: str = "SHA256"
    decimals: int = 6


class Robokassa(Twin):
    name = "robokassa"
    title = ("Робокасса", "Robokassa")
    habits = Habits(timeout_s=10, pauses_s=(60.0,) * 10)

    def __init__(self, settings: RobokassaSettings) -> None:
        self.shop = settings
        super().__init__(settings)

    def handlers(self) -> list[tuple[str, Any, dict[str, Any]]]:
        given = {"twin": self}
        return [
            (r"/Merchant/Index\.aspx", IndexHandler, given),
            (r"/Merchant/WebService/Service\.asmx/OpStateExt", StateHandler, given),
            (r"/RoboFiscal/Receipt/Status", FiscalHandler, given),
        ]

    def opened(self, given: dict[str, str]) -> Payment:
        """A number that was seen is that payment, whatever has become of it."""
        now = datetime.now(UTC)
        until = given.get("ExpirationDate")
        number = given["InvId"]
        return self.till.create(
            Payment(
                id=number,
                page=self.new_page(number),
                key=number,
                order=number,
                amount_minor=Money.parse(given["OutSum"], "RUB").minor,
                currency="RUB",
                created_at=now,
                expires_at=datetime.fromisoformat(f"{until[:19]}+00:00") if until else now + timedelta(days=1),
                description=given.get("Description", ""),
                return_url=given.get("SuccessUrl2", ""),
                fail_url=given.get("FailUrl2", ""),
                locale="en" if given.get("Culture") == "en" else "ru",
                test=given.get("IsTest") == "1",
                extra={name: value for name, value in given.items() if name == "Receipt" or name[:4].lower() == "shp_"},
            )
        )

    def notices(self, kind: Kind, payment: Payment, refund: Refund | None, *, forged: bool) -> list[Notice]:
        if kind != "captured" or refund is not None:
            return []
        amount = Money(payment.amount_minor, "RUB").decimal
        amount += "0" * (self.shop.decimals - 2)
        password = "a-stranger-guesses" if forged else self.shop.password2
        paper = {
            "OutSum": amount,
            "InvId": payment.order,
            "Fee": Money(payment.fee_minor, "RUB").decimal,
            "EMail": "",
            "SignatureValue": seal(self.shop.hash, amount, payment.order, password, *extras(payment.extra)).upper(),
            "PaymentMethod": "BankCard",
            "IncCurrLabel": "BankCardPSR",
            **{name: value for name, value in payment.extra.items() if name != "Receipt"},
        }
        return [
            Notice(
                id=f"{'forged-' if forged else ''}{payment.id}-{payment.amount_minor}",
                event="result",
                payment=payment.id,
                url=self.notice_url,
                body=urlencode(paper).encode(),
                content_type="application/x-www-form-urlencoded",
            )
        ]

    def notice_accepted(self, notice: Notice, answer: Answer) -> bool:
        return answer.status == 200 and answer.body.strip() == f"OK{notice.payment}".encode()  # noqa: PLR2004 - OK


class IndexHandler(EntranceHandler):
    twin: Robokassa

    def get(self) -> None:
        given = self.fields()
        number, shop = given.get("InvId", ""), self.twin.shop
        receipt = [given["Receipt"]] if "Receipt" in given else []
        signed = (shop.login, given.get("OutSum", ""), number, *receipt, shop.password1, *extras(given))
        if given.get("MerchantLogin") != shop.login or not true(shop.hash, given.get("SignatureValue", ""), *signed):
            self.turn_away("29: SignatureValue is wrong")
        elif not _SUM.fullmatch(given["OutSum"]) or not _NUMBER.fullmatch(number) or int(number) > NUMBER_MAX:
            self.turn_away("30: OutSum or InvId is wrong")
        elif len(given.get("Description", "")) > DESCRIPTION_LENGTH_MAX:
            self.turn_away("Description is too long")
        elif receipt and not _adds_up(receipt[0], given["OutSum"]):
            self.turn_away("Receipt does not add up")
        else:
            self.enter(self.twin.opened(given))

    post = get


def _adds_up(receipt: str, amount: str) -> bool:
    try:
        items = json.loads(unquote(receipt))["items"]
        added: int = sum(round(item["sum"] * 100) for item in items)
    except (ValueError, KeyError, TypeError):
        return False
    return added == int(amount.replace(".", ""))


class FiscalHandler(CallHandler):
    """Of RoboFiscal, which has an address of its own: what became of a receipt."""

    twin: Robokassa

    async def post(self) -> None:
        told, _, shown = self.request.body.decode("ascii", "replace").partition(".")
        right = _unpadded(seal(self.twin.shop.hash, told + self.twin.shop.password1).encode())
        if shown != right:
            await self._say("1001")
            return
        asked = json.loads(urlsafe_b64decode(told + "=" * (-len(told) % 4)))
        payment = self.twin.till.payments.get(asked["id"])
        if payment is None or asked["merchantId"] != self.twin.shop.login or "Receipt" not in payment.extra:
            await self._say("1000")
        elif payment.paid_at is None or self.twin.mischief.hits("slow_receipt", payment.id):
            await self._say("1")
        elif self.twin.mischief.hits("fail_receipt", payment.id):
            await self._say("3")
        else:
            mark = int.from_bytes(self.twin.derived(payment.key, "fiscal")[:4], "big")
            paper = {"FnNumber": "9999078900004312", "FiscalDocumentNumber": str(mark % 100_000)}
            paper["FiscalDocumentAttribute"] = str(mark)
            paper["FiscalDate"] = (payment.paid_at + MOSCOW).strftime("%Y-%m-%dT%H:%M:%S")
            await self._say("2", **paper, FiscalType="Sell")

    async def _say(self, code: str, **more: str) -> None:
        await self.answer(200, json.dumps({"Code": code, "Description": "", **more}).encode())


def _unpadded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


class StateHandler(CallHandler):
    twin: Robokassa

    async def get(self) -> None:
        shop, number = self.twin.shop, self.get_query_argument("InvoiceID", "")
        if self.get_query_argument("MerchantLogin", "") != shop.login:
            await self._say(2)
        elif not true(shop.hash, self.get_query_argument("Signature", ""), shop.login, number, shop.password2):
            await self._say(1)
        elif number not in self.twin.till.payments:
            await self._say(3)
        else:
            await self._say(0, self._state(self.twin.as_told(self.twin.till.payments[number])))

    def _state(self, payment: Payment) -> str:
        code = _UNDOCUMENTED if self.twin.mischief.hits("unknown", payment.id) else _STATES[payment.state]
        hour = (payment.paid_at or payment.created_at).strftime("%Y-%m-%dT%H:%M:%S.%f") + "7+00:00"
        amount = Money(payment.amount_minor, "RUB").decimal + "0000"
        key = self.twin.derived(payment.key, "operation").hex().upper()
        return (
            f"<State><Code>{code}</Code><RequestDate>{hour}</RequestDate><StateDate>{hour}</StateDate></State>"
            f"<Info><IncCurrLabel>BankCardPSR</IncCurrLabel><IncSum>{amount}</IncSum><PaymentMethod><Code>BankCard"
            f"</Code></PaymentMethod><OutCurrLabel>RUR</OutCurrLabel><OutSum>{amount}</OutSum><OpKey>{key}</OpKey></Info>"
        )

    async def _say(self, code: int, more: str = "") -> None:
        body = (
            '<?xml version="1.0" encoding="utf-8"?>'
            '<OperationStateResponse xmlns="http://merchant.roboxchange.com/WebService/">'
            f"<Result><Code>{code}</Code></Result>{more}</OperationStateResponse>"
        )
        await self.answer(200, body.encode(), "text/xml")
