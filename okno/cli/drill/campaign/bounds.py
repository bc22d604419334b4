"""How sure a share of good events is: its exact lower bound (Clopper and Pearson, 1934), one-sided at 95 %."""

from __future__ import annotations

import math

import msgspec

FLOOR = 0.9973
"""Three sigma: two-sided, of a normal law."""
RISK = 0.05
_STEPS = 60


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """Good over valid events. `lower` is the bound beside `FLOOR`, None where there was no event."""

    name: str
    good: int
    valid: int
    lower: float | None = None

    @classmethod
    def of(cls, name: str, good: int, valid: int) -> Indicator:
        return cls(name=name, good=good, valid=valid, lower=round(lower(good, valid), 6) if valid else None)


def lower(good: int, valid: int) -> float:
    """The share of good events p for which so few bad ones, or fewer, come up in 5 of 100 series."""
    bad = valid - good
    if good == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if _at_most(bad, valid, middle) < RISK else (middle, high)
    return 1 - high


def _at_most(bad: int, valid: int, share: float) -> float:
    """Probability of `bad` or fewer bad events when each is one with probability `share`."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if bad >= valid else 0.0
    whole = math.lgamma(valid + 1)
    return math.fsum(
        math.exp(
            whole
            - math.lgamma(one + 1)
            - math.lgamma(valid - one + 1)
            + one * math.log(share)
            + (valid - one) * math.log1p(-share)
        )
        for one in range(bad + 1)
    )
