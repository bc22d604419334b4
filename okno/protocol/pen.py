"""What the rooms use: a `Pen` writes signed messages, a `Glass` reads them. Time and keys are handed in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from okno.protocol import grants, jws
from okno.protocol.envelope import Envelope, decode, encode
from okno.protocol.errors import ErrorCode, Problem, ProtocolError
from okno.protocol.freshness import EXPIRY_MAX_S, check_expiry, check_window
from okno.protocol.ids import new_id
from okno.protocol.keys import Keyring, SigningKey, Verifier
from okno.protocol.messages import Message
from okno.protocol.parties import Party, speaks_for, split_urn
from okno.protocol.registry import Checked, Member, Operation, check, check_system, operation_of, subject_of

_ANSWERS = ("reply", "problem")


class Received(msgspec.Struct, frozen=True):
    """A message that was read and believed. `raw` are the bytes on the wire, `data` is typed by the registry.

    `payload_hash` is what an answer carries as `requesthash`; `members` are the events of a bundle, typed.
    """

    raw: bytes
    envelope: Envelope
    data: msgspec.Struct
    payload_hash: str
    kids: tuple[str, ...]
    operation: Operation
    members: tuple[Member, ...] = ()
    grant: grants.Grant | None = None

    def check_answers(self, request_hash: str) -> None:
        """Raises `request-hash` unless this is the answer to the request with that payload hash."""
        if self.envelope.requesthash != request_hash:
            raise ProtocolError(ErrorCode.REQUEST_HASH)


class Pen:
    """Writes messages of one source. `party` is the key's role, `source` for example `urn:okno:system:main`."""

    def __init__(self, *, party: str, source: str, key: SigningKey) -> None:
        if split_urn(source)[0] != party.partition(".")[0] or not speaks_for(key.party, source):
            raise ProtocolError(ErrorCode.SOURCE_WRONG, f"{key.party} does not speak for {source}")
        self.party, self.source = party, source
        self._key = key

    def write(self, envelope: Envelope) -> bytes:
        """Validates against the registry, encodes and signs. The bytes to send; sign once, for one attempt."""
        if envelope.source != self.source:
            raise ProtocolError(ErrorCode.SOURCE_WRONG, envelope.source)
        payload = encode(envelope)
        check(envelope)
        return jws.sign(payload, self._key)

    def countersign(self, received: Received) -> bytes:
        """The gateway's hand: the received bytes with its signature appended."""
        return jws.countersign(received.raw, self._key)

    def message(
        self,
        type: str,  # noqa: A002  the envelope's word
        data: Message | dict[str, Any],
        *,
        at: datetime,
        audience: str,
        subject: str | None = None,
        expiry_s: int | None = None,
        idempotencykey: str | None = None,
        recorded: datetime | None = None,
        auth: tuple[str, str | None] | None = None,
        grant: str | None = None,
        labels: dict[str, str | int] | None = None,
        causation: str | None = None,
        correlation: str | None = None,
        traceparent: str | None = None,
    ) -> Envelope:
        """An envelope of an operation, now (`at`). `auth` is (authtype, authid); `data` may be JSON members as stored.

        Left out, the subject is the account of the data and the life the longest that the operation allows.
        """
        operation = operation_of(type)
        members = _members(data)
        authtype, authid = auth or (None, None)
        return _envelope(
            source=self.source,
            audience=audience,
            type=type,
            kind=operation.kind,
            time=at,
            expirytime=at + timedelta(seconds=expiry_s or operation.expiry_max_s),
            recordedtime=recorded,
            subject=subject or subject_of(operation, members),
            correlationid=correlation,
            causationid=causation,
            idempotencykey=idempotencykey,
            traceparent=traceparent,
            authtype=authtype,
            authid=authid,
            grant=grant,
            labels=labels or {},
            data=members,
        )

    def reply(self, request: Received, data: Message, *, at: datetime) -> Envelope:
        """The reply to a query or command: same type, tied to the request by its hash."""
        return self._answer(request, "reply", data, at)

    def problem(self, request: Received, problem: Problem, *, at: datetime) -> Envelope:
        """The refusal of a request: same type, kind `problem`."""
        return self._answer(request, "problem", problem, at)

    def _answer(self, request: Received, kind: str, data: msgspec.Struct, at: datetime) -> Envelope:
        asked = request.envelope
        return _envelope(
            source=self.source,
            audience=asked.source,
            type=asked.type,
            kind=kind,
            time=at,
            expirytime=at + timedelta(seconds=_life_of_answer_s(asked.kind, kind)),
            subject=asked.subject,
            correlationid=asked.correlationid or asked.id,
            causationid=asked.id,
            idempotencykey=asked.idempotencykey,
            traceparent=asked.traceparent,
            requesthash=request.payload_hash,
            data=_members(data),
        )


def _members(data: msgspec.Struct | dict[str, Any]) -> dict[str, Any]:
    """As the reader will have them: lists for tuples, texts for times."""
    members: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(data))
    return members


def _envelope(**members: object) -> Envelope:
    return Envelope(specversion="1.0", id=new_id(), **members)  # type: ignore[arg-type]  # judged when written


def _life_of_answer_s(request_kind: str, kind: str) -> int:
    """An answer to a query is of use only as long as the query; any other waits in a queue like an event."""
    return EXPIRY_MAX_S["query" if request_kind == "query" else kind]


class Glass:
    """Reads messages for one receiver, given by its source (`urn:okno:cabinet:1`) or its role alone (`cabinet`)."""

    def __init__(self, keyring: Keyring, *, receiver: str) -> None:
        self.keyring = keyring
        self.receiver = receiver

    def read(self, raw: bytes, *, at: datetime, online: bool) -> Received:
        """A message at its end: every signature the registry demands, audience, schema, expiry, grant.

        `online` judges `time` as well (HTTP intake, queries and their replies, heartbeats).
        """
        signed, verifiers, envelope = self._open(raw, at)
        checked = check(envelope)
        jws.check_signers(verifiers, checked.signers)
        check_system(envelope, checked.members)
        self._check_audience(envelope.audience)
        return self._received(signed, verifiers, envelope, checked, at=at, online=online)

    def read_sender(self, raw: bytes, *, at: datetime, online: bool) -> Received:
        """A message on its way, as the gateway reads it: the sender's signature alone, the audience may be another."""
        signed, verifiers, envelope = self._open(raw, at)
        checked = check(envelope)
        jws.check_signers(verifiers, checked.signers[:1])
        if envelope.kind not in _ANSWERS:  # an answer is tied to its query by the gateway's own table
            check_system(envelope, checked.members)
        if len(checked.signers) == 1:
            self._check_audience(envelope.audience)
        return self._received(signed, verifiers, envelope, checked, at=at, online=online)

    def _open(self, raw: bytes, at: datetime) -> tuple[jws.Signed, tuple[Verifier, ...], Envelope]:
        """No byte of the payload is looked at before every signature over it is good."""
        signed = jws.parse(raw)
        verifiers = jws.check_signatures(signed, self.keyring, at=at)
        envelope = decode(signed.payload)
        if not speaks_for(verifiers[0].party, envelope.source):
            raise ProtocolError(ErrorCode.SOURCE_WRONG, f"{verifiers[0].party} as {envelope.source}")
        return signed, verifiers, envelope

    def _check_audience(self, audience: str) -> None:
        role, _ = split_urn(audience)
        if role is not Party.ALL and self.receiver not in (audience, str(role)):
            raise ProtocolError(ErrorCode.AUDIENCE_WRONG, audience)

    def _received(
        self,
        signed: jws.Signed,
        verifiers: tuple[Verifier, ...],
        envelope: Envelope,
        checked: Checked,
        *,
        at: datetime,
        online: bool,
    ) -> Received:
        longest = checked.operation.expiry_max_s
        if envelope.kind in _ANSWERS:
            longest = _life_of_answer_s(checked.operation.kind, envelope.kind)
        check_expiry(envelope, at, longest)
        if online:
            check_window(envelope, at)
        if checked.sealed is not None:
            self.keyring.check_opening(checked.sealed.kid, checked.sealed.reader)
        return Received(
            signed.raw,
            envelope,
            checked.data,
            jws.payload_hash(signed.payload),
            tuple(verifier.kid for verifier in verifiers),
            checked.operation,
            checked.members,
            self._grant(envelope, checked.operation, at),
        )

    def _grant(self, envelope: Envelope, operation: Operation, at: datetime) -> grants.Grant | None:
        if envelope.grant is None:
            return None
        return grants.check(
            envelope.grant,
            self.keyring,
            # A command is judged at the signed moment of its outbox row: the same in every attempt.
            at=envelope.recordedtime or at if envelope.kind == "command" else at,
            authid=envelope.authid or "",
            subject=envelope.subject or "",
            right=operation.right or "",
            system=split_urn(envelope.audience)[1],
        )
