"""What can be asked of Robokassa: the state of a payment and of its receipt, by its number."""

from __future__ import annotations

from urllib.parse import urlencode

from okno.cabinet.payments.providers.port import ProviderAway, ProviderRefusal
from okno.cabinet.payments.providers.robokassa.messages import Fiscal, Operation, fiscal, operation
from okno.cabinet.payments.providers.wire import Wire

PATH = "/Merchant/WebService/Service.asmx/OpStateExt"
_OK = 200
_ANSWERED, _WRONG_SIGNATURE, _NO_MERCHANT, _ABSENT = "0", "1", "2", "3"
_CODES = {_WRONG_SIGNATURE: "wrong_signature", _NO_MERCHANT: "no_merchant", "4": "twice"}


FISCAL_PATH = "/RoboFiscal/Receipt/Status"


class Client:
    """`fiscal`: the way to its service of receipts, which lives elsewhere."""

    def __init__(self, wire: Wire, fiscal: Wire, login: str) -> None:
        self._wire = wire
        self._fiscal = fiscal
        self._login = login

    def receipt(self, question: str) -> Fiscal:
        """Raises ProviderAway, ProviderRefusal."""
        headers = {"Content-Type": "text/plain"}
        answer = self._fiscal.send("POST", FISCAL_PATH, body=question.encode(), headers=headers)
        if answer.status != _OK:
            raise ProviderAway(f"status-{answer.status}")
        found = fiscal(answer.body)
        if found.code == "1001":
            raise ProviderRefusal("wrong_signature", found.description)
        if found.code == "1000":
            raise ProviderAway("code-1000")
        return found

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
