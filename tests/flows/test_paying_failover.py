"""A provider that does not begin is passed over for its customer, and a page that got lost is asked for again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.paying import Shop, shop_open
from factories.portal import Database

from okno.cabinet.payments.methods import Method

METHODS = (Method(id="card", provider="nobody", also=("yookassa",), kind="card"),)


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr("factories.paying.METHODS", METHODS)
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


def served(shop: Shop) -> list[tuple[object, ...]]:
    return shop.rows("SELECT provider, state FROM payments_attempt ORDER BY number")


def test_the_next_provider_serves_who_tries_again(shop: Shop) -> None:
    payment = shop.begun()
    assert shop.seen(payment)["state"] == "closed"
    assert served(shop) == [("nobody", "failed")]
    assert shop.browser.send("POST", f"/api/payments/{payment}/again").status_code == 202
    shop.turn()
    assert served(shop) == [("nobody", "failed"), ("yookassa", "started")]
    shop.press(payment)
    shop.later(minutes=1)
    assert shop.seen(payment)["state"] == "confirmed"
    # The next payment does not even try the one that did not begin.
    shop.begun(shop.wish("55.00"))
    assert served(shop)[-1] == ("yookassa", "started")


def test_a_page_whose_answer_was_lost_is_asked_for_again(shop: Shop) -> None:
    payment = shop.begun()
    assert shop.browser.send("POST", f"/api/payments/{payment}/again").status_code == 202
    shop.house.trouble(lose_answer=1, call="/payments", times=1)
    shop.turn()
    assert served(shop)[-1] == ("yookassa", "created")
    shop.house.trouble(fail_answer=1, call="/payments", times=1)
    shop.later(minutes=1)
    # It can be asked by now and says "pending": that is nobody's page.
    assert served(shop)[-1] == ("yookassa", "created")
    assert shop.seen(payment)["go"] is None
    shop.later(minutes=2)
    assert served(shop)[-1] == ("yookassa", "started")
    assert shop.seen(payment)["go"]["kind"] == "redirect"
    assert len(shop.house.journal("created")) == 1
