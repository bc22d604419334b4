"""YooMoney as Okno sees it: a form that leads to its page, and a signed notice of money that reached the wallet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from okno.cabinet.payments.providers.port import (
    Form,
    Ignored,
    Intent,
    Limits,
    Notice,
    NoticeRefused,
    Provider,
    Received,
    Reply,
    Snapshot,
    Started,
    Told,
)
from okno.cabinet.payments.providers.wire import Wire, form_fields
from okno.cabinet.payments.providers.yoomoney import messages
from okno.cabinet.payments.providers.yoomoney.client import Client
from okno.cabinet.payments.providers.yoomoney.signature import hashed, signed

FORM_PATH = "/quickpay/confirm"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one wallet. `secrets` of its notices, `token` of its owner (`operation-history`).

    `legacy_sha1` takes notices that hold the older hash alone; they only lead to asking, so it needs a token.
    `fee_bps` of the payment type, where the wallet's own differs from what is published: history and register say only
    what came, and an amount is proven by it and the fee.
    """

    wallet: str
    secrets: tuple[str, ...]
    payment_type: Literal["AC", "PC"] = "AC"
    fee_bps: Annotated[int, Meta(ge=0, lt=messages.BPS)] | None = None
    token: str = ""
    legacy_sha1: bool = False
    amount_min_minor: int = 2_00
    amount_max_minor: int = 100_000_00

    def __post_init__(self) -> None:
        if not all(self.secrets) or not self.secrets:
            raise ValueError("secrets: at least one, none empty")
        if self.legacy_sha1 and not self.token:
            raise ValueError("legacy_sha1 needs a token: the older hash leaves the amount unsigned")

    @property
    def fee(self) -> messages.Fee:
        usual = messages.FEES[self.payment_type]
        return usual if self.fee_bps is None else messages.Fee(usual.of, self.fee_bps)

    def __repr__(self) -> str:
        return f"Settings(wallet={self.wallet!r})"


class YooMoney:
    def __init__(self, settings: Settings, wire: Wire) -> None:
        self._settings = settings
        self._url = wire.base_url + FORM_PATH
        self._client = Client(wire, settings.token)

    def start(self, intent: Intent) -> Started:
        fields = messages.form(intent, wallet=self._settings.wallet, method=self._settings.payment_type)
        return Started(go=Form(self._url, fields))

    def read(self, received: Received) -> Notice:
        try:
            fields = form_fields(received.body)
        except ValueError:
            raise NoticeRefused("shape", 400) from None
        if received.method != "POST":
            raise NoticeRefused("shape", 400)
        proven = self._proven(fields)
        if fields.get("test_notification") == "true":
            return Ignored("test", Reply())
        try:
            news = messages.snapshot(fields) if proven else messages.hint(fields)
        except messages.UNREADABLE:
            raise NoticeRefused("shape", 400) from None
        event = fields.get("notification_type", "")
        return Told(
            key=f"{news.provider_id}:{news.state}:{proven:d}", event=event, payment=news, proven=proven, reply=Reply()
        )

    def ask(self, *, provider_id: str | None, attempt: UUID, number: int) -> Snapshot | None:  # noqa: ARG002 - as the port
        found = self._client.operations(str(attempt))
        if provider_id is not None:
            found = [one for one in found if one.operation_id == provider_id]
        known = [messages.operation_snapshot(one, self._settings.fee) for one in found]
        return next((one for one in known if one.state == "paid"), known[0] if known else None)

    def register(self, *, since: datetime, until: datetime) -> Sequence[Snapshot]:
        """Of the wallet, so of all that reached it; the earliest first. What waits outside of it is not paid."""
        span = {"since": since.astimezone(UTC), "until": until.astimezone(UTC)}
        told = [messages.operation_snapshot(one, self._settings.fee) for one in self._client.period(**span)]
        # Hours are whole seconds: of the same one the later stands before the earlier.
        paid = [one for one in reversed(told) if one.state == "paid"]
        return sorted(paid, key=lambda one: one.at or since)

    def _proven(self, fields: Mapping[str, str]) -> bool:
        """Whether the whole notice is signed. Raises NoticeRefused."""
        if "sign" in fields:
            if signed(fields, self._settings.secrets):
                return True
            raise NoticeRefused("sign")
        if self._settings.legacy_sha1 and hashed(fields, self._settings.secrets):
            return False
        raise NoticeRefused("sign")


def provider(settings: Settings, wire: Wire) -> Provider:
    adapter = YooMoney(settings, wire)
    return Provider(
        name="yoomoney",
        limits=Limits(of={messages.CURRENCY: (settings.amount_min_minor, settings.amount_max_minor)}),
        start=adapter,
        notices=adapter,
        asking=adapter if settings.token else None,
        registers=adapter if settings.token else None,
        reached=lambda kept: messages.reached(kept, settings.fee),
        pages=(wire.base_url,),
        wallet=True,
    )
