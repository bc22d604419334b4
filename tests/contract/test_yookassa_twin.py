"""The twin of YooKassa: as strict as the system, and the official SDK is at home there."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from factories.payers import YOOKASSA_SECRET, Bench, intent_new, receipt_of
from uuid_utils.compat import uuid7
from yookassa import Configuration
from yookassa import Payment as SdkPayment
from yookassa import Refund as SdkRefund
from yookassa.domain.notification import WebhookNotificationFactory

from okno.cabinet.payments.providers.port import Started, Symbol
from okno.cabinet.payments.providers.yookassa import messages
from okno.cabinet.payments.providers.yookassa.signature import basic
from okno.protocol.money.amount import Money

PART = Money(100_00, "RUB")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("yookassa", tmp_path)
    yield made
    made.stop()


def test_the_sdk_pays_and_refunds_at_the_twin_and_reads_its_notices(bench: Bench) -> None:
    Configuration.configure("54401", YOOKASSA_SECRET)
    Configuration.api_url = f"{bench.house.url}/v3"
    intent = intent_new()
    made = SdkPayment.create(messages.page_body(intent, ""), str(intent.attempt))
    bench.house.press(made.confirmation.confirmation_url, "pay")
    assert [one.state for one in bench.news(bench.house.settled(), intent)] == ["paid"]
    known = SdkPayment.find_one(made.id)
    assert (known.status, known.amount.value, known.payment_method.card.last4) == (
        "succeeded",
        Decimal("1234.56"),
        "4444",
    )
    refund = SdkRefund.create({"payment_id": made.id, "amount": messages.amount(PART)}, str(uuid7()))
    assert refund.status == "succeeded"
    told = [WebhookNotificationFactory().create(json.loads(one.body)) for one in bench.house.settled()]
    assert sorted(one.event for one in told) == ["payment.succeeded", "refund.succeeded"]
    assert {one.object.id for one in told} == {made.id, refund.id}


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"amount": {"value": "0.00", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "-1.00", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "1.0", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "1.00", "currency": "DOGE"}}, "amount.currency"),
        ({"description": "x" * 129}, "description"),
        ({"confirmation": None}, "confirmation"),
        ({"confirmation": {"type": "redirect"}}, "confirmation.return_url"),
        ({"confirmation": {"type": "qr"}}, "confirmation.type"),
        ({"payment_method_data": {"type": "carrier_pigeon"}}, "payment_method_data.type"),
        ({"more": 1}, "body"),
    ],
)
def test_the_twin_is_as_strict_as_the_system(bench: Bench, changes: dict[str, Any], parameter: str) -> None:
    body = {**messages.page_body(intent_new(), ""), **changes}
    status, answer = call(bench, "POST", "/v3/payments", body)
    assert (status, answer["code"], answer["parameter"]) == (400, "invalid_request", parameter)
    assert bench.house.journal() == []


def call(bench: Bench, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, Any]]:
    given = {"Authorization": basic("54401", YOOKASSA_SECRET), "Idempotence-Key": "k", **headers}
    content = None if body is None else json.dumps(body)
    answer = bench.house.http.request(method, bench.house.url + path, body=content, headers=given)
    return answer.status, json.loads(answer.data)


def test_the_twin_knows_its_shop_and_its_keys(bench: Bench) -> None:
    body = messages.page_body(intent_new(), "")
    for shown in ("", "Basic !", basic("54401", "other"), basic("1", YOOKASSA_SECRET), "Bearer x"):
        assert call(bench, "POST", "/v3/payments", body, Authorization=shown)[0] == 401
    for key in ("", "k" * 65):
        status, answer = call(bench, "POST", "/v3/payments", body, **{"Idempotence-Key": key})
        assert (status, answer["parameter"]) == (400, "Idempotence-Key")
    assert bench.house.journal() == []
    assert call(bench, "POST", "/v3/payments", body)[0] == 200
    status, answer = call(bench, "POST", "/v3/payments", {**body, "description": "other"})
    assert (status, answer["parameter"]) == (400, "Idempotence-Key")
    assert len(bench.house.journal("created")) == 1


def test_the_twin_holds_money_until_it_is_captured(bench: Bench) -> None:
    held = [call(bench, "POST", "/v3/payments", _held(), **{"Idempotence-Key": f"k-{n}"})[1] for n in range(2)]
    for payment in held:
        bench.house.press(payment["confirmation"]["confirmation_url"], "pay")
    first, second = (payment["id"] for payment in held)
    assert asked(bench, first) == "authorized"
    assert call(bench, "POST", f"/v3/payments/{first}/capture")[1]["status"] == "succeeded"
    assert call(bench, "POST", f"/v3/payments/{second}/cancel")[1]["status"] == "canceled"
    assert (asked(bench, first), asked(bench, second)) == ("paid", "cancelled")
    assert call(bench, "POST", f"/v3/payments/{first}/cancel")[0] == 400
    assert call(bench, "POST", "/v3/payments/unknown/cancel")[0] == 404
    events = sorted(json.loads(one.body)["event"] for one in bench.house.settled())
    assert events == ["payment.canceled", "payment.succeeded", *["payment.waiting_for_capture"] * 2]


def _held() -> dict[str, Any]:
    return {**messages.page_body(intent_new(), ""), "capture": False}


def asked(bench: Bench, provider_id: str) -> str:
    news = bench.asked(intent_new(), provider_id)
    assert news is not None
    return news.state


def test_the_twin_refuses_a_refund_in_other_money_and_a_receipt_for_nobody(bench: Bench) -> None:
    bench.paid(intent_new())
    payment = bench.live()[0].id
    refund = {"payment_id": payment, "amount": {"value": "1.00", "currency": "USD"}}
    assert call(bench, "POST", "/v3/refunds", refund)[1]["parameter"] == "amount.currency"
    receipt = messages.receipt_body(receipt_of(PART), PART)
    for wrong in ({"customer": {}}, {"items": []}, {"items": receipt["items"] * 2}):
        body = {"payment_id": payment, "amount": messages.amount(PART), "receipt": {**receipt, **wrong}}
        assert call(bench, "POST", "/v3/refunds", body)[0] == 400
    assert bench.house.journal("refunded") == []


def test_the_twin_lists_page_by_page(bench: Bench) -> None:
    intents = [intent_new() for _ in range(3)]
    for intent in intents:
        bench.started(intent)
    status, page = call(bench, "GET", "/v3/payments?limit=2")
    assert (status, len(page["items"]), page["next_cursor"]) == (200, 2, "2")
    assert page["items"][0]["metadata"]["number"] == str(intents[2].number)
    assert len(call(bench, "GET", "/v3/payments?limit=2&cursor=2")[1]["items"]) == 1
    assert call(bench, "GET", "/v3/refunds/unknown")[0] == 404


def test_who_came_by_a_code_and_has_nowhere_to_go_back_to_stays(bench: Bench) -> None:
    body = {**messages.code_body(intent_new()), "confirmation": {"type": "qr"}}
    link = call(bench, "POST", "/v3/payments", body)[1]["confirmation"]["confirmation_data"]
    page = bench.page(Started(go=Symbol(link)))
    assert b'value="leave"' not in bench.house.http.request("GET", page).data
    assert bench.house.press(page, "pay") == page
    assert b"<form" not in bench.house.http.request("GET", page).data
    assert len(bench.house.journal("captured")) == 1
