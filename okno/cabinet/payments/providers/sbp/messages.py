"""A link of the faster payment system, read. Okno makes none: only an acquirer's link is known to a bank."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from okno.cabinet.payments.providers.sbp.signature import intact
from okno.protocol.money.amount import MINOR_MAX, Money

CURRENCY = "RUB"
_LINK = re.compile(
    r"(?P<origin>https?://[^/?#]+)/(?P<id>A[SD][0-9A-Z]{30})\?type=(?P<type>0[12])&bank=(?P<bank>[0-9]{12})"
    r"(?:&sum=(?P<sum>[1-9][0-9]{0,17})&cur=RUB)?&crc=[0-9A-F]{4}"
)
_KIND: dict[str, Literal["static", "dynamic"]] = {"01": "static", "02": "dynamic"}


@dataclass(frozen=True, kw_only=True)
class Link:
    """`static` is for many payments, `dynamic` for one; `bank` is the acquirer's number in the system."""

    kind: Literal["static", "dynamic"]
    id: str
    bank: str
    amount: Money | None


class LinkBroken(ValueError):  # noqa: N818 - a verdict
    """A bank would refuse it too."""


def link(payload: str, origins: Iterable[str]) -> Link:
    """Raises LinkBroken: `shape`, `origin`, `crc`, `kind`, `amount`."""
    found = _LINK.fullmatch(payload)
    if found is None:
        raise LinkBroken("shape")
    if found["origin"] not in set(origins):
        raise LinkBroken("origin")
    if not intact(payload):
        raise LinkBroken("crc")
    kind = _KIND[found["type"]]
    if (found["id"][1] == "S") != (kind == "static"):
        raise LinkBroken("kind")
    minor = None if found["sum"] is None else int(found["sum"])
    if (minor is None and kind == "dynamic") or (minor is not None and minor > MINOR_MAX):
        raise LinkBroken("amount")
    amount = None if minor is None else Money(minor, CURRENCY)
    return Link(kind=kind, id=found["id"], bank=found["bank"], amount=amount)
