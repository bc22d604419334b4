"""Providers out of settings: each that there is, and every mistake named without its secret."""

from typing import Any

import pytest

from okno.cabinet.payments.services.registry import ADAPTERS, ProvidersError, providers_of

WIRE = {"base_url": "http://127.0.0.1:1"}
SECRET = "never-in-an-error"
YOOKASSA: dict[str, Any] = {"wire": WIRE, "shop_id": "54401", "secret_key": SECRET}
TBANK: dict[str, Any] = {"wire": WIRE, "terminal_key": "T", "password": SECRET}


def test_each_is_made_by_its_own_name() -> None:
    made = providers_of({"yookassa": YOOKASSA, "tbank": TBANK})
    assert {name: provider.name for name, provider in made.items()} == {"yookassa": "yookassa", "tbank": "tbank"}
    assert set(ADAPTERS) == {
        *("cloudpayments", "qiwi", "robokassa", "stripe", "tbank", "webmoney", "yookassa", "yoomoney"),
    }


@pytest.mark.parametrize(("acquirer", "shop"), [("yookassa", YOOKASSA), ("tbank", TBANK)])
def test_the_faster_payment_system_is_carried_by_a_shop_of_its_own(acquirer: str, shop: dict[str, Any]) -> None:
    made = providers_of({"sbp": {"acquirer": acquirer, "shop": shop}})
    assert made["sbp"].name == "sbp"


def test_what_is_legacy_is_made_when_its_settings_say_so_alone() -> None:
    qiwi = {"wire": WIRE, "secrets": [SECRET]}
    for given in (qiwi, {**qiwi, "legacy": False}, {**qiwi, "legacy": "true"}):
        with pytest.raises(ProvidersError, match=r"providers.qiwi: legacy, and off by default: legacy = true"):
            providers_of({"yookassa": YOOKASSA, "qiwi": given})
    assert providers_of({"qiwi": {**qiwi, "legacy": True}})["qiwi"].legacy
    with pytest.raises(ProvidersError, match=r"providers.yookassa: legacy"):
        providers_of({"yookassa": {**YOOKASSA, "legacy": True}})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"paypal": {}}, "providers.paypal: there is no such adapter"),
        ({"yookassa": {**YOOKASSA, "wire": {}}}, "base_url"),
        ({"yookassa": {name: value for name, value in YOOKASSA.items() if name != "wire"}}, "wire"),
        ({"yookassa": {**YOOKASSA, "shop": SECRET}}, "shop"),
        ({"sbp": {"shop": YOOKASSA}}, "acquirer"),
        ({"sbp": {"acquirer": "qiwi", "shop": {"wire": WIRE}}}, "providers.qiwi"),
    ],
)
def test_a_mistake_is_named_without_its_secret(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ProvidersError, match=told) as refused:
        providers_of(settings)
    assert SECRET not in str(refused.value)
