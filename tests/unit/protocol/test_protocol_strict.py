"""Bytes from outside: one spelling of each thing, and every other refused by its own code."""

from __future__ import annotations

import base64

import pytest

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.strict import base64url, jsontext

E = ErrorCode


def deep(levels: int) -> bytes:
    return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{" + b" " * jsontext.BODY_BYTES_MAX + b"}", E.TOO_LARGE),
        (b'{"a":"\xff"}', E.NOT_UTF8),
        (b'{"a":"\xed\xa0\x80"}', E.NOT_UTF8),
        (b'{"a":"\xc0\xaf"}', E.NOT_UTF8),
        ('{"a":1}'.encode("utf-16"), E.NOT_UTF8),
        (b'\xef\xbb\xbf{"a":1}', E.JSON_SYNTAX),
        (b"", E.JSON_SYNTAX),
        (b"{", E.JSON_SYNTAX),
        (b'{"a":1', E.JSON_SYNTAX),
        (b'{"a":"b', E.JSON_SYNTAX),
        (b'{"a":"b\\', E.JSON_SYNTAX),
        (b'{"a":1}{}', E.JSON_SYNTAX),
        (b'{"a":1,}', E.JSON_SYNTAX),
        (b"{'a':1}", E.JSON_SYNTAX),
        (b'{"a":01}', E.JSON_SYNTAX),
        (b'{"a":+1}', E.JSON_SYNTAX),
        (b'{"a":0x1}', E.JSON_SYNTAX),
        (b'{"a":"\x01"}', E.JSON_SYNTAX),
        (b'{"a":"\n"}', E.JSON_SYNTAX),
        (b'{"a":"\\x41"}', E.JSON_SYNTAX),
        (b'{"a":1}//', E.JSON_SYNTAX),
        (b'{"a":True}', E.JSON_SYNTAX),
        ('{"a":１}'.encode(), E.JSON_SYNTAX),
        (deep(17), E.TOO_DEEP),
        (deep(100_000), E.TOO_DEEP),
        (b"[" * 100_000, E.TOO_DEEP),
        (b'{"a":1,"a":1}', E.DUPLICATE_MEMBER),
        (b'{"a":1,"\\u0061":2}', E.DUPLICATE_MEMBER),
        (b'{"x":[{"a":1,"b":{"c":1,"c":1}}]}', E.DUPLICATE_MEMBER),
        (b'{"a":NaN}', E.NUMBER_CONSTANT),
        (b'{"a":Infinity}', E.NUMBER_CONSTANT),
        (b'{"a":-Infinity}', E.NUMBER_CONSTANT),
        (b'{"a":1.0}', E.NUMBER_FRACTION),
        (b'{"a":1e3}', E.NUMBER_FRACTION),
        (b'{"a":1E400}', E.NUMBER_FRACTION),
        (b'{"a":-0.0}', E.NUMBER_FRACTION),
        (b'{"a":9007199254740992}', E.NUMBER_RANGE),
        (b'{"a":-9007199254740992}', E.NUMBER_RANGE),
        (b'{"a":' + b"9" * 100_000 + b"}", E.NUMBER_RANGE),
        (b'{"a":-0}', E.NUMBER_RANGE),
        (b'{"a":"\\ud800"}', E.BAD_TEXT),
        (b'{"a":["\\uDFFF"]}', E.BAD_TEXT),
        (b'{"\\udc00\\ud800":1}', E.BAD_TEXT),
        (b'{"a":"\\u0000"}', E.BAD_TEXT),
        (b"[]", E.NOT_AN_OBJECT),
        (b'"a"', E.NOT_AN_OBJECT),
        (b"null", E.NOT_AN_OBJECT),
        (b"1", E.NOT_AN_OBJECT),
    ],
    ids=lambda value: value.value if isinstance(value, ErrorCode) else value[:24].decode("latin-1"),
)
def test_what_is_not_the_one_spelling_is_refused(raw: bytes, code: ErrorCode) -> None:
    with pytest.raises(ProtocolError) as refusal:
        jsontext.parse(raw)
    assert refusal.value.code is code


@pytest.mark.parametrize(
    ("raw", "tree"),
    [
        (b'{"a":9007199254740991,"b":-9007199254740991,"c":0}', {"a": 2**53 - 1, "b": 1 - 2**53, "c": 0}),
        (b' {"a" : [true, false, null, "\\ud83d\\ude00"] }\n', {"a": [True, False, None, "😀"]}),
        (b'{"a":"\\\\u0000 [[[[[[[[[[[[[[[[[[["}', {"a": "\\u0000 [[[[[[[[[[[[[[[[[[["}),
        (b'{"a":{"\\ud83d\\ude00":"\\\\ud800"}}', {"a": {"😀": "\\ud800"}}),
        (b'{"a":[' + b"{}," * 40 + b"{}]}", {"a": [{}] * 41}),
        (deep(16), {"a": [[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}),
    ],
)
def test_what_is_plain_is_read(raw: bytes, tree: object) -> None:
    assert jsontext.parse(raw) == tree


def test_a_body_of_exactly_one_mebibyte_is_read() -> None:
    raw = b'{"a":"' + b"x" * (jsontext.BODY_BYTES_MAX - 8) + b'"}'
    assert len(jsontext.parse(raw)["a"]) == jsontext.BODY_BYTES_MAX - 8


@pytest.mark.parametrize(
    "text", ["A", "AA==", "AA=", "A+A", "A/A", "AB", "AAB", " AA", "AA\n", "A A", "АА", "AAAAA", "٣٣", "AA\x00"]
)
def test_base64url_has_one_spelling(text: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        base64url.decode(text)
    assert refusal.value.code is E.BASE64


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\xff\xfe", b"\xfb\xff\xbf", bytes(range(256))])
def test_base64url_comes_back(raw: bytes) -> None:
    text = base64url.encode(raw)
    assert base64url.decode(text) == raw
    assert text == base64.urlsafe_b64encode(raw).decode().rstrip("=")
