"""A fiscal receipt of a system that tells of it by itself: shown with its numbers, and missed when it never comes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from factories.paying import Shop, shop_open
from factories.portal import Database


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database, "tbank") as opened:
        yield opened


def paid(shop: Shop) -> str:
    payment = shop.begun(shop.wish(method="receipt", contact="anna@example.org"))
    shop.press(payment)
    shop.later(minutes=1)
    return payment


def failures(shop: Shop) -> int:
    return sum(signal["action"] == "receipt.failed" for signal in shop.portal.signals("sequence_fail"))


def test_a_receipt_that_is_told_of_is_shown_with_its_numbers_and_its_copy(shop: Shop) -> None:
    payment = paid(shop)
    assert shop.seen(payment)["receipt"]["state"] == "asked"
    shop.deliver()
    told = shop.seen(payment)["receipt"]
    assert (told["state"], told["drive"]) == ("registered", "9999078900004312")
    assert told["link"].startswith("https://receipts.test/")
    assert told["registered_at"] is not None
    shop.deliver(again=True)
    shop.clock.ahead += timedelta(days=2)
    assert (shop.tidy(), failures(shop)) == (0, 0)
    assert shop.seen(payment)["receipt"] == told


def test_one_that_could_not_be_made_is_for_a_person_and_may_still_come(shop: Shop) -> None:
    shop.house.trouble(fail_receipt=1.0)
    payment = paid(shop)
    shop.deliver()
    assert (shop.seen(payment)["receipt"]["state"], failures(shop)) == ("failed", 1)
    shop.deliver(again=True)
    assert failures(shop) == 1


def test_one_that_never_comes_is_for_a_person_after_a_day(shop: Shop) -> None:
    shop.house.trouble(slow_receipt=1.0)
    payment = paid(shop)
    shop.deliver()
    shop.clock.ahead += timedelta(hours=23)
    assert (shop.tidy(), shop.seen(payment)["receipt"]["state"]) == (0, "asked")
    shop.clock.ahead += timedelta(hours=2)
    assert shop.tidy() == 1
    assert (shop.seen(payment)["receipt"]["state"], failures(shop)) == ("failed", 1)
    shop.clock.ahead += timedelta(days=3)
    assert (shop.tidy(), failures(shop)) == (0, 1)


def test_a_strangers_receipt_changes_nothing(shop: Shop) -> None:
    payment = paid(shop)
    [arrived] = [one for one in shop.house.settled() if b"RECEIPT" in one.body]
    answer = shop.notice(arrived, body=arrived.body.replace(b"9999078900004312", b"9999078900004313"))
    assert answer.status_code == 401
    assert shop.seen(payment)["receipt"]["state"] == "asked"
