"""How a payment system fails: shares of calls and notices, decided by a seed and not by the order of events."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Annotated, Literal

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Span = Annotated[int, msgspec.Meta(ge=0, le=600_000)]
Trouble = Literal[
    "duplicate",
    "reorder",
    "delay",
    "lose",
    "forge",
    "away",
    "lose_answer",
    "fail_answer",
    "slow_status",
    "slow_refund",
    "refuse",
    "challenge",
    "slow_receipt",
    "fail_receipt",
    "unknown",
]


class Troubles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each share is of what it can befall: 0 never, 1 always."""

    seed: int = 0
    # Notices.
    duplicate: Share = 0
    """Accepted, yet sent once more."""
    reorder: Share = 0
    """Held until another notice has left, `hold_ms` at most."""
    delay: Share = 0
    lose: Share = 0
    """Never arrives, not by any repeat."""
    forge: Share = 0
    """Beside the true ones an attacker sends his own: of money not paid, and of more money than was paid."""
    # Calls.
    call: str = ""
    """Only those whose path holds this."""
    away: Share = 0
    """503 before anything happened."""
    lose_answer: Share = 0
    """Taken into effect, then the connection is cut, after `hang_ms`."""
    fail_answer: Share = 0
    """Taken into effect, then 500."""
    slow_status: Share = 0
    """Asked within `slow_ms` of a change, the system still tells what was before."""
    unknown: Share = 0
    """It tells a status that nobody has documented."""
    slow_refund: Share = 0
    """A refund is pending at first and done after `slow_ms`."""
    refuse: Share = 0
    """What needs no payer, a refund or a charge by a saved card, is refused by the bank."""
    challenge: Share = 0
    """A charge by a saved card needs its owner at his bank's page."""
    slow_receipt: Share = 0
    """A fiscal receipt is still under way when it is asked about."""
    fail_receipt: Share = 0
    delay_ms_max: Span = 2_000
    hold_ms: Span = 2_000
    hang_ms: Span = 0
    slow_ms: Span = 1_000
    times: int | None = None
    """After so many troubles all is well again; None: until changed."""


class Mischief:
    def __init__(self, troubles: Troubles | None = None) -> None:
        self.now = troubles or Troubles()
        self._seen: Counter[tuple[Trouble, str]] = Counter()

    def set(self, troubles: Troubles) -> None:
        self.now = troubles
        self._seen.clear()

    def hits(self, trouble: Trouble, subject: str) -> bool:
        """Whether it befalls this subject now. The same seed gives the same answers for the same subject in order."""
        share: float = getattr(self.now, trouble)
        if share == 0:
            return False
        hit = self.chance(trouble, subject) < share
        if hit and self.now.times is not None:
            left = self.now.times - 1
            self.now = msgspec.structs.replace(self.now, times=left) if left > 0 else Troubles(seed=self.now.seed)
        return hit

    def chance(self, trouble: Trouble, subject: str) -> float:
        """Next number of a subject, 0 <= x < 1."""
        nth = self._seen[trouble, subject]
        self._seen[trouble, subject] += 1
        digest = hashlib.blake2b(f"{self.now.seed}|{trouble}|{subject}|{nth}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64
