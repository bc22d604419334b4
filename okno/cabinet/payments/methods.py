"""Ways to pay as the company offers them, and what the customer is told before he chooses: data of the settings."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from okno.protocol.messages.base import Currency, Name

#: A payment system charges its own fee; nobody offers one above a tenth.
FEE_BPS_MAX = 1_000
WHOLE_BPS = 10_000
TITLE_CHARS_MAX = 40


class Title(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the company calls a way to pay, in both languages."""

    ru: Annotated[str, Meta(min_length=1, max_length=TITLE_CHARS_MAX)]
    en: Annotated[str, Meta(min_length=1, max_length=TITLE_CHARS_MAX)]


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`id` is what a customer chooses; `provider` the folder of the adapter that does it.

    Without a `title` the page says what `kind` it is.
    `fee_bps` hundredths of a percent and `fee_least_minor` are what the payer gives on top, to the payment system and
    not to the company. `least_minor` to `most_minor` are taken at once. `arrives`: when the money stands in the books.
    """

    id: Name
    provider: Name
    kind: Literal["card", "sbp", "wallet", "bank"]
    title: Title | None = None
    currency: Currency = "RUB"
    least_minor: Annotated[int, Meta(ge=1)] = 100
    most_minor: Annotated[int, Meta(ge=1)] = 50_000_000
    fee_bps: Annotated[int, Meta(ge=0, le=FEE_BPS_MAX)] = 0
    fee_least_minor: Annotated[int, Meta(ge=0)] = 0
    arrives: Literal["at-once", "minutes", "day"] = "minutes"

    def fee(self, minor: int) -> int:
        """What the payer gives on top of `minor`, rounded up to a whole minor unit."""
        return max(-(-minor * self.fee_bps // WHOLE_BPS), self.fee_least_minor) if minor > 0 else 0


def methods_mistakes(methods: tuple[Method, ...]) -> list[str]:
    """What must not be served, in plain words."""
    ids = [method.id for method in methods]
    twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    return [
        *(f"methods: {id_!r} stands twice" for id_ in twice),
        *(f"methods.{method.id}: least is above most" for method in methods if method.least_minor > method.most_minor),
    ]
