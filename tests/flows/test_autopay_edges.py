"""Auto-payment where two meet: a refusal that is final, and two tills."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from factories.autopaying import announced, at, charges, made, rule_of, told
from factories.paying import Killed, Shop, shop_open
from factories.portal import Database, at_once

from okno.cabinet.payments.providers.port import AUTHENTICATION, FINAL


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        opened.portal.peek("UPDATE accounts_access SET until = now() + interval '90 days'")
        yield opened


@pytest.mark.parametrize("reason", sorted(FINAL - {AUTHENTICATION}))
def test_a_refusal_that_is_final_is_not_tried_again_by_whatever_till(shop: Shop, reason: str) -> None:
    made(shop)
    moment = announced(shop)
    shop.house.trouble(refuse=1.0)
    at(shop, moment)
    shop.turn()
    shop.portal.peek("UPDATE payments_attempt SET reason = %s WHERE unattended", reason)
    shop.house.trouble()
    shop.clock.ahead = moment + timedelta(minutes=1) - datetime.now(UTC)
    shop.kills.add("acted")
    with pytest.raises(Killed):
        shop.tick()
    shop.kills.clear()
    at_once(2, lambda _: shop.tick())
    turn = rule_of(shop)["turn"]
    assert (turn["state"], turn["reason"]) == ("failed", "refused")
    assert "не прошёл" in told(shop)[-1]
    for later in (timedelta(minutes=2), timedelta(hours=13), timedelta(days=1), timedelta(days=5)):
        at(shop, moment + later)
        shop.turn()
    assert shop.rows("SELECT count(*) FROM payments_attempt WHERE unattended") == [(1,)]
    assert (charges(shop), len(told(shop))) == (0, 2)
