"""What can be asked of YooMoney with a token of the wallet's owner: the operations of a label."""

from __future__ import annotations

from urllib.parse import urlencode

from okno.cabinet.payments.providers.port import ProviderAway, ProviderRefusal
from okno.cabinet.payments.providers.wire import Wire
from okno.cabinet.payments.providers.yoomoney.messages import Operation, history

_OK = 200
_LATER = 429
_FAULTS = range(400, 500)


class Client:
    def __init__(self, wire: Wire, token: str) -> None:
        self._wire = wire
        self._token = token

    def operations(self, label: str) -> list[Operation]:
        """What came in, the newest first. Raises ProviderAway, ProviderRefusal."""
        answer = self._wire.send(
            "POST",
            "/api/operation-history",
            body=urlencode({"label": label, "type": "deposition"}).encode(),
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
        return [one for one in found.operations if one.direction == "in" and one.label == label]
