"""YooKassa beyond the common contract. The official SDK is a third opinion on what both sides write."""

import json
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from factories.payers import YOOKASSA_SECRET, Bench, intent_new, receipt_of, wire
from uuid_utils.compat import uuid7
from yookassa.domain.common import SecurityHelper
from yookassa.domain.request import PaymentRequest, RefundRequest

from okno.cabinet.payments.providers.port import (
    Ignored,
    NoticeRefused,
    ProviderAway,
    ProviderRefusal,
    Received,
    RefundTold,
    Symbol,
    Told,
)
from okno.cabinet.payments.providers.yookassa import messages
from okno.cabinet.payments.providers.yookassa import provider as yookassa
from okno.cabinet.payments.providers.yookassa.signature import NETWORKS, comes_from
from okno.protocol.money.amount import Money

PART = Money(100_00, "RUB")
PAYMENT: dict[str, Any] = {
    "id": "22d6d597-000f-5000-9000-145f6df21d6f",
    "status": "succeeded",
    "amount": {"value": "2.00", "currency": "RUB"},
    "income_amount": {"value": "1.97", "currency": "RUB"},
    "refunded_amount": {"value": "0.00", "currency": "RUB"},
    "captured_at": "2026-07-10T14:27:54.691Z",
    "metadata": {"attempt": "019a0000-0000-7000-8000-0000000000c1", "number": "72"},
    "payment_method": {"type": "sbp", "id": "22d6d597", "saved": False, "sbp_operation_id": "1027088AE4CB48CB"},
    "test": False,
    "more": {"that": "nobody knows"},
}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("yookassa", tmp_path)
    yield made
    made.stop()


def settings(**changes: Any) -> yookassa.Settings:  # noqa: ANN401 - fields of it
    return yookassa.Settings(**{"shop_id": "54401", "secret_key": YOOKASSA_SECRET, **changes})


def answering(bench: Bench, status: int, content: object) -> Any:  # noqa: ANN401 - a provider
    """The provider before a system that answers everything with the same."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    bench.house.answers = lambda _: (status, body)
    return yookassa.provider(settings(), wire(f"http://127.0.0.1:{bench.house.shop_port}"))


def read(content: object, **changes: Any) -> Any:  # noqa: ANN401 - a notice
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    given = {"method": "POST", "headers": {}, "peer": "77.75.156.11", "query": "", "body": body, **changes}
    return yookassa.provider(settings(), wire("http://127.0.0.1:1")).notices.read(Received(**given))


# What the official SDK thinks.


@pytest.mark.parametrize("receipt", [None, receipt_of(Money(1_234_56, "RUB"))])
def test_the_sdk_writes_the_same_bodies(receipt: Any) -> None:  # noqa: ANN401 - a receipt or none
    intent = intent_new(save=True, receipt=receipt)
    refund = messages.refund_body(uuid7(), provider_id="2" * 36, money=PART, receipt=receipt and receipt_of(PART))
    for ours, kind in (
        (messages.page_body(intent, "sberbank"), PaymentRequest),
        (messages.code_body(intent), PaymentRequest),
        (messages.charge_body(intent, "22d6d597-000f-5000-9000-145f6df21d6f"), PaymentRequest),
        (refund, RefundRequest),
    ):
        theirs = json.loads(json.dumps(dict(kind(ours)), default=str))
        assert _plain({name: value for name, value in theirs.items() if value != []}) == _plain(ours)


def _plain(node: Any) -> Any:  # noqa: ANN401 - JSON
    """The SDK makes a number of a quantity."""
    if isinstance(node, dict):
        return {name: float(value) if name == "quantity" else _plain(value) for name, value in node.items()}
    return [_plain(one) for one in node] if isinstance(node, list) else node


@pytest.mark.parametrize(
    "peer", ["77.75.153.1", "77.75.156.35", "77.75.156.36", "2a02:5180:0:2655::1", "2a02:5180:0:2656::1", "8.8.8.8"]
)
def test_the_sdk_trusts_the_same_addresses(peer: str) -> None:
    assert comes_from(peer, NETWORKS) == SecurityHelper().is_ip_trusted(peer)
    assert {ip_network(one) for one in NETWORKS} == {ip_network(one) for one in SecurityHelper.YOOKASSA_NETWORKS}


# Notices.


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [("185.71.76.5", True), ("::ffff:185.71.76.5", True), ("185.71.78.5", False), ("", False), ("unix:", False)],
)
def test_a_notice_is_taken_from_known_addresses_only(peer: str, trusted: bool) -> None:  # noqa: FBT001
    content = {"type": "notification", "event": "payment.succeeded", "object": PAYMENT}
    if trusted:
        assert isinstance(read(content, peer=peer), Told)
    else:
        with pytest.raises(NoticeRefused) as refusal:
            read(content, peer=peer)
        assert (refusal.value.reason, refusal.value.status) == ("peer", 401)


def test_a_notice_says_whom_to_ask_about_and_no_more() -> None:
    told = read({"type": "notification", "event": "payment.succeeded", "object": PAYMENT})
    assert (told.proven, told.payment.state, told.payment.amount) == (False, "pending", None)
    assert told.payment.provider_id == PAYMENT["id"]
    refund = read({"type": "notification", "event": "refund.succeeded", "object": {**PAYMENT, "payment_id": "p-1"}})
    assert isinstance(refund, RefundTold)
    assert (refund.proven, refund.refund.state, refund.refund.payment) == (False, "pending", "p-1")
    other = read({"type": "notification", "event": "payout.succeeded", "object": PAYMENT})
    assert isinstance(other, Ignored)


@pytest.mark.parametrize(
    "content",
    [
        {"type": "other", "event": "payment.succeeded", "object": PAYMENT},
        {"type": "notification", "event": "payment.succeeded", "object": {**PAYMENT, "id": "../refunds"}},
        {"type": "notification", "event": "payment.succeeded", "object": {**PAYMENT, "id": ""}},
        {"type": "notification", "event": "payment.succeeded", "object": []},
        {"type": "notification", "event": "payment.succeeded"},
        b"\xff",
    ],
)
def test_a_notice_of_another_shape_is_refused(content: object) -> None:
    with pytest.raises(NoticeRefused) as refusal:
        read(content)
    assert (refusal.value.reason, refusal.value.status) == ("shape", 400)


# States.


@pytest.mark.parametrize(
    ("status", "reason", "state"),
    [
        ("pending", None, "pending"),
        ("waiting_for_capture", None, "authorized"),
        ("succeeded", None, "paid"),
        ("canceled", "expired_on_confirmation", "expired"),
        ("canceled", "expired_on_capture", "expired"),
        ("canceled", "canceled_by_merchant", "cancelled"),
        ("canceled", "insufficient_funds", "failed"),
        ("canceled", "3d_secure_failed", "failed"),
        ("canceled", "a_reason_of_tomorrow", "failed"),
        ("canceled", None, "failed"),
        ("under_review", None, "unknown"),
    ],
)
def test_each_status_has_its_state(bench: Bench, status: str, reason: str | None, state: str) -> None:
    details = {"cancellation_details": {"party": "yoo_money", "reason": reason}} if reason else {}
    news = asks(answering(bench, 200, {**PAYMENT, "status": status, **details}))
    assert (news.state, news.amount, news.fee) == (state, Money(2_00, "RUB"), Money(3, "RUB"))
    assert (news.attempt, news.number) == (UUID(PAYMENT["metadata"]["attempt"]), 72)
    assert (news.method, news.trace) == ("sbp", "1027088AE4CB48CB")
    assert news.reason == (reason or ("under_review" if state == "unknown" else ""))


def asks(provider: Any, provider_id: str | None = "p-1") -> Any:  # noqa: ANN401 - a provider, a snapshot
    return provider.asking.ask(provider_id=provider_id, attempt=uuid7(), number=1)


@pytest.mark.parametrize(("status", "state"), [("canceled", "failed"), ("pending", "pending"), ("odd", "unknown")])
def test_each_status_of_a_refund_has_its_state(bench: Bench, status: str, state: str) -> None:
    refund = {"id": "r-1", "status": status, "payment_id": "p-1", "amount": {"value": "2.00", "currency": "RUB"}}
    details = {"cancellation_details": {"party": "refund_network", "reason": "rejected_by_payee"}}
    provider = answering(bench, 200, {**refund, **(details if status == "canceled" else {})})
    told = provider.refunds.ask_refund(uuid7(), refund_id="r-1", provider_id="p-1")
    assert (told.state, told.refund, told.payment) == (state, None, "p-1")
    assert told.reason == {"canceled": "rejected_by_payee", "odd": "odd"}.get(status, "")


@pytest.mark.parametrize(
    "method",
    [
        {"type": "sberbank", "id": "t-1", "saved": True},
        {"type": "bank_card", "id": "t-1", "saved": True, "card": {"last4": "0004"}},
    ],
)
def test_a_saved_method_has_a_name_even_if_little_is_known_of_it(bench: Bench, method: dict[str, Any]) -> None:
    card = asks(answering(bench, 200, {**PAYMENT, "payment_method": method, "metadata": {}})).card
    assert (card.token, card.title, card.expires) == ("t-1", "sberbank" if "card" not in method else "•• 0004", None)


# Faults.


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": {"value": "2.001", "currency": "RUB"}},
        {"amount": {"value": "2.00", "currency": "XXQ"}},
        {"amount": {"value": 2, "currency": "RUB"}},
        {"captured_at": "yesterday"},
        {"captured_at": "2026-07-10T14:27:54"},
        {"id": None},
    ],
)
def test_an_answer_that_cannot_be_read_is_no_answer(bench: Bench, changes: dict[str, Any]) -> None:
    with pytest.raises(ProviderAway):
        asks(answering(bench, 200, {**PAYMENT, **changes}))


def test_a_refund_that_cannot_be_read_is_no_answer(bench: Bench) -> None:
    refund = {"id": "r-1", "status": "succeeded", "payment_id": "p-1", "amount": {"value": "x", "currency": "RUB"}}
    with pytest.raises(ProviderAway):
        answering(bench, 200, refund).refunds.refund(uuid7(), provider_id="p-1", amount=PART, receipt=None)


@pytest.mark.parametrize(("status", "away"), [(202, True), (429, True), (500, True), (302, True), (400, False)])
def test_later_and_never_are_told_apart(bench: Bench, status: int, away: bool) -> None:  # noqa: FBT001
    fault = {"code": "invalid_request", "description": "no", "parameter": "amount"}
    with pytest.raises(ProviderAway if away else ProviderRefusal) as caught:
        answering(bench, status, fault).start.start(intent_new())
    assert str(caught.value) == (f"status-{status}" if away else "invalid_request: no amount")


def test_a_refusal_without_words_has_a_code(bench: Bench) -> None:
    with pytest.raises(ProviderRefusal) as refusal:
        answering(bench, 403, b"<html>").start.start(intent_new())
    assert refusal.value.code == "status-403"


def test_a_payment_without_a_page_is_no_start(bench: Bench) -> None:
    provider = answering(bench, 200, PAYMENT)
    for start in (provider.start, provider.codes):
        with pytest.raises(ProviderAway):
            start.start(intent_new())


def test_a_list_without_end_is_no_list(bench: Bench) -> None:
    provider = answering(bench, 200, {"type": "list", "items": [], "next_cursor": "again"})
    with pytest.raises(ProviderAway, match="list-too-long"):
        provider.refunds.ask_refund(uuid7(), refund_id=None, provider_id="p-1")


def test_a_wrong_secret_is_a_refusal_and_not_shown(bench: Bench) -> None:
    provider = yookassa.provider(settings(secret_key="live_other"), wire(f"{bench.house.url}/v3"))
    with pytest.raises(ProviderRefusal) as refusal:
        provider.start.start(intent_new())
    assert refusal.value.code == "invalid_credentials"
    assert "live_other" not in repr(settings(secret_key="live_other")) + repr(refusal.value)
    assert bench.house.journal() == []


# Ways of paying.


def test_a_link_of_the_faster_payment_system_is_paid(bench: Bench) -> None:
    intent = intent_new()
    codes = bench.provider.codes
    assert codes is not None
    started = codes.start(intent)
    assert started == codes.start(intent)
    assert isinstance(started.go, Symbol)
    assert started.go.payload.startswith("https://qr.nspk.ru/AD")
    assert "&sum=123456&cur=RUB&crc=" in started.go.payload
    bench.house.press(bench.page(started), "pay")
    (news,) = bench.news(bench.house.settled(), intent)
    assert (news.state, news.method, news.amount) == ("paid", "sbp", intent.amount)
    assert bench.house.http.request("GET", f"{bench.house.url}/AD{'0' * 30}").status == 404


def test_one_way_of_paying_is_asked_for(bench: Bench) -> None:
    straight = yookassa.provider(settings(method="sberbank"), wire(f"{bench.house.url}/v3"))
    intent = intent_new(locale="en")
    page = bench.page(straight.start.start(intent))
    assert "Pay</span>" in bench.house.http.request("GET", page).data.decode()
    bench.house.press(page, "pay")
    (news,) = bench.news(bench.house.settled(), intent)
    assert (news.state, news.method) == ("paid", "sberbank")


def test_a_refund_may_take_its_time_or_fail(bench: Bench) -> None:
    bench.paid(intent_new())
    payment, refunds = bench.live()[0].id, bench.provider.refunds
    assert refunds is not None
    bench.house.trouble(refuse=1, times=1)
    refused = refunds.refund(uuid7(), provider_id=payment, amount=PART, receipt=None)
    assert (refused.state, refused.reason) == ("failed", "general_decline")
    bench.house.trouble(slow_refund=1, slow_ms=50)
    slow = uuid7()
    assert refunds.refund(slow, provider_id=payment, amount=PART, receipt=None).state == "pending"
    bench.house.close()
    bench.house.open()  # what was under way when it was killed comes to its end
    while not bench.house.journal("refunded"):
        bench.house.settled()
    reborn = bench.system.adapter(bench.house).refunds
    assert reborn is not None
    told = reborn.ask_refund(slow, refund_id=None, provider_id=payment)
    assert told is not None
    assert (told.state, told.amount) == ("done", PART)


def test_a_secret_for_tests_makes_payments_that_are_tests(bench: Bench) -> None:
    bench.house.payer.twin.secret_key = b"test_1"
    provider = yookassa.provider(settings(secret_key="test_1"), wire(f"{bench.house.url}/v3"))
    news = asks(provider, provider.start.start(intent_new()).provider_id)
    assert (news.state, news.test) == ("pending", True)
