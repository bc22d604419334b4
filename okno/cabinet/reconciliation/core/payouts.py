"""A payment system's transfer to the company: for which of its business days it is. A pure decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class DaySum:
    """What a payment system took, kept and gave back on a business day, in minor units."""

    day: date
    gross: int
    fees: int
    refunds: int

    @property
    def net(self) -> int:
        return self.gross - self.fees - self.refunds


@dataclass(frozen=True, kw_only=True)
class Payout:
    """The days that a transfer is for. Without `agrees` they are all that wait, and the money is not theirs."""

    first: date
    last: date
    gross: int
    fees: int
    refunds: int
    agrees: bool

    @property
    def net(self) -> int:
        return self.gross - self.fees - self.refunds


def payout_of(days: Sequence[DaySum], minor: int) -> Payout | None:
    """The shortest run of days, from the first that waits, that comes to the transfer; None when no day waits.

    Payment systems pay days in their order: a day that was passed over is a difference, not a guess.
    """
    if not days:
        return None
    runs = [_sum(days[:length], agrees=True) for length in range(1, len(days) + 1)]
    return next((run for run in runs if run.net == minor), _sum(days, agrees=False))


def _sum(days: Sequence[DaySum], *, agrees: bool) -> Payout:
    return Payout(
        first=days[0].day,
        last=days[-1].day,
        gross=sum(day.gross for day in days),
        fees=sum(day.fees for day in days),
        refunds=sum(day.refunds for day in days),
        agrees=agrees,
    )
