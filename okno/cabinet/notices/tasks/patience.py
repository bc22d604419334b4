"""How long a message is tried, and after what pauses. A code is worthless after minutes; a letter may come tomorrow.

A letter is tried until its time is over, a day at least: the company's relay may be down for hours. The pauses grow, so
that a relay that comes back is not buried. Without an answer the letter may have arrived: its pauses are longer, since
each further try may be one more copy in somebody's mailbox, under the same Message-ID.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: Doubling further changes nothing: every pause has reached its bound.
_DOUBLINGS_MAX = 16


@dataclass(frozen=True)
class Pauses:
    """Doubled from `first_s` to `last_s`."""

    first_s: float
    last_s: float

    def after(self, tries: int) -> float:
        """Seconds until the next one; `tries` >= 1."""
        return min(self.first_s * 2.0 ** min(tries - 1, _DOUBLINGS_MAX), self.last_s)


@dataclass(frozen=True)
class Patience:
    """Of one channel. `tries_max`: None where the time alone ends it. `doubt`: pauses after a try without an answer."""

    refused: Pauses
    doubt: Pauses | None
    tries_max: int | None

    def is_over(self, tries: int) -> bool:
        return self.tries_max is not None and tries >= self.tries_max

    def pause_s(self, tries: int, doubts: int | None) -> float:
        """After so many tries; `doubts`: how many before this one had no answer either, None after a clear refusal."""
        if doubts is None or self.doubt is None:
            return self.refused.after(tries)
        return self.doubt.after(doubts + 1)


def next_try(now: datetime, wait_s: float, asked_s: float | None, ends: datetime | None) -> datetime:
    """`asked_s`: what the carrier wanted; `ends`: when the message is over, which is then told without delay."""
    following = now + timedelta(seconds=max(wait_s, asked_s or 0.0))
    return following if ends is None else min(following, max(ends, now))
