"""The payment systems of an instance: what each twin is started with, beside what till and counter are told of it.

The two halves of a secret stand side by side here and nowhere else. Keys are drawn at the first start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from okno.cli.instance.company import DEMO_PAYEE
from okno.cli.instance.plan import Plan
from okno.sandbox.payers.cloudpayments.twin import CloudpaymentsSettings
from okno.sandbox.payers.qiwi.twin import QiwiSettings
from okno.sandbox.payers.registry import AnySettings
from okno.sandbox.payers.robokassa.twin import RobokassaSettings
from okno.sandbox.payers.stripe.twin import StripeSettings
from okno.sandbox.payers.tbank.twin import TbankSettings
from okno.sandbox.payers.webmoney.twin import WebmoneySettings
from okno.sandbox.payers.yookassa.twin import YookassaSettings
from okno.sandbox.payers.yoomoney.twin import YoomoneySettings

SHOP, TERMINAL = "54401", "1510572937960"
SITE, PUBLIC_ID, LOGIN = "demo-00", "pk_demo", "demo"
WALLET, PURSE, WMID = "4100100000000001", "P000000000001", "000000000001"
SBP = "sbp"
PACE = 0.05
"""Who waits at a demo for the next try of a notice waits three minutes where the real system takes an hour."""


@dataclass(frozen=True)
class Payer:
    """`twin` and `told` make the members of its own from its secret; `path` is where its calls begin.

    With `forms` the browser is posted to the address that its adapter knows: it stands under that one alone.
    """

    settings: Callable[..., AnySettings]
    twin: Callable[[str], Mapping[str, Any]]
    told: Callable[[str], Mapping[str, Any]]
    path: str = ""
    forms: bool = False
    confirms: bool = False
    """A page of our counter leads payers by kept cards to their banks."""


PAYERS: Mapping[str, Payer] = {
    "yookassa": Payer(
        YookassaSettings,
        lambda secret: {"shop_id": SHOP, "secret_key": secret},
        lambda secret: {"shop_id": SHOP, "secret_key": secret, "networks": ["127.0.0.0/8"]},
        path="/v3",
    ),
    "tbank": Payer(
        TbankSettings,
        lambda secret: {"terminal_key": TERMINAL, "password": secret},
        lambda secret: {"terminal_key": TERMINAL, "password": secret},
        path="/v2",
    ),
    "cloudpayments": Payer(
        CloudpaymentsSettings,
        lambda secret: {"public_id": PUBLIC_ID, "secret": secret},
        lambda secret: {"public_id": PUBLIC_ID, "secrets": [secret]},
        confirms=True,
    ),
    "robokassa": Payer(
        RobokassaSettings,
        lambda secret: {"login": LOGIN, "password1": f"{secret}1", "password2": f"{secret}2"},
        lambda secret: {"login": LOGIN, "password1": f"{secret}1", "passwords2": [f"{secret}2"]},
        forms=True,
    ),
    "stripe": Payer(
        StripeSettings,
        lambda secret: {"api_key": f"rk_{secret}", "webhook_secret": f"whsec_{secret}"},
        lambda secret: {
            "api_key": f"rk_{secret}",
            "webhook_secrets": [f"whsec_{secret}"],
            "limits": {"RUB": [100_00, 1_000_000_00]},
        },
    ),
    "yoomoney": Payer(
        YoomoneySettings,
        lambda secret: {"wallet": WALLET, "secret": secret, "token": f"t{secret}", "fee_bp": 300},
        lambda secret: {"wallet": WALLET, "secrets": [secret], "token": f"t{secret}"},
        forms=True,
    ),
    "webmoney": Payer(
        WebmoneySettings,
        lambda secret: {"purse": PURSE, "secret_key": secret, "wmid": WMID},
        lambda secret: {"purse": PURSE, "currency": "RUB", "secrets": [secret], "wmid": WMID},
        forms=True,
    ),
    "qiwi": Payer(
        QiwiSettings,
        lambda secret: {"site": SITE, "secret": secret},
        lambda secret: {"secrets": [secret], "kassa": True},
        path="/partner/bill/v1/bills",
    ),
}


def names(plan: Plan) -> list[str]:
    """Those that are on: they have a port here."""
    return [name for name in PAYERS if name in plan.ports]


def twin_settings(plan: Plan, name: str) -> AnySettings:
    """Notices go to the front, as they would from the internet; links of СБП open the twin's own page."""
    payer = PAYERS[name]
    public_url = _here(plan, name) if payer.forms else f"http://{plan.instance.host(name)}:{plan.ports[name]}"
    return payer.settings(
        journal=str(plan.instance.log / f"{name}.jsonl"),
        control_token=plan.secrets.payers["control"],
        notice_url=notice_url(plan, name),
        payee=DEMO_PAYEE.name,
        listen_port=plan.ports[name],
        public_url=public_url,
        nspk_url=public_url,
        pace=PACE,
        **payer.twin(plan.secrets.payers[name]),
    )


def told(plan: Plan, name: str) -> dict[str, Any]:
    """What the adapter is made of."""
    payer = PAYERS[name]
    wire = {"base_url": f"{_here(plan, name)}{payer.path}"}
    page = {"confirm_url": f"{_counter(plan)}/confirmations/{name}"} if payer.confirms else {}
    # Receipts are asked about at another address of the real system; here it is the same twin.
    page |= {"fiscal_url": _here(plan, name)} if name == "robokassa" else {}
    return {"wire": wire, **page, **payer.told(plan.secrets.payers[name])}


def told_sbp(plan: Plan) -> dict[str, Any]:
    """СБП through T-Bank: its notices have an address of their own."""
    shop = {**told(plan, "tbank"), "notification_url": notice_url(plan, SBP)}
    return {
        "acquirer": "tbank",
        "shop": shop,
        "origins": [f"http://{plan.instance.host('tbank')}:{plan.ports['tbank']}"],
    }


def notice_url(plan: Plan, name: str) -> str:
    return f"{_counter(plan)}/notices/{name}"


def _counter(plan: Plan) -> str:
    return plan.instance.addresses(plan.ports["front"])["pay"]


def _here(plan: Plan, name: str) -> str:
    return f"http://127.0.0.1:{plan.ports[name]}"
