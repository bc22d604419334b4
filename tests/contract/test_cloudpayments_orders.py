"""Several cards tried for one order of CloudPayments: each is a transaction, the one with the money is the payment."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.payers import Bench, intent_new
from uuid_utils.compat import uuid7

from okno.cabinet.payments.providers.port import Intent, Told
from okno.protocol.money.amount import Money

PART = Money(100_00, "RUB")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("cloudpayments", tmp_path)
    yield made
    made.stop()


def tried(bench: Bench, intent: Intent, *choices: str) -> list[str]:
    """What the payer does each time that he comes to the order's page; ids of the transactions."""
    go = bench.provider.start.start(intent)
    for choice in choices:
        bench.house.press(bench.page(go), choice)
    bench.house.settled()
    return [one.id for one in bench.house.payer.twin.till.by_order(str(intent.attempt))]


def test_a_card_that_was_refused_is_not_the_payment_of_the_next_one(bench: Bench) -> None:
    intent = intent_new()
    (first,) = tried(bench, intent, "decline")
    refused = bench.asked(intent, None)
    assert refused is not None
    assert (refused.state, refused.provider_id, refused.reason) == ("failed", None, "insufficient_funds")
    _, second = tried(bench, intent, "pay")
    taken = bench.asked(intent, None)
    assert taken is not None
    assert (taken.state, taken.provider_id) == ("paid", second)
    assert second != first


def test_money_is_found_though_a_refusal_or_a_refund_came_after_it(bench: Bench) -> None:
    intent = intent_new()
    first, second = tried(bench, intent, "decline", "leave")
    twin, refunds = bench.house.payer.twin, bench.provider.refunds
    bench.house.taken.clear()
    bench.house.running.call(lambda: twin.till.move(first, "paid"))
    bench.house.running.call(lambda: twin.till.move(second, "declined"))
    told = {
        one.payment.provider_id: one
        for one in (bench.provider.notices.read(bench.received(each)) for each in bench.house.settled())
        if isinstance(one, Told)
    }
    assert {key: one.names for key, one in told.items()} == {first: True, second: False}
    latest, named = bench.asked(intent, None), bench.asked(intent, first)
    assert latest is not None
    assert named is not None
    assert (latest.state, latest.provider_id, named.state, named.provider_id) == ("failed", None, "paid", first)
    assert refunds is not None
    refunds.refund(uuid7(), provider_id=first, amount=PART, receipt=None)
    back = bench.asked(intent, None)
    assert back is not None
    assert (back.state, back.provider_id) == ("paid", first)


def test_a_transaction_of_another_order_is_not_this_one(bench: Bench) -> None:
    intent, other = intent_new(), intent_new()
    (mine,), (strange,) = tried(bench, intent, "pay"), tried(bench, other, "pay")
    found = bench.asked(intent, strange)
    assert found is not None
    assert (found.provider_id, found.attempt) == (mine, intent.attempt)
