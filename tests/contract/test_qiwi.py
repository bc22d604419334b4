"""QIWI beyond the common contract: the official vector, amounts in any spelling, answers of a dead service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factories.payers import QIWI_SECRET, Bench, intent_new, receipt_of, wire
from factories.payers_running import Arrived
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from okno.cabinet.payments.providers.port import NoticeRefused, ProviderAway, ProviderRefusal, Redirect
from okno.cabinet.payments.providers.qiwi import messages
from okno.cabinet.payments.providers.qiwi import provider as qiwi
from okno.cabinet.payments.providers.qiwi.signature import genuine, sign
from okno.protocol.money.amount import Money
from okno.sandbox.payers.qiwi.seal import seal

KEY, VECTOR = (
    "test-merchant-secret-for-signature-check",
    "07e0ebb10916d97760c196034105d010607a6c6b7d72bfa1c3451448ac484a3b",
)
WRONG = {
    "1": "1536ed36e8e5fb82dc5ee3ca360afc307ddb151c65fe6a63becf201e5cc97b12",
    " | ": "0efc295dd5e6fb32f05d6b65e930df69c3175590058a201af059a9cc8fed0e11",
}
BILL: dict[str, Any] = {
    "siteId": "test",
    "billId": "test_bill",
    "amount": {"value": "1.00", "currency": "RUB"},
    "status": {"value": "PAID", "changedDateTime": "2021-01-18T15:25:18+03:00"},
}
SIGNED = {"currency": "RUB", "value": "1.00", "bill": "test_bill", "site": "test", "status": "PAID"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("qiwi", tmp_path)
    yield made
    made.stop()


def adapter(url: str = "http://127.0.0.1:1", **changes: Any) -> Any:  # noqa: ANN401 - a provider
    return qiwi.provider(qiwi.Settings(**{"secrets": (KEY,), "kassa": True, **changes}), wire(url))


def read(bench: Bench, body: bytes, shown: str = VECTOR, method: str = "POST") -> Any:  # noqa: ANN401 - a notice
    arrived = Arrived(method, "/", {"x-api-signature-sha256": shown}, "", body)
    return adapter().notices.read(bench.received(arrived))


def notice(**changes: Any) -> bytes:  # noqa: ANN401 - fields of a bill
    return json.dumps({"bill": {**BILL, **changes}, "version": "1"}).encode()


# Vectors.


def test_the_official_vector_is_ours_and_the_twins() -> None:
    assert sign(**SIGNED, secret=KEY) == seal(BILL, KEY) == VECTOR
    assert sign(**{**SIGNED, "value": "1"}, secret=KEY) == WRONG["1"]
    assert not genuine(WRONG[" | "], (VECTOR,))


@pytest.mark.parametrize("value", ["1.00", "1", "1.0", 1, 1.0])
def test_an_amount_is_signed_with_two_decimals_whatever_way_it_came(bench: Bench, value: object) -> None:
    told = read(bench, notice(amount={"value": value, "currency": "RUB"}))
    assert (told.event, told.key, told.proven) == ("PAID", "test_bill:PAID", False)
    assert (told.reply.body, told.payment.attempt) == (b'{"error":"0"}', None)


@pytest.mark.parametrize("wrong", list(WRONG.values()))
def test_a_signature_of_the_wrong_formula_is_refused(bench: Bench, wrong: str) -> None:
    with pytest.raises(NoticeRefused):
        read(bench, notice(), wrong)


# What is refused.

TEXTS = st.text(max_size=12)


@given(name=st.sampled_from(sorted(SIGNED)), value=TEXTS, secret=st.text(min_size=1, max_size=12))
def test_what_is_signed_cannot_be_changed(name: str, value: str, secret: str) -> None:
    changed = {**SIGNED, name: value}
    assert (sign(**changed, secret=KEY) == VECTOR) == (value == SIGNED[name])
    assert (sign(**SIGNED, secret=secret) == VECTOR) == (secret == KEY)


@given(place=st.integers(0, 63), digit=st.sampled_from("0123456789abcdef"))
def test_no_byte_of_a_signature_may_differ(place: int, digit: str) -> None:
    turned = VECTOR[:place] + digit + VECTOR[place + 1 :]
    assert genuine(turned.upper(), ("0" * 64, VECTOR)) == (turned == VECTOR)


@given(minor=st.integers(1, 10**9))
def test_both_sides_sign_alike_to_the_kopeck(minor: int) -> None:
    value = Money(minor, "RUB").decimal
    bill = {**BILL, "amount": {"value": value, "currency": "RUB"}}
    assert seal(bill, KEY) == sign(**{**SIGNED, "value": value}, secret=KEY)


def test_what_is_not_signed_has_no_effect(bench: Bench) -> None:
    changed = notice(comment="other", status={**BILL["status"], "changedDateTime": "never"}, customer={"phone": "1"})
    assert read(bench, changed) == read(bench, notice())


@pytest.mark.parametrize("value", ["1.001", "-1.00", "-0", "NaN", "Infinity", "1e999999", "much"])
def test_an_amount_that_makes_no_sense_is_refused(bench: Bench, value: str) -> None:
    with pytest.raises(NoticeRefused) as refusal:
        read(bench, notice(amount={"value": value, "currency": "RUB"}))
    assert refusal.value.status == 400


def test_a_notice_is_posted(bench: Bench) -> None:
    with pytest.raises(NoticeRefused):
        read(bench, notice(), method="GET")


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_settings_that_protect_nothing_are_refused(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="secrets"):
        adapter(secrets=secrets)


# Calls.


def test_it_is_legacy_and_bills_between_persons_are_not_refunded(bench: Bench) -> None:
    plain = adapter(kassa=False)
    assert (plain.legacy, plain.refunds, plain.partial) == (True, None, False)
    refunds = bench.provider.refunds
    assert refunds is not None
    amount = Money(1_00, "RUB")
    with pytest.raises(ProviderRefusal, match="receipt_unsupported"):
        refunds.refund(uuid7(), provider_id="1", amount=amount, receipt=receipt_of(amount))


def test_the_way_back_stands_in_the_address(bench: Bench) -> None:
    go = bench.provider.start.start(intent_new()).go
    assert isinstance(go, Redirect)
    assert "?x=1&successUrl=http" in go.url


def answering(bench: Bench, status: int, content: bytes) -> Any:  # noqa: ANN401 - a provider
    bench.house.answers = lambda _: (status, content)
    return adapter(f"http://127.0.0.1:{bench.house.shop_port}")


@pytest.mark.parametrize(
    ("status", "content", "error", "code"),
    [
        (401, b'{"errorCode":"auth.unauthorized"}', ProviderRefusal, "auth.unauthorized"),
        (403, b"nonsense", ProviderRefusal, "status-403"),
        (429, b"", ProviderAway, "status-429"),
        (500, b"", ProviderAway, "status-500"),
        (200, b"nonsense", ProviderAway, "answer-unreadable"),
        (200, json.dumps({**BILL, "amount": {"value": "0.001", "currency": "RUB"}}).encode(), ProviderAway, "answer"),
        (200, json.dumps({**BILL, "status": {"value": "PAID"}}).encode(), ProviderAway, "answer"),
    ],
)
def test_an_answer_that_is_none(bench: Bench, status: int, content: bytes, error: type[Exception], code: str) -> None:
    with pytest.raises(error, match=code):
        answering(bench, status, content).asking.ask(provider_id="1", attempt=uuid7(), number=1)


def test_a_bill_without_a_page_was_not_begun(bench: Bench) -> None:
    with pytest.raises(ProviderAway):
        answering(bench, 200, json.dumps(BILL).encode()).start.start(intent_new())


def test_a_refund_nobody_documented_and_one_that_cannot_be_read(bench: Bench) -> None:
    refund: dict[str, Any] = {"refundId": "1", "status": "SOON", "amount": {"value": 1, "currency": "RUB"}}
    told = answering(bench, 200, json.dumps(refund).encode()).refunds
    found = told.ask_refund(uuid7(), refund_id="1", provider_id="2")
    assert (found.state, found.reason, found.refund) == ("unknown", "SOON", None)
    refund["amount"]["value"] = "0.001"
    told = answering(bench, 200, json.dumps(refund).encode()).refunds
    with pytest.raises(ProviderAway):
        told.ask_refund(uuid7(), refund_id="1", provider_id="2")
    assert messages.attempt("test_bill") is None


# The twin.


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "b1", {"amount": {"value": "0.00", "currency": "RUB"}}, 400),
        ("PUT", "b1", {"amount": {"value": 1, "currency": "RUB"}}, 400),
        ("PUT", "b1", {"amount": {"value": "1.00", "currency": "RUB"}}, 400),
        ("PUT", "b1/refunds/r1", {"amount": {"value": "1.00"}}, 404),
        ("GET", "b1/refunds/r1", None, 404),
    ],
)
def test_the_twin_refuses_what_makes_no_sense(bench: Bench, method: str, path: str, body: object, status: int) -> None:
    url = f"{bench.house.url}/partner/bill/v1/bills/{path}"
    content = None if body is None else json.dumps(body)
    for token, expected in ((QIWI_SECRET, status), ("wrong", 401)):
        headers = {"Authorization": f"Bearer {token}"}
        assert bench.house.http.request(method, url, body=content, headers=headers).status == expected
    assert bench.house.http.request("GET", f"{bench.house.url}/form/b1").status == 400
    assert bench.house.journal() == []


def test_the_twin_knows_a_bill_by_its_number_and_body(bench: Bench) -> None:
    intent = intent_new()
    bench.paid(intent)
    url = f"{bench.house.url}/partner/bill/v1/bills/{intent.attempt}"
    headers = {"Authorization": f"Bearer {QIWI_SECRET}"}
    body = json.dumps(messages.bill_body(intent_new()))
    assert bench.house.http.request("PUT", url, body=body, headers=headers).status == 409
    assert bench.house.http.request("PUT", f"{url}/refunds/r", body=b"[]", headers=headers).status == 400
    assert len(bench.house.journal("created")) == 1
