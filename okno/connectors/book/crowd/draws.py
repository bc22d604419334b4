"""Chance that is the same everywhere, and of account i without a look at the accounts before it."""

from __future__ import annotations

import hashlib

_MASK = (1 << 64) - 1
# Multiplier and increment of Knuth's MMIX generator.
_MULTIPLIER = 6364136223846793005
_INCREMENT = 1442695040888963407


class Draws:
    """Draws of one thing (`topic`) of account `index` of the crowd `seed`."""

    __slots__ = ("_state",)

    def __init__(self, seed: int, index: int, topic: int) -> None:
        state = (seed * 0x9E3779B97F4A7C15 + index * 0xBF58476D1CE4E5B9 + topic * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
        self._state = (state * _MULTIPLIER + _INCREMENT) & _MASK

    def below(self, bound: int) -> int:
        """A number from 0 to `bound` - 1; `bound` is small against 2**31."""
        self._state = (self._state * _MULTIPLIER + _INCREMENT) & _MASK
        return (self._state >> 33) % bound


def stable_uuid(seed: int, index: int, topic: str) -> str:
    """A UUID of version 8 (RFC 9562: made by a rule of ours) for one thing of account `index`."""
    text = hashlib.blake2b(f"{topic}:{seed}:{index}".encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-8{text[17:20]}-{text[20:]}"
