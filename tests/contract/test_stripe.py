"""Stripe beyond the common contract: the vector, the official SDK as a third opinion, hours, other answers."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from factories.payers import STRIPE_KEY, STRIPE_SECRET, Bench, intent_new, receipt_of, wire
from factories.payers_running import Arrived
from hypothesis import given
from hypothesis import strategies as st
from stripe import StripeClient, Webhook, WebhookSignature
from uuid_utils.compat import uuid7

from okno.cabinet.payments.providers.port import (
    Ignored,
    NoticeRefused,
    ProviderAway,
    ProviderRefusal,
    RefundTold,
    Told,
)
from okno.cabinet.payments.providers.stripe import messages
from okno.cabinet.payments.providers.stripe import provider as stripe
from okno.cabinet.payments.providers.stripe.signature import genuine, sign
from okno.protocol.money.amount import Money
from okno.sandbox.payers.stripe.seal import seal

SECRET, HOUR, BODY = "whsec_portal_test", 1_700_000_000, b'{"id":"evt_test","object":"event"}'
VECTOR = "fcb74c2f413dc3e6e6baf750f5cd0cbdb2f1c9be79d44ee0a4fba953df0bb1e4"
NOW = datetime.fromtimestamp(HOUR, UTC)
HEADER = f"t={HOUR},v1={VECTOR}"
EURO = Money(12_34, "EUR")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("stripe", tmp_path)
    yield made
    made.stop()


def adapter(url: str = "http://127.0.0.1:1", **changes: Any) -> Any:  # noqa: ANN401 - a provider
    given = {"api_key": STRIPE_KEY, "webhook_secrets": (SECRET,), "limits": {"EUR": (50, 10_000)}, **changes}
    return stripe.provider(stripe.Settings(**given), wire(url), lambda: NOW)


def read(bench: Bench, body: bytes, header: str | None = None, method: str = "POST") -> Any:  # noqa: ANN401 - a notice
    shown = seal(body, SECRET, HOUR) if header is None else header
    arrived = Arrived(method, "/", {"stripe-signature": shown}, "", body)
    return adapter().notices.read(bench.received(arrived))


# The vector and the SDK.


def test_the_vector_is_ours_the_twins_and_the_sdks() -> None:
    assert sign(str(HOUR), BODY, SECRET) == VECTOR
    assert seal(BODY, SECRET, HOUR) == HEADER
    assert WebhookSignature.generate_signature_header(BODY.decode(), SECRET, HOUR) == HEADER
    assert genuine(HEADER, BODY, ("whsec_older", SECRET), NOW)


@given(body=st.text(max_size=40), secret=st.text("abcXYZ019_", min_size=1, max_size=20))
def test_what_the_sdk_signs_is_true(body: str, secret: str) -> None:
    header = WebhookSignature.generate_signature_header(body, secret, HOUR)
    assert genuine(header, body.encode(), (secret,), NOW)
    assert seal(body.encode(), secret, HOUR) == header


def test_the_sdk_pays_and_refunds_at_the_twin_and_reads_its_notices(bench: Bench) -> None:
    client = StripeClient(STRIPE_KEY, base_addresses={"api": bench.house.url}, max_network_retries=0)
    intent = intent_new(amount=EURO)
    made = client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "client_reference_id": str(intent.attempt),
            "success_url": intent.return_url,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {"currency": "eur", "unit_amount": 12_34, "product_data": {"name": "Heat"}},
                }
            ],
        },
        {"idempotency_key": str(intent.attempt)},
    )
    assert made.url is not None
    bench.house.press(made.url, "pay")
    assert [(one.state, one.amount) for one in bench.news(bench.house.settled(), intent)] == [("paid", EURO)]
    known = client.v1.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    assert (known.payment_status, known.amount_total) == ("paid", 12_34)
    refund = client.v1.refunds.create({"payment_intent": known.payment_intent.id, "amount": 100})
    assert refund.status == "succeeded"
    for arrived in bench.house.settled():
        event = Webhook.construct_event(arrived.body, arrived.headers["stripe-signature"], STRIPE_SECRET)
        assert event["data"]["object"]["id"] in {made.id, refund.id}


def test_the_sdk_finds_ours(bench: Bench) -> None:
    client = StripeClient(STRIPE_KEY, base_addresses={"api": bench.house.url}, max_network_retries=0)
    intent = intent_new(amount=EURO)
    bench.paid(intent)
    (session,) = client.v1.checkout.sessions.list({"limit": 5}).data
    assert (session.client_reference_id, session.currency) == (str(intent.attempt), "eur")


# What is refused.


@given(place=st.integers(0, len(BODY) - 1), byte=st.integers(0, 255), secret=st.text(max_size=20))
def test_no_byte_that_is_signed_may_differ(place: int, byte: int, secret: str) -> None:
    turned = BODY[:place] + bytes([byte]) + BODY[place + 1 :]
    assert genuine(HEADER, turned, (SECRET,), NOW) == (turned == BODY)
    assert genuine(HEADER, BODY, (secret,), NOW) == (secret == SECRET)


@given(place=st.integers(0, 63), digit=st.sampled_from("0123456789abcdef"), hour=st.integers(-300, 300))
def test_no_byte_of_a_signature_may_differ_and_no_hour(place: int, digit: str, hour: int) -> None:
    turned = VECTOR[:place] + digit + VECTOR[place + 1 :]
    assert genuine(f"t={HOUR},v1={'0' * 64},v0={VECTOR},v1={turned}", BODY, (SECRET,), NOW) == (turned == VECTOR)
    assert genuine(f"t={HOUR + hour},v1={VECTOR}", BODY, (SECRET,), NOW) == (hour == 0)


@pytest.mark.parametrize(("skew_s", "near"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_an_hour_far_from_ours_is_refused_on_both_sides(skew_s: int, near: bool) -> None:  # noqa: FBT001 - a case
    assert genuine(HEADER, BODY, (SECRET,), NOW + timedelta(seconds=skew_s)) == near


@pytest.mark.parametrize(
    "header", ["", "t", f"v1={VECTOR}", f"t={HOUR}", f"t=+{HOUR},v1={VECTOR}", f"t={HOUR},t={HOUR},v1={VECTOR}"]
)
def test_a_header_of_another_shape_is_refused(header: str) -> None:
    assert not genuine(header, BODY, (SECRET,), NOW)


@pytest.mark.parametrize(("body", "method"), [(b"nonsense", "POST"), (b"\xff", "POST"), (BODY, "POST"), (BODY, "PUT")])
def test_what_is_signed_but_makes_no_sense_is_refused(bench: Bench, body: bytes, method: str) -> None:
    with pytest.raises(NoticeRefused) as refusal:
        read(bench, body, method=method)
    assert refusal.value.status == 400


@pytest.mark.parametrize("wrong", [{"webhook_secrets": ()}, {"webhook_secrets": ("",)}, {"limits": {"ISK": (1, 2)}}])
def test_settings_that_protect_nothing_or_miscount_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"webhook_secrets|limits"):
        adapter(**wrong)


def event(kind: str, **about: object) -> bytes:
    return json.dumps({"id": "evt_1", "type": kind, "data": {"object": {"id": "x_1", **about}}}).encode()


def test_events_of_sessions_and_refunds_lead_to_asking_and_others_to_nothing(bench: Bench) -> None:
    attempt, refund = uuid7(), uuid7()
    told = read(bench, event("checkout.session.completed", object="checkout.session", client_reference_id=str(attempt)))
    assert isinstance(told, Told)
    assert (told.key, told.payment.attempt, told.proven) == ("evt_1", UUID(str(attempt)), False)
    given_back = read(bench, event("refund.updated", object="refund", metadata={"refund": str(refund)}))
    assert isinstance(given_back, RefundTold)
    assert (given_back.refund.refund, given_back.proven) == (UUID(str(refund)), False)
    by_hand = read(bench, event("refund.updated", object="refund"))
    assert (by_hand.refund.refund, by_hand.refund.provider_id) == (None, "x_1")
    assert isinstance(read(bench, event("charge.refunded", object="charge")), Ignored)


# States.

SESSION: dict[str, Any] = {
    "id": "cs_1",
    "payment_status": "unpaid",
    "status": "open",
    "amount_total": 1234,
    "currency": "eur",
}


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({}, "pending", ""),
        ({"status": "complete", "payment_intent": "pi_1"}, "pending", ""),
        ({"status": "expired"}, "expired", ""),
        ({"payment_status": "paid"}, "paid", ""),
        ({"payment_status": "no_payment_required"}, "unknown", "open-no_payment_required"),
        ({"status": None}, "unknown", "None-unpaid"),
        ({"payment_intent": {"id": "pi_1", "status": "canceled"}}, "cancelled", ""),
        ({"payment_intent": {"id": "pi_1", "last_payment_error": {"type": "card_error"}}}, "failed", "general_decline"),
    ],
)
def test_its_states(changes: dict[str, Any], state: str, reason: str) -> None:
    session = messages.decoded(json.dumps({**SESSION, **changes}).encode(), messages.Session)
    news = messages.snapshot(session)
    assert (news.state, news.reason, news.amount) == (state, reason, EURO)


def test_a_fee_in_another_currency_is_left_out() -> None:
    charge: dict[str, Any] = {
        "id": "ch_1",
        "amount": 1234,
        "currency": "eur",
        "created": HOUR,
        "balance_transaction": {"currency": "gbp", "fee": 7},
    }
    paid = {**SESSION, "payment_status": "paid", "payment_intent": {"id": "pi_1", "latest_charge": charge}}
    news = messages.snapshot(messages.decoded(json.dumps(paid).encode(), messages.Session))
    assert (news.fee, news.at, news.method) == (None, NOW, "")
    movement = {"type": "charge", "currency": "gbp", "created": HOUR, "fee": 7, "source": charge}
    listed = messages.movement_snapshot(messages.decoded(json.dumps(movement).encode(), messages.Movement))
    assert (listed.fee, listed.provider_id, listed.attempt, listed.amount) == (None, "ch_1", None, EURO)


# Answers.


def answering(bench: Bench, status: int, content: bytes) -> Any:  # noqa: ANN401 - a provider
    bench.house.answers = lambda _: (status, content)
    return adapter(f"http://127.0.0.1:{bench.house.shop_port}", api_version="2026-10-01")


@pytest.mark.parametrize(
    ("status", "content", "error", "code"),
    [
        (400, b'{"error":{"code":"parameter_missing","type":"x"}}', ProviderRefusal, "parameter_missing"),
        (401, b'{"error":{"type":"auth"}}', ProviderRefusal, "auth"),
        (403, b"nonsense", ProviderRefusal, "status-403"),
        (409, b"", ProviderAway, "status-409"),
        (429, b"", ProviderAway, "status-429"),
        (500, b"", ProviderAway, "status-500"),
        (200, b"nonsense", ProviderAway, "answer-unreadable"),
        (200, json.dumps({**SESSION, "currency": "doge"}).encode(), ProviderAway, "answer-unreadable"),
        (200, json.dumps({**SESSION, "amount_total": None}).encode(), ProviderAway, "answer-unreadable"),
    ],
)
def test_an_answer_that_is_none(bench: Bench, status: int, content: bytes, error: type[Exception], code: str) -> None:
    with pytest.raises(error, match=code):
        answering(bench, status, content).asking.ask(provider_id="cs_1", attempt=uuid7(), number=1)


def test_what_is_not_there_cannot_be_begun_or_listed(bench: Bench) -> None:
    lost = answering(bench, 404, b"{}")
    with pytest.raises(ProviderRefusal, match="status-404"):
        lost.start.start(intent_new(amount=EURO))
    with pytest.raises(ProviderRefusal, match="status-404"):
        lost.registers.register(since=NOW, until=NOW)
    with pytest.raises(ProviderAway, match="answer-unreadable"):
        answering(bench, 200, json.dumps(SESSION).encode()).start.start(intent_new(amount=EURO))
    endless = json.dumps(
        {"data": [{"id": "txn_1", "type": "payout", "currency": "eur", "created": 1}], "has_more": True}
    )
    with pytest.raises(ProviderAway, match="list-too-long"):
        answering(bench, 200, endless.encode()).registers.register(since=NOW, until=NOW)


def test_a_list_is_read_to_its_end(bench: Bench) -> None:
    end = {"data": [], "has_more": True}
    pages = iter([{"data": [{**SESSION, "id": "cs_2"}], "has_more": True}, end, end])
    provider = answering(bench, 200, b"")
    bench.house.answers = lambda _: (200, json.dumps(next(pages)).encode())
    assert provider.asking.ask(provider_id=None, attempt=uuid7(), number=1) is None
    assert "starting_after=cs_2" in bench.house.taken[-2].query
    assert bench.house.taken[-1].headers["stripe-version"] == "2026-10-01"


def test_a_refund_names_the_intent_whether_it_is_expanded_or_not(bench: Bench) -> None:
    paid = {**SESSION, "payment_status": "paid", "payment_intent": "pi_9"}
    refund = {"id": "re_1", "amount": 100, "currency": "eur", "status": "odd", "object": "refund"}
    provider = answering(bench, 200, b"")
    bench.house.answers = lambda one: (200, json.dumps(refund if "refunds" in one.path else paid).encode())
    told = provider.refunds.refund(uuid7(), provider_id="cs_1", amount=Money(1_00, "EUR"), receipt=None)
    assert (told.state, told.reason) == ("unknown", "odd")
    assert b"payment_intent=pi_9" in bench.house.taken[-1].body


def test_a_refund_with_a_receipt_is_refused_and_a_slow_one_is_told_twice(bench: Bench) -> None:
    intent = intent_new()
    bench.paid(intent)
    payment, refunds, part = bench.live()[0].id, bench.provider.refunds, Money(100_00, "RUB")
    assert refunds is not None
    with pytest.raises(ProviderRefusal, match="receipt_unsupported"):
        refunds.refund(uuid7(), provider_id=payment, amount=part, receipt=receipt_of(part))
    bench.house.taken.clear()
    bench.house.trouble(slow_refund=1, slow_ms=100)
    refund = uuid7()
    assert refunds.refund(refund, provider_id=payment, amount=part, receipt=None).state == "pending"
    while not bench.house.journal("refunded"):
        bench.house.settled()
    told = [bench.provider.notices.read(bench.received(one)) for one in bench.house.settled()]
    assert [(one.event, one.refund.refund) for one in told if isinstance(one, RefundTold)] == [
        ("refund.created", UUID(str(refund))),
        ("refund.updated", UUID(str(refund))),
    ]


# The twin.


@pytest.mark.parametrize(
    ("method", "path", "form", "status"),
    [
        ("POST", "checkout/sessions", {"mode": "payment"}, 400),
        ("POST", "checkout/sessions", {"mode": "setup"}, 400),
        ("GET", "checkout/sessions/cs_1", {}, 404),
        ("POST", "refunds", {"payment_intent": "pi_1"}, 404),
        ("GET", "refunds/re_1", {}, 404),
    ],
)
def test_the_twin_refuses_what_makes_no_sense(
    bench: Bench, method: str, path: str, form: dict[str, str], status: int
) -> None:
    for key, expected in ((STRIPE_KEY, status), ("wrong", 401)):
        assert call(bench, method, path, form, key=key) == expected
    assert bench.house.journal() == []


def call(bench: Bench, method: str, path: str, form: dict[str, str], key: str = STRIPE_KEY, **more: str) -> int:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-www-form-urlencoded", **more}
    body = urlencode(form) if method == "POST" else None
    status: int = bench.house.http.request(method, f"{bench.house.url}/v1/{path}", body=body, headers=headers).status
    return status


def test_the_twin_knows_its_keys_and_lets_a_payer_try_again(bench: Bench) -> None:
    intent = intent_new(amount=EURO)
    page = bench.started(intent)
    same = {"Idempotency-Key": str(intent.attempt)}
    other = dict(messages.session_form(intent_new(amount=EURO)))
    assert call(bench, "POST", "checkout/sessions", other, **same) == 400
    bench.house.press(page, "decline")
    news = bench.asked(intent, None)
    assert news is not None
    assert (news.state, news.reason) == ("failed", "insufficient_funds")
    bench.house.press(page, "pay")
    assert [one.state for one in bench.news(bench.house.settled(), intent)] == ["paid"]
    intent_id = bench.house.payer.twin.paying(bench.live()[0])
    assert call(bench, "POST", "refunds", {"payment_intent": intent_id, "amount": "9999999"}) == 400
    assert bench.house.journal("refunded") == []
