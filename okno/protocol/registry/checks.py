"""A decoded envelope against its row: kind, direction, caller, schema, subject, labels, sealed shell, bundle."""

from __future__ import annotations

from typing import Any

import msgspec

from okno.protocol.envelope import Envelope
from okno.protocol.errors import ErrorCode, Problem, ProtocolError
from okno.protocol.messages import EventsBundle, Message
from okno.protocol.parties import Party, split_urn
from okno.protocol.registry.operation import ANSWERED, Operation, signers
from okno.protocol.registry.table import OPERATIONS
from okno.protocol.sealing import check_shell
from okno.protocol.strict import jsontext

_ANSWERS = ("reply", "problem")
ACCOUNT_SUBJECT = "acct:"


class Member(msgspec.Struct, frozen=True):
    """One event of a bundle, typed."""

    type: str
    id: str
    data: Message


class SealedFor(msgspec.Struct, frozen=True):
    """The key that a sealed part names, and the role that the registry wants to read it."""

    kid: str
    reader: Party


class Checked(msgspec.Struct, frozen=True):
    """An envelope that fits its row: the typed data and the roles that must have signed, in order."""

    operation: Operation
    data: msgspec.Struct
    signers: tuple[Party, ...]
    sealed: SealedFor | None = None
    members: tuple[Member, ...] = ()


def operation_of(type_: str) -> Operation:
    """The row. Raises `unknown-operation`."""
    operation = OPERATIONS.get(type_)
    if operation is None:
        raise ProtocolError(ErrorCode.UNKNOWN_OPERATION, type_[:96])
    return operation


def check(envelope: Envelope) -> Checked:
    """Everything the registry says of this message but signatures and time. The first breach is raised."""
    operation = operation_of(envelope.type)
    answer = envelope.kind in _ANSWERS
    if envelope.kind != operation.kind and not (answer and _may_be_answered(operation, envelope.kind)):
        raise ProtocolError(ErrorCode.KIND_WRONG, envelope.kind)
    sender, receiver = _direction(envelope, operation, answer=answer)
    _check_members(envelope, operation, answer=answer)
    schema = _schema(envelope, operation)
    data = jsontext.convert(envelope.data, schema)
    _check_subject(envelope.subject, operation, envelope.data, answer=answer)
    sealed = _check_sealed(envelope, operation)
    members = _members(data) if isinstance(data, EventsBundle) else ()
    return Checked(operation, data, signers(sender, receiver), sealed, members)


def _may_be_answered(operation: Operation, kind: str) -> bool:
    """A query or command by both; a bundle or settings only by a problem."""
    if operation.kind in ANSWERED:
        return True
    return kind == "problem" and operation.kind in ("event", "settings")


def _direction(envelope: Envelope, operation: Operation, *, answer: bool) -> tuple[Party, Party]:
    sender, _ = split_urn(envelope.source)
    receiver, _ = split_urn(envelope.audience)
    if answer:
        # The gateway may refuse in its own name, but only the receiver of the request can reply to it.
        speakers = {operation.receiver} | ({Party.GATEWAY} if envelope.kind == "problem" else set())
        fits = sender in speakers and receiver in operation.senders
    else:
        fits = sender in operation.senders and receiver is operation.receiver
    if not fits:
        raise ProtocolError(ErrorCode.DIRECTION_WRONG, f"{sender} to {receiver}")
    return sender, receiver


def _check_members(envelope: Envelope, operation: Operation, *, answer: bool) -> None:
    if answer != (envelope.requesthash is not None):
        raise ProtocolError(ErrorCode.ENVELOPE, "requesthash belongs to an answer, and every answer has it")
    if envelope.kind == "command" and envelope.idempotencykey is None:
        raise ProtocolError(ErrorCode.KEY_MISSING)
    if unknown := set(envelope.labels) - (frozenset() if answer else operation.labels):
        raise ProtocolError(ErrorCode.LABEL_UNKNOWN, min(unknown))
    expected = () if answer else operation.authtypes
    if (envelope.authtype is not None or expected) and envelope.authtype not in expected:
        raise ProtocolError(ErrorCode.AUTHTYPE, str(envelope.authtype))
    if envelope.authtype in ("app_user", "staff") and envelope.authid is None:
        raise ProtocolError(ErrorCode.AUTHTYPE, "no authid")
    if (envelope.authtype == "app_user") != (envelope.grant is not None):
        raise ProtocolError(ErrorCode.GRANT_MISSING, "a grant goes with app_user, and only with it")


def _schema(envelope: Envelope, operation: Operation) -> type[msgspec.Struct]:
    if envelope.kind == "problem":
        return Problem
    if envelope.kind == "reply":
        assert operation.reply is not None  # a query or command without a reply is not in the table
        return operation.reply
    return operation.data


def subject_of(operation: Operation, data: dict[str, Any]) -> str | None:
    """The subject that the data stand for: `acct:` + account, or None."""
    account = data.get("account") if operation.subject == "account" else None
    return f"{ACCOUNT_SUBJECT}{account}" if account else None


def _check_subject(subject: str | None, operation: Operation, data: dict[str, Any], *, answer: bool) -> None:
    if operation.subject == "free":
        return
    if answer and (subject is None or data.get("account") is None):
        # Many answers name no account, and one to a question about a number as typed is the first to name it:
        # `requesthash` ties them to the request.
        return
    if subject != subject_of(operation, data):
        raise ProtocolError(ErrorCode.SUBJECT_WRONG)


def _check_sealed(envelope: Envelope, operation: Operation) -> SealedFor | None:
    token = envelope.data.get("sealed")
    reader = operation.reply_sealed_for if envelope.kind == "reply" else operation.sealed_for
    if not isinstance(token, str) or reader is None:
        return None
    header = check_shell(token)
    if (header.sub, header.msg) != (envelope.subject or "", envelope.type):
        raise ProtocolError(ErrorCode.SEALED_BINDING)
    return SealedFor(header.kid, reader)


def check_system(envelope: Envelope, members: tuple[Member, ...] = ()) -> None:
    """A connector speaks for its own system, and is asked about no other. Raises `source-wrong`, `bundle-member`."""
    ends = dict(split_urn(urn) for urn in (envelope.source, envelope.audience))
    system = ends.get(Party.CONNECTOR)
    if system is None:
        return
    if envelope.data.get("system", system) != system:
        raise ProtocolError(ErrorCode.SOURCE_WRONG, "data of another system")
    for index, member in enumerate(members):
        if getattr(member.data, "system", system) != system:
            raise ProtocolError(ErrorCode.BUNDLE_MEMBER, f"{index}: data of another system", index=index)


def _members(bundle: EventsBundle) -> tuple[Member, ...]:
    members = []
    for index, event in enumerate(bundle.events):
        try:
            schema = _bundled(event.type, event.data).data
            members.append(Member(event.type, event.id, jsontext.convert(event.data, schema)))
        except ProtocolError as error:
            raise ProtocolError(ErrorCode.BUNDLE_MEMBER, f"{index}: {error}", index=index) from error
    return tuple(members)


def _bundled(type_: str, data: dict[str, Any]) -> Operation:
    operation = operation_of(type_)
    if operation.kind != "event" or operation.senders != (Party.CONNECTOR,) or operation.data is EventsBundle:
        raise ProtocolError(ErrorCode.KIND_WRONG, type_)
    if data.get("sealed") is not None:
        raise ProtocolError(ErrorCode.SEALED_FORM, "personal fields of a bundle stand in its one sealed part")
    return operation
