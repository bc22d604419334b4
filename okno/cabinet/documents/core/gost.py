"""The payment code of GOST R 56042-2014: text of a QR symbol that fills in a payment in a bank's app or terminal.

`ST0001`, one digit of the encoding, the separator, then `Key=Value` pairs. `encode` and `decode` know each other only
through these tables, so that the one checks the other. Source: payments reference, section 11.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from okno.cabinet.documents.core.troubles import DocumentError

SIGN = b"ST0001"
SERVICE_BYTES = 8
#: Windows-1251 takes a byte a letter, UTF-8 two; UTF-8 is what cameras of phones guess first.
ENCODINGS: Mapping[str, str] = MappingProxyType({"1": "cp1251", "2": "utf-8", "3": "koi8-r"})
MANDATORY = ("Name", "PersonalAcc", "BankName", "BIC", "CorrespAcc")
MANDATORY_BYTES_MAX = 300
SEPARATORS = "|~^;#"
TEXT_CHARS_MAX = 210

_DIGITS = r"[0-9]{%s}"
#: What is longer or of another form is refused; keys without a rule are texts of at most TEXT_CHARS_MAX.
FORMS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        key: re.compile(form, re.ASCII)
        for key, form in {
            "Name": r".{1,160}",
            "PersonalAcc": r"[1-9][0-9]{4}[0-9ABCEHKMPTX][0-9]{14}",
            "BankName": r".{1,45}",
            "BIC": _DIGITS % "9",
            "CorrespAcc": r"0|[0-9]{20}",
            "Sum": r"[1-9][0-9]{0,17}",
            "Purpose": r".{1,210}",
            "PayeeINN": r"[0-9]{10}([0-9]{2})?",
            "KPP": _DIGITS % "9",
            "DocNo": r".{1,15}",
            "DocDate": r"[0-9]{2}\.[0-9]{2}\.[0-9]{4}",
        }.items()
    }
)
KEYS = frozenset(
    {
        *FORMS,
        *("PersAcc", "LastName", "FirstName", "MiddleName", "PayerAddress", "PaymPeriod"),
        *("Contract", "QuittId", "QuittDate", "PaymTerm", "TechCode"),
    }
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Encoding = Literal["1", "2", "3"]


def encode(fields: Mapping[str, str]) -> bytes:
    """The bytes of the symbol; empty values are left out.

    UTF-8 unless the five mandatory fields do not fit into their 300 bytes so: then windows-1251. Raises DocumentError
    payload-wrong with the keys that cannot be written.
    """
    pairs = {key: fields[key] for key in (*MANDATORY, *sorted(set(fields) - set(MANDATORY))) if fields.get(key)}
    if wrong := _wrong(pairs):
        raise DocumentError("payload-wrong", *wrong)
    separator = next((sign for sign in SEPARATORS if not any(sign in value for value in pairs.values())), None)
    if separator is None:
        raise DocumentError("payload-wrong", "separator")
    encodings: tuple[Encoding, ...] = ("2", "1")
    for encoding in encodings:
        try:
            parts = [f"{key}={value}".encode(ENCODINGS[encoding]) for key, value in pairs.items()]
        except UnicodeEncodeError:
            continue
        if len(separator.encode().join(parts[: len(MANDATORY)])) <= MANDATORY_BYTES_MAX:
            return separator.encode().join([SIGN + encoding.encode(), *parts])
    raise DocumentError("payload-wrong", *MANDATORY[:3:2])


def decode(payload: bytes) -> dict[str, str]:
    """The fields of a symbol. Strict: raises DocumentError payload-wrong for whatever `encode` would not write."""
    if payload[: len(SIGN)] != SIGN or len(payload) <= SERVICE_BYTES:
        raise DocumentError("payload-wrong", "service")
    encoding, separator = chr(payload[6]), payload[7:8]
    if encoding not in ENCODINGS or not separator.isascii() or separator.isalnum():
        raise DocumentError("payload-wrong", "service")
    fields: dict[str, str] = {}
    for part in payload[SERVICE_BYTES:].split(separator):
        try:
            key, equals, value = part.decode(ENCODINGS[encoding]).partition("=")
        except UnicodeDecodeError as error:
            raise DocumentError("payload-wrong", "encoding") from error
        if not equals or key in fields:
            raise DocumentError("payload-wrong", "pairs")
        fields[key] = value
    if wrong := _wrong(fields):
        raise DocumentError("payload-wrong", *wrong)
    if len(separator.join(payload[SERVICE_BYTES:].split(separator)[: len(MANDATORY)])) > MANDATORY_BYTES_MAX:
        raise DocumentError("payload-wrong", *MANDATORY)
    return fields


def _wrong(fields: Mapping[str, str]) -> list[str]:
    """Keys that are missing, unknown, out of their order, or whose value has not the form."""
    if tuple(fields)[: len(MANDATORY)] != MANDATORY:
        return [key for key in MANDATORY if key not in fields] or ["order"]
    return [key for key, value in fields.items() if not _right(key, value)]


def _right(key: str, value: str) -> bool:
    if key not in KEYS or _CONTROL.search(value) or value != value.strip():
        return False
    form = FORMS.get(key)
    return form.fullmatch(value) is not None if form is not None else 1 <= len(value) <= TEXT_CHARS_MAX
