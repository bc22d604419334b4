"""The envelope: closed, absent members left out, times in UTC."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from factories import wire
from factories.wire import House

from okno.protocol.envelope import Envelope, decode, encode
from okno.protocol.errors import ErrorCode, ProtocolError

E = ErrorCode


@pytest.fixture(name="tree")
def a_tree() -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(encode(wire.query(House())))
    return tree


def test_what_is_absent_is_left_out() -> None:
    raw = encode(wire.event(House()))
    assert b"null" not in raw.split(b'"data"')[0]
    assert set(json.loads(raw)) == {
        "specversion", "id", "source", "audience", "type", "kind", "time", "expirytime", "subject", "data",
    }  # fmt: skip
    assert decode(raw) == wire.event(House())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"specversion": "1.1"}, E.ENVELOPE),
        ({"datacontenttype": "application/json"}, E.ENVELOPE),
        ({"id": "019A0000-0000-7000-8000-000000000001"}, E.ENVELOPE),
        ({"id": "019a0000-0000-4000-8000-000000000001"}, E.ENVELOPE),
        ({"id": 7}, E.ENVELOPE),
        ({"source": "urn:okno:cabinet:1\n"}, E.ENVELOPE),
        ({"source": "urn:other:cabinet:1"}, E.ENVELOPE),
        ({"audience": ""}, E.ENVELOPE),
        ({"type": "okno.account.v1.x"}, E.ENVELOPE),
        ({"type": "okno.account.get.v0"}, E.ENVELOPE),
        ({"kind": "Query"}, E.ENVELOPE),
        ({"subject": "acct:" + "x" * 65}, E.ENVELOPE),
        ({"subject": None}, E.ENVELOPE),
        ({"grant": None}, E.ENVELOPE),
        ({"grant": "x" * 4097}, E.ENVELOPE),
        ({"labels": None}, E.ENVELOPE),
        ({"labels": {"network": "x" * 65}}, E.ENVELOPE),
        ({"labels": {"network": -1}}, E.ENVELOPE),
        ({"labels": {"network": True}}, E.ENVELOPE),
        ({"labels": {"x" * 33: "x"}}, E.ENVELOPE),
        ({"data": []}, E.ENVELOPE),
        ({"data": "{}"}, E.ENVELOPE),
        ({"requesthash": "sha-256=:AAAA:"}, E.ENVELOPE),
        ({"traceparent": "01-0-0-0"}, E.ENVELOPE),
        ({"authtype": "admin"}, E.ENVELOPE),
        ({"authid": "a b"}, E.ENVELOPE),
        ({"idempotencykey": ""}, E.ENVELOPE),
        ({"time": 1}, E.ENVELOPE),
        ({"time": "2026-11-22T16:54:00"}, E.TIME_FORM),
        ({"time": "2026-11-22T16:54:00+00:00"}, E.TIME_FORM),
        ({"time": "2026-11-22T19:54:00+03:00"}, E.TIME_FORM),
        ({"time": "2026-11-22 16:54:00Z"}, E.TIME_FORM),
        ({"time": "2026-11-22t16:54:00z"}, E.TIME_FORM),
        ({"expirytime": "2026-11-22T16:54:00.1234567Z"}, E.TIME_FORM),
        ({"recordedtime": "2026-11-22T16:54Z"}, E.TIME_FORM),
        ({"time": "2026-02-30T00:00:00Z"}, E.ENVELOPE),
        ({"time": "2026-11-22T24:00:00Z"}, E.ENVELOPE),
    ],
)
def test_an_envelope_of_another_form_is_refused(tree: dict[str, Any], changes: dict[str, Any], code: ErrorCode) -> None:
    with pytest.raises(ProtocolError) as refusal:
        decode(json.dumps({**tree, **changes}).encode())
    assert refusal.value.code is code


@pytest.mark.parametrize(
    "member", ["specversion", "id", "source", "audience", "type", "kind", "time", "expirytime", "data"]
)
def test_what_is_required_must_be_there(tree: dict[str, Any], member: str) -> None:
    del tree[member]
    with pytest.raises(ProtocolError) as refusal:
        decode(json.dumps(tree).encode())
    assert refusal.value.code is E.ENVELOPE


def test_a_time_may_have_any_fraction_up_to_microseconds(tree: dict[str, Any]) -> None:
    for text, microsecond in (("00Z", 0), ("00.1Z", 100_000), ("00.123456Z", 123_456)):
        tree["time"] = f"2026-11-22T16:54:{text}"
        assert decode(json.dumps(tree).encode()).time.microsecond == microsecond


def test_what_would_be_refused_is_not_encoded() -> None:
    envelope: Envelope = msgspec.structs.replace(wire.event(House()), data={"a": [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]})
    with pytest.raises(ProtocolError) as refusal:
        encode(envelope)
    assert refusal.value.code is E.TOO_DEEP
