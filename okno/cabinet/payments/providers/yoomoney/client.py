"""What can be asked of YooMoney with a token of the wallet's owner: the operations of a label, or of a period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import urlencode

from okno.cabinet.payments.providers.port import ProviderAway, ProviderRefusal
from okno.cabinet.payments.providers.wire import Wire
from okno.cabinet.payments.providers.yoomoney.messages import History, Operation, history

_OK = 200
_LATER = 429
_FAULTS = range(400, 500)
#: The most that it gives at once; a list of more pages than this is none that we read.
PAGE_RECORDS, PAGES_MAX = 100, 1_000


class Client:
    def __init__(self, wire: Wire, token: str) -> None:
        self._wire = wire
        self._token = token

    def operations(self, label: str) -> list[Operation]:
        """What came in, the newest first. Raises ProviderAway, ProviderRefusal."""
        found = self._asked({"label": label, "type": "deposition"})
        return [one for one in found.operations if one.direction == "in" and one.label == label]

    def period(self, since: datetime, until: datetime) -> Iterator[Operation]:
        """All that came in, since <= at < until, the newest first. Raises ProviderAway, ProviderRefusal."""
        given = {
            "type": "deposition",
            "from": since.isoformat(),
            "till": until.isoformat(),
            "records": str(PAGE_RECORDS),
        }
        for _ in range(PAGES_MAX):
            found = self._asked(given)
            yield from (one for one in found.operations if one.direction == "in")
            if not found.next_record:
                return
            given["start_record"] = found.next_record
        raise ProviderAway("list-too-long")

    def _asked(self, given: Mapping[str, str]) -> History:
        answer = self._wire.send(
            "POST",
            "/api/operation-history",
            body=urlencode(given).encode(),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        if answer.status in _FAULTS and answer.status != _LATER:
            raise ProviderRefusal(f"status-{answer.status}")
        if answer.status != _OK:
            raise ProviderAway(f"status-{answer.status}")
        found = history(answer.body)
        if found.error:
            raise ProviderRefusal(found.error)
        return found
