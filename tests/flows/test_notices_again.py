"""A true notice that could not be applied when it came is applied when it comes again, and once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from factories.paying import Shop, shop_open
from factories.portal import Database

from okno.cabinet.payments.providers.port import ReceiptSnapshot, ReceiptTold, Received, Reply, Snapshot, Told
from okno.cabinet.payments.services.notices import Counter
from okno.cabinet.payments.services.registry import providers_of
from okno.protocol.money.amount import Money

KEPT = "SELECT state, times, attempt_id FROM payments_notice"


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


@dataclass
class Reading:
    """What a signed body says."""

    notice: Told | ReceiptTold

    def read(self, received: Received) -> Told | ReceiptTold:  # noqa: ARG002 - as the port
        return self.notice


def taken(shop: Shop, notice: Told | ReceiptTold) -> Reply:
    """By the counter of a provider that nobody can ask: a notice is all that there is."""
    provider = providers_of(shop.portal.config.providers)["yookassa"]
    counter = Counter(replace(provider, notices=Reading(notice), asking=None), takes_test=False)
    received = Received(method="POST", headers={}, peer="127.0.0.1", query="", body=b"signed")
    with psycopg.connect(shop.database.dsn("till")) as connection:
        return counter.take(connection, received, datetime.now(UTC))


def attempt_of(shop: Shop) -> UUID:
    [(attempt,)] = shop.rows("SELECT id FROM payments_attempt")
    assert isinstance(attempt, UUID)
    return attempt


def test_money_of_a_payment_that_was_not_known_is_taken_when_its_notice_comes_again(shop: Shop) -> None:
    payment = shop.begun(shop.wish("100.00"))
    attempt = attempt_of(shop)
    snapshot = Snapshot(state="paid", attempt=attempt, amount=Money(10_000, "RUB"), at=datetime.now(UTC))
    told = Told(key="op-1:paid", event="paid", payment=snapshot, proven=True, reply=Reply())
    shop.portal.peek("UPDATE payments_attempt SET provider = 'nobody'")
    assert taken(shop, told).status == 200
    assert shop.rows(KEPT) == [("orphan", 1, None)]
    assert len(shop.portal.signals("sequence_fail")) == 1
    shop.portal.peek("UPDATE payments_attempt SET provider = 'yookassa'")
    for times in (2, 3):
        assert taken(shop, told).status == 200
        assert shop.rows(KEPT) == [("applied", times, attempt)]
        assert shop.seen(payment)["state"] == "confirmed"
        assert shop.ledger() == [("captured", 10_000)]


def test_a_receipt_that_is_told_of_before_the_till_has_written_down_its_call_is_kept(shop: Shop) -> None:
    payment = shop.begun(shop.wish("100.00", method="receipt", contact="anna@example.org"))
    attempt = attempt_of(shop)
    shop.press(payment)
    shop.later(minutes=1)
    shop.portal.peek("DELETE FROM payments_receipt")
    made = ReceiptSnapshot(state="done", number="341", drive="9999078900004312", sign="2345678901")
    snapshot = Snapshot(state="pending", attempt=attempt)
    assert (
        taken(shop, ReceiptTold(key="r-1", event="receipt", payment=snapshot, receipt=made, reply=Reply())).status
        == 200
    )
    told = shop.seen(payment)["receipt"]
    assert (told["state"], told["number"]) == ("registered", "341")
