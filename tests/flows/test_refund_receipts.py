"""A refund of a payment that had a fiscal receipt has one of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.paying import shop_open
from factories.portal import Database
from factories.returning import Desk


@pytest.fixture
def desk(tmp_path: Path, cabinet_database: Database) -> Iterator[Desk]:
    with shop_open(tmp_path, cabinet_database) as shop:
        yield Desk(shop)


def test_a_refund_of_a_payment_with_a_receipt_has_one_too(desk: Desk) -> None:
    payment = desk.paid("1234.50", method="receipt", contact="anna@example.org")
    desk.approved(payment, "234,50")
    desk.turns()
    [entry] = desk.shop.house.journal("refunded")
    assert entry.refund is not None
    receipt = json.loads(entry.refund.extra["receipt"])
    [item] = receipt["items"]
    assert (receipt["customer"]["email"], item["amount"]["value"]) == ("anna@example.org", "234.50")


def test_a_refund_whose_receipt_cannot_be_made_is_for_a_person(desk: Desk) -> None:
    payment = desk.paid("1234.50", method="receipt", contact="anna@example.org")
    refund = desk.approved(payment, "234,50")
    desk.shop.portal.peek("UPDATE payments_contact SET sealed = 'spoilt'")
    desk.turns()
    assert (desk.refund(refund), desk.shop.house.journal("refunded")) == (("manual", "no-receipt"), [])
