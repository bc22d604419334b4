"""Auto-payment where two meet: a refusal that is final and two tills, the rule's hour and its owner."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from factories.autopaying import announced, at, charges, made, rule_of, told
from factories.paying import Killed, Shop, shop_open
from factories.portal import Database, at_once

from okno.cabinet.payments.providers.port import AUTHENTICATION, FINAL

STOPPED = (
    "UPDATE payments_autopay SET look_at = now() + interval '9 days';"
    "UPDATE payments_autopay_turn SET state = 'stopped', act_at = NULL"
)


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


@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        ("UPDATE payments_autopay SET ceiling = 100", "skipped", "ceiling"),
        ("UPDATE payments_autopay SET state = 'paused', look_at = NULL", "skipped", "rule-off"),
        (STOPPED, "stopped", ""),
    ],
)
def test_a_rule_that_is_being_changed_is_not_charged_by_what_it_was(
    shop: Shop, change: str, state: str, reason: str
) -> None:
    """Its owner has the rule in hand when its hour comes: the till goes on with others, and comes back."""
    made(shop)
    moment = announced(shop)
    shop.clock.ahead = moment - datetime.now(UTC)
    with ThreadPoolExecutor(1) as till, psycopg.connect(shop.database.superuser_dsn()) as owner:
        owner.execute("SELECT FROM payments_autopay FOR UPDATE")
        till.submit(shop.tick).result(timeout=60)
        owner.execute(change)
    assert rule_of(shop)["turn"]["state"] in {"announced", state}
    shop.tick()
    shop.turn()
    turn = rule_of(shop)["turn"]
    assert (turn["state"], turn["reason"], charges(shop)) == (state, reason, 0)
