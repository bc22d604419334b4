"""How money that goes back is divided among the accounts that a payment was for: a pure decision."""

from __future__ import annotations

from collections.abc import Mapping

from okno.cabinet.payments.services.judging import amount_cut


def divide(amount: int, left: Mapping[str, int]) -> dict[str, int]:
    """Minor units by posting, in proportion to what is `left` of each, never above it, and adding up to `amount`.

    Odd units go one each to the largest fractions, of equal ones to the first in the order of the keys: the same
    question has one answer. Nothing above the sum of what is left; a part of nothing is left out.
    """
    if not 0 < amount <= sum(left.values()):
        raise ValueError("not between one unit and what is left")
    keys = sorted(left)
    cut = amount_cut(amount, [left[key] for key in keys])
    return {key: part for key, part in zip(keys, cut, strict=True) if part}
