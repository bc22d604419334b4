"""Disputes at Stripe: read with their terms, told of by events, and the official SDK's opinion of the twin."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from factories.payers import STRIPE_KEY, STRIPE_SECRET, Bench, intent_new
from stripe import StripeClient, Webhook

from okno.cabinet.payments.providers.port import ProviderRefusal, Told
from okno.cabinet.payments.providers.stripe import messages
from okno.protocol.money.amount import Money

EURO = Money(12_34, "EUR")
OPENED = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("stripe", tmp_path)
    yield made
    made.stop()


def disputed(bench: Bench, status: str = "needs_response", minor: int = 0) -> str:
    if not bench.live():
        bench.paid(intent_new(amount=EURO))
        bench.house.taken.clear()
    payment, twin = bench.live()[0].id, bench.house.payer.twin
    bench.house.running.call(lambda: twin.disputed(payment, status, minor=minor))
    return payment


def test_a_case_is_read_with_its_term_and_the_sdk_reads_it_too(bench: Bench) -> None:
    payment = disputed(bench, minor=5_00)
    assert bench.provider.disputes is not None
    (case,) = bench.provider.disputes.disputes(provider_id=payment)
    assert (case.state, case.amount, case.reason) == ("opened", Money(5_00, "EUR"), "fraudulent")
    assert case.respond_by - case.opened_at == timedelta(days=9)
    client = StripeClient(STRIPE_KEY, base_addresses={"api": bench.house.url}, max_network_retries=0)
    known = client.v1.disputes.retrieve(case.reference)
    assert (known.status, known.amount) == ("needs_response", 5_00)
    assert [one.id for one in client.v1.disputes.list({"payment_intent": str(known.payment_intent)}).data] == [
        case.reference
    ]


def test_each_event_of_a_case_makes_us_look_at_its_payment(bench: Bench) -> None:
    payment = disputed(bench)
    disputed(bench, "under_review")
    disputed(bench, "won")
    told = []
    for arrived in bench.house.settled():
        assert Webhook.construct_event(arrived.body, arrived.headers["stripe-signature"], STRIPE_SECRET)
        notice = bench.provider.notices.read(bench.received(arrived))
        assert isinstance(notice, Told)
        told.append((notice.event.rpartition(".")[2], notice.proven, notice.payment.trace))
    news = bench.asked(intent_new(), payment)
    assert news is not None
    assert told == [(event, False, news.trace) for event in ("created", "updated", "closed")]
    assert bench.provider.disputes is not None
    assert [one.state for one in bench.provider.disputes.disputes(provider_id=payment)] == ["won"]


def test_what_was_not_paid_has_no_cases(bench: Bench) -> None:
    bench.started(intent_new(amount=EURO))
    assert bench.provider.disputes is not None
    with pytest.raises(ProviderRefusal, match="not_paid"):
        bench.provider.disputes.disputes(provider_id=bench.live()[0].id)
    headers = {"Authorization": f"Bearer {STRIPE_KEY}"}
    assert bench.house.http.request("GET", f"{bench.house.url}/v1/disputes/dp_1", headers=headers).status == 404


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("needs_response", "opened"),
        ("appeal_needs_response", "opened"),
        ("under_review", "answered"),
        ("appeal_under_review", "answered"),
        ("won", "won"),
        ("lost", "lost"),
        ("warning_needs_response", None),
        ("warning_closed", None),
        ("prevented", None),
        ("a_new_one", None),
    ],
)
def test_its_states(status: str, state: str | None) -> None:
    paper = {"id": "dp_1", "amount": 12_34, "currency": "eur", "created": int(OPENED.timestamp()), "status": status}
    case = messages.dispute(messages.decoded(json.dumps(paper).encode(), messages.Case))
    assert (case and case.state) == state
    assert case is None or (case.opened_at, case.respond_by, case.amount) == (OPENED, OPENED, EURO)


def test_an_event_that_expands_its_payment_names_nobody() -> None:
    about = messages.decoded(b'{"id":"dp_1","payment_intent":{"id":"pi_1"}}', messages.Named)
    assert messages.intent_id(about) == ""
