"""The envelope of OKNO/1: CloudEvents 1.0 in structured JSON, closed (PR-01).

Nothing here judges who signed or when: `jws`, `freshness` and `registry` do.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.strict import jsontext, patterns

Kind = Literal["query", "command", "event", "reply", "problem", "settings", "heartbeat"]

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_Id = Annotated[str, msgspec.Meta(pattern=patterns.UUID, max_length=36)]
_Urn = Annotated[str, msgspec.Meta(pattern=patterns.URN, max_length=64)]
_Opaque = Annotated[str, msgspec.Meta(pattern=patterns.OPAQUE, max_length=128)]
_Label = Annotated[str, msgspec.Meta(max_length=64)] | Annotated[int, msgspec.Meta(ge=0)]

TIMES = ("time", "recordedtime", "expirytime")
_UTC = re.compile(patterns.UTC)


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One message before it is signed. Times are aware UTC; absent members are None in Python and absent in JSON."""

    specversion: Literal["1.0"]
    id: Annotated[str, msgspec.Meta(pattern=patterns.UUID7, max_length=36)]
    source: _Urn
    audience: _Urn
    type: Annotated[str, msgspec.Meta(pattern=patterns.TYPE, max_length=96)]
    kind: Kind
    time: Instant
    expirytime: Instant
    recordedtime: Instant | None = None
    subject: Annotated[str, msgspec.Meta(pattern=patterns.SUBJECT, max_length=96)] | None = None
    correlationid: _Id | None = None
    causationid: _Id | None = None
    idempotencykey: _Opaque | None = None
    traceparent: Annotated[str, msgspec.Meta(pattern=patterns.TRACEPARENT, max_length=55)] | None = None
    authtype: Literal["app_user", "staff", "service"] | None = None
    authid: _Opaque | None = None
    grant: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    labels: dict[Annotated[str, msgspec.Meta(max_length=32)], _Label] = {}
    requesthash: Annotated[str, msgspec.Meta(pattern=patterns.SHA256, max_length=64)] | None = None
    data: dict[str, Any]


def encode(envelope: Envelope) -> bytes:
    """The bytes to sign: UTF-8 JSON without white space. Raises `too-large`, and what `decode` would raise."""
    raw = msgspec.json.encode(envelope)
    decode(raw)
    return raw


def decode(raw: bytes) -> Envelope:
    """The envelope in the signed bytes. Raises the codes of `jsontext.parse`, `envelope`, `time-form`."""
    tree = jsontext.parse(raw)
    if any(value is None for value in tree.values()):
        raise ProtocolError(ErrorCode.ENVELOPE, "an absent member is left out, not null")
    for name in TIMES:
        value = tree.get(name)
        if isinstance(value, str) and _UTC.fullmatch(value) is None:
            raise ProtocolError(ErrorCode.TIME_FORM, name)
    return jsontext.convert(tree, Envelope, ErrorCode.ENVELOPE)
