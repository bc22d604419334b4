"""What an attempt may become: decided by one table, whatever is told and in whatever order."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from okno.cabinet.payments.providers.port import Snapshot
from okno.cabinet.payments.services.judging import Wanted, amount_cut, judge
from okno.cabinet.payments.states import ATTEMPT, CLOSED, OPEN, TABLES
from okno.protocol.money.amount import Money

ASKED = Money(10_000, "RUB")
WANTED = Wanted("created", ASKED, None, takes_test=False)
NEWS = st.builds(
    Snapshot,
    state=st.sampled_from(["pending", "authorized", "paid", "failed", "cancelled", "expired", "unknown"]),
    provider_id=st.sampled_from([None, "theirs"]),
    amount=st.sampled_from([ASKED, None, Money(9_999, "RUB"), Money(10_000, "USD")]),
    test=st.booleans(),
)


def told(news: list[Snapshot]) -> list[str]:
    """The states that an attempt goes through."""
    stands, states = WANTED, []
    for one in news:
        judged = judge(stands, one)
        if judged is not None:
            states.append(judged.state)
            stands = replace(stands, state=judged.state)
    return states


@given(st.lists(NEWS, max_size=12))
def test_nothing_leads_away_from_paid_and_only_the_right_money_there(news: list[Snapshot]) -> None:
    states = told(news)
    assert states.count("paid") <= 1
    if "paid" in states:
        assert states[-1] == "paid"
        assert any(one.state == "paid" and one.amount == ASKED and not one.test for one in news)
    before = "created"
    for state in states:
        assert state in ATTEMPT[before]
        before = state


@given(st.permutations([Snapshot(state="expired"), Snapshot(state="failed"), Snapshot(state="paid", amount=ASKED)]))
def test_late_money_is_taken_in_every_order(news: list[Snapshot]) -> None:
    assert told(news)[-1] == "paid"


def test_money_of_another_payment_under_our_number_is_never_taken_for_ours() -> None:
    ours = replace(WANTED, provider_id="ours")
    other = Snapshot(state="paid", provider_id="theirs", amount=ASKED)
    judged = judge(ours, other)
    assert judged is not None
    assert (judged.state, judged.reason) == ("mismatch", "other-payment")
    assert judge(ours, replace(other, state="cancelled")) is None


def test_every_state_is_in_its_table_and_ends_are_not_open() -> None:
    for edges in TABLES.values():
        assert set().union(*edges.values()) <= set(edges)
    assert not OPEN & CLOSED
    assert set(ATTEMPT) == OPEN | CLOSED | {"paid", "mismatch"}


@given(st.integers(1, 10**12), st.lists(st.integers(1, 10**9), min_size=1, max_size=20))
def test_an_amount_is_cut_to_the_last_minor_unit_in_the_proportion_of_the_parts(amount: int, parts: list[int]) -> None:
    cut = amount_cut(amount, parts)
    assert sum(cut) == amount
    assert all(abs(one * sum(parts) - amount * part) < sum(parts) for one, part in zip(cut, parts, strict=True))
    assert amount_cut(sum(parts), parts) == parts
