"""A call of the shop, with the troubles that befall it, and the address that switches them on."""

from __future__ import annotations

import asyncio
import hmac
from hashlib import sha256
from typing import Any, Literal

import msgspec
from tornado.web import HTTPError, RequestHandler

from okno.sandbox.payers.records import Payment
from okno.sandbox.payers.till import TillRefusal
from okno.sandbox.payers.troubles import Trouble, Troubles
from okno.sandbox.payers.twin import Twin

BODY_BYTES_MAX = 256 * 1024


class CallHandler(RequestHandler):
    """One call of a system's own wire. Every answer leaves by `answer`, so that it can be lost."""

    def initialize(self, twin: Twin) -> None:
        self.twin = twin

    def set_default_headers(self) -> None:
        self.clear_header("Server")

    async def prepare(self) -> None:
        if self._befalls("away"):
            self.set_status(503)
            self.finish()

    async def answer(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        """Whatever the call did is done; whether its caller hears of it is another question."""
        if self._befalls("lose_answer"):
            await asyncio.sleep(self.twin.mischief.now.hang_ms / 1000)
            self.detach().close()
            return
        if self._befalls("fail_answer"):
            status, body, content_type = 500, b"", "text/plain"
        self.set_status(status)
        self.set_header("Content-Type", content_type)
        await self.finish(body)

    def _befalls(self, trouble: Trouble) -> bool:
        subject = f"{self.request.method} {self.request.path} {sha256(self.request.body).hexdigest()}"
        return self.twin.mischief.now.call in self.request.path and self.twin.mischief.hits(trouble, subject)


class ControlHandler(RequestHandler):
    """Not of any real wire: how a test in another process makes the system fail, and the payer act."""

    def initialize(self, twin: Twin) -> None:
        self.twin = twin

    def prepare(self) -> None:
        shown = self.request.headers.get("Authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {self.twin.control_token}".encode()):
            raise HTTPError(401)

    def answer(self, content: object) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(content))


class TroublesHandler(ControlHandler):
    def put(self) -> None:
        try:
            self.twin.mischief.set(msgspec.json.decode(self.request.body, type=Troubles))
        except msgspec.MsgspecError as error:
            raise HTTPError(400) from error
        self.set_status(204)

    def get(self) -> None:
        """Also how many notices are on their way."""
        self.answer({"troubles": self.twin.mischief.now, "waiting": self.twin.courier.waiting})


class ActHandler(ControlHandler):
    """`POST /-/orders/ORDER/ACT`: the latest payment of the merchant's number is paid, declined, cancelled, expired."""

    def post(self, order: str, act: Literal["pay", "decline", "cancel", "expire"]) -> None:
        payments = self.twin.till.by_order(order)
        if not payments:
            raise HTTPError(404)
        try:
            self._act(payments[-1], act)
        except TillRefusal as error:
            raise HTTPError(409) from error
        self.answer(self.twin.till.payments[payments[-1].id])

    def _act(self, payment: Payment, act: str) -> None:
        if act == "pay":
            self.twin.paid(payment)
        elif act == "decline":
            self.twin.declined(payment)
        else:
            self.twin.till.move(payment.id, "cancelled" if act == "cancel" else "expired")


def handlers(twin: Twin) -> list[tuple[str, Any, dict[str, Any]]]:
    given = {"twin": twin}
    return [
        (r"/-/troubles", TroublesHandler, given),
        (r"/-/orders/([0-9A-Za-z_.~-]{1,64})/(pay|decline|cancel|expire)", ActHandler, given),
    ]
