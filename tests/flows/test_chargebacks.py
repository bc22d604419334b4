"""The payer's bank takes money back: a case with a term, out of the books at once, and in again when it is won."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from factories.paying import shop_open
from factories.portal import Database
from factories.returning import OLGA, Desk

from okno.cabinet.payments.services.refunding.disputes import chargeback_change, chargeback_enter
from okno.cabinet.payments.services.refunding.requests import ReturnRefusedError


@pytest.fixture
def desk(tmp_path: Path, cabinet_database: Database) -> Iterator[Desk]:
    with shop_open(tmp_path, cabinet_database) as shop:
        yield Desk(shop)


def enter(desk: Desk, payment: str, amount: str, **changes: Any) -> UUID:  # noqa: ANN401 - fields of the form
    now = datetime.now(UTC)
    given: dict[str, Any] = {
        "amount": amount,
        "reference": "CB-1",
        "reason": "владелец карты не узнаёт платёж",
        "opened_at": now,
        "respond_by": now + timedelta(days=9),
    }
    return UUID(chargeback_enter(staff=OLGA, attempt=desk.attempt(payment), **{**given, **changes}))


def refused(call: Any, *args: Any, **given: Any) -> str:  # noqa: ANN401 - a service and what it takes
    with pytest.raises(ReturnRefusedError) as caught:
        call(*args, **given)
    return caught.value.code


def test_a_chargeback_of_the_whole_reverses_the_payment_in_the_books(desk: Desk) -> None:
    payment = desk.paid("100.00")
    enter(desk, payment, "100.00")
    desk.turns(2)
    [(kind, told)] = desk.books()
    assert (kind, told["amount"]["amount"], told["payment"], told["reason"]) == (
        *("reversed", "100.00", str(desk.posting(payment)), "chargeback"),
    )
    desk.turns(2)
    assert (desk.parts(), desk.books()) == ([("posted", 10_000)], [])
    assert ("charged_back", 10_000) in desk.shop.ledger()
    assert desk.shop.rows("SELECT captured, refunded, reversed FROM payments_payment") == [(10_000, 0, 10_000)]
    [returned] = desk.shop.seen(payment)["returns"]
    assert (returned["kind"], returned["amount"]) == ("bank", "100.00")
    assert refused(desk.ask, payment=payment, amount="0.01") == "more-than-left"


def test_a_part_of_it_is_told_as_a_refund_of_that_part(desk: Desk) -> None:
    payment = desk.paid("100.00", "50.00")
    enter(desk, payment, "120.00")
    desk.turns(2)
    told = sorted((kind, data["amount"]["amount"]) for kind, data in desk.books())
    assert told == [("refunded", "40.00"), ("refunded", "80.00")]


def test_a_case_that_is_won_brings_the_money_back_to_the_same_accounts_once(desk: Desk) -> None:
    payment = desk.paid("100.00", "50.00")
    case = enter(desk, payment, "150.00")
    desk.turns()
    desk.books()
    chargeback_change(staff=OLGA, case=case, step="answered")
    desk.turns()
    chargeback_change(staff=OLGA, case=case, step="won")
    desk.turns()
    told = sorted((kind, data["amount"]["amount"]) for kind, data in desk.books())
    assert told == [("captured", "100.00"), ("captured", "50.00")]
    desk.turns()
    assert desk.books() == []
    assert desk.shop.rows("SELECT captured, refunded, reversed FROM payments_payment") == [(15_000, 0, 0)]
    seen = desk.shop.seen(payment)
    assert (seen["state"], seen["returns"]) == ("posted", [])
    desk.ask(payment, "150.00")


def test_a_case_that_is_lost_stays_taken(desk: Desk) -> None:
    payment = desk.paid("100.00")
    case = enter(desk, payment, "100.00")
    chargeback_change(staff=OLGA, case=case, step="lost")
    desk.turns()
    desk.books()
    for step in ("answered", "won", "lost"):
        assert refused(chargeback_change, staff=OLGA, case=case, step=step) == "decided"
    desk.turns()
    assert (desk.books(), desk.shop.seen(payment)["returns"][0]["kind"]) == ([], "bank")


def test_a_case_won_before_the_till_had_it_is_told_whole(desk: Desk) -> None:
    payment = desk.paid("100.00")
    chargeback_change(staff=OLGA, case=enter(desk, payment, "100.00"), step="won")
    desk.turns()
    assert sorted(kind for kind, _ in desk.books()) == ["captured", "reversed"]
    assert desk.shop.ledger() == [
        *(("captured", 10_000), ("chargeback_won", 10_000), ("charged_back", 10_000), ("fee", 250)),
    ]


def test_the_same_case_is_entered_once(desk: Desk) -> None:
    payment = desk.paid("100.00")
    enter(desk, payment, "40.00")
    assert refused(enter, desk, payment, "40.00") == "reference"
    enter(desk, payment, "60.00", reference="CB-2")
    assert refused(enter, desk, payment, "0.01", reference="CB-3") == "more-than-left"
    assert desk.shop.rows("SELECT amount FROM payments_chargeback ORDER BY amount") == [(4_000,), (6_000,)]


def test_what_cannot_be_a_case_is_refused_and_nothing_is_stored(desk: Desk) -> None:
    payment, now = desk.paid("100.00"), datetime.now(UTC)
    assert refused(enter, desk, payment, "-1.00") == "amount"
    assert refused(enter, desk, payment, "1.00", reference="  ") == "reference"
    assert refused(enter, desk, payment, "1.00", reason="") == "no-reason"
    for days in (-1, 1):
        assert refused(enter, desk, payment, "1.00", opened_at=now + timedelta(days=days)) == "term"
    assert refused(enter, desk, payment, "1.00", respond_by=now - timedelta(days=2)) == "term"
    assert refused(chargeback_change, staff=OLGA, case=uuid4(), step="won") == "unknown"
    assert (desk.shop.rows("SELECT id FROM payments_chargeback"), desk.parts()) == ([], [])
