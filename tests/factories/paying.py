"""A company that takes payments: the portal, the counter, the till turned by hand, and a payment system's twin."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import psycopg
from factories.django_ready import HttpResponse
from factories.payers import (
    CLOUDPAYMENTS_SECRET,
    PURSE,
    QIWI_SECRET,
    ROBOKASSA,
    STRIPE_KEY,
    STRIPE_SECRET,
    SYSTEMS,
    TBANK_PASSWORD,
    WALLET,
    WEBMONEY_SECRET,
    YOOKASSA_SECRET,
    YOOMONEY_SECRET,
    Arrived,
)
from factories.payers_running import House
from factories.portal import COUNTER_HOST, Browser, Database, Portal, portal_running

from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.payments.methods import Method, Reason
from okno.cabinet.payments.services.receipting.making import ReceiptSettings
from okno.cabinet.payments.services.registry import providers_of
from okno.cabinet.payments.tasks.afterwards import AfterwardsDesk
from okno.cabinet.payments.tasks.autopay import AutopayDesk
from okno.cabinet.payments.tasks.till import TillDesk, TillSettings, keeper_of, turns_of

RETURN = "https://portal.test/payments/{payment}"
LINK_RETURN = "https://portal.test/paid/{payment}"
METHODS = (
    Method(id="card", provider="yookassa", kind="card", fee_bps=80, fee_least_minor=100),
    Method(id="receipt", provider="yookassa", kind="card", receipt=("email", "phone"), saves=True),
    Method(id="off", provider="yookassa", kind="card", off=Reason("Чинят до пятницы", "Under repair until Friday")),
    Method(id="abroad", provider="yookassa", kind="card", currency="EUR"),
)


#: What the adapter of each is made of.
TOLD: dict[str, Callable[[House], dict[str, object]]] = {
    "yookassa": lambda house: {
        "wire": {"base_url": f"{house.url}/v3"},
        "shop_id": "54401",
        "secret_key": YOOKASSA_SECRET,
        "networks": ["127.0.0.0/8"],
    },
    "cloudpayments": lambda house: {
        "wire": {"base_url": house.url},
        "public_id": "pk_demo",
        "secrets": [CLOUDPAYMENTS_SECRET],
        "confirm_url": f"https://{COUNTER_HOST}/confirmations/cloudpayments",
    },
    "stripe": lambda house: {
        "wire": {"base_url": house.url},
        "api_key": STRIPE_KEY,
        "webhook_secrets": [STRIPE_SECRET],
        "limits": {"RUB": [1_00, 10_000_000_00]},
    },
    "tbank": lambda house: {
        "wire": {"base_url": f"{house.url}/v2"},
        "terminal_key": "1700000000DEMO",
        "password": TBANK_PASSWORD,
    },
    "qiwi": lambda house: {
        "wire": {"base_url": f"{house.url}/partner/bill/v1/bills"},
        "secrets": [QIWI_SECRET],
        "legacy": True,
    },
    "robokassa": lambda house: {
        "wire": {"base_url": house.url},
        "login": ROBOKASSA["login"],
        "password1": ROBOKASSA["password1"],
        "passwords2": [ROBOKASSA["password2"]],
        "fiscal_url": house.url,
    },
    "webmoney": lambda house: {
        "wire": {"base_url": house.url},
        "purse": PURSE,
        "currency": "RUB",
        "secrets": [WEBMONEY_SECRET],
        "wmid": "000000000001",
    },
    "yoomoney": lambda house: {
        "wire": {"base_url": house.url},
        "wallet": WALLET,
        "secrets": [YOOMONEY_SECRET],
    },
}


@dataclass
class Clock:
    """Time as the till sees it."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Killed(Exception):  # noqa: N818 - what befalls a process
    """The till ends here, as by kill -9: nothing of its transaction is kept."""


@dataclass
class Shop:
    """What a test holds in its hands. `turn` is one turn of the till: claim, work, mark."""

    portal: Portal
    house: House
    till: TillDesk
    afterwards: AfterwardsDesk
    autopay: AutopayDesk
    database: Database
    clock: Clock
    anna: UUID
    browser: Browser
    account: UUID
    told: int = field(default=0)
    folder: Path = Path()
    kills: set[str] = field(default_factory=set)
    """Points of the clock of auto-payment at which the till is killed."""

    def wish(self, amount: str = "1234.50", **changes: object) -> dict[str, Any]:
        shares = [{"account": str(self.account), "amount": amount}]
        return {"key": str(uuid4()), "method": "card", "currency": "RUB", "shares": shares, **changes}

    def start(self, wish: dict[str, Any] | None = None) -> HttpResponse:
        return self.browser.send("POST", "/api/payments", wish or self.wish())

    def begun(self, wish: dict[str, Any] | None = None) -> str:
        """A payment whose provider has said where to go."""
        answer = self.start(wish)
        assert answer.status_code == 202, answer.content
        self.turn()
        payment: str = answer.json()["id"]
        return payment

    def seen(self, payment: str) -> dict[str, Any]:
        answer = self.browser.send("GET", f"/api/payments/{payment}")
        assert answer.status_code == 200, answer.content
        shown: dict[str, Any] = answer.json()
        return shown

    def press(self, payment: str, choice: str = "pay") -> None:
        """What the payer does at the provider's page."""
        go, http = self.seen(payment)["go"], self.house.http
        if go["kind"] == "form":
            fields = [tuple(pair) for pair in go["fields"]]
            page = http.request("POST", go["url"], fields=fields, encode_multipart=False, redirect=True, retries=3)
        else:
            page = http.request("GET", go["url"], redirect=True, retries=3)
        self.house.press(f"{self.house.url}{(page.geturl() or '').removeprefix(self.house.url)}", choice)

    def alter(self, **changes: Any) -> None:  # noqa: ANN401 - fields of the twin's payment
        """The provider takes other money than it was asked for: its only payment is changed."""
        till = self.house.payer.twin.till
        (payment,) = till.payments.values()
        till.payments[payment.id] = msgspec.structs.replace(payment, **changes)

    def turn(self, work: Callable[[Any], Any] | None = None) -> int:
        """One turn; how many errands it had."""
        now = self.clock.now()
        with psycopg.connect(self.database.dsn("till")) as connection:
            errands = self.till.claim(connection, 100, now)
            connection.commit()
            done = [(work or self.till.work)(errand) for errand in errands]
            self.till.mark(connection, done, now)
        return len(errands)

    def tick(self) -> None:
        """One look of the till's clock of auto-payment."""
        with psycopg.connect(self.database.dsn("till")) as connection:
            self.autopay.claim(connection, 1, self.clock.now())

    def tidy(self) -> int:
        """One turn of what is done once payments are over; how many chores it had."""
        now = self.clock.now()
        with psycopg.connect(self.database.dsn("till")) as connection:
            chores = self.afterwards.claim(connection, 100, now)
            connection.commit()
            self.afterwards.mark(connection, [self.afterwards.work(chore) for chore in chores], now)
        return len(chores)

    def later(self, **given: float) -> None:
        """Let time pass for the till, then let it turn."""
        self.clock.ahead += timedelta(**given)
        self.turn()

    def deliver(self, *, again: bool = False) -> list[HttpResponse]:
        """Carry to the counter what the provider has sent since the last time, or all of it once more."""
        arrived = self.house.settled()
        fresh = arrived if again else arrived[self.told :]
        self.told = len(arrived)
        return [self.notice(one) for one in fresh]

    def notice(self, arrived: Arrived, *, address: str = "127.0.0.1", body: bytes | None = None) -> HttpResponse:
        sender = Browser(host=COUNTER_HOST, address=address)
        content = arrived.body if body is None else body
        kind = arrived.headers.get("content-type", "")
        name = self.house.payer.twin.name
        signs = {key: value for key, value in arrived.headers.items() if key.endswith(("signature", "hmac", "sha256"))}
        heads = {f"HTTP_{key.upper().replace('-', '_')}": value for key, value in signs.items()}
        return sender.generic("POST", f"/notices/{name}", content, content_type=kind, **heads)

    def books_answer(self, *, refuse: bool = False) -> list[dict[str, Any]]:
        """The inside does what it was told, as relay and projector would write it down. Returns the commands' data."""
        told = self.portal.peek(
            "SELECT id, data FROM kit_outbox WHERE type = 'okno.payment.captured.v1' AND state = 'queued' ORDER BY seq"
        )
        recorded = datetime.now(UTC).isoformat()
        for row, _ in told:
            outcome = (
                {"refused": "unknown-account"} if refuse else {"reply": {"key": f"op-{row}", "recorded_at": recorded}}
            )
            self.portal.peek(
                "UPDATE kit_outbox SET state = %s, outcome = %s, finished_at = now() WHERE id = %s",
                "failed" if refuse else "done",
                json.dumps(outcome),
                row,
            )
        return [json.loads(bytes(data)) for _, data in told]  # type: ignore[call-overload]

    def rows(self, what: str) -> list[tuple[object, ...]]:
        return self.portal.peek(what)

    def ledger(self) -> list[tuple[object, ...]]:
        return self.portal.peek("SELECT kind, amount FROM payments_entry ORDER BY kind, amount")


def till_settings(folder: Path, portal: Portal, providers: dict[str, dict[str, object]]) -> TillSettings:
    """Of a till that keeps cards and makes receipts."""
    (folder / "till.open").write_bytes(portal.keys.till.dump())
    return TillSettings(
        dsn=portal.database.dsn("till"),
        providers=providers,
        return_url=RETURN,
        link_return_url=LINK_RETURN,
        opening_key=str(folder / "till.open"),
        keylist=portal.config.keylist,
        root_public=portal.config.root_public,
        receipts=ReceiptSettings(tax_system=2, vat="standard", text="Отопление"),
    )


@contextmanager
def shop_open(folder: Path, database: Database, provider: str = "yookassa", **changes: object) -> Iterator[Shop]:
    """`changes` of the portal's settings; `provider` does all ways to pay."""
    system = SYSTEMS[provider]
    house = House(folder, system.make, lambda **given: system.settings(**given, pace=0.00001))
    providers: dict[str, dict[str, object]] = {provider: TOLD[provider](house)}
    methods = tuple(
        msgspec.structs.replace(method, provider=provider) if method.provider == "yookassa" else method
        for method in METHODS
    )
    clock = Clock()
    try:
        with portal_running(folder, database, methods=methods, providers=providers, **changes) as portal:
            anna, account = portal.person(login="anna"), portal.account()
            access_grant(anna, portal.grant_token(anna, account))
            settings = till_settings(folder, portal, providers)
            made = providers_of(providers)
            till = TillDesk(settings, made, clock=clock.now)
            afterwards = AfterwardsDesk(made, keeper_of(settings), lease_s=settings.lease_s)
            turns = turns_of(settings, made)
            assert turns is not None
            kills: set[str] = set()

            def point(name: str) -> None:
                if name in kills:
                    raise Killed

            clock_of_rules = AutopayDesk(turns, point=point)
            browser = portal.prove(portal.signed_in("anna"))
            yield Shop(
                portal,
                house,
                till,
                afterwards,
                clock_of_rules,
                database,
                clock,
                anna,
                browser,
                account,
                folder=folder,
                kills=kills,
            )
    finally:
        house.stop()
