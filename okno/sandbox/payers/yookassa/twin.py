"""YooKassa with its HTTP."""

from __future__ import annotations

from typing import Any

from okno.sandbox.payers.yookassa.calls import routes
from okno.sandbox.payers.yookassa.shop import Shop, YookassaSettings

__all__ = ["Yookassa", "YookassaSettings"]


class Yookassa(Shop):
    def handlers(self) -> list[tuple[str, Any, dict[str, Any]]]:
        return routes(self)
