"""The carrier's wire of `okno.carriers.http_sms`, and the switches for its faults.

The twin may not import what it imitates: the shape is written down a second time, and a contract test holds both.
"""

import asyncio
import hmac
import re
from typing import Any

import msgspec
from tornado.web import HTTPError, RequestHandler

from okno.sandbox.smsc.centre import Centre, Faults
from okno.sandbox.smsc.journal import Message

_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
TEXT_LENGTH_MAX = 1_000
ID_LENGTH_MAX = 64
DELAY_MS_MAX = 60_000


class _Order(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    to: str
    text: str
    origin: str = msgspec.field(name="from")


class WireHandler(RequestHandler):
    """Every request of the wire shows the bearer token."""

    def initialize(self, centre: Centre, token: str) -> None:
        self.centre = centre
        self._token = token

    def prepare(self) -> None:
        shown = self.request.headers.get("Authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {self._token}".encode()):
            raise HTTPError(401)

    def answer(self, status: int, content: dict[str, Any]) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(content))

    def write_error(self, status_code: int, **_kwargs: object) -> None:
        self.answer(status_code, {"error": self._reason})


class MessagesHandler(WireHandler):
    async def post(self) -> None:
        try:
            order = msgspec.json.decode(self.request.body, type=_Order)
        except msgspec.MsgspecError as error:
            raise HTTPError(400) from error
        if not (
            _PHONE.fullmatch(order.to)
            and 0 < len(order.text) <= TEXT_LENGTH_MAX
            and 0 < len(order.id) <= ID_LENGTH_MAX
            and self.request.headers.get("Idempotency-Key") == order.id
        ):
            raise HTTPError(422)
        faults = self.centre.take_faults()
        await asyncio.sleep(min(faults.delay_ms, DELAY_MS_MAX) / 1000)
        if faults.refuse == "for-now":
            self.set_header("Retry-After", "1")
            self.answer(503, {"error": "try later"})
            return
        if faults.refuse == "for-good":
            raise HTTPError(422)
        message = await self.centre.accept(order.id, order.to, order.text, order.origin, forgetful=faults.forgetful)
        if faults.lose_answer:
            self.detach().close()
            return
        self.answer(202, _report(message, "accepted"))


class ReportHandler(WireHandler):
    def get(self, message_id: str) -> None:
        message = self.centre.find(message_id)
        if message is None:
            raise HTTPError(404)
        self.answer(200, _report(message, "delivered"))


class FaultsHandler(WireHandler):
    """Not of the carrier's wire: how a test in another process makes the centre fail."""

    def put(self) -> None:
        try:
            self.centre.faults = msgspec.json.decode(self.request.body, type=Faults)
        except msgspec.MsgspecError as error:
            raise HTTPError(400) from error
        self.set_status(204)


def _report(message: Message, state: str) -> dict[str, Any]:
    return {"id": message.id, "message_id": message.message_id, "state": state}
