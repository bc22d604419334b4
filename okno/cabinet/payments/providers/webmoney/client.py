"""What can be asked of WebMoney: X18, the operation of a payment's number. From memory: not tried."""

from __future__ import annotations

from okno.cabinet.payments.providers.port import ProviderAway, ProviderRefusal
from okno.cabinet.payments.providers.webmoney.messages import Operation, operation, question
from okno.cabinet.payments.providers.webmoney.signature import question as signed
from okno.cabinet.payments.providers.wire import Wire

PATH = "/conf/xml/XMLTransGet.asp"
_OK = 200


class Client:
    def __init__(self, wire: Wire, *, wmid: str, purse: str, secret: str) -> None:
        self._wire = wire
        self._wmid = wmid
        self._purse = purse
        self._secret = secret

    def operation(self, number: int) -> Operation:
        """Raises ProviderAway, ProviderRefusal."""
        sha256 = signed(wmid=self._wmid, purse=self._purse, number=str(number), secret=self._secret)
        body = question(wmid=self._wmid, purse=self._purse, number=number, sha256=sha256)
        answer = self._wire.send("POST", PATH, body=body, headers={"Content-Type": "text/xml"})
        if answer.status != _OK:
            raise ProviderAway(f"status-{answer.status}")
        found = operation(answer.body)
        if found.code < 0:
            raise ProviderRefusal(f"retval-{-found.code}", found.text)
        return found
