"""What an agent sends and is answered with, on the wire: strict fields, a signature over all of them, XML back."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from urllib.parse import quote, unquote_to_bytes
from xml.etree.ElementTree import Element, SubElement, tostring

from okno.cabinet.payments.providers.port import Received, Reply
from okno.protocol.money.amount import Money

FIELDS_MAX = 20
FIELD_CHARS_MAX = 200
SIGN = "sign"
XML = "application/xml; charset=utf-8"
_TXN = re.compile(r"[0-9]{1,20}")


class Result(IntEnum):
    """Every code there is. An agent repeats after 1 and 90; all others are final."""

    OK = 0
    TEMPORARY = 1
    ACCOUNT_FORMAT = 4
    ACCOUNT_UNKNOWN = 5
    FORBIDDEN = 7
    ACCOUNT_CLOSED = 79
    UNDER_WAY = 90
    TRANSACTION_UNKNOWN = 210
    TOO_SMALL = 241
    TOO_LARGE = 242
    NOT_CANCELLABLE = 251
    REFUSED = 300


COMMENTS: Mapping[Result, str] = {
    Result.OK: "OK",
    Result.TEMPORARY: "Temporarily unavailable, repeat later",
    Result.ACCOUNT_FORMAT: "No account number looks like this",
    Result.ACCOUNT_UNKNOWN: "No such account",
    Result.FORBIDDEN: "Payments are switched off",
    Result.ACCOUNT_CLOSED: "The account is closed",
    Result.UNDER_WAY: "Not finished, ask later",
    Result.TRANSACTION_UNKNOWN: "No such transaction",
    Result.TOO_SMALL: "The amount is too small",
    Result.TOO_LARGE: "The amount is too large",
    Result.NOT_CANCELLABLE: "It cannot be cancelled",
    Result.REFUSED: "Refused",
}


class FieldsError(Exception):
    """Something that is no list of fields; the text says what, never with a value."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`number` is ours of the payment; it and `sum` stand where money was taken."""

    result: Result
    txn: str = ""
    number: int | None = None
    sum: Money | None = None


def fields_read(received: Received) -> dict[str, str]:
    """The fields of a GET's query or of a POST's form, never of both. Raises FieldsError."""
    if received.method == "POST":
        if received.query:
            raise FieldsError("fields in two places")
        text = received.body
    else:
        text = received.query.encode()
    pairs = [_pair(part) for part in text.split(b"&") if part]
    found = dict(pairs)
    if len(found) < len(pairs):
        raise FieldsError("a field twice")
    if len(found) > FIELDS_MAX or any(len(value) > FIELD_CHARS_MAX for value in found.values()):
        raise FieldsError("too much")
    return found


def _pair(part: bytes) -> tuple[str, str]:
    name, equals, value = part.partition(b"=")
    try:
        texts = [unquote_to_bytes(each.replace(b"+", b" ")).decode("utf-8") for each in (name, value)]
    except UnicodeDecodeError as error:
        raise FieldsError("not UTF-8") from error
    if not equals or not texts[0]:
        raise FieldsError("a field without a name or without a value")
    return texts[0], texts[1]


def canonical(fields: Mapping[str, str]) -> bytes:
    """What is signed: every field but the signature, sorted by name, percent-encoded (RFC 3986), joined by `&`."""
    named = sorted((name, value) for name, value in fields.items() if name != SIGN)
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in named).encode()


def is_signed(fields: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """Whether the signature is that of one of the secrets. Each is tried, so time says nothing of which."""
    given = fields.get(SIGN, "").encode()
    content = canonical(fields)
    tried = [
        hmac.compare_digest(hmac.digest(secret.encode(), content, hashlib.sha256).hex().encode(), given)
        for secret in secrets
    ]
    return any(tried)


def is_transaction(text: str) -> bool:
    """A transaction's id is a string of digits, and never a number: agents have outgrown 32 bits long ago."""
    return _TXN.fullmatch(text) is not None


def reply_of(answer: Answer) -> Reply:
    """As the agent reads it."""
    root = Element("response")
    SubElement(root, "osmp_txn_id").text = answer.txn
    if answer.number is not None:
        SubElement(root, "prv_txn").text = str(answer.number)
    if answer.sum is not None:
        SubElement(root, "sum").text = answer.sum.decimal
    SubElement(root, "result").text = str(answer.result.value)
    SubElement(root, "comment").text = COMMENTS[answer.result]
    return Reply(200, tostring(root, encoding="utf-8", xml_declaration=True), XML)
