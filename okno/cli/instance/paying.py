"""Payments in an instance: the ways that customers are offered, and what twins, till and counter are told."""

from __future__ import annotations

from typing import Any

from okno.cabinet.payments.methods import Method, Title
from okno.cabinet.payments.services.agents.settings import Agent
from okno.cabinet.payments.services.promising.terms import PromiseTerms
from okno.cabinet.payments.services.receipting.making import ReceiptSettings
from okno.cabinet.payments.tasks.till import TillSettings
from okno.cli.instance import payers as systems
from okno.cli.instance.layout import LEGACY_PAYERS
from okno.cli.instance.plan import Plan
from okno.connectors.book.promises import PromiseRules
from okno.sandbox.payers.main import PayersSettings

QIWI = Method(id="qiwi", provider="qiwi", kind="wallet", title=Title("QIWI", "QIWI"), arrives="at-once")
METHODS = (
    Method(
        id="card",
        provider="yookassa",
        also=("cloudpayments", "stripe", "robokassa"),
        kind="card",
        title=Title("Банковской картой", "Bank card"),
        arrives="at-once",
        receipt=("email", "phone"),
        saves=True,
    ),
    Method(id="sbp", provider="sbp", also=("yookassa",), kind="sbp", arrives="at-once", least_minor=1_000),
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
    Method(id="yoomoney", provider="yoomoney", kind="wallet", title=Title("ЮMoney", "YooMoney"), least_minor=200),
    Method(id="webmoney", provider="webmoney", kind="wallet", title=Title("WebMoney", "WebMoney")),
)


def methods(plan: Plan) -> tuple[Method, ...]:
    """QIWI is legacy: offered where its twin was asked for."""
    return (*METHODS, QIWI) if "qiwi" in plan.ports else METHODS


def payers(plan: Plan) -> PayersSettings:
    """Every twin on a port of its own."""
    return PayersSettings(twins=tuple(systems.twin_settings(plan, name) for name in systems.names(plan)))


def providers(plan: Plan) -> dict[str, dict[str, Any]]:
    """What till and counter are told of each payment system."""
    told = {name: systems.told(plan, name) for name in systems.names(plan)}
    asked_for = {name: {**told[name], "legacy": True} for name in LEGACY_PAYERS if name in told}
    return {**told, **asked_for, systems.SBP: systems.told_sbp(plan)}


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
        pepper=plan.secrets.pepper,
        receipts=ReceiptSettings(tax_system=1, vat="standard-of-sum", payment_mode="full_prepayment"),
    )
