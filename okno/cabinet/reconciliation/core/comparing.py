"""Three registers of one business day beside each other: the provider's, ours, the books'. A pure decision."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["only-there", "only-here", "amount", "not-booked", "booked-amount", "only-books"]


@dataclass(frozen=True, kw_only=True)
class There:
    """A payment of a provider's register. `inside`: captured within the day; others only say that they exist.

    `attempt` is ours, where it was asked about by it. `minor` is None where a provider does not say how much; where it
    says what reached the company (`minor`), `given` is between what and what the payer gave.
    """

    provider: str
    provider_id: str
    minor: int | None
    currency: str
    inside: bool
    attempt: str = ""
    given: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        return self.attempt or self.provider_id

    def is_money(self, minor: int, currency: str) -> bool:
        if self.minor is None:
            return True
        least, most = self.given or (self.minor, self.minor)
        return currency == self.currency and least <= minor <= most


@dataclass(frozen=True, kw_only=True)
class Here:
    """A captured attempt. `sent` is what was sent to the books, `booked` what stands there.

    `booked` is None while something of it does not stand there; `inside` as in There.
    """

    provider: str
    provider_id: str
    attempt: str
    minor: int
    currency: str
    booked: int | None
    inside: bool


@dataclass(frozen=True, kw_only=True)
class Booked:
    """A payment in the books, of a way to pay that is ours, which no attempt of ours answers for."""

    operation: str
    method: str
    minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class Found:
    kind: Kind
    provider: str
    subject: str
    currency: str
    there: int | None = None
    here: int | None = None
    books: int | None = None
    attempt: str | None = None


@dataclass(frozen=True)
class Compared:
    matched: int
    found: tuple[Found, ...]


def compare(
    registers: Mapping[str, Sequence[There]],
    ours: Sequence[Here],
    orphans: Sequence[Booked],
    *,
    asked: Sequence[There] = (),
    answered: Collection[str] = (),
) -> Compared:
    """`registers` holds those that were told; `asked` is what is paid by those who were asked payment by payment.

    `answered`: attempts that somebody was asked about and has answered. What is in neither is compared with the books
    alone.
    """
    found: list[Found] = []
    matched = 0
    known = {(one.provider, key) for one in ours for key in (one.provider_id, one.attempt)}
    told = {(name, one.key): one for name, register in registers.items() for one in register}
    told |= {(one.provider, one.key): one for one in asked}
    for key, there in told.items():
        if there.inside and key not in known:
            found.append(
                Found(
                    kind="only-there",
                    provider=there.provider,
                    subject=there.provider_id or there.attempt,
                    currency=there.currency,
                    there=there.minor,
                )
            )
    for here in (one for one in ours if one.inside):
        theirs = told.get((here.provider, here.provider_id)) or told.get((here.provider, here.attempt))
        wrong = _differences(here, theirs, listed=here.provider in registers or here.attempt in answered)
        matched += not wrong
        found += wrong
    found += [
        Found(kind="only-books", provider=one.method, subject=one.operation, currency=one.currency, books=one.minor)
        for one in orphans
    ]
    return Compared(matched, tuple(found))


def _differences(here: Here, there: There | None, *, listed: bool) -> list[Found]:
    kinds: list[Kind] = []
    if listed and there is None:
        kinds.append("only-here")
    if there is not None and not there.is_money(here.minor, here.currency):
        kinds.append("amount")
    if here.booked is None:
        kinds.append("not-booked")
    elif here.booked != here.minor:
        kinds.append("booked-amount")
    return [
        Found(
            kind=kind,
            provider=here.provider,
            subject=here.attempt,
            currency=here.currency,
            there=None if there is None else there.minor,
            here=here.minor,
            books=here.booked,
            attempt=here.attempt,
        )
        for kind in kinds
    ]
