"""Building blocks of the closed schemas: what stands in more than one message."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.money import Money, check_canonical
from okno.protocol.strict import patterns

Uuid = Annotated[str, Meta(pattern=patterns.UUID, max_length=36)]
Instant = Annotated[datetime, Meta(tz=True)]
Day = date
Opaque = Annotated[str, Meta(pattern=patterns.OPAQUE, max_length=128)]
Name = Annotated[str, Meta(pattern=patterns.NAME, max_length=64)]
Line = Annotated[str, Meta(pattern=patterns.PLAIN_LINE, max_length=200)]
Text = Annotated[str, Meta(max_length=4000)]
Currency = Annotated[str, Meta(pattern=patterns.CURRENCY, max_length=3)]
Sealed = Annotated[str, Meta(pattern=patterns.SEALED, max_length=720_000)]
Token = Annotated[str, Meta(max_length=4096)]
Sha256 = Annotated[str, Meta(pattern=patterns.SHA256, max_length=64)]
Digest = Annotated[str, Meta(pattern=patterns.DIGEST, max_length=64)]
Count = Annotated[int, Meta(ge=0)]
Tail = Annotated[str, Meta(min_length=1, max_length=4)]
Locale = Literal["ru", "en"]
Right = Literal["view", "pay", "documents", "manage"]

# [epoch, n]: n rises by one without gaps for one account; the epoch rises when the connector's store is rebuilt.
Version = tuple[Annotated[int, Meta(ge=0)], Annotated[int, Meta(ge=0)]]


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Data of one operation; closed: an unknown member is refused."""


class Amount(Message, frozen=True):
    """`{"amount": "12.30", "currency": "RUB"}`: exactly as many decimals as the currency has."""

    amount: Annotated[str, Meta(pattern=patterns.AMOUNT, max_length=20)]
    currency: Currency

    def __post_init__(self) -> None:
        check_canonical(self.amount, self.currency)

    @classmethod
    def of(cls, money: Money) -> Amount:
        return cls(money.decimal, money.currency)

    @property
    def money(self) -> Money:
        return Money.canonical(self.amount, self.currency)


def check_positive(*amounts: Amount) -> None:
    """An amount whose direction is in its kind carries no sign (domain rule). Raises `money`."""
    if any(amount.money.minor <= 0 for amount in amounts):
        raise ProtocolError(ErrorCode.MONEY, "not above zero")


class Due(Message, frozen=True):
    """What is to be paid and by when."""

    amount: Amount
    on: Day


class Period(Message, frozen=True):
    """Both days belong to the period."""

    first: Day
    last: Day


class Recorded(Message, frozen=True):
    """The inside has done the command, once: `key` is its own key of what came of it."""

    key: Opaque
    recorded_at: Instant
