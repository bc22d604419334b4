"""Merchants do not talk to the faster payment system: the acquirer does, and its link is checked before it is shown."""

from __future__ import annotations

from collections.abc import Iterable

from okno.cabinet.payments.providers.port import Intent, ProviderRefusal, Started, Starting, Symbol
from okno.cabinet.payments.providers.sbp.messages import LinkBroken, link


class Carrier:
    def __init__(self, codes: Starting, origins: Iterable[str]) -> None:
        self._codes = codes
        self._origins = tuple(origins)

    def start(self, intent: Intent) -> Started:
        """A link for this amount and for one payment. Raises ProviderAway, ProviderRefusal (`link_wrong` too)."""
        started = self._codes.start(intent)
        if not isinstance(started.go, Symbol):
            raise ProviderRefusal("link_wrong", "no link")
        try:
            given = link(started.go.payload, self._origins)
        except LinkBroken as error:
            raise ProviderRefusal("link_wrong", str(error)) from None
        if given.kind != "dynamic" or given.amount != intent.amount:
            raise ProviderRefusal("link_wrong", "not for this payment")
        return started
