"""Auto-payment: told of a day before, never above its ceiling, charged once, tried again, stopped by a press."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from factories.autopaying import MOSCOW, RULES, announced, at, charges, made, owe, rule_of, told, wish
from factories.paying import Killed, Shop, shop_open
from factories.portal import Database

from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.payments.services.autopaying.calendar import charge_at


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        opened.portal.peek("UPDATE accounts_access SET until = now() + interval '90 days'")
        yield opened


def test_a_debt_is_announced_a_day_before_charged_once_and_posted(shop: Shop) -> None:
    made(shop)
    moment = announced(shop)
    turn = rule_of(shop)["turn"]
    assert (turn["state"], turn["amount"], turn["payment"]) == ("announced", "1234.50", None)
    [text] = told(shop)
    assert "с карты Mir •• 4444 за счёт ···0017" in text
    assert "234,50" in text
    assert text.endswith("https://portal.test/autopay")
    shop.turn()
    assert charges(shop) == 0

    at(shop, moment)
    shop.tick()
    shop.turn()
    shop.turn()
    assert charges(shop) == 1
    at(shop, moment + timedelta(minutes=1))
    turn = rule_of(shop)["turn"]
    assert turn["state"] == "paid"
    assert shop.seen(turn["payment"])["state"] == "confirmed"
    assert shop.seen(turn["payment"])["receipt"]["contact"] == "a···@example.org"
    assert [one["amount"]["amount"] for one in shop.books_answer()] == ["1234.50"]
    assert len(told(shop)) == 1


@pytest.mark.parametrize("where", ["looked", "acted"])
def test_a_till_killed_anywhere_charges_and_tells_once(shop: Shop, where: str) -> None:
    def killed() -> None:
        shop.kills.add(where)
        with pytest.raises(Killed):
            shop.tick()
        shop.kills.clear()

    made(shop)
    look = datetime.fromisoformat(rule_of(shop)["look_at"]) + timedelta(seconds=5)
    shop.clock.ahead = look - datetime.now(UTC)
    killed()
    assert (rule_of(shop)["turn"], told(shop)) == (None, [])
    shop.tick()
    shop.clock.ahead = charge_at(look, MOSCOW) + timedelta(seconds=5) - datetime.now(UTC)
    killed()
    assert rule_of(shop)["turn"]["state"] == "announced"
    shop.tick()
    shop.tick()

    def die_after_the_answer(errand: object) -> object:
        shop.till.work(errand)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shop.turn(die_after_the_answer)
    shop.clock.ahead += timedelta(minutes=2)
    shop.turn()
    shop.tick()
    assert rule_of(shop)["turn"]["state"] == "paid"
    assert (charges(shop), len(told(shop))) == (1, 1)


def test_above_the_ceiling_the_customer_is_told_and_nothing_is_taken(shop: Shop) -> None:
    made(shop, ceiling="1234.49")
    moment = announced(shop)
    turn = rule_of(shop)["turn"]
    assert (turn["state"], turn["reason"]) == ("skipped", "ceiling")
    [text] = told(shop)
    assert "больше вашего предела" in text
    at(shop, moment)
    at(shop, moment + timedelta(days=3))
    assert (charges(shop), len(told(shop))) == (0, 1)
    at(shop, moment + timedelta(days=8))
    assert len(told(shop)) == 2


def test_a_debt_that_grew_is_charged_as_announced_and_one_that_shrank_as_it_is(shop: Shop) -> None:
    made(shop)
    moment = announced(shop)
    owe(shop, 400_000)
    at(shop, moment)
    assert rule_of(shop)["turn"]["amount"] == "1234.50"
    shop.turn()
    at(shop, moment + timedelta(minutes=1))
    shop.books_answer()
    shop.turn()
    moment = announced(shop)
    owe(shop, 100_000)
    at(shop, moment)
    assert rule_of(shop)["turn"]["amount"] == "1000.00"


def test_what_was_paid_meanwhile_is_not_taken_again(shop: Shop) -> None:
    made(shop)
    moment = announced(shop)
    shop.clock.ahead = timedelta(0)
    payment = shop.begun(shop.wish("1234.50"))
    shop.press(payment)
    shop.clock.ahead += timedelta(minutes=1)
    shop.turn()  # captured, and not in the books yet: the balance is as before
    at(shop, moment)
    turn = rule_of(shop)["turn"]
    assert (turn["state"], turn["reason"], charges(shop)) == ("skipped", "nothing-owed", 1)
    assert len(told(shop)) == 1


def test_nothing_owed_is_nothing_told(shop: Shop) -> None:
    owe(shop, -5_000)
    made(shop)
    announced(shop)
    assert (rule_of(shop)["turn"], told(shop)) == (None, [])


def test_a_refused_charge_is_tried_again_by_the_plan_and_then_told(shop: Shop) -> None:
    made(shop)
    moment = announced(shop)
    shop.house.trouble(refuse=1.0)
    for wait in (timedelta(0), timedelta(days=1), timedelta(days=3)):
        moment += wait
        at(shop, moment)
        shop.turn()
        moment += timedelta(minutes=1)
        at(shop, moment)
        moment += timedelta(minutes=1)
    turn = rule_of(shop)["turn"]
    assert (turn["state"], turn["reason"]) == ("failed", "refused")
    assert shop.rows("SELECT count(*) FROM payments_attempt WHERE unattended") == [(3,)]
    assert shop.rows("SELECT count(*) FROM payments_payment") == [(2,)]
    assert "не прошёл" in told(shop)[-1]
    assert (charges(shop), len(told(shop))) == (0, 2)


def test_a_bank_that_wants_the_owner_there_ends_it_at_once_and_he_is_told_to_pay_himself(shop: Shop) -> None:
    made(shop)
    moment = announced(shop)
    shop.house.trouble(challenge=1.0)
    at(shop, moment)
    shop.turn()
    at(shop, moment + timedelta(minutes=1))
    turn = rule_of(shop)["turn"]
    assert (turn["state"], turn["reason"]) == ("failed", "owner-wanted")
    assert shop.seen(turn["payment"])["reason"] == "authentication_required"
    assert "просит вашего подтверждения" in told(shop)[-1]
    at(shop, moment + timedelta(days=5))
    assert (charges(shop), len(told(shop))) == (0, 2)
    assert shop.rows("SELECT count(*) FROM payments_attempt WHERE unattended") == [(1,)]


def test_the_second_try_may_succeed(shop: Shop) -> None:
    made(shop)
    moment = announced(shop)
    shop.house.trouble(refuse=1.0)
    at(shop, moment)
    shop.turn()
    at(shop, moment + timedelta(minutes=1))
    assert rule_of(shop)["turn"]["state"] == "charging"
    shop.house.trouble()
    at(shop, moment + timedelta(days=1, minutes=2))
    shop.turn()
    at(shop, moment + timedelta(days=1, minutes=3))
    assert (rule_of(shop)["turn"]["state"], charges(shop)) == ("paid", 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE accounts_account SET balance = 0", "nothing-owed"),
        ("UPDATE payments_card SET expires = '2020-01'", "card-expired"),
        ("UPDATE payments_autopay SET state = 'paused', look_at = NULL", "rule-off"),
    ],
)
def test_before_another_try_all_is_looked_at_anew(shop: Shop, change: str, reason: str) -> None:
    made(shop)
    moment = announced(shop)
    shop.house.trouble(refuse=1.0)
    at(shop, moment)
    shop.turn()
    at(shop, moment + timedelta(minutes=1))
    shop.house.trouble()
    shop.rows(change)
    at(shop, moment + timedelta(days=1, minutes=2))
    turn = rule_of(shop)["turn"]
    assert (turn["state"], turn["reason"], charges(shop)) == ("skipped", reason, 0)


def test_a_charge_is_stopped_by_its_customer_and_the_rule_goes_on(shop: Shop) -> None:
    rule = made(shop)
    moment = announced(shop)
    turn = rule_of(shop)["turn"]["id"]
    assert shop.browser.send("POST", f"{RULES}/{rule}/turns/{turn}/stop").status_code == 204
    at(shop, moment)
    assert (rule_of(shop)["turn"]["state"], charges(shop)) == ("stopped", 0)
    assert (rule_of(shop)["state"], len(told(shop))) == ("on", 1)
    again = shop.browser.send("POST", f"{RULES}/{rule}/turns/{turn}/stop")
    assert (again.status_code, again.json()["code"]) == (409, "wrong-step")


@pytest.mark.parametrize("act", ["pause", "end"])
def test_a_rule_that_rests_or_ends_takes_what_was_announced_with_it(shop: Shop, act: str) -> None:
    rule = made(shop)
    moment = announced(shop)
    method, path = ("POST", f"{RULES}/{rule}/pause") if act == "pause" else ("DELETE", f"{RULES}/{rule}")
    assert shop.browser.send(method, path).status_code == 204
    at(shop, moment)
    assert charges(shop) == 0
    assert shop.rows("SELECT state FROM payments_autopay_turn") == [("stopped",)]
    assert shop.browser.send(method, path).json()["code"] == "wrong-step"
    if act == "pause":
        assert rule_of(shop)["look_at"] is None
        assert shop.browser.send("POST", f"{RULES}/{rule}/resume").status_code == 204
        assert rule_of(shop)["look_at"] is not None
    else:
        assert shop.browser.send("GET", RULES).json() == []
        assert shop.browser.send("POST", f"{RULES}/{rule}/resume").status_code == 409


def test_a_removed_card_lets_its_rule_rest_and_nothing_is_taken(shop: Shop) -> None:
    rule = made(shop)
    moment = announced(shop)
    shop.browser.send("DELETE", f"/api/payments/cards/{rule_of(shop)['card']}")
    at(shop, moment)
    assert (rule_of(shop)["state"], charges(shop)) == ("paused", 0)
    assert shop.browser.send("POST", f"{RULES}/{rule}/resume").status_code == 404


def test_an_expired_card_is_told_of_a_day_before(shop: Shop) -> None:
    made(shop)
    shop.portal.peek("UPDATE payments_card SET expires = '2020-01'")
    announced(shop)
    assert (rule_of(shop)["turn"]["state"], charges(shop)) == ("skipped", 0)
    assert "вышел срок" in told(shop)[-1]


def test_who_may_pay_an_account_no_more_is_not_charged_for_it(shop: Shop) -> None:
    made(shop)
    moment = announced(shop)
    shop.portal.peek("UPDATE accounts_access SET until = now() - interval '1 second'")
    at(shop, moment)
    assert (rule_of(shop)["turn"]["state"], charges(shop)) == ("skipped", 0)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"kind": "day"}, 400, "bad-request"),
        ({"kind": "debt", "day": 5}, 400, "bad-request"),
        ({"kind": "day", "day": 29}, 400, "bad-request"),
        ({"ceiling": "0.00"}, 422, "wrong-amount"),
        ({"ceiling": "1e9"}, 422, "wrong-amount"),
        ({"contact": ""}, 422, "wrong-contact"),
        ({"account": str(uuid4())}, 404, "not-found"),
        ({"card": str(uuid4())}, 404, "not-found"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_not_made(shop: Shop, changes: dict[str, object], status: int, code: str) -> None:
    answer = shop.browser.send("POST", RULES, {**wish(shop), **changes})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert shop.rows("SELECT count(*) FROM payments_autopay") == [(0,)]


def test_an_account_has_one_rule_and_a_way_has_to_take_its_card(shop: Shop) -> None:
    given = wish(shop)
    assert shop.browser.send("POST", RULES, given).status_code == 201
    answer = shop.browser.send("POST", RULES, {**given, "kind": "day", "day": 5})
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong-step")
    shop.portal.peek("UPDATE payments_card SET provider = 'tbank'")
    other = shop.portal.account()
    access_grant(shop.anna, shop.portal.grant_token(shop.anna, other))
    refused = shop.browser.send("POST", RULES, {**given, "account": str(other)})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-method")
    assert shop.rows("SELECT count(*) FROM payments_autopay") == [(1,)]


def test_anothers_rule_is_the_same_as_none_and_the_database_says_so_too(shop: Shop) -> None:
    rule = made(shop)
    announced(shop)
    turn = rule_of(shop)["turn"]["id"]
    boris_id = shop.portal.person(login="boris", phone="+79001110002")
    boris = shop.portal.prove(shop.portal.signed_in("boris"))
    assert boris.send("GET", RULES).json() == []
    for name in (rule, str(uuid4())):
        for method, path in (
            ("POST", f"{RULES}/{name}/pause"),
            ("POST", f"{RULES}/{name}/resume"),
            ("DELETE", f"{RULES}/{name}"),
            ("POST", f"{RULES}/{name}/turns/{turn}/stop"),
        ):
            assert boris.send(method, path).status_code == 404
    with psycopg.connect(shop.database.dsn("web")) as connection:
        connection.execute("SELECT set_config('app.user', %s, true)", [str(boris_id)])
        for table in ("payments_autopay", "payments_autopay_turn"):
            counted = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
            assert (table, counted) == (table, (0,))
        connection.execute("SELECT set_config('app.user', %s, true)", [str(shop.anna)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("UPDATE payments_autopay_turn SET state = 'charging'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("UPDATE payments_autopay SET ceiling = 1")
    assert rule_of(shop)["turn"]["state"] == "announced"
