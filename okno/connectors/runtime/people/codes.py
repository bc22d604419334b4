"""Codes that prove possession of the phone on file: made here, kept as a keyed hash, told in a message of one size."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata

import msgspec

from okno.protocol.keys import OpeningKey
from okno.protocol.messages import CodeMessage
from okno.protocol.messages.base import Locale

DIGITS = 6
# With the mark of the padding two blocks of the sealed part, whatever stands in it.
MESSAGE_BYTES = 511
TAIL_CHARS = 4
HASH_BYTES = 32

_TEXTS: dict[Locale, str] = {
    "ru": "{code} — код для регистрации в личном кабинете, счёт …{tail}. Никому его не сообщайте, даже нам.",
    "en": "{code} is your code to register with account ...{tail}. Do not tell it to anybody, not even to us.",
}
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


def code_new() -> str:
    """Six digits, uniform, leading zeros kept."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def code_message(phone: str, code: str, *, number: str, locale: Locale) -> bytes:
    """`CodeMessage` as JSON of always the same length, to a phone in E.164, or a blank to none."""
    text = _TEXTS[locale].format(code=code, tail=_folded(number)[-TAIL_CHARS:])
    # JSON may be followed by white space.
    return msgspec.json.encode(CodeMessage(phone, text)).ljust(MESSAGE_BYTES)


def is_phone(text: str) -> bool:
    """Whether a code can be sent there: E.164."""
    return _PHONE.fullmatch(text) is not None


class Hashes:
    """What the store keeps instead of the things themselves. The key is made of the opening key, so no row holds it."""

    def __init__(self, opening: OpeningKey) -> None:
        self._key = hmac.digest(opening.private, b"okno customer.identify", hashlib.sha256)

    def number(self, typed: str) -> bytes:
        """Of an account number: width, case, blanks and separators make no difference."""
        return self._hash("number", _folded(typed))

    def person(self, account: str) -> bytes:
        """Of whoever has that account, by the system's own reference."""
        return self._hash("person", account)

    def code(self, attempt: str, code: str) -> bytes:
        """Of a code as typed; good for its attempt alone."""
        return self._hash(f"code {attempt}", _folded(code))

    def _hash(self, kind: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\0{value}".encode(), hashlib.sha256)


def _folded(typed: str) -> str:
    """Letters and digits alone."""
    return "".join(mark for mark in unicodedata.normalize("NFKC", typed).casefold() if mark.isalnum())
