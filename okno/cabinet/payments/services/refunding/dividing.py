"""How money that goes back is divided among the accounts that a payment was for: a pure decision."""

from __future__ import annotations

from collections.abc import Mapping


def divide(amount: int, left: Mapping[str, int]) -> dict[str, int]:
    """Minor units by posting, in proportion to what is `left` of each, never above it, and adding up to `amount`.

    Odd units go one each to the largest fractions, of equal ones to the first in the order of the keys: the same
    question has one answer. Nothing above the sum of what is left; a part of nothing is left out.
    """
    whole = sum(left.values())
    if not 0 < amount <= whole:
        raise ValueError("not between one unit and what is left")
    parts = {key: divmod(amount * left[key], whole) for key in sorted(left)}
    odd = amount - sum(part for part, _ in parts.values())
    luckiest = sorted(parts, key=lambda key: (-parts[key][1], key))[:odd]
    divided = {key: part + (key in luckiest) for key, (part, _) in parts.items()}
    return {key: part for key, part in divided.items() if part}
