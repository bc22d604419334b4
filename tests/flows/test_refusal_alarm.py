"""A payment system signs otherwise from one day on: the operator knows within five minutes, and only once."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from factories.payers_running import Arrived
from factories.paying import Shop, shop_open
from factories.portal import Database

from okno.cabinet.payments.services.alarm import LOOK_EVERY, SAID_EVERY, WINDOW

NEAR, FAR = "127.0.0.1", "203.0.113.7"


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


def alarms(shop: Shop) -> list[dict[str, object]]:
    told = shop.rows("SELECT detail FROM kit_signal WHERE detail->>'action' = 'notices.refused' ORDER BY at")
    return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in told]  # type: ignore[misc]


def paid(shop: Shop) -> Arrived:
    """A payment whose notice was taken: from then on it is known where the payment system is."""
    shop.press(shop.begun())
    [notice] = shop.house.settled()
    assert shop.notice(notice, address=NEAR).status_code == 200
    return notice


def refused(shop: Shop, notice: Arrived, count: int, *, address: str) -> None:
    for number in range(count):
        body = b'{"type": "notification", "n": %d}' % number
        assert shop.notice(notice, address=address, body=body).status_code in {400, 401}


def test_a_rise_is_told_within_five_minutes_and_once_an_hour(shop: Shop) -> None:
    refused(shop, paid(shop), 3, address=NEAR)
    assert alarms(shop) == []
    shop.later(seconds=(LOOK_EVERY * 2).total_seconds())
    [alarm] = alarms(shop)
    assert (alarm["provider"], alarm["refused"], alarm["taken"]) == ("yookassa", 3, 1)
    assert timedelta(minutes=5) > LOOK_EVERY * 2
    shop.later(minutes=2)
    assert len(alarms(shop)) == 1
    shop.clock.ahead += SAID_EVERY + WINDOW
    shop.turn()
    assert len(alarms(shop)) == 1  # nothing new was refused since


def test_a_strangers_noise_is_no_alarm(shop: Shop) -> None:
    refused(shop, paid(shop), 20, address=FAR)
    shop.later(seconds=(LOOK_EVERY * 2).total_seconds())
    assert alarms(shop) == []
    assert shop.rows("SELECT count(*) FROM payments_notice WHERE state = 'refused'") == [(20,)]


def test_a_glitch_is_no_alarm(shop: Shop) -> None:
    refused(shop, paid(shop), 2, address=NEAR)
    shop.later(seconds=(LOOK_EVERY * 2).total_seconds())
    assert alarms(shop) == []
