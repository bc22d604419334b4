"""Providers by name, made from an instance's settings. One joins by a line here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from okno.cabinet.payments.providers.cloudpayments import provider as cloudpayments
from okno.cabinet.payments.providers.port import Provider
from okno.cabinet.payments.providers.qiwi import provider as qiwi
from okno.cabinet.payments.providers.robokassa import provider as robokassa
from okno.cabinet.payments.providers.sbp import provider as sbp
from okno.cabinet.payments.providers.stripe import provider as stripe
from okno.cabinet.payments.providers.tbank import provider as tbank
from okno.cabinet.payments.providers.webmoney import provider as webmoney
from okno.cabinet.payments.providers.wire import Wire, WireSettings
from okno.cabinet.payments.providers.yookassa import provider as yookassa
from okno.cabinet.payments.providers.yoomoney import provider as yoomoney

Settings = Mapping[str, Mapping[str, Any]]
Adapter = tuple[type[msgspec.Struct], Callable[[Any, Wire], Provider]]

ADAPTERS: Mapping[str, Adapter] = {
    "cloudpayments": (cloudpayments.Settings, cloudpayments.provider),
    "qiwi": (qiwi.Settings, qiwi.provider),
    "robokassa": (robokassa.Settings, robokassa.provider),
    "stripe": (stripe.Settings, stripe.provider),
    "tbank": (tbank.Settings, tbank.provider),
    "webmoney": (webmoney.Settings, webmoney.provider),
    "yookassa": (yookassa.Settings, yookassa.provider),
    "yoomoney": (yoomoney.Settings, yoomoney.provider),
}
#: Carried by an acquirer's shop or terminal of its own: `acquirer` names it, `shop` is told as for the acquirer itself.
SBP = "sbp"


class ProvidersError(Exception):
    """Settings that no provider can be made of; the text names it and never quotes a secret."""


def providers_of(settings: Settings) -> dict[str, Provider]:
    """Those that are on. Each entry: `wire` of `WireSettings`, and the adapter's own. Raises ProvidersError.

    What is legacy wants `legacy = true` in its entry as well: a system that is gone is in nobody's settings by mistake.
    """
    return {name: _provider(name, dict(given)) for name, given in settings.items()}


def pages_of(providers: Mapping[str, Provider]) -> list[str]:
    """Origins that a browser posts forms of theirs to: what `form_pages` of the portal has to name."""
    return sorted({page for provider in providers.values() for page in provider.pages})


def pages_mistakes(form_pages: Iterable[str], providers: Mapping[str, Provider]) -> list[str]:
    """Where the policy of our pages and the forms of the providers that are on differ, in plain words."""
    allowed, needed = set(form_pages), set(pages_of(providers))
    return [
        *(f"form_pages lacks {page}: the browser will not go there" for page in sorted(needed - allowed)),
        *(f"form_pages has {page}: no provider that is on needs it" for page in sorted(allowed - needed)),
    ]


def _provider(name: str, given: dict[str, Any]) -> Provider:
    try:
        if name == SBP:
            return _carried(given)
        if name not in ADAPTERS:
            raise ProvidersError(f"providers.{name}: there is no such adapter: {', '.join(sorted((*ADAPTERS, SBP)))}")
        kind, make = ADAPTERS[name]
        is_meant = given.pop("legacy", False)
        wire = Wire(msgspec.convert(given.pop("wire"), WireSettings))
        made = make(msgspec.convert(given, kind), wire)
    except (KeyError, ValueError) as error:
        # What msgspec says names the member, not its content.
        raise ProvidersError(f"providers.{name}: {error}") from None
    if made.legacy and is_meant is not True:
        raise ProvidersError(f"providers.{name}: legacy, and off by default: legacy = true switches it on")
    if is_meant and not made.legacy:
        raise ProvidersError(f"providers.{name}: legacy is said of what is not")
    return made


def _carried(given: dict[str, Any]) -> Provider:
    acquirer = _provider(str(given.pop("acquirer")), dict(given.pop("shop")))
    return sbp.provider(msgspec.convert(given, sbp.Settings), acquirer)
