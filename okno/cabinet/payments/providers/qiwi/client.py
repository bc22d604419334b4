"""Calls of QIWI's bills. Ours are their numbers, so a PUT repeated is the same one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from okno.cabinet.payments.providers.port import ProviderAway, ProviderRefusal
from okno.cabinet.payments.providers.qiwi.messages import Fault
from okno.cabinet.payments.providers.wire import Answer, Wire

_DONE = frozenset({200, 201})
_NOT_FOUND = 404
_LATER = 429
_FAULTS = range(400, 500)


class Client:
    def __init__(self, wire: Wire, secret: str) -> None:
        self._wire = wire
        self._headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}

    def put(self, *path: str, body: Mapping[str, Any]) -> bytes:
        """Raises ProviderAway, ProviderRefusal."""
        answer = self._send("PUT", path, msgspec.json.encode(body))
        if answer.status == _NOT_FOUND:
            raise _refusal(answer)
        return answer.body

    def get(self, *path: str) -> bytes | None:
        """None: there is no such thing. Raises ProviderAway, ProviderRefusal."""
        answer = self._send("GET", path, None)
        return None if answer.status == _NOT_FOUND else answer.body

    def _send(self, method: str, path: tuple[str, ...], body: bytes | None) -> Answer:
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        answer = self._wire.send(
            method, "/" + "/".join(quote(one, safe="") for one in path), body=body, headers=headers
        )
        if answer.status in _DONE or answer.status == _NOT_FOUND:
            return answer
        if answer.status in _FAULTS and answer.status != _LATER:
            raise _refusal(answer)
        raise ProviderAway(f"status-{answer.status}")


def _refusal(answer: Answer) -> ProviderRefusal:
    try:
        fault = msgspec.json.decode(answer.body, type=Fault)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        fault = Fault()
    return ProviderRefusal(fault.error_code or f"status-{answer.status}", fault.description)
