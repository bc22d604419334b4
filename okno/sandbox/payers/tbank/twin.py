"""T-Bank with its HTTP."""

from __future__ import annotations

from typing import Any

from okno.sandbox.payers.tbank.calls import routes
from okno.sandbox.payers.tbank.shop import Shop, TbankSettings

__all__ = ["Tbank", "TbankSettings"]


class Tbank(Shop):
    def handlers(self) -> list[tuple[str, Any, dict[str, Any]]]:
        return routes(self)
