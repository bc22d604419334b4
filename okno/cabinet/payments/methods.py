"""Ways to pay as the company offers them, and what the customer is told before he chooses: data of the settings."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from okno.protocol.messages.base import Currency, Name

#: A payment system charges its own fee; nobody offers one above a tenth.
FEE_BPS_MAX = 1_000
TITLE_CHARS_MAX = 40
REASON_CHARS_MAX = 160

Arrives = Literal["at-once", "minutes", "day"]


class Title(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the company calls a way to pay, in both languages."""

    ru: Annotated[str, Meta(min_length=1, max_length=TITLE_CHARS_MAX)]
    en: Annotated[str, Meta(min_length=1, max_length=TITLE_CHARS_MAX)]


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a way to pay is off, and until when if that is known: what the customer reads beside it."""

    ru: Annotated[str, Meta(min_length=1, max_length=REASON_CHARS_MAX)]
    en: Annotated[str, Meta(min_length=1, max_length=REASON_CHARS_MAX)]


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a payment costs and when it stands in the books, from the day `since` on, in the company's time zone."""

    since: date = date.min
    fee_bps: Annotated[int, Meta(ge=0, le=FEE_BPS_MAX)] = 0
    fee_least_minor: Annotated[int, Meta(ge=0)] = 0
    arrives: Arrives = "minutes"


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`id` is what a customer chooses; `provider` the folder of the adapter that does it.

    `also`: those that do it while the ones before them do not begin, in the operator's order.

    Without a `title` the page says what `kind` it is.
    `fee_bps` hundredths of a percent and `fee_least_minor` are what the payer gives on top, to the payment system and
    not to the company. `least_minor` to `most_minor` are taken at once. `arrives`: when the money stands in the books.
    `changes` are later terms, each from its day on. `off`: shown, but not to be chosen.
    `receipt`: to what the provider sends the fiscal receipt; empty, it makes none. `saves`: a card may be kept here.
    """

    id: Name
    provider: Name
    also: tuple[Name, ...] = ()
    kind: Literal["card", "sbp", "wallet", "bank"]
    title: Title | None = None
    currency: Currency = "RUB"
    least_minor: Annotated[int, Meta(ge=1)] = 100
    most_minor: Annotated[int, Meta(ge=1)] = 50_000_000
    fee_bps: Annotated[int, Meta(ge=0, le=FEE_BPS_MAX)] = 0
    fee_least_minor: Annotated[int, Meta(ge=0)] = 0
    arrives: Arrives = "minutes"
    changes: tuple[Terms, ...] = ()
    off: Reason | None = None
    receipt: tuple[Literal["email", "phone"], ...] = ()
    saves: bool = False

    def terms(self, day: date) -> Terms:
        """Those in force on that day."""
        first = Terms(fee_bps=self.fee_bps, fee_least_minor=self.fee_least_minor, arrives=self.arrives)
        return max((one for one in (first, *self.changes) if one.since <= day), key=lambda one: one.since)

    def served(self, dumb: Collection[str]) -> str:
        """The first provider that is not among those that do not begin; the first one if all are."""
        return next((name for name in (self.provider, *self.also) if name not in dumb), self.provider)


def methods_mistakes(methods: tuple[Method, ...]) -> list[str]:
    """What must not be served, in plain words."""
    ids = [method.id for method in methods]
    twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    return [
        *(f"methods: {id_!r} stands twice" for id_ in twice),
        *(
            f"methods.{method.id}: a provider stands twice"
            for method in methods
            if len({method.provider, *method.also}) <= len(method.also)
        ),
        *(f"methods.{method.id}: least is above most" for method in methods if method.least_minor > method.most_minor),
        *(
            f"methods.{method.id}: two changes on one day"
            for method in methods
            if len({one.since for one in method.changes}) < len(method.changes)
        ),
    ]
