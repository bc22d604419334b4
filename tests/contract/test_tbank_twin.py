"""The twin of T-Bank is as strict as the system."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories.payers import TBANK_PASSWORD, Bench, intent_new, receipt_of

from okno.cabinet.payments.providers.tbank import messages
from okno.protocol.money.amount import Money
from okno.sandbox.payers.tbank.seal import sealed

TERMINAL = "1700000000DEMO"
PART = Money(100_00, "RUB")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("tbank", tmp_path)
    yield made
    made.stop()


def call(bench: Bench, method: str, **body: object) -> Any:  # noqa: ANN401 - JSON
    paper = sealed({"TerminalKey": TERMINAL, **body}, TBANK_PASSWORD)
    return sent(bench, method, json.dumps(paper).encode())


def sent(bench: Bench, method: str, body: bytes) -> Any:  # noqa: ANN401 - JSON
    answer = bench.house.http.request("POST", f"{bench.house.url}/v2/{method}", body=body)
    assert answer.status == 200
    return json.loads(answer.data)


def order(**changes: object) -> dict[str, object]:
    return {**messages.init_body(intent_new()), **changes}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Amount": 0}, "251"),
        ({"Amount": "100"}, "251"),
        ({"Amount": 100.5}, "251"),
        ({"OrderId": ""}, "251"),
        ({"OrderId": "x" * 37}, "251"),
        ({"Description": "x" * 141}, "251"),
        ({"PayType": "X"}, "251"),
        ({"SuccessURL": "javascript:1"}, "251"),
        ({"Recurrent": "Y"}, "251"),
        ({"More": 1}, "251"),
        ({"RedirectDueDate": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}, "251"),
        ({"RedirectDueDate": (datetime.now(UTC) + timedelta(days=91)).isoformat()}, "251"),
        ({"Receipt": {"Items": [], "Taxation": "osn"}}, "251"),
    ],
)
def test_a_wrong_order_is_refused(bench: Bench, changes: dict[str, object], code: str) -> None:
    assert call(bench, "Init", **order(**changes))["ErrorCode"] == code
    assert bench.house.journal() == []


def test_a_wrong_receipt_is_refused(bench: Bench) -> None:
    amount = Money(1_234_56, "RUB")
    right = messages.receipt_body(receipt_of(amount), amount)
    item = right["Items"][0]
    for receipt, code in (
        ({**right, "Email": None}, "309"),
        ({**right, "Items": [item, item]}, "308"),
        ({**right, "Items": [{**item, "Quantity": 2}]}, "308"),
    ):
        assert call(bench, "Init", **order(Receipt=receipt))["ErrorCode"] == code
    assert bench.house.journal() == []
    assert call(bench, "Init", **order(Receipt=right))["Success"] is True


def test_who_does_not_know_the_password_is_refused(bench: Bench) -> None:
    for paper, code in (
        (sealed({"TerminalKey": TERMINAL, **order()}, "other"), "204"),
        ({"TerminalKey": TERMINAL, **order()}, "204"),
        (sealed({"TerminalKey": "OTHER", **order()}, TBANK_PASSWORD), "501"),
    ):
        assert sent(bench, "Init", json.dumps(paper).encode())["ErrorCode"] == code
    for body in (b"", b"[]", b"\xff"):
        assert sent(bench, "Init", body)["ErrorCode"] == "251"
    assert bench.house.journal() == []


def test_money_may_be_held_and_let_go(bench: Bench) -> None:
    made = call(bench, "Init", **order(PayType="T", RedirectDueDate=None))
    bench.house.press(made["PaymentURL"], "pay")
    payment = {"PaymentId": made["PaymentId"]}
    assert call(bench, "GetState", **payment)["Status"] == "AUTHORIZED"
    assert call(bench, "Cancel", **payment)["Status"] == "REVERSED"
    assert [json.loads(one.body)["Status"] for one in bench.house.settled()] == ["AUTHORIZED", "REVERSED"]
    assert bench.house.journal("captured") == []


def test_a_refund_without_an_amount_or_a_key_gives_all_back(bench: Bench) -> None:
    bench.paid(intent_new())
    payment = bench.live()[0]
    done = call(bench, "Cancel", PaymentId=payment.id)
    assert (done["Status"], done["OriginalAmount"], done["NewAmount"]) == ("REFUNDED", payment.amount_minor, 0)
    assert call(bench, "Cancel", PaymentId=payment.id, Amount=1)["ErrorCode"] == "51"
    told = [json.loads(one.body) for one in bench.house.settled()]
    assert told[-1]["Status"] == "REFUNDED"


def test_what_is_over_cannot_be_acted_on(bench: Bench) -> None:
    made = call(bench, "Init", **order())
    payment = {"PaymentId": made["PaymentId"]}
    assert call(bench, "SbpPayTest", **payment)["ErrorCode"] == "8"
    assert call(bench, "GetQr", **payment, DataType="IMAGE")["ErrorCode"] == "251"
    assert call(bench, "Charge", **payment, RebillId="1")["ErrorCode"] == "308"
    call(bench, "Cancel", **payment)
    for method in ("GetQr", "Cancel", "SbpPayTest"):
        assert call(bench, method, **payment)["ErrorCode"] == "8"
    assert call(bench, "GetState", PaymentId="1")["ErrorCode"] == "255"
    assert bench.house.journal("captured") == []


def test_a_saved_card_pays_only_what_is_new(bench: Bench) -> None:
    first = intent_new(save=True)
    card = next(one.card for one in bench.news(bench.paid(first), first) if one.card)
    rebill = card.token.partition(".")[0]
    kept = bench.live()[0].id
    assert call(bench, "Charge", PaymentId=kept, RebillId=rebill)["ErrorCode"] == "8"
    assert len(bench.house.journal("captured")) == 1


@pytest.mark.parametrize(
    ("how", "status"),
    [({}, "CONFIRMED"), ({"IsRejected": True}, "REJECTED"), ({"IsDeadlineExpired": True}, "DEADLINE_EXPIRED")],
)
def test_a_terminal_for_tests_has_a_payer(bench: Bench, how: dict[str, object], status: str) -> None:
    made = call(bench, "Init", **order())
    payment = {"PaymentId": made["PaymentId"]}
    assert call(bench, "GetQr", **payment)["Data"].startswith("https://qr.nspk.ru/AD")
    assert call(bench, "SbpPayTest", **payment, **how)["Success"] is True
    assert call(bench, "GetState", **payment)["Status"] == status


def test_who_confirms_names_a_charge_that_his_bank_refused_and_its_amount(bench: Bench) -> None:
    first = call(bench, "Init", **order())
    data = {"failMapiSessionId": first["PaymentId"], "recurringType": "12"}
    assert call(bench, "Init", **order(DATA=data))["Message"] == "nothing to confirm"
    till = bench.house.payer.twin.till
    bench.house.running.call(lambda: till.move(first["PaymentId"], "declined", code="104", tries="3"))
    assert call(bench, "Init", **order(Amount=1_00_00, DATA=data))["Message"] == "another amount than was refused"
    assert call(bench, "Init", **order(DATA=data))["Success"] is True
    assert len(bench.house.journal("created")) == 2
