"""CloudPayments' API over HTTP: every answer is 200 with an envelope, but for who is not known."""

from __future__ import annotations

import json
from abc import abstractmethod
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from html import escape
from typing import Any

from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money
from okno.sandbox.payers.cloudpayments.seal import known
from okno.sandbox.payers.cloudpayments.shop import Shop, slip_checked
from okno.sandbox.payers.page import EntranceHandler, origin
from okno.sandbox.payers.till import TillRefusal
from okno.sandbox.payers.wire import CallHandler


class EnvelopeHandler(CallHandler):
    twin: Shop

    async def prepare(self) -> None:
        await super().prepare()
        shown = self.request.headers.get("Authorization", "")
        if not self._finished and not known(shown, self.twin.public_id, self.twin.secret):
            await self.answer(401, b"")

    async def post(self) -> None:
        try:
            given = json.loads(self.request.body, parse_float=str)
            model = self.found(given)
        except TillRefusal as error:
            await self._say(success=False, message=f"refused: {error.code}", model=None)
        except (ArithmeticError, AttributeError, ValueError, KeyError, TypeError, ProtocolError) as error:
            await self._say(success=False, message=f"{type(error).__name__} in the request", model=None)
        else:
            declined = isinstance(model, dict) and (model.get("Status") == "Declined" or "AcsUrl" in model)
            message = "Not found" if model is None else None
            await self._say(success=model is not None and not declined, message=message, model=model)

    def key(self) -> str:
        return self.request.headers.get("X-Request-ID") or sha256(self.request.body).hexdigest()

    @abstractmethod
    def found(self, given: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Raises TillRefusal, ValueError, KeyError, TypeError, ProtocolError."""

    async def _say(self, *, success: bool, message: str | None, model: Any) -> None:  # noqa: ANN401 - JSON
        await self.answer(200, json.dumps({"Success": success, "Message": message, "Model": model}).encode())


class CreateHandler(EnvelopeHandler):
    def found(self, given: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        if Money.parse(str(given["Amount"]), given["Currency"]).minor <= 0:
            raise ValueError("Amount")
        payment = self.twin.ordered(self.key(), given)
        order = payment.extra["order"]
        return {"Id": order, "Number": int(payment.id) % 10**6, "Url": f"{self.twin.public_url}/d/{order}"}


class ChargeHandler(EnvelopeHandler):
    def found(self, given: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        payment = self.twin.charged(self.key(), given)
        if payment.state != "new":
            return self.twin.paper(payment)
        return {
            "TransactionId": int(payment.id),
            "PaReq": payment.extra["challenge"],
            "AcsUrl": f"{self.twin.public_url}/acs",
            "ThreeDsSessionData": None,
            "IFrameIsAllowed": True,
        }


class Post3dsHandler(EnvelopeHandler):
    def found(self, given: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        return self.twin.paper(self.twin.confirmed(str(given["TransactionId"]), given["PaRes"]))


class GetHandler(EnvelopeHandler):
    def found(self, given: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        number = str(given["TransactionId"])
        refund = self.twin.till.refunds.get(number)
        if refund is not None:
            return self.twin.refund_paper(refund)
        payment = self.twin.begun(number)
        return None if payment is None else self.twin.paper(payment)


class FindHandler(EnvelopeHandler):
    def found(self, given: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """The latest operation of an order alone, whatever it is."""
        begun = [self.twin.begun(one.id) for one in self.twin.till.by_order(given["InvoiceId"])]
        tried = [(one.created_at, self.twin.paper(one)) for one in begun if one is not None]
        back = [
            (refund.created_at, self.twin.refund_paper(refund))
            for one in begun
            if one is not None
            for refund in self.twin.till.refunds_of(one.id)
        ]
        return max([*tried, *back], key=lambda pair: pair[0])[1] if tried else None


class RefundHandler(EnvelopeHandler):
    def found(self, given: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        payment = self.twin.till.payments.get(str(given["TransactionId"]))
        if payment is None:
            raise TillRefusal("unknown")
        minor = Money.parse(str(given["Amount"]), payment.currency).minor
        slip_checked(given)
        key = self.key()
        refund = self.twin.give_back(payment, key=key, amount_minor=minor, refund_id=self.twin.number(key, "refund"))
        return self.twin.refund_paper(refund)


class ListHandler(EnvelopeHandler):
    def found(self, given: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        start = datetime.combine(date.fromisoformat(given["Date"]), time(), UTC)
        until = start + timedelta(days=1)
        begun = [one for one in self.twin.till.payments.values() if "begun" in one.extra]
        return [self.twin.paper(one) for one in begun if start <= one.created_at < until]


class OrderHandler(EntranceHandler):
    twin: Shop

    def get(self, order: str) -> None:
        payment = self.twin.entered(order)
        if payment is None:
            self.turn_away("no such order")
        else:
            self.enter(payment)


class BankHandler(EntranceHandler):
    """The payer's bank: it knows him by a button of the payer's page, and sends him back with a proof."""

    twin: Shop

    def post(self) -> None:
        given = self.fields()
        payment = self.twin.till.payments.get(given.get("MD", ""))
        if payment is None or payment.extra.get("challenge") != given.get("PaReq"):
            self.turn_away("nobody asked for this")
        else:
            self.enter(self.twin.till.note(payment.id, term=given.get("TermUrl", "")))

    def get(self, page: str) -> None:
        payment = self.twin.till.by_page(page)
        if payment is None or "answer" not in payment.extra:
            self.turn_away("nobody was here")
            return
        term, proof = payment.extra["term"], self.twin.proof(payment, payment.extra["answer"])
        self.set_header("Content-Security-Policy", f"default-src 'none'; form-action {origin(term)}")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            f'<form method="post" action="{escape(term)}"><input type="hidden" name="MD" value="{payment.id}">'
            f'<input type="hidden" name="PaRes" value="{proof}"><button>Вернуться в магазин</button></form>'
        )


def routes(twin: Shop) -> list[tuple[str, Any, dict[str, Any]]]:
    given = {"twin": twin}
    return [
        (r"/orders/create", CreateHandler, given),
        (r"/payments/tokens/charge", ChargeHandler, given),
        (r"/payments/cards/post3ds", Post3dsHandler, given),
        (r"/acs", BankHandler, given),
        (r"/acs/([0-9A-Za-z_-]{16,64})", BankHandler, given),
        (r"/payments/get", GetHandler, given),
        (r"/v2/payments/find", FindHandler, given),
        (r"/payments/refund", RefundHandler, given),
        (r"/payments/list", ListHandler, given),
        (r"/d/([0-9a-f]{32})", OrderHandler, given),
    ]
