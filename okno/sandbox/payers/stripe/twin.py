"""Stripe with its HTTP."""

from __future__ import annotations

from typing import Any

from okno.sandbox.payers.stripe.calls import routes
from okno.sandbox.payers.stripe.shop import Shop, StripeSettings

__all__ = ["Stripe", "StripeSettings"]


class Stripe(Shop):
    def handlers(self) -> list[tuple[str, Any, dict[str, Any]]]:
        return routes(self)
