"""Cards that Stripe keeps: saved at a session, charged by a payment intent; the official SDK tries the twin."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from factories.payers import STRIPE_KEY, STRIPE_SECRET, Bench, intent_new, wire
from factories.payers_running import Arrived
from stripe import CardError, InvalidRequestError, StripeClient
from uuid_utils.compat import uuid7

from okno.cabinet.payments.providers.port import ProviderRefusal, SavedCard, Told
from okno.cabinet.payments.providers.stripe import messages
from okno.cabinet.payments.providers.stripe import provider as stripe
from okno.protocol.money.amount import Money
from okno.sandbox.payers.stripe.seal import seal

EURO = Money(12_34, "EUR")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("stripe", tmp_path)
    yield made
    made.stop()


def kept(bench: Bench) -> SavedCard:
    first = intent_new(amount=EURO, save=True)
    return next(one.card for one in bench.news(bench.paid(first), first) if one.card)


def client(bench: Bench) -> StripeClient:
    return StripeClient(STRIPE_KEY, base_addresses={"api": bench.house.url}, max_network_retries=0)


def charging(card: SavedCard, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - parameters of the SDK
    customer, _, method = card.token.partition(".")
    given = {"amount": 5_00, "currency": "eur", "customer": customer, "payment_method": method, "confirm": True}
    return {**given, **more}


# The SDK at the twin.


def test_the_sdk_charges_what_we_kept_and_we_know_what_it_charged(bench: Bench) -> None:
    card, attempt = kept(bench), uuid7()
    made = client(bench).v1.payment_intents.create(
        charging(card, off_session=True, metadata={"attempt": str(attempt)}),  # type: ignore[arg-type]
        {"idempotency_key": str(attempt)},
    )
    assert (made.status, made.amount) == ("succeeded", 5_00)
    assert bench.provider.asking is not None
    for known in (made.id, None):
        news = bench.provider.asking.ask(provider_id=known, attempt=attempt, number=1)
        assert news is not None
        assert (news.state, news.amount, news.provider_id) == ("paid", Money(5_00, "EUR"), made.id)
        assert news.fee is not None
    assert (card.title, card.expires) == ("Visa •• 4444", "2030-12")


def test_the_sdk_sees_a_bank_that_wants_the_owner(bench: Bench) -> None:
    card, payments = kept(bench), client(bench).v1.payment_intents
    bench.house.trouble(challenge=1)
    with pytest.raises(CardError) as refused:
        payments.create(charging(card, off_session=True))  # type: ignore[arg-type]
    assert refused.value.code == "authentication_required"
    assert refused.value.error.payment_intent.status == "requires_payment_method"
    there = payments.create(charging(card, return_url="https://portal.test/back"))  # type: ignore[arg-type]
    assert there.status == "requires_action"
    assert there.next_action is not None
    assert there.next_action.redirect_to_url is not None
    back = bench.house.press(str(there.next_action.redirect_to_url.url), "pay")
    assert back == "https://portal.test/back"
    assert payments.retrieve(there.id).status == "succeeded"


def test_the_sdk_finds_a_forgotten_card_useless(bench: Bench) -> None:
    card, charges = kept(bench), bench.provider.charges
    assert charges is not None
    charges.forget(card.token)
    with pytest.raises(InvalidRequestError, match="resource_missing"):
        client(bench).v1.payment_intents.create(charging(card, off_session=True))  # type: ignore[arg-type]
    with pytest.raises(ProviderRefusal, match="resource_missing"):
        charges.charge(intent_new(amount=EURO), card.token)
    with pytest.raises(ProviderRefusal, match="resource_missing"):
        charges.forget(card.token)
    assert len(bench.house.journal("captured")) == 1


# What goes over the wire.


def test_a_card_is_kept_only_where_its_owner_agreed(bench: Bench) -> None:
    for save in (False, True):
        form = dict(messages.session_form(intent_new(amount=EURO, save=save)))
        assert ("customer_creation" in form, form.get("payment_intent_data[setup_future_usage]")) == (
            *(save, "off_session" if save else None),
        )
    quiet = intent_new(amount=EURO)
    assert [one.card for one in bench.news(bench.paid(quiet), quiet)] == [None]


def test_a_charge_bears_its_key_and_version_and_says_whether_its_owner_is_there(bench: Bench) -> None:
    answer = {"id": "pi_1", "status": "processing", "amount": 12_34, "currency": "eur"}
    bench.house.answers = lambda _: (200, json.dumps(answer).encode())
    charges = adapter(bench, api_version="2026-10-28.endive").charges
    for present in (True, False):
        intent = intent_new(amount=EURO, present=present)
        assert charges.charge(intent, "cus_1.pm_1").state == "pending"
        sent = bench.house.taken[-1]
        form = parse_qs(sent.body.decode())
        assert sent.path == "/v1/payment_intents"
        assert (sent.headers["idempotency-key"], sent.headers["stripe-version"]) == (
            *(str(intent.attempt), "2026-10-28.endive"),
        )
        assert ("return_url" in form, form.get("off_session")) == (present, None if present else ["true"])
        assert (form["confirm"], form["customer"], form["payment_method"]) == (["true"], ["cus_1"], ["pm_1"])


@pytest.mark.parametrize("token", ["", "cus_1", "pm_1.cus_1", "cus_1.", ".pm_1"])
def test_a_token_that_is_none_calls_nobody(bench: Bench, token: str) -> None:
    charges = adapter(bench).charges
    with pytest.raises(ProviderRefusal, match="unknown_token"):
        charges.charge(intent_new(amount=EURO), token)
    if not token.endswith("pm_1"):
        charges.forget(token)
    assert bench.house.taken == []


def adapter(bench: Bench, **changes: Any) -> Any:  # noqa: ANN401 - a provider
    """Before a system that answers what a test writes, or (`now`) before the twin at another hour."""
    now = changes.pop("now", None)
    given = {"api_key": STRIPE_KEY, "webhook_secrets": (STRIPE_SECRET,), "limits": {"EUR": (50, 10_000)}, **changes}
    url = bench.house.url if now else f"http://127.0.0.1:{bench.house.shop_port}"
    return stripe.provider(stripe.Settings(**given), wire(url), now or (lambda: datetime.now(UTC)))


# States.

INTENT: dict[str, Any] = {"id": "pi_1", "status": "succeeded", "amount": 12_34, "currency": "eur", "livemode": False}


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({}, "paid", ""),
        ({"latest_charge": "ch_1"}, "paid", ""),
        ({"status": "processing"}, "pending", ""),
        ({"status": "requires_payment_method"}, "pending", ""),
        ({"status": "requires_capture"}, "authorized", ""),
        ({"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}, "pending", ""),
        ({"status": "canceled"}, "cancelled", ""),
        ({"status": "canceled", "cancellation_reason": "abandoned"}, "expired", ""),
        ({"status": "thinking"}, "unknown", "thinking"),
        (
            {"status": "requires_payment_method", "last_payment_error": {"type": "card_error"}},
            *("failed", "general_decline"),
        ),
    ],
)
def test_states_of_a_charge(changes: dict[str, Any], state: str, reason: str) -> None:
    paying = messages.decoded(json.dumps({**INTENT, **changes}).encode(), messages.PaymentIntent)
    news = messages.intent_snapshot(paying)
    assert (news.state, news.reason, news.amount, news.test, news.go) == (state, reason, EURO, True, None)


def test_a_charge_without_its_card_keeps_none() -> None:
    charge = {"id": "ch_1", "amount": 1, "currency": "eur", "created": 1, "payment_method_details": {"type": "link"}}
    paying = {"id": "pi_1", "setup_future_usage": "off_session", "latest_charge": charge}
    session = {"id": "cs_1", "payment_status": "paid", "status": "complete", "amount_total": 1, "currency": "eur"}
    news = messages.snapshot(
        messages.decoded(json.dumps({**session, "payment_intent": paying}).encode(), messages.Session)
    )
    assert (news.state, news.card) == ("paid", None)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"code": "card_declined", "decline_code": "insufficient_funds"}, "insufficient_funds"),
        ({"code": "card_declined", "decline_code": "do_not_honor"}, "general_decline"),
        ({"code": "card_declined", "decline_code": "stolen_card"}, "general_decline"),
        ({"code": "card_declined", "decline_code": "call_issuer"}, "call_issuer"),
        ({"code": "card_declined", "decline_code": "card_velocity_exceeded"}, "payment_method_limit_exceeded"),
        ({"code": "card_declined", "decline_code": "issuer_not_available"}, "issuer_unavailable"),
        ({"code": "card_declined", "decline_code": "transaction_not_allowed"}, "payment_method_restricted"),
        ({"code": "expired_card", "decline_code": "expired_card"}, "card_expired"),
        ({"code": "incorrect_number"}, "invalid_card_number"),
        ({"code": "incorrect_cvc", "decline_code": "incorrect_cvc"}, "invalid_csc"),
        ({"code": "payment_intent_authentication_failure"}, "3d_secure_failed"),
        ({"code": "authentication_required", "decline_code": "authentication_required"}, "authentication_required"),
        ({"code": "a_new_one", "decline_code": "another"}, "general_decline"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_page(fault: dict[str, str], reason: str) -> None:
    error = {"type": "card_error", **fault}
    paper = {**INTENT, "status": "requires_payment_method", "last_payment_error": error}
    news = messages.intent_snapshot(messages.decoded(json.dumps(paper).encode(), messages.PaymentIntent))
    assert (news.state, news.reason) == ("failed", reason)


# The life of a charge.


def test_what_a_payer_left_at_his_banks_page_is_cancelled_after_a_day(bench: Bench) -> None:
    card = kept(bench)
    bench.house.trouble(challenge=1)
    charges, intent = bench.provider.charges, intent_new(amount=EURO)
    assert charges is not None
    pending = charges.charge(intent, card.token)
    assert pending.go is not None
    now = datetime.now(UTC)
    for hours, state in ((23, "pending"), (25, "expired"), (26, "expired")):
        asking = adapter(bench, now=lambda hours=hours: now + timedelta(hours=hours)).asking
        assert asking.ask(provider_id=pending.provider_id, attempt=intent.attempt, number=1).state == state
    page = bench.house.http.request("POST", pending.go.url, fields={"choice": "pay"}, encode_multipart=False)
    assert page.status in {200, 303}
    assert len(bench.house.journal("captured")) == 1


def test_a_charge_is_given_back_by_its_own_intent(bench: Bench) -> None:
    card = kept(bench)
    charges, refunds, intent = bench.provider.charges, bench.provider.refunds, intent_new(amount=EURO)
    assert charges is not None
    assert refunds is not None
    paid = charges.charge(intent, card.token)
    assert paid.provider_id is not None
    done = refunds.refund(uuid7(), provider_id=paid.provider_id, amount=Money(1_00, "EUR"), receipt=None)
    assert (done.state, done.payment) == ("done", paid.provider_id)
    for wrong in ("pi_0", waiting(bench, card)):
        with pytest.raises(ProviderRefusal, match="not_paid"):
            refunds.refund(uuid7(), provider_id=wrong, amount=Money(1_00, "EUR"), receipt=None)
    assert len(bench.house.journal("refunded")) == 1


def waiting(bench: Bench, card: SavedCard) -> str:
    bench.house.trouble(challenge=1)
    assert bench.provider.charges is not None
    return str(bench.provider.charges.charge(intent_new(amount=EURO), card.token).provider_id)


def test_its_events_lead_to_asking_by_the_attempt(bench: Bench) -> None:
    card, intent = kept(bench), intent_new(amount=EURO)
    bench.house.taken.clear()
    assert bench.provider.charges is not None
    bench.provider.charges.charge(intent, card.token)
    (arrived,) = bench.house.settled()
    told = bench.provider.notices.read(bench.received(arrived))
    assert isinstance(told, Told)
    assert (told.event, told.payment.attempt, told.payment.provider_id) == (
        *("payment_intent.succeeded", intent.attempt, None),
    )
    assert [one.state for one in bench.news([arrived], intent)] == ["paid"]
    assert bench.provider.asking is not None
    assert bench.provider.asking.ask(provider_id="pi_0", attempt=uuid7(), number=1) is None


# The twin.


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("payment_intents", {"amount": "5", "currency": "eur"}, 400),
        ("payment_intents", {"amount": "0", "currency": "eur", "confirm": "true"}, 400),
        ("payment_intents", {"amount": "5", "currency": "eur", "confirm": "true", "payment_method": "pm_1"}, 400),
        ("payment_intents/pi_1/cancel", {}, 404),
        ("payment_methods/pm_1/detach", {}, 404),
    ],
)
def test_the_twin_refuses_what_makes_no_sense(bench: Bench, path: str, form: dict[str, str], status: int) -> None:
    headers = {"Authorization": f"Bearer {STRIPE_KEY}"}
    url = f"{bench.house.url}/v1/{path}"
    answer = bench.house.http.request("POST", url, fields=form, encode_multipart=False, headers=headers)
    assert answer.status == status
    assert bench.house.journal() == []


def test_the_twin_knows_its_keys_and_closes_nothing_that_is_over(bench: Bench) -> None:
    card, payments = kept(bench), client(bench).v1.payment_intents
    key: Any = {"idempotency_key": "one"}
    made = payments.create(charging(card), key)  # type: ignore[arg-type]
    assert payments.create(charging(card), key).id == made.id  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="idempotency"):
        payments.create(charging(card, amount=6_00), key)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="unexpected_state"):
        payments.cancel(made.id)
    assert len(bench.house.journal("captured")) == 2


def test_what_belongs_to_nobody_of_ours_is_told_by_its_own_id(bench: Bench) -> None:
    body = json.dumps(
        {
            "id": "evt_1",
            "type": "payment_intent.succeeded",
            "data": {"object": {"id": "pi_9", "object": "payment_intent"}},
        }
    ).encode()
    now = int(datetime.now(UTC).timestamp())
    arrived = Arrived("POST", "/", {"stripe-signature": seal(body, STRIPE_SECRET, now)}, "", body)
    told = bench.provider.notices.read(bench.received(arrived))
    assert isinstance(told, Told)
    assert (told.payment.provider_id, told.payment.attempt) == ("pi_9", None)
