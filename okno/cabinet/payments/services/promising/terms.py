"""What the page may offer, as the company's settings say. The inside judges by rules of its own."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from okno.protocol.messages.base import Currency

DAYS_MAX = 90


class PromiseTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Up to `most_minor` of `currency`, put off by `days_max` days at most."""

    most_minor: Annotated[int, Meta(ge=1)]
    days_max: Annotated[int, Meta(ge=1, le=DAYS_MAX)]
    currency: Currency = "RUB"
