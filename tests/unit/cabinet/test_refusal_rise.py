"""When refused notices are a rise: enough of them, from where the payment system is."""

import pytest

from okno.cabinet.payments.services.alarm import Came, Rise, network, networks, rise_of

HOME = networks(["185.71.76.5"])


@pytest.mark.parametrize(
    ("came", "homes", "rise"),
    [
        ([Came("p", "185.71.76.9", 3, 0)], HOME, Rise("p", 3, 0)),
        ([Came("p", "185.71.76.9", 3, 12)], HOME, Rise("p", 3, 12)),
        ([Came("p", "185.71.76.9", 3, 13)], HOME, None),
        ([Came("p", "185.71.76.9", 2, 0)], HOME, None),
        ([Came("p", "203.0.113.7", 5_000, 0)], HOME, None),
        ([Came("p", "203.0.113.7", 5_000, 0), Came("p", "185.71.76.9", 0, 4)], HOME, None),
        ([Came("p", "203.0.113.7", 5_000, 0), Came("p", "185.71.76.9", 4, 0)], HOME, Rise("p", 4, 0)),
        ([Came("p", "203.0.113.7", 3, 0)], frozenset(), Rise("p", 3, 0)),
    ],
)
def test_a_rise_is_told_from_a_glitch_and_from_a_stranger(
    came: list[Came], homes: frozenset[str], rise: Rise | None
) -> None:
    assert rise_of("p", came, homes) == rise


def test_neighbours_are_of_one_network() -> None:
    assert network("185.71.76.5") == network("185.71.76.200") != network("185.71.77.5")
    assert network("2a02:5180::1") == network("2a02:5180:0:1::9") != network("2a02:5180:1::1")
