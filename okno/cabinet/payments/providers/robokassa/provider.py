"""Robokassa as Okno sees it: a signed address that leads to its page, and a signed result, which leads to asking."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.port import (
    Form,
    Intent,
    Limits,
    Notice,
    NoticeRefused,
    Provider,
    ReceiptSnapshot,
    Received,
    Redirect,
    Reply,
    Snapshot,
    Started,
    Told,
)
from okno.cabinet.payments.providers.robokassa import messages
from okno.cabinet.payments.providers.robokassa.client import Client
from okno.cabinet.payments.providers.robokassa.signature import Hash, fiscal, genuine, question, started
from okno.cabinet.payments.providers.wire import Wire, form_fields

PAGE_PATH = "/Merchant/Index.aspx"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one shop. `passwords2` proves results: several while it is being changed; the first one asks.

    `hash` as the shop's office says. `test`: payments are tests, and the passwords are those of tests. `fiscal_url`:
    where receipts are asked about.
    """

    login: str
    password1: str
    passwords2: tuple[str, ...]
    hash: Hash = "sha256"
    test: bool = False
    fiscal_url: str = "https://ws.roboxchange.com"
    amount_min_minor: int = 1_00
    amount_max_minor: int = 500_000_00

    def __post_init__(self) -> None:
        if not self.password1 or not all(self.passwords2) or not self.passwords2:
            raise ValueError("passwords: none may be empty")

    def __repr__(self) -> str:
        return f"Settings(login={self.login!r})"


class Robokassa:
    def __init__(self, settings: Settings, wire: Wire) -> None:
        self._settings = settings
        self._url = wire.base_url + PAGE_PATH
        self._client = Client(wire, wire.at(settings.fiscal_url), settings.login)

    def start(self, intent: Intent) -> Started:
        """A receipt makes the address too long for a browser's: then it is a form."""
        given = self._settings
        receipt = None if intent.receipt is None else messages.receipt_text(intent.receipt, intent.amount)
        signature = started(
            given.hash,
            login=given.login,
            amount=intent.amount.decimal,
            number=str(intent.number),
            receipt=receipt,
            password1=given.password1,
        )
        fields = messages.address(intent, login=given.login, receipt=receipt, signature=signature, test=given.test)
        go = Redirect(f"{self._url}?{urlencode(fields)}") if receipt is None else Form(self._url, tuple(fields))
        return Started(go=go, expires_at=intent.expires_at)

    def read(self, received: Received) -> Notice:
        """By POST or, if the shop's office says so, by GET."""
        content = {"POST": received.body, "GET": received.query.encode()}.get(received.method)
        try:
            if content is None:
                raise NoticeRefused("shape", 400)
            fields = form_fields(content)
        except ValueError:
            raise NoticeRefused("shape", 400) from None
        if not genuine(self._settings.hash, fields, self._settings.passwords2):
            raise NoticeRefused("signature")
        try:
            news = messages.snapshot(fields, test=self._settings.test)
        except messages.UNREADABLE:
            raise NoticeRefused("shape", 400) from None
        reply = Reply(body=f"OK{fields['InvId']}".encode())
        # Tests cannot be asked about.
        proven = self._settings.test
        return Told(key=f"{news.number}:paid", event="result", payment=news, proven=proven, reply=reply)

    def ask(self, *, provider_id: str | None, attempt: UUID, number: int) -> Snapshot | None:  # noqa: ARG002 - as the port
        given = self._settings
        signature = question(given.hash, login=given.login, number=str(number), password2=given.passwords2[0])
        found = self._client.operation(number, signature)
        return None if found is None else messages.operation_snapshot(found, number)

    def receipt(self, *, provider_id: str) -> ReceiptSnapshot | None:
        given = self._settings
        question = messages.fiscal_question(given.login, provider_id)
        return messages.receipt_snapshot(self._client.receipt(fiscal(given.hash, question, given.password1)))


def provider(settings: Settings, wire: Wire) -> Provider:
    adapter = Robokassa(settings, wire)
    return Provider(
        name="robokassa",
        limits=Limits(of={messages.CURRENCY: (settings.amount_min_minor, settings.amount_max_minor)}),
        start=adapter,
        notices=adapter,
        asking=None if settings.test else adapter,
        receipt_asking=None if settings.test else adapter,
        receipts=True,
        pages=(wire.base_url,),
    )
