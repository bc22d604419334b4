"""A payer whose card was refused pays the same order by another: one payment, that of the card with the money."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from factories.paying import Shop, shop_open
from factories.portal import Database

ATTEMPTS = "SELECT state, provider_id FROM payments_attempt ORDER BY number"


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database, "cloudpayments") as opened:
        yield opened


def at_order(shop: Shop, choice: str) -> None:
    """The payer opens the order's page (once more) and presses a button there."""
    [(go,)] = shop.rows("SELECT go->>'url' FROM payments_attempt")
    page = shop.house.http.request("GET", cast("str", go), redirect=True, retries=3)
    shop.house.press(f"{shop.house.url}{(page.geturl() or '').removeprefix(shop.house.url)}", choice)


def transactions(shop: Shop) -> list[str]:
    return list(shop.house.payer.twin.till.payments)


def test_the_second_card_pays_though_the_first_was_refused(shop: Shop) -> None:
    payment = shop.begun()
    at_order(shop, "decline")
    shop.deliver()
    shop.later(minutes=1)
    assert shop.rows(ATTEMPTS) == [("failed", None)]

    at_order(shop, "pay")
    shop.deliver()
    shop.later(minutes=1)
    _, second = transactions(shop)
    assert shop.rows(ATTEMPTS) == [("paid", second)]
    assert shop.seen(payment)["state"] == "confirmed"
    assert shop.ledger() == [("captured", 123_450), ("fee", 3_086)]


@pytest.mark.parametrize("is_asked_between", [True, False])
def test_money_is_kept_though_a_refusal_of_another_card_came_after_it(shop: Shop, *, is_asked_between: bool) -> None:
    """Two pages of one order stand open at once; by the order the provider tells the latest operation alone."""
    payment, twin = shop.begun(), shop.house.payer.twin
    at_order(shop, "decline")
    at_order(shop, "leave")
    first, second = transactions(shop)
    shop.house.running.call(lambda: twin.till.move(first, "paid"))
    shop.house.running.call(lambda: twin.till.move(second, "declined"))
    if is_asked_between:
        shop.later(minutes=1)
        assert shop.rows(ATTEMPTS) == [("failed", None)]
    shop.deliver()
    shop.later(minutes=1)
    assert shop.rows(ATTEMPTS) == [("paid", first)]
    assert shop.seen(payment)["state"] == "confirmed"
