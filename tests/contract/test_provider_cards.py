"""The contract of saved cards, held against the twin of every payment system that keeps them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.payers import Bench, intent_new, those

from okno.cabinet.payments.providers.port import AUTHENTICATION, ProviderRefusal


@pytest.fixture(params=those("charge", "ask"))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(request.param, tmp_path)
    yield made
    made.stop()


def test_a_saved_card_pays_without_its_owner(bench: Bench) -> None:
    charges = bench.provider.charges
    assert charges is not None
    first = intent_new(save=True)
    card = next(one.card for one in bench.news(bench.paid(first), first) if one.card)
    again = intent_new()
    news = [charges.charge(again, card.token) for _ in range(2)]
    assert len({(one.state, one.provider_id, one.amount, one.attempt) for one in news}) == 1
    assert (news[0].state, news[0].amount) == ("paid", again.amount)
    assert card.title.endswith("•• 4444")
    assert card.token not in repr(card)
    assert len(bench.house.journal("captured")) == 2
    bench.house.trouble(refuse=1)
    refused = charges.charge(intent_new(), card.token)
    assert refused.state == "failed"
    with pytest.raises(ProviderRefusal):
        charges.charge(intent_new(), "no-such-token")
    charges.forget(card.token)
    assert len(bench.house.journal("captured")) == 2


def test_a_refusal_of_the_bank_is_the_end_of_its_charge_however_often_it_is_asked_for(bench: Bench) -> None:
    """The till dies with the refusal in hand, and asks again when the bank would give the money."""
    charges = bench.provider.charges
    assert charges is not None
    first, again = intent_new(save=True), intent_new(present=False)
    card = next(one.card for one in bench.news(bench.paid(first), first) if one.card)
    bench.house.trouble(refuse=1)
    refused = charges.charge(again, card.token)
    bench.house.trouble()
    repeated = charges.charge(again, card.token)
    assert (refused.state, repeated.state) == ("failed", "failed")
    assert len(bench.house.journal("captured")) == 1


def test_a_bank_that_wants_the_owner_of_a_saved_card_gets_him_or_nothing(bench: Bench) -> None:
    charges = bench.provider.charges
    assert charges is not None
    first = intent_new(save=True)
    card = next(one.card for one in bench.news(bench.paid(first), first) if one.card)
    bench.house.trouble(challenge=1)
    for choice, state in (("pay", "paid"), ("decline", "failed")):
        there = intent_new()
        news = [charges.charge(there, card.token) for _ in range(2)]
        assert {one.state for one in news} == {"pending"}
        after = bench.confirmed(news[1], there, choice)
        assert after is not None
        assert (after.state, after.amount) == (state, there.amount)
    away = charges.charge(intent_new(present=False), card.token)
    assert (away.state, away.reason, away.go) == ("failed", AUTHENTICATION, None)
    assert len(bench.house.journal("captured")) == 2
