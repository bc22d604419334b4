"""Chargebacks that a payment system tells of: the same rows as staff's, once each, and closed when they are won."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.paying import shop_open
from factories.portal import Database
from factories.returning import Desk


@pytest.fixture
def desk(tmp_path: Path, cabinet_database: Database) -> Iterator[Desk]:
    with shop_open(tmp_path, cabinet_database, "stripe") as shop:
        yield Desk(shop)


def disputed(desk: Desk, status: str, minor: int = 0) -> None:
    twin = desk.shop.house.payer.twin
    [payment] = twin.till.payments
    desk.shop.house.running.call(lambda: twin.disputed(payment, status, minor=minor))


def cases(desk: Desk) -> list[tuple[object, ...]]:
    return desk.shop.rows("SELECT state, amount, entered_by, respond_by > opened_at FROM payments_chargeback")


def signals(desk: Desk) -> int:
    return sum(one["action"] == "chargeback.opened" for one in desk.shop.portal.signals("sequence_fail"))


def test_a_case_that_is_told_of_leaves_the_books_once_and_has_a_term(desk: Desk) -> None:
    payment = desk.paid("100.00")
    disputed(desk, "needs_response")
    for _ in range(2):
        desk.shop.deliver(again=True)
        desk.turns(2)
    assert cases(desk) == [("opened", 10_000, "provider:stripe", True)]
    [(kind, told)] = desk.books()
    assert (kind, told["amount"]["amount"]) == ("reversed", "100.00")
    assert signals(desk) == 1
    [returned] = desk.shop.seen(payment)["returns"]
    assert (returned["kind"], returned["amount"]) == ("bank", "100.00")


def test_a_case_is_found_though_nobody_tells_of_it_and_won_it_comes_back(desk: Desk) -> None:
    payment = desk.paid("100.00", "50.00")
    disputed(desk, "needs_response", 120_00)
    desk.shop.later(days=1)
    desk.turns()
    assert cases(desk) == [("opened", 12_000, "provider:stripe", True)]
    desk.books()
    for status, state in (("under_review", "answered"), ("won", "won")):
        disputed(desk, status)
        desk.shop.later(days=1)
        desk.turns(2)
        assert cases(desk)[0][0] == state
    told = sorted((kind, data["amount"]["amount"]) for kind, data in desk.books())
    assert told == [("captured", "40.00"), ("captured", "80.00")]
    desk.shop.later(days=1)
    desk.turns()
    assert (desk.books(), signals(desk)) == ([], 1)
    assert desk.shop.seen(payment)["returns"] == []


def test_what_was_promised_gives_way_to_what_is_gone(desk: Desk) -> None:
    payment = desk.paid("100.00")
    refund = desk.ask(payment, "60.00")
    disputed(desk, "lost")
    desk.shop.deliver()
    desk.turns(2)
    assert cases(desk)[0][:2] == ("lost", 10_000)
    assert desk.shop.rows("SELECT state, failure FROM payments_refund") == [("declined", "overtaken")]
    assert refund is not None
    assert desk.shop.ledger()[-1][0] != "refunded"


def test_an_inquiry_takes_nothing(desk: Desk) -> None:
    desk.paid("100.00")
    disputed(desk, "warning_needs_response")
    desk.shop.deliver()
    desk.shop.later(days=2)
    desk.turns()
    assert (cases(desk), desk.books(), signals(desk)) == ([], [], 0)
