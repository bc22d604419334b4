"""CloudPayments with its HTTP."""

from __future__ import annotations

from typing import Any

from okno.sandbox.payers.cloudpayments.calls import routes
from okno.sandbox.payers.cloudpayments.shop import CloudpaymentsSettings, Shop

__all__ = ["Cloudpayments", "CloudpaymentsSettings"]


class Cloudpayments(Shop):
    def handlers(self) -> list[tuple[str, Any, dict[str, Any]]]:
        return routes(self)
