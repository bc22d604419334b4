"""Judges what comes from inside: replies to waiting queries, events and late answers for the cabinet, heartbeats."""

import msgspec

from okno.gateway.core.heard import HeardTable
from okno.gateway.core.intake import Intake
from okno.gateway.core.moment import Moment
from okno.gateway.core.pending import PendingTable
from okno.gateway.core.verdicts import Answered, Bounced, Dropped, Ended, Entry, Hop, Relayed, Send, ended, entry_of
from okno.protocol import jws
from okno.protocol.envelope import decode
from okno.protocol.errors import ErrorCode, Problem, ProtocolError
from okno.protocol.jws import payload_hash
from okno.protocol.messages import Heartbeat
from okno.protocol.parties import Party, speaks_for, split_urn
from okno.protocol.pen import Glass, Pen, Received
from okno.protocol.registry import OPERATIONS

FAILURES = frozenset({ErrorCode.INTERNAL.value, ErrorCode.DEADLINE_EXCEEDED.value, ErrorCode.SYSTEM_UNAVAILABLE.value})
"""Problems that speak of the system's health; every other problem is a good answer."""
BOUNCE_CLASS = 0


class _Unread(msgspec.Struct, frozen=True):
    """Stands for data that nobody has judged."""


class WayBack:
    def __init__(self, *, glass: Glass, pen: Pen, intake: Intake, heard: HeardTable, pending: PendingTable) -> None:
        self._glass = glass
        self._pen = pen
        self._intake = intake
        self._heard = heard
        self._pending = pending

    def reply(self, raw: bytes, now: Moment) -> Answered | Dropped:
        """An answer belongs to a waiting query by hash, type and system, or to nobody."""
        try:
            received = self._glass.read_sender(raw, at=now.at, online=True)
        except ProtocolError as error:
            return Dropped(_unread("reply", raw, error), keep=False)
        envelope = received.envelope
        pending = self._pending.by_hash(envelope.requesthash or "")
        if pending is None:
            return Dropped(entry_of("reply", "late", envelope, received.payload_hash), keep=False)
        if (envelope.type, envelope.source) != (pending.operation, f"urn:okno:system:{pending.system}"):
            code = ErrorCode.REQUEST_HASH
            return Dropped(entry_of("reply", "refused", envelope, received.payload_hash, code), keep=False)
        self._pending.take(pending.ticket)
        self._intake.leave(pending.ticket)
        failed = isinstance(received.data, Problem) and received.data.code in FAILURES
        self._intake.breakers[pending.system].report(now.tick, good=not failed)
        entry = entry_of("reply", "answered", envelope, received.payload_hash)
        return Answered(entry, pending.ticket, self._pen.countersign(received))

    def event(self, raw: bytes, now: Moment) -> Relayed | Ended | Bounced | Dropped:
        """Events, and answers to commands, which travel the same way. Forwarded again when the broker redelivers."""
        try:
            received = self._glass.read_sender(raw, at=now.at, online=False)
        except ProtocolError as error:
            return self._refuse_event(raw, error, now)
        envelope = received.envelope
        sender, _ = split_urn(envelope.source)
        receiver, _ = split_urn(envelope.audience)
        if sender is not Party.CONNECTOR or envelope.kind not in ("event", "reply", "problem"):
            code = ErrorCode.DIRECTION_WRONG
            return Dropped(entry_of("event", "refused", envelope, received.payload_hash, code), keep=True)
        if receiver is Party.GATEWAY:
            return ended("event", received)
        send = Send("outer", "x.event", "events", self._pen.countersign(received), envelope.id, persistent=True)
        return Relayed(entry_of("event", "relayed", envelope, received.payload_hash), send)

    def _refuse_event(self, raw: bytes, error: ProtocolError, now: Moment) -> Bounced | Dropped:
        """A genuine sender is told what was wrong with his message; what nobody signed is kept as evidence."""
        entry = _unread("event", raw, error)
        try:
            request = self._believed(raw, now)
            _, system = split_urn(request.envelope.source)
            told = Problem.of(error.code, error.detail[:200] or None, origin="gateway", index=error.index)
            problem = self._pen.problem(request, told, at=now.at)
            body = self._pen.write(problem)
        except ProtocolError:
            # Neither its signature nor its kind allows an answer.
            return Dropped(entry, keep=True)
        entry = entry_of("event", "bounced", request.envelope, request.payload_hash, error.code)
        entry = msgspec.structs.replace(entry, detail=error.detail)
        return Bounced(entry, Send("inner", "x.cmd", f"{system}.p{BOUNCE_CLASS}", body, problem.id, persistent=True))

    def _believed(self, raw: bytes, now: Moment) -> Received:
        """A message that a connector signed, whatever else is wrong with it: enough to answer it."""
        signed = jws.parse(raw)
        verifiers = jws.check_signatures(signed, self._glass.keyring, at=now.at)
        envelope = decode(signed.payload)
        operation = OPERATIONS.get(envelope.type)
        is_connector = split_urn(envelope.source)[0] is Party.CONNECTOR
        if operation is None or not is_connector or not speaks_for(verifiers[0].party, envelope.source):
            raise ProtocolError(ErrorCode.SOURCE_WRONG)
        kids = tuple(verifier.kid for verifier in verifiers)
        return Received(raw, envelope, _Unread(), payload_hash(signed.payload), kids, operation)

    def heartbeat(self, raw: bytes, now: Moment) -> Entry | None:
        """None: heard. What cannot be believed is an entry for the log."""
        try:
            received = self._glass.read_sender(raw, at=now.at, online=True)
        except ProtocolError as error:
            return _unread("heartbeat", raw, error)
        if not isinstance(received.data, Heartbeat):
            code = ErrorCode.KIND_WRONG
            return entry_of("heartbeat", "refused", received.envelope, received.payload_hash, code)
        if received.envelope.source != self._pen.source:
            self._heard.hear(
                received.envelope.source,
                tick=now.tick,
                at=now.at,
                sent_at=received.envelope.time,
                beat=received.data,
            )
        return None


def _unread(hop: Hop, raw: bytes, error: ProtocolError) -> Entry:
    return Entry(hop, "refused", error.code.value, payload=payload_hash(raw), detail=error.detail)
