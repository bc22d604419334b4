"""Payments in an instance: twins of payment systems, and what portal, till and counter are told of them."""

from typing import Any

from okno.cabinet.payments.methods import Method, Title
from okno.cabinet.payments.services.agents.settings import Agent
from okno.cabinet.payments.services.promising.terms import PromiseTerms
from okno.cabinet.payments.services.receipting.making import ReceiptSettings
from okno.cabinet.payments.tasks.till import TillSettings
from okno.cli.instance.layout import PAYERS
from okno.cli.instance.plan import Plan
from okno.connectors.book.promises import PromiseRules
from okno.sandbox.payers.main import PayersSettings
from okno.sandbox.payers.tbank.twin import TbankSettings
from okno.sandbox.payers.yookassa.twin import YookassaSettings

METHODS = (
    Method(
        id="card",
        provider="yookassa",
        kind="card",
        title=Title("Банковской картой", "Bank card"),
        arrives="at-once",
        receipt=("email", "phone"),
        saves=True,
    ),
    Method(
        id="tbank",
        provider="tbank",
        kind="bank",
        title=Title("Через Т-Банк", "T-Bank"),
        arrives="at-once",
        least_minor=1_000,
        receipt=("email", "phone"),
        saves=True,
    ),
)
SHOP, TERMINAL = "54401", "1510572937960"


def payers(plan: Plan) -> PayersSettings:
    """Every twin on a port of its own; its notices go to the front, as they would from the internet."""
    notices = f"{plan.instance.addresses(plan.ports['front'])['pay']}/notices"
    journals = plan.instance.log

    def given(name: str) -> dict[str, Any]:
        return {
            "journal": str(journals / f"{name}.jsonl"),
            "control_token": plan.secrets.payers["control"],
            "notice_url": f"{notices}/{name}",
            "listen_port": plan.ports[name],
            "public_url": f"http://{plan.instance.host(name)}:{plan.ports[name]}",
        }

    known = plan.secrets.payers
    return PayersSettings(
        twins=(
            YookassaSettings(**given("yookassa"), shop_id=SHOP, secret_key=known["yookassa"]),
            TbankSettings(**given("tbank"), terminal_key=TERMINAL, password=known["tbank"]),
        )
    )


def providers(plan: Plan) -> dict[str, dict[str, Any]]:
    """What till and counter are told of each payment system."""
    known = plan.secrets.payers
    addresses = {name: f"http://127.0.0.1:{plan.ports[name]}" for name in PAYERS}
    return {
        "yookassa": {
            "wire": {"base_url": f"{addresses['yookassa']}/v3"},
            "shop_id": SHOP,
            "secret_key": known["yookassa"],
            "networks": ["127.0.0.0/8"],
        },
        "tbank": {
            "wire": {"base_url": f"{addresses['tbank']}/v2"},
            "terminal_key": TERMINAL,
            "password": known["tbank"],
        },
    }


#: The same rules for the page that offers and for the book that decides.
PROMISE_RULES = PromiseRules(promises_max=2)
PROMISES = PromiseTerms(most_minor=PROMISE_RULES.most_units * 100, days_max=PROMISE_RULES.days_max)


def agents(plan: Plan) -> dict[str, Agent]:
    """Who may call the counter, with what he signs with. Everybody is on this machine here."""
    return {
        name: Agent(networks=("127.0.0.0/8", "::1/128"), secrets=(secret,))
        for name, secret in plan.secrets.agents.items()
    }


def till(plan: Plan) -> TillSettings:
    portal = plan.instance.addresses(plan.ports["front"])["portal"]
    return TillSettings(
        dsn=plan.cabinet_dsn("okno_till"),
        providers=providers(plan),
        return_url=f"{portal}/payments/{{payment}}",
        link_return_url=f"{portal}/paid/{{payment}}",
        opening_key=plan.key("till.open"),
        keylist=plan.keylist,
        root_public=plan.root_public,
        receipts=ReceiptSettings(tax_system=1, vat="standard-of-sum", payment_mode="full_prepayment"),
    )
