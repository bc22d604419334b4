"""A notice that comes while the database is away is answered once it is back, and stands there once."""

from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest
from factories.database_away import away
from factories.paying import Shop, shop_open
from factories.portal import Database

from okno.cabinet.payments.services import counter

KEPT = "SELECT state, times FROM payments_notice"


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


def test_the_counter_waits_for_a_database_that_comes_back(shop: Shop) -> None:
    shop.press(shop.begun())
    (arrived,) = shop.house.settled()
    assert shop.notice(arrived).status_code == 200
    with away(shop.database, "okno_till") as back:
        returning = Timer(0.5, back)
        returning.start()
        answer = shop.notice(arrived)
        returning.join()
    assert answer.status_code == 200
    assert shop.rows(KEPT) == [("applied", 2)]


def test_a_database_that_stays_away_makes_it_come_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counter, "DATABASE_WAIT_S", 0.2)
    shop.press(shop.begun())
    (arrived,) = shop.house.settled()
    with away(shop.database, "okno_till"):
        assert shop.notice(arrived).status_code == 503
    assert shop.rows(KEPT) == []
    assert shop.notice(arrived).status_code == 200
    assert shop.rows(KEPT) == [("applied", 1)]
