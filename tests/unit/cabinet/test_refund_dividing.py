"""How money that goes back is divided among accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.cabinet.payments.services.refunding.dividing import divide


@pytest.mark.parametrize(
    ("amount", "left", "parts"),
    [
        (100, {"a": 100}, {"a": 100}),
        (1, {"a": 50, "b": 50}, {"a": 1}),
        (2, {"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1}),
        (10_000, {"a": 10_000, "b": 5_000, "c": 1}, {"a": 6_666, "b": 3_333, "c": 1}),
        (7, {"a": 0, "b": 10}, {"b": 7}),
    ],
)
def test_it_is_in_proportion_and_the_odd_unit_goes_to_the_largest_fraction(
    amount: int, left: dict[str, int], parts: dict[str, int]
) -> None:
    assert divide(amount, left) == parts


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 10**12), max_size=6), st.data())
def test_it_adds_up_and_takes_from_nobody_more_than_is_left(left: dict[str, int], data: st.DataObject) -> None:
    whole = sum(left.values())
    if whole == 0:
        with pytest.raises(ValueError, match="between"):
            divide(1, left)
        return
    amount = data.draw(st.integers(1, whole))
    parts = divide(amount, left)
    assert sum(parts.values()) == amount
    assert all(0 < part <= left[key] for key, part in parts.items())


@pytest.mark.parametrize("amount", [0, -1, 101])
def test_nothing_and_more_than_there_is_are_not_divided(amount: int) -> None:
    with pytest.raises(ValueError, match="between"):
        divide(amount, {"a": 100})
