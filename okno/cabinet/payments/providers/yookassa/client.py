"""Calls of YooKassa's API. A repeat with the same key is the same call; the key lives for a day there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from okno.cabinet.payments.providers.port import ProviderAway, ProviderRefusal
from okno.cabinet.payments.providers.wire import Answer, Wire
from okno.cabinet.payments.providers.yookassa.messages import Fault, Page, decoded

PAGE_ITEMS = 100
PAGES_MAX = 1_000
_OK = 200
_NOT_FOUND = 404
#: 202: still at it. 429 and 5xx: later, and after a 500 nobody knows.
_LATER = frozenset({202, 429})
_FAULTS = range(400, 500)


class Client:
    def __init__(self, wire: Wire, authorization: str) -> None:
        self._wire = wire
        self._authorization = authorization

    def post(self, path: str, key: str, body: Mapping[str, Any]) -> bytes:
        """Raises ProviderAway, ProviderRefusal."""
        headers = {"Idempotence-Key": key, "Content-Type": "application/json"}
        answer = self._send("POST", path, body=msgspec.json.encode(body), headers=headers)
        if answer.status == _NOT_FOUND:
            raise ProviderRefusal(*_fault(answer))
        return answer.body

    def get(self, path: str, object_id: str) -> bytes | None:
        """None: there is no such object. Raises ProviderAway, ProviderRefusal."""
        answer = self._send("GET", f"{path}/{quote(object_id, safe='')}")
        return None if answer.status == _NOT_FOUND else answer.body

    def items(self, path: str, filters: Mapping[str, str]) -> Iterator[msgspec.Raw]:
        """Every item of a list, page by page, the newest first. Raises ProviderAway, ProviderRefusal."""
        query = {**filters, "limit": str(PAGE_ITEMS)}
        for _ in range(PAGES_MAX):
            answer = self._send("GET", f"{path}?{urlencode(query)}")
            page: Page = decoded(answer.body, Page)
            yield from page.items
            if page.next_cursor is None:
                return
            query["cursor"] = page.next_cursor
        raise ProviderAway("list-too-long")

    def _send(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        answer = self._wire.send(
            method, path, body=body, headers={**(headers or {}), "Authorization": self._authorization}
        )
        if answer.status in {_OK, _NOT_FOUND}:
            return answer
        if answer.status in _FAULTS and answer.status not in _LATER:
            raise ProviderRefusal(*_fault(answer))
        raise ProviderAway(f"status-{answer.status}")


def _fault(answer: Answer) -> tuple[str, str]:
    try:
        fault = msgspec.json.decode(answer.body, type=Fault)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        fault = Fault()
    return fault.code or f"status-{answer.status}", f"{fault.description} {fault.parameter}".strip()
