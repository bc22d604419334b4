"""Payment systems that the contract is held against: one joins by an entry in `SYSTEMS`."""

from __future__ import annotations

import re
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

from okno.cabinet.payments.providers.cloudpayments import provider as cloudpayments
from okno.cabinet.payments.providers.port import (
    Asked,
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
from okno.cabinet.payments.providers.qiwi import provider as qiwi
from okno.cabinet.payments.providers.robokassa import provider as robokassa
from okno.cabinet.payments.providers.sbp import provider as sbp
from okno.cabinet.payments.providers.stripe import provider as stripe
from okno.cabinet.payments.providers.tbank import provider as tbank
from okno.cabinet.payments.providers.webmoney import provider as webmoney
from okno.cabinet.payments.providers.wire import Wire, WireSettings
from okno.cabinet.payments.providers.yookassa import provider as yookassa
from okno.cabinet.payments.providers.yoomoney import provider as yoomoney
from okno.protocol.money.amount import Money
from okno.sandbox.payers.cloudpayments.twin import Cloudpayments, CloudpaymentsSettings
from okno.sandbox.payers.qiwi.twin import Qiwi, QiwiSettings
from okno.sandbox.payers.records import Entry, Payment
from okno.sandbox.payers.robokassa.twin import Robokassa, RobokassaSettings
from okno.sandbox.payers.stripe.twin import Stripe, StripeSettings
from okno.sandbox.payers.tbank.twin import Tbank, TbankSettings
from okno.sandbox.payers.twin import Twin, TwinSettings
from okno.sandbox.payers.webmoney.twin import Webmoney, WebmoneySettings
from okno.sandbox.payers.yookassa.twin import Yookassa, YookassaSettings
from okno.sandbox.payers.yoomoney.twin import Yoomoney, YoomoneySettings

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
    `tells_failed_receipts`: also those that its till could not make; elsewhere nobody hears of them.
    `replies`: the shop answers as the provider says; elsewhere with OK to everything. `calls_empty`: it may call
    without a word, to hear that somebody is there. `names_late`: an order may have several payments, and which
    of them is the attempt's is known once one has the money.
    """

    make: Callable[[Any], Twin]
    settings: Callable[..., TwinSettings]
    adapter: Callable[[House], Provider]
    secrets: tuple[str, ...]
    can: frozenset[str]
    shows: frozenset[str]
    creates: str
    gives_back: str = ""
    replies: bool = False
    finds_refunds: bool = True
    tells_failed_receipts: bool = True
    calls_empty: bool = False
    names_late: bool = False


def wire(url: str) -> Wire:
    return Wire(WireSettings(base_url=url, connect_timeout_ms=3_000, answer_timeout_ms=10_000))


YOOKASSA_SECRET = "live_secret-of-yookassa"

TBANK_PASSWORD = "password-of-tbank"

WALLET, YOOMONEY_SECRET = "4100111111111111", "secret-of-yoomoney"
PURSE, WEBMONEY_SECRET = "P123456789012", "secret key of webmoney"
ROBOKASSA = {"login": "demo", "password1": "password-one-of-robokassa", "password2": "password-two-of-robokassa"}
CLOUDPAYMENTS_SECRET = "secret-of-cloudpayments"
CONFIRM_URL = "https://pay.test/confirmations/cloudpayments"
QIWI_SECRET = "secret-of-qiwi"
STRIPE_KEY, STRIPE_SECRET = "rk_live_key-of-stripe", "whsec_secret-of-stripe"


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
    "cloudpayments": System(
        make=Cloudpayments,
        settings=lambda **given: CloudpaymentsSettings(**given, public_id="pk_demo", secret=CLOUDPAYMENTS_SECRET),
        adapter=lambda house: cloudpayments.provider(
            cloudpayments.Settings(
                public_id="pk_demo", secrets=(CLOUDPAYMENTS_SECRET, "older"), confirm_url=CONFIRM_URL
            ),
            wire(house.url),
        ),
        secrets=(CLOUDPAYMENTS_SECRET, b64encode(f"pk_demo:{CLOUDPAYMENTS_SECRET}".encode()).decode()),
        can=frozenset({"ask", "refund", "register", "charge", "receipt"}),
        shows=frozenset({"amount", "currency", "test", "unknown"}),
        tells_failed_receipts=False,
        creates="/orders/create",
        gives_back="/payments/refund",
        replies=True,
        finds_refunds=False,
        names_late=True,
    ),
    "qiwi": System(
        make=Qiwi,
        settings=lambda **given: QiwiSettings(**given, site="test", secret=QIWI_SECRET),
        adapter=lambda house: qiwi.provider(
            qiwi.Settings(secrets=(QIWI_SECRET, "older"), kassa=True), wire(f"{house.url}/partner/bill/v1/bills")
        ),
        secrets=(QIWI_SECRET,),
        can=frozenset({"ask", "refund"}),
        shows=frozenset({"amount", "currency", "unknown"}),
        creates="/bills",
        gives_back="/refunds",
        replies=True,
    ),
    "robokassa": System(
        make=Robokassa,
        settings=lambda **given: RobokassaSettings(**given, **ROBOKASSA),
        adapter=lambda house: robokassa.provider(
            robokassa.Settings(
                login=ROBOKASSA["login"],
                password1=ROBOKASSA["password1"],
                passwords2=(ROBOKASSA["password2"], "older"),
                fiscal_url=house.url,
            ),
            wire(house.url),
        ),
        secrets=(ROBOKASSA["password1"], ROBOKASSA["password2"]),
        can=frozenset({"ask", "receipt"}),
        shows=frozenset({"amount", "unknown"}),
        creates="",
        replies=True,
    ),
    "sbp-tbank": _carried_by(_TBANK),
    "sbp-yookassa": _carried_by(_YOOKASSA),
    "stripe": System(
        make=Stripe,
        settings=lambda **given: StripeSettings(**given, api_key=STRIPE_KEY, webhook_secret=STRIPE_SECRET),
        adapter=lambda house: stripe.provider(
            stripe.Settings(
                api_key=STRIPE_KEY,
                webhook_secrets=("whsec_newer", STRIPE_SECRET),
                limits={"RUB": (100_00, 10_000_000_00), "EUR": (50, 10_000_00)},
            ),
            wire(house.url),
        ),
        secrets=(STRIPE_KEY, STRIPE_SECRET),
        can=frozenset({"ask", "refund", "register", "charge"}),
        shows=frozenset({"amount", "currency", "test", "unknown"}),
        creates="/sessions",
        gives_back="/refunds",
        replies=True,
    ),
    "tbank": _TBANK,
    "webmoney": System(
        make=Webmoney,
        settings=lambda **given: WebmoneySettings(**given, purse=PURSE, secret_key=WEBMONEY_SECRET),
        adapter=lambda house: webmoney.provider(
            webmoney.Settings(purse=PURSE, currency="RUB", secrets=("newer", WEBMONEY_SECRET)), wire(house.url)
        ),
        secrets=(WEBMONEY_SECRET,),
        can=frozenset(),
        shows=frozenset({"amount", "test"}),
        creates="",
        replies=True,
        calls_empty=True,
    ),
    "yookassa": _YOOKASSA,
    "yoomoney": System(
        make=Yoomoney,
        settings=lambda **given: YoomoneySettings(**given, wallet=WALLET, secret=YOOMONEY_SECRET),
        adapter=lambda house: yoomoney.provider(
            yoomoney.Settings(wallet=WALLET, secrets=("a-newer-secret", YOOMONEY_SECRET)), wire(house.url)
        ),
        secrets=(YOOMONEY_SECRET,),
        can=frozenset(),
        shows=frozenset({"amount"}),
        creates="",
        replies=True,
    ),
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
        if self.system.replies:
            self.house.answers = self.reply

    def reply(self, arrived: Arrived) -> tuple[int, bytes]:
        """What a shop answers that takes what is true and has every payment payable."""
        try:
            notice = self.provider.notices.read(self.received(arrived))
        except NoticeRefused as refusal:
            return refusal.status, b""
        reply = notice.yes if isinstance(notice, Asked) else notice.reply
        return reply.status, reply.body

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

    def confirmed(self, told: Snapshot, intent: Intent, choice: str) -> Snapshot | None:
        """A payer by a kept card goes where his bank wants him, and comes back; the payment as it is then."""
        assert told.go is not None
        if told.challenge is None:
            self.house.press(self.page(Started(go=told.go)), choice)
            return self.asked(intent, told.provider_id)
        # The page of ours posts to the bank, and the bank's page to ours.
        back = self.house.press(self.page(Started(go=told.challenge)), choice)
        shown = self.house.http.request("GET", back).data.decode()
        fields = dict(re.findall(r'name="(\w+)" value="(\w+)"', shown))
        assert f'action="{told.go.url}"' in shown
        assert fields["MD"] == told.provider_id
        assert self.provider.confirms is not None
        return self.provider.confirms.confirm(provider_id=fields["MD"], attempt=intent.attempt, proof=fields["PaRes"])

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
