"""Calls of T-Bank's API: each is a POST of JSON with its Token. Nothing there knows a repeat by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from okno.cabinet.payments.providers.port import ProviderAway, ProviderRefusal
from okno.cabinet.payments.providers.tbank.signature import token
from okno.cabinet.payments.providers.wire import Wire

_OK = 200
_LATER = 429
_FAULTS = range(400, 500)
#: "Try again later", an inner fault.
LATER_CODES = frozenset({"9999", "999"})
#: Charge: the bank wants the owner of the card. He pays on at T-Bank's own page.
OWNER_WANTED = "104"
CODES = {
    "8": "wrong_state",
    "53": "contact_the_seller",
    "101": "3d_secure_failed",
    "103": "insufficient_funds",
    "116": "insufficient_funds",
    "202": "terminal_blocked",
    "204": "wrong_token",
    "1051": "insufficient_funds",
    "1057": "not_permitted",
}
"""What is worth a word of its own; any other is told as `code-N`."""


class Fault(msgspec.Struct, frozen=True, rename="pascal"):
    """What every answer has."""

    success: bool = False
    error_code: str = ""
    message: str = ""
    details: str = ""


class Client:
    """`absent`: codes that say there is no such payment or order."""

    def __init__(self, wire: Wire, *, terminal: str, password: str, absent: frozenset[str]) -> None:
        self._wire = wire
        self._terminal = terminal
        self._password = password
        self._absent = absent

    def call(self, method: str, body: Mapping[str, Any], kind: type[Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
        """Raises ProviderAway, ProviderRefusal."""
        return read(self.content(method, body), kind)

    def found(self, method: str, body: Mapping[str, Any], kind: type[Any]) -> Any:  # noqa: ANN401 - likewise, or None
        """None: there is no such thing. Raises ProviderAway, ProviderRefusal."""
        content, fault = self.tried(method, body)
        if fault.error_code in self._absent:
            return None
        _succeeded(fault)
        return read(content, kind)

    def content(self, method: str, body: Mapping[str, Any]) -> bytes:
        content, fault = self.tried(method, body)
        _succeeded(fault)
        return content

    def tried(self, method: str, body: Mapping[str, Any]) -> tuple[bytes, Fault]:
        """The answer, and what it says of itself. Raises ProviderAway, and ProviderRefusal for what is no answer."""
        given = {"TerminalKey": self._terminal, **body}
        given["Token"] = token(given, self._password)
        answer = self._wire.send(
            "POST",
            f"/{method}",
            body=json.dumps(given, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json"},
        )
        if answer.status in _FAULTS and answer.status != _LATER:
            raise ProviderRefusal(f"status-{answer.status}")
        if answer.status != _OK:
            raise ProviderAway(f"status-{answer.status}")
        # A list of cards comes bare.
        fault = (
            Fault(success=True, error_code="0") if answer.body.lstrip().startswith(b"[") else read(answer.body, Fault)
        )
        if fault.error_code in LATER_CODES:
            raise ProviderAway(f"code-{fault.error_code}")
        return answer.body, fault


def read(content: bytes, kind: type[Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
    """Raises ProviderAway: what was done, but cannot be read, is to be asked about again."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderAway("answer-unreadable") from None


def _succeeded(fault: Fault) -> None:
    if not fault.success or fault.error_code != "0":
        raise refusal(fault)


def refusal(fault: Fault) -> ProviderRefusal:
    code = CODES.get(fault.error_code, f"code-{fault.error_code}")
    return ProviderRefusal(code, f"{fault.message} {fault.details}".strip())
