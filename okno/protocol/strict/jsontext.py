"""JSON read once, by one parser, with nothing left to interpretation (RFC 8259 section 4, RFC 7493).

Two parsers that differ on one text are a hole between two checks, so the tree made here is the only one: schemas are
checked on it, never on the bytes a second time.
"""

from __future__ import annotations

import json
import re
from typing import Any, Never, TypeVar

import msgspec

from okno.protocol.errors import ErrorCode, ProtocolError

BODY_BYTES_MAX = 1_048_576
DEPTH_MAX = 16
INTEGER_MAX = 2**53 - 1  # RFC 7493 section 2.2: what every JSON library can hold exactly
_DIGITS_MAX = 16
# Strings are swallowed whole (possessively: no input makes it slow), so that only structure is counted.
_STRUCTURE = re.compile(r'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_ESCAPED_TROUBLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
# For `bytes.translate`: what is no mark of JSON's structure, and both kinds of brackets as one.
_FILLING = bytes(set(range(256)) - set(b'"\\[]{}'))
_BRACKETS = bytes.maketrans(b"{}", b"[]")

_T = TypeVar("_T")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ProtocolError(ErrorCode.DUPLICATE_MEMBER)
    return members


def _integer(text: str) -> int:
    if len(text) > _DIGITS_MAX + 1 or text == "-0" or not -INTEGER_MAX <= (number := int(text)) <= INTEGER_MAX:
        raise ProtocolError(ErrorCode.NUMBER_RANGE)
    return number


def _fraction(_: str) -> Never:
    raise ProtocolError(ErrorCode.NUMBER_FRACTION)


def _constant(name: str) -> Never:
    raise ProtocolError(ErrorCode.NUMBER_CONSTANT, name)


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_fraction, parse_int=_integer, parse_constant=_constant
)


def parse(raw: bytes) -> dict[str, Any]:
    """The one JSON object in `raw` (at most `BODY_BYTES_MAX` bytes of UTF-8, `DEPTH_MAX` levels deep).

    Raises `too-large`, `not-utf8`, `too-deep`, `json-syntax`, `duplicate-member`, `number-constant`,
    `number-fraction`, `number-range`, `bad-text`, `not-an-object`.
    """
    if len(raw) > BODY_BYTES_MAX:
        raise ProtocolError(ErrorCode.TOO_LARGE, f"{len(raw)} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProtocolError(ErrorCode.NOT_UTF8, f"at byte {error.start}") from error
    if not _is_shallow(raw):
        _check_depth(text)
    try:
        tree = _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise ProtocolError(ErrorCode.JSON_SYNTAX, f"{error.msg} at character {error.pos}") from error
    if not isinstance(tree, dict):
        raise ProtocolError(ErrorCode.NOT_AN_OBJECT)
    if _ESCAPED_TROUBLE.search(text):
        _check_strings(tree)
    return tree


def _is_shallow(raw: bytes) -> bool:
    """Whether the text is surely nested no deeper than allowed, said without a look at each string (40 times faster).

    Without their filling strings are pairs of quotes, but for those that hold marks themselves; then we do not know.
    """
    marks = raw.translate(_BRACKETS, _FILLING).replace(b'""', b"")
    for _ in range(DEPTH_MAX):
        marks = marks.replace(b"[]", b"")
    return not marks


def _check_depth(text: str) -> None:
    depth = 0
    for match in _STRUCTURE.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise ProtocolError(ErrorCode.TOO_DEEP)
        elif mark in "]}":
            depth -= 1


def _check_strings(tree: object) -> None:
    """Escapes can name what UTF-8 cannot carry: lone surrogates, and NUL, which PostgreSQL's text cannot hold."""
    if isinstance(tree, str):
        if _UNPRINTABLE.search(tree):
            raise ProtocolError(ErrorCode.BAD_TEXT)
    elif isinstance(tree, list):
        for item in tree:
            _check_strings(item)
    elif isinstance(tree, dict):
        for name, item in tree.items():
            _check_strings(name)
            _check_strings(item)


def convert(tree: object, schema: type[_T], code: ErrorCode = ErrorCode.SCHEMA) -> _T:
    """The tree as a closed Struct. Raises `code`, or `money` where an amount is no canonical decimal."""
    try:
        return msgspec.convert(tree, schema)
    except msgspec.ValidationError as error:
        raise ProtocolError(code, str(error)) from error
