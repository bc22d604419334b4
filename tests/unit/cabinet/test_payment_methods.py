"""A way to pay and who serves it: the operator's order, without those that do not begin."""

import pytest

from okno.cabinet.payments.methods import Method, methods_mistakes

CARD = Method(id="card", provider="yookassa", also=("stripe", "robokassa"), kind="card")


@pytest.mark.parametrize(
    ("dumb", "served"),
    [
        (set(), "yookassa"),
        ({"stripe"}, "yookassa"),
        ({"yookassa"}, "stripe"),
        ({"yookassa", "stripe"}, "robokassa"),
        ({"yookassa", "stripe", "robokassa"}, "yookassa"),
    ],
)
def test_the_first_that_begins_serves(dumb: set[str], served: str) -> None:
    assert CARD.served(dumb) == served


def test_a_provider_stands_once_in_a_way() -> None:
    assert methods_mistakes((CARD,)) == []
    twice = Method(id="card", provider="yookassa", also=("yookassa",), kind="card")
    assert methods_mistakes((twice,)) == ["methods.card: a provider stands twice"]
