"""GCRA, the generic cell rate algorithm: a token bucket that stores one number per key (ITU-T I.371)."""

import math
from collections.abc import Sequence

import msgspec


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`burst` at once, then `per_s` a second. In any t seconds at most burst + per_s * t."""

    per_s: float
    burst: int

    def __post_init__(self) -> None:
        if not (self.per_s > 0 and self.burst >= 1):
            raise ValueError("a rate needs per_s > 0 and burst >= 1")


class Ask(msgspec.Struct, frozen=True):
    """One limit that a message meets: the policy's name, whose share it is, and how much he may have."""

    policy: str
    key: str
    rate: Rate


class Allowance(msgspec.Struct, frozen=True):
    """What is left of one policy: the numbers of the RateLimit header fields. `wait_s` is 0 when it was granted."""

    policy: str
    rate: Rate
    remaining: int
    reset_s: float
    wait_s: float


class Rates:
    """All buckets. A bucket that has refilled is as good as none, so it is forgotten."""

    def __init__(self) -> None:
        self._due: dict[tuple[str, str], float] = {}

    def __len__(self) -> int:
        return len(self._due)

    def ask(self, asks: Sequence[Ask], tick: float) -> list[Allowance]:
        """Take one from each bucket if all have one, else from none: the refused wait for the longest `wait_s`."""
        found = [self._look(ask, tick) for ask in asks]
        if any(allowance.wait_s for allowance in found):
            return found
        return [self._take(ask, tick) for ask in asks]

    def _look(self, ask: Ask, tick: float) -> Allowance:
        gap = 1 / ask.rate.per_s
        due = max(self._due.get((ask.policy, ask.key), tick), tick)
        # One may come while the bucket, after it, owes no more than its burst.
        wait = max(0.0, due + gap - ask.rate.burst * gap - tick)
        # The rounding of floats must never turn a refusal into a wait of nothing.
        wait = 0.0 if wait < gap * _ROUNDING else wait
        return self._allowance(ask, due, tick, wait)

    def _take(self, ask: Ask, tick: float) -> Allowance:
        key = (ask.policy, ask.key)
        due = max(self._due.pop(key, tick), tick) + 1 / ask.rate.per_s
        self._forget(tick)
        self._due[key] = due
        return self._allowance(ask, due, tick, 0.0)

    def _allowance(self, ask: Ask, due: float, tick: float, wait: float) -> Allowance:
        owed = (due - tick) * ask.rate.per_s
        remaining = max(0, math.floor(ask.rate.burst - owed + _ROUNDING))
        return Allowance(ask.policy, ask.rate, remaining, due - tick, wait)

    def _forget(self, tick: float) -> None:
        # The longest untouched stand first; two of them for each new one keep the table from growing.
        for _ in range(2):
            oldest = next(iter(self._due), None)
            if oldest is None or self._due[oldest] > tick:
                return
            del self._due[oldest]


_ROUNDING = 1e-6
