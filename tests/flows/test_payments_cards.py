"""Kept cards: with their owner's word alone, sealed to the till, and of no use to anybody else."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from factories.paying import Shop, shop_open
from factories.portal import Browser, Database

EMAIL = "anna@example.org"
CARD = "/api/payments/cards"


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


def wish(shop: Shop, amount: str = "100.00", **changes: object) -> dict[str, Any]:
    return shop.wish(amount, method="receipt", contact=EMAIL, **changes)


def kept(shop: Shop, amount: str = "100.00") -> dict[str, Any]:
    """A card that its owner let us keep, the latest."""
    before = {card["id"] for card in cards(shop.browser)}
    payment = shop.begun(wish(shop, amount, save_card=True))
    shop.press(payment)
    shop.later(minutes=1)
    [card] = [card for card in cards(shop.browser) if card["id"] not in before]
    return card


def cards(browser: Browser) -> list[dict[str, Any]]:
    answer = browser.send("GET", CARD)
    assert answer.status_code == 200
    shown: list[dict[str, Any]] = answer.json()
    return shown


def test_a_card_is_kept_where_its_owner_agreed_and_shows_what_he_knows_it_by(shop: Shop) -> None:
    card = kept(shop)
    assert (card["title"], card["expires"], card["is_expired"]) == ("Mir •• 4444", "2030-12", False)
    assert (card["is_default"], card["methods"]) == (True, ["receipt"])
    [consent] = shop.rows("SELECT detail FROM kit_audit WHERE action = 'payment.start'")
    assert consent[0]["saves_card"] is True  # type: ignore[index]
    [token] = shop.house.payer.twin.till.payments
    rows = str(shop.rows("SELECT to_jsonb(card) - 'kept_at' FROM payments_card card"))
    assert token not in rows


def test_without_his_word_none_is_kept(shop: Shop) -> None:
    for one in (wish(shop), shop.wish("5.00", save_card=True)):  # the second way keeps no cards
        payment = shop.begun(one)
        shop.press(payment)
        shop.later(minutes=1)
    assert cards(shop.browser) == []


def test_a_kept_card_pays_without_any_page_and_once(shop: Shop) -> None:
    card = kept(shop)
    again = wish(shop, "77.00", card=card["id"])
    payment = shop.begun(again)
    assert shop.start(again).json()["id"] == payment
    seen = shop.seen(payment)
    assert (seen["state"], seen["go"], seen["amount"]) == ("confirmed", None, "77.00")
    shop.later(hours=1)
    assert len(shop.house.journal("captured")) == 2
    assert shop.ledger()[0] == ("captured", 7_700)
    assert len(cards(shop.browser)) == 1
    shop.tidy()
    assert shop.seen(payment)["receipt"]["state"] == "registered"


def test_a_till_killed_after_a_charge_charges_once(shop: Shop) -> None:
    def die(errand: object) -> object:
        shop.till.work(errand)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    card = kept(shop)
    payment = shop.start(wish(shop, card=card["id"])).json()["id"]
    with pytest.raises(KeyboardInterrupt):
        shop.turn(die)
    shop.later(minutes=2)
    assert shop.seen(payment)["state"] == "confirmed"
    assert len(shop.house.journal("captured")) == 2


def test_a_bank_may_want_its_owner_at_its_page(shop: Shop) -> None:
    card = kept(shop)
    shop.house.trouble(challenge=1.0)
    payment = shop.begun(wish(shop, "9.00", card=card["id"]))
    seen = shop.seen(payment)
    assert (seen["state"], seen["go"]["kind"]) == ("accepted", "redirect")
    shop.press(payment)
    shop.later(minutes=1)
    assert shop.seen(payment)["state"] == "confirmed"


def test_a_refused_card_closes_the_attempt_and_another_goes_to_the_page(shop: Shop) -> None:
    card = kept(shop)
    shop.house.trouble(refuse=1.0)
    payment = shop.begun(wish(shop, "9.00", card=card["id"]))
    assert (shop.seen(payment)["state"], shop.seen(payment)["reason"]) == ("closed", "insufficient_funds")
    shop.house.trouble()
    assert shop.browser.send("POST", f"/api/payments/{payment}/again").status_code == 202
    shop.turn()
    assert shop.seen(payment)["go"]["kind"] == "redirect"


def test_an_expired_card_pays_nothing_and_cannot_come_first(shop: Shop) -> None:
    card = kept(shop)
    shop.portal.peek("UPDATE payments_card SET expires = '2026-10'")
    assert cards(shop.browser)[0]["is_expired"] is True
    for answer in (
        shop.start(wish(shop, "9.00", card=card["id"])),
        shop.browser.send("POST", f"{CARD}/{card['id']}/default"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "card-expired")
    assert shop.rows("SELECT count(*) FROM payments_payment") == [(1,)]


def test_a_card_pays_only_by_its_own_provider(shop: Shop) -> None:
    card = kept(shop)
    answer = shop.start(shop.wish("9.00", method="card", card=card["id"]))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-method")


def test_another_comes_first_and_the_next_does_when_it_is_removed(shop: Shop) -> None:
    first, second = kept(shop), kept(shop, "200.00")
    assert [card["id"] for card in cards(shop.browser)] == [first["id"], second["id"]]
    assert shop.browser.send("POST", f"{CARD}/{second['id']}/default").status_code == 204
    assert [card["is_default"] for card in cards(shop.browser)] == [True, False]
    assert cards(shop.browser)[0]["id"] == second["id"]
    assert shop.browser.send("DELETE", f"{CARD}/{second['id']}").status_code == 204
    [left] = cards(shop.browser)
    assert (left["id"], left["is_default"]) == (first["id"], True)


def test_a_removed_card_pays_nothing_and_its_token_is_gone(shop: Shop) -> None:
    card = kept(shop)
    assert shop.browser.send("DELETE", f"{CARD}/{card['id']}").status_code == 204
    assert shop.start(wish(shop, card=card["id"])).status_code == 404
    assert shop.browser.send("DELETE", f"{CARD}/{card['id']}").status_code == 404
    assert shop.rows("SELECT sealed IS NULL FROM payments_card") == [(False,)]
    shop.clock.ahead += timedelta(minutes=1)
    assert shop.tidy() == 2  # and the receipt of the payment
    assert shop.rows("SELECT sealed IS NULL, forget_at FROM payments_card") == [(True, None)]


def test_a_card_removed_before_the_till_came_to_it_is_not_charged(shop: Shop) -> None:
    card = kept(shop)
    payment = shop.start(wish(shop, "9.00", card=card["id"])).json()["id"]
    shop.browser.send("DELETE", f"{CARD}/{card['id']}")
    shop.clock.ahead += timedelta(minutes=1)
    shop.tidy()
    shop.turn()
    assert (shop.seen(payment)["state"], shop.seen(payment)["reason"]) == ("closed", "card-forgotten")
    assert len(shop.house.journal("captured")) == 1


def test_anothers_card_is_the_same_as_none(shop: Shop) -> None:
    card = kept(shop)
    shop.portal.person(login="boris", phone="+79001110002")
    boris = shop.portal.prove(shop.portal.signed_in("boris"))
    assert cards(boris) == []
    for name in (card["id"], uuid4()):
        assert boris.send("POST", f"{CARD}/{name}/default").status_code == 404
        assert boris.send("DELETE", f"{CARD}/{name}").status_code == 404
    assert len(cards(shop.browser)) == 1


def test_the_database_lets_the_portal_read_no_token_and_use_no_others_card(shop: Shop) -> None:
    card = kept(shop)
    boris = shop.portal.person(login="boris", phone="+79001110002")
    with psycopg.connect(shop.database.dsn("web")) as connection:
        for column in ("sealed", "kept_at"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(f"SELECT {column} FROM payments_card")  # noqa: S608
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("SELECT sealed FROM payments_contact")
        connection.execute("SELECT set_config('app.user', %s, true)", [str(boris)])
        for table in ("payments_card", "payments_contact", "payments_receipt"):
            counted = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
            assert (table, counted) == (table, (0,))
        payment, contact = uuid4(), shop.rows("SELECT id FROM payments_contact")[0][0]
        insert = """INSERT INTO payments_payment (id, user_id, key, method, amount, currency, locale, contact_id)
            VALUES (%s, %s, %s, 'receipt', 1, 'RUB', 'ru', %s)"""
        with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
            connection.execute(insert, [payment, boris, uuid4(), contact])
        connection.execute(insert, [payment, boris, uuid4(), None])
        with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
            connection.execute(
                "INSERT INTO payments_attempt (id, payment_id, provider, expires_at, card_id)"
                " VALUES (%s, %s, 'yookassa', now(), %s)",
                [uuid4(), payment, card["id"]],
            )
        connection.rollback()


def test_a_way_that_is_off_says_why_and_takes_nothing(shop: Shop) -> None:
    [off] = [one for one in shop.browser.send("GET", "/api/payments/methods").json() if one["id"] == "off"]
    assert off["off"] == {"ru": "Чинят до пятницы", "en": "Under repair until Friday"}
    answer = shop.start(shop.wish(method="off"))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-method")
    assert shop.rows("SELECT count(*) FROM payments_payment") == [(0,)]
