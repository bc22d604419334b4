"""A refund step by step at each payment system's twin: killed, doubted, refused, and where none can be made."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from factories.payers import SYSTEMS, Bench, intent_new, those
from uuid_utils.compat import uuid7

from okno.cabinet.payments.providers.port import Provider, ProviderAway, RefundSnapshot
from okno.cabinet.payments.tasks.returns import Given, Giving, give
from okno.protocol.money.amount import Money

PART = Money(100_00, "RUB")
GIVES = those("refund", "ask")
BLIND = [name for name in GIVES if not SYSTEMS[name].finds_refunds]


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(request.param, tmp_path)
    yield made
    made.stop()


def now() -> datetime:
    return datetime.now(UTC)


def paid(bench: Bench, **changes: Any) -> Giving:  # noqa: ANN401 - fields of it
    """A refund of the whole of a payment that came, approved and not told yet."""
    intent = intent_new()
    bench.paid(intent)
    given: dict[str, Any] = {
        "refund": str(uuid7()),
        "state": "approved",
        "asks": 0,
        "refund_id": None,
        "sent_at": None,
        "amount": intent.amount,
        "whole": intent.amount,
        "attempt": str(intent.attempt),
        "number": intent.number,
        "provider": bench.name,
        "provider_id": bench.live()[0].id,
        "paid_at": now(),
    }
    return Giving(**{**given, **changes})


def given_back(bench: Bench) -> int:
    return len(bench.house.journal("refunded"))


@pytest.mark.parametrize("bench", GIVES, indirect=True)
def test_it_is_cleared_told_and_told_again_after_a_kill_as_one(bench: Bench) -> None:
    giving = paid(bench)
    cleared = give(giving, bench.provider, now)
    assert (cleared.outcome, given_back(bench)) == ("cleared", 0)
    assert cleared.snapshot is not None
    sent = replace(giving, state="sent", sent_at=now())
    told = give(sent, bench.provider, now)
    killed = give(replace(sent, asks=1), bench.provider, now)
    asked = give(replace(sent, asks=2, refund_id=told.refund_id), bench.provider, now)
    assert [one.outcome for one in (told, killed, asked)] == ["done"] * 3
    assert given_back(bench) == 1


@pytest.mark.parametrize("bench", GIVES, indirect=True)
@pytest.mark.parametrize("trouble", ["lose_answer", "fail_answer"])
def test_an_answer_that_was_lost_is_found_or_repeated(bench: Bench, trouble: str) -> None:
    sent = replace(paid(bench), state="sent", sent_at=now())
    bench.house.trouble(**{trouble: 1, "times": 1, "call": bench.system.gives_back})
    assert give(sent, bench.provider, now).outcome == "away"
    assert give(replace(sent, asks=1), bench.provider, now).outcome == "done"
    assert given_back(bench) == 1


@pytest.mark.parametrize("bench", GIVES, indirect=True)
def test_what_the_system_refuses_at_the_first_call_has_failed(bench: Bench) -> None:
    sent = replace(paid(bench), state="sent", sent_at=now(), amount=Money(9_999_999_00, "RUB"))
    refused = give(sent, bench.provider, now)
    assert refused.outcome in {"failed", "manual"}
    assert (bool(refused.reason), given_back(bench)) == (True, 0)


@pytest.mark.parametrize("bench", BLIND, indirect=True)
def test_where_only_a_repetition_can_tell_it_is_not_made_after_the_key_is_forgotten(bench: Bench) -> None:
    sent = replace(paid(bench), state="sent", sent_at=now(), asks=1)
    assert give(replace(sent, asks=0), bench.provider, now).outcome == "done"
    other = replace(sent, refund=str(uuid7()), sent_at=now() - timedelta(hours=1))
    doubted = give(other, bench.provider, now)
    assert (doubted.outcome, doubted.reason, given_back(bench)) == ("manual", "doubt", 1)
    # Within the hour it is told again, and a refusal then says nothing of the first call.
    refused = give(replace(other, sent_at=now()), bench.provider, now)
    assert (refused.outcome, given_back(bench)) == ("manual", 1)


@pytest.mark.parametrize("bench", ["robokassa"], indirect=True)
def test_a_system_that_gives_nothing_back_leaves_it_to_a_person(bench: Bench) -> None:
    given = give(paid(bench), bench.provider, now)
    assert (given.outcome, given.reason) == ("manual", "no-refunds")


@pytest.mark.parametrize("bench", ["yookassa"], indirect=True)
def test_a_part_of_what_is_given_back_whole_alone_is_left_to_a_person(bench: Bench) -> None:
    whole_only = replace(bench.provider, partial=False)
    giving = paid(bench)
    assert give(replace(giving, amount=PART), whole_only, now).reason == "no-partial"
    assert give(giving, whole_only, now).outcome == "cleared"
    assert give(giving, None, now).reason == "no-such-provider"


class Odd:
    """A system that answers otherwise than was asked for."""

    def __init__(self, **told: Any) -> None:  # noqa: ANN401 - fields of a snapshot
        self._told = RefundSnapshot(**{"state": "done", "provider_id": "r-1", **told})

    def refund(self, *_given: object, **_more: object) -> RefundSnapshot:
        return self._told

    def ask_refund(self, *_given: object, **_more: object) -> RefundSnapshot:
        raise ProviderAway("connection")


def odd(bench: Bench, giving: Giving, **told: Any) -> Given:  # noqa: ANN401 - fields of a snapshot
    return give(giving, replace(bench.provider, refunds=cast("Any", Odd(**told))), now)


@pytest.mark.parametrize("bench", ["yookassa"], indirect=True)
def test_an_answer_about_other_money_or_in_words_unknown_is_for_a_person(bench: Bench) -> None:
    sent = replace(paid(bench), state="sent", sent_at=now())
    assert odd(bench, sent, amount=Money(1, "RUB")).reason == "amount"
    assert odd(bench, sent, state="unknown", reason="on_hold").outcome == "manual"
    assert odd(bench, sent, state="pending").outcome == "pending"
    assert odd(bench, replace(sent, asks=1)).outcome == "away"


@pytest.mark.parametrize("bench", ["yookassa"], indirect=True)
def test_a_look_asks_what_went_back_and_asks_nobody_who_cannot_be_asked(bench: Bench) -> None:
    look = replace(paid(bench), refund=None, state="look")
    seen = give(look, bench.provider, now)
    assert seen.snapshot is not None
    assert (seen.outcome, seen.snapshot.refunded) == ("seen", Money(0, "RUB"))
    deaf: list[Provider | None] = [replace(bench.provider, asking=None), None]
    assert [give(look, one, now).snapshot for one in deaf] == [None, None]
    bench.house.trouble(away=1)
    assert give(look, bench.provider, now).outcome == "away"
