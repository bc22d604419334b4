"""A fiscal receipt: asked for with the payment, made at the rate of its day, read back from the provider."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import psycopg
import pytest
from factories.paying import Shop, shop_open, till_settings
from factories.portal import Database
from uuid_utils.compat import uuid7

from okno.cabinet.payments.services.receipting.making import (
    RATES,
    Rate,
    ReceiptSettings,
    rates_mistakes,
    receipt_of,
    vat_code,
)
from okno.cabinet.payments.services.receipting.refunding import refund_receipt
from okno.cabinet.payments.services.registry import providers_of
from okno.cabinet.payments.tasks.till import keeper_of
from okno.protocol.money.amount import Money

EMAIL = "anna.ivanova@example.org"
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


def asked(shop: Shop) -> list[dict[str, Any]]:
    """The receipts that the provider was asked for."""
    payments = shop.house.payer.twin.till.payments.values()
    return [json.loads(payment.extra["receipt"]) for payment in payments if "receipt" in payment.extra]


def paid(shop: Shop, contact: str = EMAIL) -> str:
    payment = shop.begun(shop.wish(method="receipt", contact=contact))
    shop.press(payment)
    shop.later(minutes=1)
    return payment


def test_the_receipt_is_asked_for_with_the_payment_and_its_number_is_read_back(shop: Shop) -> None:
    payment = paid(shop)
    [receipt] = asked(shop)
    assert receipt["customer"]["email"] == EMAIL
    assert receipt["tax_system_code"] == 2
    [item] = receipt["items"]
    assert (item["description"], item["amount"]["value"], item["vat_code"]) == ("Отопление", "1234.50", 11)
    assert shop.seen(payment)["receipt"]["state"] == "asked"
    assert shop.tidy() == 1
    told = shop.seen(payment)["receipt"]
    assert (told["state"], told["contact"]) == ("registered", "a···@example.org")
    assert told["number"].isdecimal()
    assert told["drive"].isdecimal()
    assert told["sign"].isdecimal()
    assert told["registered_at"] is not None
    shop.clock.ahead += timedelta(days=1)
    assert shop.tidy() == 0


def test_the_contact_is_in_clear_nowhere_and_the_portal_cannot_read_it_back(shop: Shop) -> None:
    shop.begun(shop.wish(method="receipt", contact="+7 900 123-45-67"))
    assert asked(shop)[0]["customer"]["phone"] == "79001234567"
    [row] = shop.rows("SELECT sealed, mask FROM payments_contact")
    assert row[1] == "··· 45-67"
    assert "79001234567" not in str(shop.rows("SELECT to_jsonb(c) FROM payments_contact c"))
    assert EMAIL not in str(shop.rows("SELECT detail FROM kit_audit"))


@pytest.mark.parametrize(
    "contact", ["", "анна", "a@b", "anna@example.org anna@example.com", "+1 202 555 0143", "8 800 555"]
)
def test_without_a_contact_that_can_be_read_there_is_no_payment(shop: Shop, contact: str) -> None:
    answer = shop.start(shop.wish(method="receipt", contact=contact))
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong-contact")
    assert shop.rows("SELECT count(*) FROM payments_payment") == [(0,)]
    assert shop.rows("SELECT count(*) FROM payments_contact") == [(0,)]


def test_a_way_without_receipts_asks_for_no_contact_and_keeps_none(shop: Shop) -> None:
    payment = shop.begun(shop.wish(contact=EMAIL))
    assert (asked(shop), shop.seen(payment)["receipt"]) == ([], None)
    assert shop.rows("SELECT count(*) FROM payments_contact") == [(0,)]


def test_a_till_killed_after_the_answer_repeats_the_very_same_receipt(shop: Shop) -> None:
    def die(errand: object) -> object:
        shop.till.work(errand)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    payment = shop.start(shop.wish(method="receipt", contact=EMAIL)).json()["id"]
    with pytest.raises(KeyboardInterrupt):
        shop.turn(die)
    shop.later(minutes=2)
    assert shop.seen(payment)["go"]["kind"] == "redirect"
    assert len(shop.house.journal("created")) == 1
    assert shop.rows("SELECT state FROM payments_receipt") == [("asked",)]


def test_a_slow_receipt_is_asked_about_again_and_a_failed_one_is_for_a_person(shop: Shop) -> None:
    payment = paid(shop)
    shop.house.trouble(slow_receipt=1.0)
    assert shop.tidy() == 1
    assert shop.tidy() == 0  # not at once
    shop.house.trouble(fail_receipt=1.0)
    shop.clock.ahead += timedelta(minutes=1)
    assert shop.tidy() == 1
    assert shop.seen(payment)["receipt"]["state"] == "failed"
    assert shop.portal.signals("sequence_fail")[-1]["action"] == "receipt.failed"
    shop.clock.ahead += timedelta(hours=1)
    shop.tidy()
    assert len(shop.portal.signals("sequence_fail")) == 1
    shop.house.trouble()
    shop.clock.ahead += timedelta(hours=1)
    assert shop.tidy() == 1
    assert shop.seen(payment)["receipt"]["state"] == "registered"


def test_a_provider_that_is_away_is_asked_again(shop: Shop) -> None:
    payment = paid(shop)
    shop.house.trouble(away=1.0)
    assert shop.tidy() == 1
    shop.house.trouble()
    shop.clock.ahead += timedelta(minutes=2)
    assert shop.tidy() == 1
    assert shop.seen(payment)["receipt"]["state"] == "registered"


@pytest.mark.parametrize(
    ("vat", "day", "code"),
    [
        ("standard", date(2025, 12, 31), 4),
        ("standard", date(2026, 1, 1), 11),
        ("standard-of-sum", date(2025, 12, 31), 6),
        ("standard-of-sum", date(2026, 1, 1), 12),
        ("reduced", date(2030, 1, 1), 3),
        ("five", date(2024, 1, 1), 7),
    ],
)
def test_the_rate_is_that_of_the_day(vat: Any, day: date, code: int) -> None:  # noqa: ANN401 - a name of the table
    assert vat_code(vat, day) == code


def test_the_day_is_the_companys_own() -> None:
    settings = ReceiptSettings(tax_system=1, vat="standard")
    for moment, code in (("2025-12-31T20:59:59+00:00", 4), ("2025-12-31T21:00:00+00:00", 11)):
        receipt = receipt_of(
            settings, contact=EMAIL, amount=Money(100, "RUB"), at=datetime.fromisoformat(moment), zone=MOSCOW
        )
        assert receipt.items[0].vat_code == code


def test_the_table_of_rates_has_one_code_for_each_day() -> None:
    assert rates_mistakes(RATES) == []
    twice = [*RATES, Rate(vat="standard", code=4, since=date(2027, 1, 1))]
    assert rates_mistakes(twice) == ["standard: two codes on 2027-01-01"]
    ended = [msgspec.structs.replace(rate, until=date(2099, 1, 1)) if rate.vat == "zero" else rate for rate in RATES]
    assert rates_mistakes(ended) == ["zero: no code any more"]


def test_a_refunds_receipt_goes_to_the_same_place_at_the_rate_of_the_payment(shop: Shop) -> None:
    paid(shop)
    [(attempt, provider_id)] = shop.rows("SELECT id::text, provider_id FROM payments_attempt")
    shop.rows("ALTER TABLE payments_attempt DISABLE TRIGGER ALL")
    shop.rows("UPDATE payments_attempt SET created_at = '2025-12-31T12:00:00Z'")
    part = Money(100_00, "RUB")
    settings = till_settings(shop.folder, shop.portal, {})
    given: dict[str, Any] = {"keeper": keeper_of(settings), "settings": settings.receipts, "zone": MOSCOW}
    with psycopg.connect(shop.database.dsn("till")) as connection:
        receipt = refund_receipt(connection, str(attempt), part, **given)
        assert refund_receipt(connection, str(attempt), part, **given) == receipt
        assert refund_receipt(connection, str(attempt), part, **{**given, "keeper": None}) is None
        assert refund_receipt(connection, str(uuid7()), part, **given) is None
    assert receipt is not None
    assert (receipt.contact, receipt.items[0].vat_code, receipt.items[0].price) == (EMAIL, 4, part)
    provider = providers_of(shop.portal.config.providers)["yookassa"]
    assert provider.refunds is not None
    done = provider.refunds.refund(uuid7(), provider_id=str(provider_id), amount=part, receipt=receipt)
    assert done.state == "done"
