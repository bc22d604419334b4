"""What can be asked of Robokassa: the state of a payment by its number."""

from __future__ import annotations

from urllib.parse import urlencode

from okno.cabinet.payments.providers.port import ProviderAway, ProviderRefusal
from okno.cabinet.payments.providers.robokassa.messages import Operation, operation
from okno.cabinet.payments.providers.wire import Wire

PATH = "/Merchant/WebService/Service.asmx/OpStateExt"
_OK = 200
_ANSWERED, _WRONG_SIGNATURE, _NO_MERCHANT, _ABSENT = "0", "1", "2", "3"
_CODES = {_WRONG_SIGNATURE: "wrong_signature", _NO_MERCHANT: "no_merchant", "4": "twice"}


class Client:
    def __init__(self, wire: Wire, login: str) -> None:
        self._wire = wire
        self._login = login

    def operation(self, number: int, signature: str) -> Operation | None:
        """None: there is no such payment. Raises ProviderAway, ProviderRefusal."""
        query = urlencode({"MerchantLogin": self._login, "InvoiceID": str(number), "Signature": signature})
        answer = self._wire.send("GET", f"{PATH}?{query}")
        if answer.status != _OK:
            raise ProviderAway(f"status-{answer.status}")
        found = operation(answer.body)
        if found.code == _ABSENT:
            return None
        if found.code in _CODES:
            raise ProviderRefusal(_CODES[found.code], found.text)
        if found.code != _ANSWERED:
            raise ProviderAway(f"code-{found.code}")
        return found
