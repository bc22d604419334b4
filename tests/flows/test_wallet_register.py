"""A notice of YooMoney is lost and nobody can be asked: the wallet's register proves the payment, and only that one."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from factories.bank import ZONE, lines, turn
from factories.payers import Bench, intent_new, wire
from factories.paying import Shop, shop_open
from factories.portal import Database

from okno.cabinet.payments.providers.yoomoney import provider as yoomoney
from okno.cabinet.reconciliation.core.statements.model import StatementError
from okno.cabinet.reconciliation.services.importing import Taken, statement_import
from okno.cabinet.reconciliation.tasks.reconciler import ReconcilerDesk, rules_of
from okno.protocol.money.amount import Money

TOKEN = "of-the-wallets-owner"
FEE_BPS = 250
"""Of the twin."""


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    folder = tmp_path / "wallet"
    folder.mkdir()
    made = Bench("yoomoney", folder)
    made.house.payer.twin.token = TOKEN
    yield made
    made.stop()


@pytest.fixture
def desk(bench: Bench) -> ReconcilerDesk:
    """Of a company without a token: nobody can be asked."""
    settings = yoomoney.Settings(wallet="4100111111111111", secrets=("s",), fee_bps=FEE_BPS)
    provider = yoomoney.provider(settings, wire(bench.house.url))
    assert provider.asking is None
    providers = {"yoomoney": provider}
    return ReconcilerDesk(providers, rules_of(providers, zone=ZONE, owner="accounting"), mark="payment:")


def begun(shop: Shop) -> tuple[str, UUID]:
    """A payment of 1234.50 whose attempt is at the wallet."""
    payment = shop.begun()
    [(attempt,)] = shop.portal.peek(
        "UPDATE payments_attempt SET provider = 'yoomoney', provider_id = NULL WHERE payment_id = %s RETURNING id",
        payment,
    )
    assert isinstance(attempt, UUID)
    return payment, attempt


def pay(bench: Bench, attempt: UUID, amount: str = "1234.50") -> None:
    """At the wallet's page; its notice is lost."""
    intent = replace(intent_new(), attempt=attempt, amount=Money.parse(amount, "RUB"))
    bench.house.press(bench.started(intent), "pay")


def register(bench: Bench, *attempts: UUID) -> list[dict[str, Any]]:
    """What the wallet's owner is told of these labels."""
    found: list[dict[str, Any]] = []
    for attempt in attempts:
        answer = bench.house.http.request(
            "POST",
            f"{bench.house.url}/api/operation-history",
            headers={"Authorization": f"Bearer {TOKEN}"},
            fields={"label": str(attempt), "type": "deposition"},
            encode_multipart=False,
        )
        found += json.loads(answer.data)["operations"]
    return found


def brought(operations: list[dict[str, Any]]) -> Taken:
    content = json.dumps({"operations": operations}).encode()
    return statement_import(name="history.json", content=content, by="staff:1")


def test_the_register_proves_a_payment_whose_notice_was_lost_once(
    shop: Shop, bench: Bench, desk: ReconcilerDesk
) -> None:
    payment, attempt = begun(shop)
    pay(bench, attempt)
    operations = register(bench, attempt)
    assert [brought(operations).fresh, brought(operations).fresh] == [1, 0]
    turn(shop, desk)
    turn(shop, desk)
    assert lines(shop) == [("matched", "register")]
    assert shop.ledger() == [("captured", 123_450), ("fee", 123_450 * FEE_BPS // 10_000)]
    assert shop.seen(payment)["state"] == "confirmed"
    assert [told["amount"]["amount"] for told in shop.books_answer()] == ["1234.50"]
    shop.turn()
    assert shop.seen(payment)["state"] == "posted"


def test_a_payment_that_ended_in_review_is_proven_too(shop: Shop, bench: Bench, desk: ReconcilerDesk) -> None:
    payment, attempt = begun(shop)
    pay(bench, attempt)
    shop.portal.peek("UPDATE payments_attempt SET state = 'mismatch', reason = 'no-amount'")
    shop.portal.peek("UPDATE payments_payment SET state = 'review'")
    brought(register(bench, attempt))
    turn(shop, desk)
    assert (lines(shop), shop.seen(payment)["state"]) == ([("matched", "register")], "confirmed")


def test_what_is_known_already_is_not_taken_twice_and_a_second_payment_is_for_a_person(
    shop: Shop, bench: Bench, desk: ReconcilerDesk
) -> None:
    _, attempt = begun(shop)
    pay(bench, attempt)
    brought(register(bench, attempt))
    turn(shop, desk)
    [operation] = register(bench, attempt)
    shop.portal.peek("DELETE FROM reconciliation_line")
    shop.portal.peek("DELETE FROM reconciliation_statement")
    brought([operation, {**operation, "operation_id": "another"}])
    turn(shop, desk)
    assert lines(shop) == [("matched", "register"), ("queued", "paid-already")]
    assert len(shop.books_answer()) == 1


@pytest.mark.parametrize("amount", ["2.00", "1210.00", "1300.00"])
def test_another_sum_under_our_label_proves_nothing(
    shop: Shop, bench: Bench, desk: ReconcilerDesk, amount: str
) -> None:
    _, attempt = begun(shop)
    pay(bench, attempt, amount)
    before = shop.rows("SELECT state, provider_id FROM payments_attempt")
    brought(register(bench, attempt))
    turn(shop, desk)
    assert lines(shop) == [("queued", "amount")]
    assert shop.rows("SELECT state, provider_id FROM payments_attempt") == before
    assert (shop.ledger(), shop.books_answer()) == ([], [])


def test_what_is_not_ours_or_not_settled_waits_or_is_left_out(shop: Shop, bench: Bench, desk: ReconcilerDesk) -> None:
    _, attempt = begun(shop)
    pay(bench, attempt)
    [operation] = register(bench, attempt)
    stranger = "01a21f3d-f925-72b2-acc5-a9160b8cf2ed"
    taken = brought(
        [
            {**operation, "operation_id": "1", "label": stranger},
            {**operation, "operation_id": "2", "label": ""},
            {**operation, "operation_id": "3", "status": "in_progress"},
            {**operation, "operation_id": "4", "direction": "out"},
        ]
    )
    assert taken == Taken(1, 3, 3)
    turn(shop, desk)
    assert sorted(lines(shop)) == [("queued", "unknown"), ("queued", "unknown"), ("spent", "")]
    assert shop.rows("SELECT state FROM payments_attempt") == [("started",)]


OPERATION = {"operation_id": "1", "status": "success", "datetime": "2026-11-27T10:00:00Z", "direction": "in"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "x"}, "bad-amount"),
        ({"amount": 0}, "bad-amount"),
        ({"amount": 1.001}, "bad-amount"),
        ({"amount": 1, "direction": "sideways"}, "bad-line"),
        ({"amount": 1, "operation_id": ""}, "bad-line"),
        ({"amount": 1, "datetime": "yesterday"}, "bad-date"),
        ({"amount": 1, "status": "refused"}, "missing-key"),
        ({}, "bad-line"),
    ],
)
def test_a_bad_register_is_refused_whole(shop: Shop, changes: dict[str, Any], code: str) -> None:
    good = {**OPERATION, "operation_id": "0", "amount": 1}
    operations = [{**OPERATION, **changes}] if code == "missing-key" else [good, {**OPERATION, **changes}]
    with pytest.raises(StatementError) as refused:
        brought(operations)
    assert refused.value.code == code
    assert shop.rows("SELECT count(*) FROM reconciliation_line") == [(0,)]
