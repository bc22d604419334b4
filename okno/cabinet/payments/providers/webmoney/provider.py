"""WebMoney as Okno sees it: a form, a question whether a payment is still wanted, and a signed result."""

from __future__ import annotations

import re
from typing import Literal
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import (
    Asked,
    Form,
    Ignored,
    Intent,
    Limits,
    Notice,
    NoticeRefused,
    Provider,
    ProviderRefusal,
    Received,
    Reply,
    Snapshot,
    Started,
    Told,
)
from okno.cabinet.payments.providers.webmoney import messages
from okno.cabinet.payments.providers.webmoney.client import Client
from okno.cabinet.payments.providers.webmoney.signature import genuine
from okno.cabinet.payments.providers.wire import Wire, form_fields

FORM_PATH = "/lmi/payment_utf.asp"
YES, NO = Reply(body=b"YES"), Reply(body=b"NO")
_PURSE = re.compile(r"[A-Z][0-9]{12}")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one purse, whose letter says its `currency`. `secrets`: its Secret Key, and those before it.

    `wmid` switches on asking by X18; the codes are its answers for "no such payment" and "not paid yet", from memory.
    `simulate`: LMI_SIM_MODE, for a purse in test mode.
    """

    purse: str
    currency: str
    secrets: tuple[str, ...]
    wmid: str = ""
    absent_codes: tuple[int, ...] = (7,)
    unpaid_codes: tuple[int, ...] = (8, 9)
    simulate: Literal["", "0", "1", "2"] = ""
    amount_min_minor: int = 1_00
    amount_max_minor: int = 100_000_00

    def __post_init__(self) -> None:
        if not _PURSE.fullmatch(self.purse):
            raise ValueError("purse: a letter and 12 digits")
        if not all(self.secrets) or not self.secrets:
            raise ValueError("secrets: at least one, none empty")

    def __repr__(self) -> str:
        return f"Settings(purse={self.purse!r})"


class WebMoney:
    def __init__(self, settings: Settings, wire: Wire) -> None:
        self._settings = settings
        self._url = wire.base_url + FORM_PATH
        self._client = Client(wire, wmid=settings.wmid, purse=settings.purse, secret=settings.secrets[0])

    def start(self, intent: Intent) -> Started:
        fields = messages.form(intent, purse=self._settings.purse, simulate=self._settings.simulate)
        return Started(go=Form(self._url, fields))

    def read(self, received: Received) -> Notice:
        """A purse that sends no parameters before a payment calls without any, to hear that somebody is there."""
        if received.method == "POST" and not received.body:
            return Ignored("check", Reply())
        try:
            fields = form_fields(received.body)
        except ValueError:
            raise NoticeRefused("shape", 400) from None
        if received.method != "POST":
            raise NoticeRefused("shape", 400)
        if fields.get("LMI_PAYEE_PURSE") != self._settings.purse:
            raise NoticeRefused("purse")
        asked = fields.get("LMI_PREREQUEST") == "1"
        if not asked and not genuine(fields, self._settings.secrets):
            raise NoticeRefused("hash")
        currency = self._settings.currency
        try:
            if asked:
                return Asked(payment=messages.asked(fields, currency=currency), yes=YES, no=NO)
            news = messages.snapshot(fields, currency=currency)
        except messages.UNREADABLE:
            raise NoticeRefused("shape", 400) from None
        key = f"{self._settings.purse}:{news.provider_id}:{news.state}"
        return Told(key=key, event="result", payment=news, proven=True, reply=YES)

    def ask(self, *, provider_id: str | None, attempt: UUID, number: int) -> Snapshot | None:  # noqa: ARG002 - as the port
        found = self._client.operation(number)
        if found.code in self._settings.absent_codes:
            return None
        if found.code in self._settings.unpaid_codes:
            return Snapshot(state="pending", number=number)
        if found.code != 0:
            raise ProviderRefusal(f"retval-{found.code}", found.text)
        return messages.operation_snapshot(found, number=number, currency=self._settings.currency)


def provider(settings: Settings, wire: Wire) -> Provider:
    adapter = WebMoney(settings, wire)
    return Provider(
        name="webmoney",
        limits=Limits(of={settings.currency: (settings.amount_min_minor, settings.amount_max_minor)}),
        start=adapter,
        notices=adapter,
        asking=adapter if settings.wmid else None,
        pages=(wire.base_url,),
        wallet=True,
    )
