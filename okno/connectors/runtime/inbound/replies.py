"""Answers on their way back: queries' to the gateway that asked, commands' over the events' path."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from okno.connectors.runtime.outbound.sending import Sending
from okno.connectors.runtime.store.inbox import Answer
from okno.couriers.port import CourierError
from okno.protocol.envelope import Envelope
from okno.protocol.errors import ErrorCode, Problem, ProtocolError
from okno.protocol.pen import Received
from okno.protocol.strict import jsontext

log = logging.getLogger(__name__)

PAUSE_FIRST_S = 0.1
PAUSE_MAX_S = 2.0


class Replies:
    """Signs what a question or a command has come to, and sends it by the way of its kind."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending

    async def to_gateway(self, request: Received, answer: Answer) -> None:
        """The answer to a query: of use only now, so a broker that does not take it is not asked twice."""
        envelope, body = self._written(request, answer)
        key = self._sending.gateway_of(request)
        try:
            await self._sending.courier.publish("x.reply", key, body, message_id=envelope.id, persistent=False)
        except CourierError as error:
            log.warning("a reply to %s is lost: %r", request.envelope.type, error)

    async def to_cabinet(self, request: Received, answer: Answer) -> None:
        """The answer to a command, until the broker holds it. It is stored: a repeat would bring the same."""
        envelope, body = self._written(request, answer)
        key, pause = f"reply.{self._sending.system}", PAUSE_FIRST_S
        while True:
            try:
                await self._sending.courier.publish("x.event", key, body, message_id=envelope.id)
            except CourierError as error:
                log.warning("the answer to %s waits: %r", request.envelope.type, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_MAX_S)
            else:
                return

    def _written(self, request: Received, answer: Answer) -> tuple[Envelope, bytes]:
        """Signed now, bound to this request. What does not fit its own schema is answered as our fault."""
        try:
            envelope = self._envelope(request, answer)
            return envelope, self._sending.pen.write(envelope)
        except ProtocolError as error:
            log.exception("the answer to %s does not fit its schema", request.envelope.type)
            internal = Problem.of(ErrorCode.INTERNAL, error.code.value, origin="connector")
            envelope = self._sending.pen.problem(request, internal, at=self._sending.clock())
            return envelope, self._sending.pen.write(envelope)

    def _envelope(self, request: Received, answer: Answer) -> Envelope:
        if answer.kind == "problem":
            return self._sending.pen.problem(request, msgspec.convert(answer.data, Problem), at=self._sending.clock())
        schema = request.operation.reply
        assert schema is not None  # only queries and commands are answered, and each has a reply
        return self._sending.pen.reply(request, jsontext.convert(answer.data, schema), at=self._sending.clock())
