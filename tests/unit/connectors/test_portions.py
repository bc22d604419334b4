"""A page that a system cannot tell in time is asked for in smaller ones, until one is in time."""

import pytest

from okno.connectors.runtime.people.portions import ROWS_MAX, ROWS_MIN, Portion

ALLOWED_S = 5.0


class Told:
    """A system that needs so long for a row, on a clock of its own."""

    def __init__(self, row_s: float) -> None:
        self.row_s = row_s
        self.at = 0.0
        self.portion = Portion(lambda: self.at)

    def page(self, limit: int = ROWS_MAX) -> tuple[int, bool]:
        """How many rows were asked for, and whether they came in time."""
        begun = self.at
        with self.portion.within(ALLOWED_S, limit) as rows:
            self.at += rows * self.row_s
        return rows, self.at - begun <= ALLOWED_S


def test_a_quick_system_is_asked_for_whole_pages() -> None:
    told = Told(row_s=0.0001)
    assert [told.page() for _ in range(3)] == [(ROWS_MAX, True)] * 3


def test_a_slow_one_is_asked_for_less_until_it_is_in_time_and_stays_there() -> None:
    told = Told(row_s=0.02)
    assert [told.page() for _ in range(6)] == [(1000, False), (500, False), (250, True), *[(125, True)] * 3]


def test_one_that_is_quick_again_is_asked_for_more_again() -> None:
    told = Told(row_s=0.02)
    for _ in range(4):
        told.page()
    told.row_s = 0.0001
    assert [told.page()[0] for _ in range(5)] == [125, 250, 500, 1000, 1000]


def test_one_that_is_too_slow_for_anything_is_still_asked_for_something() -> None:
    told = Told(row_s=10)
    assert [told.page()[0] for _ in range(9)][-2:] == [ROWS_MIN, ROWS_MIN]


def test_who_asks_for_little_does_not_make_pages_long() -> None:
    told = Told(row_s=0.02)
    for _ in range(4):
        told.page()
    told.row_s = 0.0001
    assert [told.page(limit=5)[0] for _ in range(3)] == [5, 5, 5]
    assert told.portion.rows == 125


def test_a_page_that_fails_late_counts_as_a_slow_one() -> None:
    told = Told(row_s=0)

    def late() -> None:
        with told.portion.within(ALLOWED_S, ROWS_MAX):
            told.at += ALLOWED_S
            raise TimeoutError

    with pytest.raises(TimeoutError):
        late()
    assert told.portion.rows == ROWS_MAX // 2
