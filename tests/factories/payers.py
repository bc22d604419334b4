"""Payment systems that the contract is held against: one joins by an entry in `SYSTEMS`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from factories.payers_running import Arrived, House
from uuid_utils.compat import uuid7

from okno.cabinet.payments.providers.port import (
    Form,
    Intent,
    Item,
    NoticeRefused,
    Provider,
    Receipt,
    Received,
    Redirect,
    Snapshot,
    Started,
    Told,
)
from okno.cabinet.payments.providers.sbp import provider as sbp
from okno.cabinet.payments.providers.tbank import provider as tbank
from okno.cabinet.payments.providers.wire import Wire, WireSettings
from okno.cabinet.payments.providers.yookassa import provider as yookassa
from okno.protocol.money.amount import Money
from okno.sandbox.payers.records import Entry, Payment
from okno.sandbox.payers.tbank.twin import Tbank, TbankSettings
from okno.sandbox.payers.twin import Twin, TwinSettings
from okno.sandbox.payers.yookassa.twin import Yookassa, YookassaSettings

RETURN_URL = "https://portal.test/payments/back"
PEER = "127.0.0.1"
WORDS = "Лицевой счёт 5500123"
NUMBERS = count(1)


@dataclass(frozen=True, kw_only=True)
class System:
    """`make` and `settings` make the twin, `adapter` the provider that talks to it at an address.

    `can`: the parts that the provider has (ask, refund, register, charge, code, receipt). `shows`: which peculiarities
    of a payment (amount, currency, test, unknown) its news can tell. `secrets` may stand in no log. `creates` and
    `gives_back` are in the paths of the calls that begin an attempt and give money back; `creates` is empty where the
    browser begins it by a form. `finds_refunds`: also those whose answer was lost; elsewhere one is repeated.
    """

    make: Callable[[Any], Twin]
    settings: Callable[..., TwinSettings]
    adapter: Callable[[House], Provider]
    secrets: tuple[str, ...]
    can: frozenset[str]
    shows: frozenset[str]
    creates: str
    gives_back: str = ""
    finds_refunds: bool = True


def wire(url: str) -> Wire:
    return Wire(WireSettings(base_url=url, connect_timeout_ms=3_000, answer_timeout_ms=10_000))


YOOKASSA_SECRET = "live_secret-of-yookassa"

TBANK_PASSWORD = "password-of-tbank"


def _tbank_settings(**given: Any) -> TwinSettings:  # noqa: ANN401 - fields of it
    return TbankSettings(**given, terminal_key="1700000000DEMO", password=TBANK_PASSWORD)


def _tbank(house: House) -> Provider:
    settings = tbank.Settings(terminal_key="1700000000DEMO", password=TBANK_PASSWORD)
    return tbank.provider(settings, wire(f"{house.url}/v2"))


def _yookassa_settings(**given: Any) -> TwinSettings:  # noqa: ANN401 - fields of it
    return YookassaSettings(**given, shop_id="54401", secret_key=YOOKASSA_SECRET)


def _yookassa(house: House) -> Provider:
    settings = yookassa.Settings(shop_id="54401", secret_key=YOOKASSA_SECRET, networks=("127.0.0.0/8",))
    return yookassa.provider(settings, wire(f"{house.url}/v3"))


_TBANK = System(
    make=Tbank,
    settings=_tbank_settings,
    adapter=_tbank,
    secrets=(TBANK_PASSWORD,),
    can=frozenset({"ask", "refund", "charge", "code", "receipt"}),
    shows=frozenset({"amount", "unknown"}),
    creates="/Init",
    gives_back="/Cancel",
    finds_refunds=False,
)
_YOOKASSA = System(
    make=Yookassa,
    settings=_yookassa_settings,
    adapter=_yookassa,
    secrets=(YOOKASSA_SECRET, b64encode(f"54401:{YOOKASSA_SECRET}".encode()).decode()),
    can=frozenset({"ask", "refund", "register", "charge", "code", "receipt"}),
    shows=frozenset({"amount", "currency", "test", "unknown"}),
    creates="/payments",
    gives_back="/refunds",
)


def _carried_by(acquirer: System) -> System:
    return replace(
        acquirer,
        adapter=lambda house: sbp.provider(sbp.Settings(), acquirer.adapter(house)),
        can=acquirer.can - {"charge", "code"},
    )


#: A dash and what follows it are no part of the provider's name.
SYSTEMS: dict[str, System] = {
    "sbp-tbank": _carried_by(_TBANK),
    "sbp-yookassa": _carried_by(_YOOKASSA),
    "tbank": _TBANK,
    "yookassa": _YOOKASSA,
}


def those(*parts: str) -> list[str]:
    """Names of the systems that have all of the parts."""
    return sorted(name for name, system in SYSTEMS.items() if system.can.issuperset(parts))


def intent_new(**changes: Any) -> Intent:  # noqa: ANN401 - fields of an intent
    given: dict[str, Any] = {
        "attempt": uuid7(),
        "number": next(NUMBERS),
        "amount": Money(1_234_56, "RUB"),
        "description": WORDS,
        "return_url": RETURN_URL,
        "expires_at": datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1),
    }
    return Intent(**{**given, **changes})


def receipt_of(amount: Money) -> Receipt:
    item = Item(text="Отопление", price=amount, vat_code=11, payment_mode="full_payment", payment_subject="service")
    return Receipt(contact="anna@example.org", tax_system_code=1, items=(item,))


class Bench:
    """One system: its twin, the shop's server and the provider between them."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.system = SYSTEMS[name]
        self.house = House(folder, self.system.make, lambda **given: self.system.settings(**given, pace=0.00001))
        self.provider = self.system.adapter(self.house)

    def page(self, started: Started) -> str:
        """Where the browser stands after it went as it was told."""
        go, http = started.go, self.house.http
        if isinstance(go, Redirect):
            answer = http.request("GET", go.url, redirect=True, retries=3)
        elif isinstance(go, Form):
            answer = http.request(
                "POST", go.url, fields=list(go.fields), encode_multipart=False, redirect=True, retries=3
            )
        else:
            parts = urlsplit(go.payload)
            answer = http.request("GET", f"{self.house.url}{parts.path}?{parts.query}", redirect=True, retries=3)
        assert answer.status == 200, answer.data
        return f"{self.house.url}{urlsplit(answer.geturl() or '').path}"

    def started(self, intent: Intent) -> str:
        """An attempt begun; returns the payer's page."""
        return self.page(self.provider.start.start(intent))

    def paid(self, intent: Intent) -> list[Arrived]:
        """An attempt paid; returns the notices of it."""
        self.house.press(self.started(intent), "pay")
        return self.house.settled()

    def received(self, arrived: Arrived, **changes: Any) -> Received:  # noqa: ANN401 - fields of it
        given = {
            "method": arrived.method,
            "headers": arrived.headers,
            "peer": PEER,
            "query": arrived.query,
            "body": arrived.body,
        }
        return Received(**{**given, **changes})

    def believed(self, received: Received, intent: Intent) -> Snapshot | None:
        """What a notice makes us believe of a payment: by its own proof, or by asking whom it names."""
        try:
            notice = self.provider.notices.read(received)
        except NoticeRefused:
            return None
        if not isinstance(notice, Told):
            return None
        if notice.proven:
            return notice.payment
        return self.asked(intent, notice.payment.provider_id)

    def asked(self, intent: Intent, provider_id: str | None) -> Snapshot | None:
        assert self.provider.asking is not None
        return self.provider.asking.ask(provider_id=provider_id, attempt=intent.attempt, number=intent.number)

    def news(self, arrived: list[Arrived], intent: Intent) -> list[Snapshot]:
        """What the notices say, in their order."""
        believed = [self.believed(self.received(one), intent) for one in arrived]
        return [one for one in believed if one is not None]

    def journal_payments(self) -> dict[str, Payment]:
        """Of the twin's journal: each payment as it was left."""
        return {entry.payment.id: entry.payment for entry in self._entries() if entry.payment}

    def live(self) -> list[Payment]:
        """Payments that have brought money or may still bring it."""
        return [one for one in self.journal_payments().values() if one.state in {"new", "authorized", "paid"}]

    def alter(self, **changes: Any) -> None:  # noqa: ANN401 - fields of a payment
        """The system takes other money than it was asked for: the only payment there is is changed."""
        till = self.house.payer.twin.till
        (payment,) = till.payments.values()
        till.payments[payment.id] = msgspec.structs.replace(payment, **changes)

    def _entries(self) -> list[Entry]:
        return self.house.journal()

    def stop(self) -> None:
        self.house.stop()
