"""Providers by name, made from an instance's settings. One joins by a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from okno.cabinet.payments.providers.port import Provider
from okno.cabinet.payments.providers.tbank import provider as tbank
from okno.cabinet.payments.providers.wire import Wire, WireSettings
from okno.cabinet.payments.providers.yookassa import provider as yookassa

Settings = Mapping[str, Mapping[str, Any]]
Adapter = tuple[type[msgspec.Struct], Callable[[Any, Wire], Provider]]

ADAPTERS: Mapping[str, Adapter] = {
    "tbank": (tbank.Settings, tbank.provider),
    "yookassa": (yookassa.Settings, yookassa.provider),
}


class ProvidersError(Exception):
    """Settings that no provider can be made of; the text names it and never quotes a secret."""


def providers_of(settings: Settings) -> dict[str, Provider]:
    """Those that are on. Each entry: `wire` of `WireSettings`, and the adapter's own. Raises ProvidersError."""
    return {name: _provider(name, dict(given)) for name, given in settings.items()}


def _provider(name: str, given: dict[str, Any]) -> Provider:
    if name not in ADAPTERS:
        raise ProvidersError(f"providers.{name}: there is no such adapter: {', '.join(sorted(ADAPTERS))}")
    kind, make = ADAPTERS[name]
    try:
        wire = Wire(msgspec.convert(given.pop("wire"), WireSettings))
        return make(msgspec.convert(given, kind), wire)
    except (KeyError, msgspec.ValidationError) as error:
        # What msgspec says names the member, not its content.
        raise ProvidersError(f"providers.{name}: {error}") from None
