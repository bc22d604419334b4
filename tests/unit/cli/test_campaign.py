"""The campaign without a street: its plan by seed, its forger, its bounds, and what its judgement cannot miss."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from okno.cli.drill.billing import DrillError
from okno.cli.drill.campaign.bounds import FLOOR, Indicator, lower
from okno.cli.drill.campaign.forging import fields_of, mutation_of
from okno.cli.drill.campaign.judging import FINAL, FINAL_CALM, INDICATORS, Judgement, Report, indicators_of, lines_of
from okno.cli.drill.campaign.patience import patiently
from okno.cli.drill.campaign.plan import SERVERS, TWINS, VICTIMS, plan_draw
from okno.cli.drill.campaign.registers import Attempt, Captured, Registers, Told
from okno.cli.drill.killing import Killed
from okno.cli.drill.levels.visits import Levels
from okno.cli.street.full import OURS
from okno.sandbox.payers.records import Entry, Notice, Sent

PROVIDERS = ("yookassa", "tbank", "sbp", "yoomoney", "qiwi")
AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
CALM = AT + timedelta(minutes=20)
ID = "0198c0de-0000-7000-8000-000000000001"
ATTEMPT = Attempt(ID, 7, "sbp", "paid", "theirs", "posted", AT + timedelta(seconds=5))
GOOD = Registers(
    captured=[Captured("tbank", ID, 12_345, AT)],
    attempts=[ATTEMPT, replace(ATTEMPT, id="0198c0de-0000-7000-8000-000000000002", number=8, state="failed")],
    ledger=[(ID, 12_345)],
    postings={"payment:p1": (ID, "account")},
    booked=[("payment:p1", "account", 12_345)],
)


def test_a_plan_is_a_pure_function_of_its_seed() -> None:
    drawn = [plan_draw(PROVIDERS, 5, payments=1_000, rounds=2, seed=seed) for seed in (7, 7, 8)]
    assert drawn[0] == drawn[1]
    assert drawn[0].payers != drawn[2].payers
    assert drawn[0].faults != drawn[2].faults
    assert plan_draw(PROVIDERS[::-1], 5, payments=1_000, rounds=2, seed=7) == drawn[0]


def test_a_plan_has_everybody_in_it_and_no_amount_twice() -> None:
    plan = plan_draw(PROVIDERS, 5, payments=1_000, rounds=2, seed=7)
    assert set(Counter(payer.provider for payer in plan.payers).values()) == {1_000 // len(PROVIDERS)}
    assert len({payer.minor for payer in plan.payers}) == 1_000
    assert {payer.choice for payer in plan.payers} == {"pay", "decline", "leave", "nothing"}
    assert {payer.account for payer in plan.payers} == set(range(5))
    assert Counter(fault.victim for fault in plan.faults if fault.kind == "kill") == dict.fromkeys(VICTIMS, 2)
    assert {*SERVERS, TWINS} < set(VICTIMS)
    assert [fault.kind for fault in plan.faults].count("away") == 2
    assert all(before.after < later.after < 1_000 for before, later in pairwise(plan.faults))
    assert all(plan.troubles(name).lose > 0 for name in PROVIDERS)
    assert plan.troubles("tbank").seed == 7


def test_everybody_of_the_street_whom_customers_need_dies_in_a_campaign() -> None:
    """Of the gateways whichever is active; the desk is the staff's, and the SMS centre is no part of the product."""
    assert set(OURS) - set(VICTIMS) == {"gw1", "gw2", "desk", "smsc"}


def test_when_the_faults_are_over_everybody_pays_amounts_of_their_own() -> None:
    plan = plan_draw(PROVIDERS, 5, payments=1_000, rounds=2, seed=7)
    assert len(plan.calm) == 125
    assert {payer.choice for payer in plan.calm} == {"pay"}
    assert {payer.provider for payer in plan.calm} == set(PROVIDERS)
    assert len({payer.minor for payer in (*plan.payers, *plan.calm)}) == 1_125
    assert len(plan_draw(PROVIDERS, 5, payments=1, rounds=0, seed=7).calm) == 1


def test_who_is_away_for_a_moment_is_asked_again_and_other_faults_are_told_at_once() -> None:
    answers = iter([OSError("away"), OSError("away"), "back"])

    def ask() -> object:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert patiently(ask, OSError) == "back"
    answers = iter([ValueError("wrong"), OSError("away")])
    with pytest.raises(ValueError, match="wrong"):
        patiently(ask, OSError)
    with pytest.raises(DrillError, match="nobody answers after 0 s: away"):
        patiently(ask, OSError, patience_s=0)


@pytest.mark.parametrize(
    ("good", "valid", "bound"),
    # 0.05^(1/n) where nothing failed; 4 of 10,000 from the quantile of chi-square with 10 degrees: 18.307 / 2 / n.
    [(1_109, 1_109, 0.99730), (10_000, 10_000, 0.99970), (9_996, 10_000, 0.99908), (0, 5, 0.0)],
)
def test_the_bound_is_exact(good: int, valid: int, bound: float) -> None:
    assert lower(good, valid) == pytest.approx(bound, abs=2e-5)


def test_1108_good_events_are_too_few_for_three_sigma() -> None:
    assert lower(1_108, 1_108) < FLOOR <= lower(1_109, 1_109)
    assert Indicator.of("none", 0, 0).lower is None


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (
            b'{"id": "1", "object": {"amount": {"value": "1.00"}, "paid": true, "n": 5, "none": null}}',
            {"id", "object.amount.value", "object.paid", "object.n", "object.none"},
        ),
        (b"sum=1.00&label=a%20b&empty=", {"sum", "label", "empty"}),
    ],
)
def test_the_forger_changes_each_field_in_its_turn(body: bytes, fields: set[str]) -> None:
    notice = Notice(id="n", event="e", payment="p", url="http://pay.test/notices/x", body=body)
    assert fields_of(notice) == fields
    changes = [mutation_of(notice, turn) for turn in range(2 * len(fields))]
    assert len({what for what, _ in filter(None, changes)}) == 2 * len(fields)
    assert all(changed != body for _, changed in filter(None, changes))
    assert mutation_of(replace_body(notice, b""), 0) is None


def replace_body(notice: Notice, body: bytes) -> Notice:
    return Notice(id=notice.id, event=notice.event, payment=notice.payment, url=notice.url, body=body)


def test_registers_that_agree_are_no_problem() -> None:
    judgement = Judgement(GOOD)
    assert list(judgement.problems()) == []
    sums = judgement.sums()["sbp"]
    assert (sums.captured, sums.twin_minor, sums.ledger_minor, sums.books_minor) == (1, 12_345, 12_345, 12_345)
    first, second, *_ = judgement.indicators(Counter(), CALM)
    assert (first.good, first.valid, second.good, second.valid) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("registers", "told"),
    [
        (replace(GOOD, booked=[]), "the books []"),
        (replace(GOOD, booked=[*GOOD.booked, *GOOD.booked]), "the books [12345, 12345]"),
        (replace(GOOD, booked=[("payment:p1", "account", 12_346)]), "the books [12346]"),
        (replace(GOOD, booked=[("payment:p1", "other", 12_345)]), "on another account"),
        (replace(GOOD, booked=[*GOOD.booked, ("payment:p9", "account", 1)]), "payment:p9, which nobody sent"),
        (replace(GOOD, ledger=[]), "the ledger has []"),
        (replace(GOOD, ledger=[*GOOD.ledger, *GOOD.ledger]), "the ledger has [12345, 12345]"),
        (replace(GOOD, captured=[]), "the payment system took []"),
        (replace(GOOD, captured=[*GOOD.captured, *GOOD.captured]), "took [12345, 12345]"),
        (replace(GOOD, captured=[*GOOD.captured, Captured("qiwi", "x", 1, AT)]), "order x was paid and is no attempt"),
        (
            replace(GOOD, attempts=[replace(ATTEMPT, payment_state="confirmed")]),
            "is in the books, its payment confirmed",
        ),
    ],
)
def test_whatever_differs_is_named(registers: Registers, told: str) -> None:
    (problem,) = Judgement(registers).problems()
    assert told in problem


def test_a_bound_is_of_payments_that_were_captured_in_its_phase() -> None:
    def told(after: timedelta, calm: datetime) -> dict[str, tuple[int, int]]:
        registers = replace(GOOD, attempts=[replace(ATTEMPT, posted_at=AT + after)])
        indicators = Judgement(registers).indicators(Counter(), calm)
        return {one.name: (one.good, one.valid) for one in indicators if one.name in {FINAL, FINAL_CALM}}

    assert told(timedelta(seconds=61), CALM) == {FINAL: (1, 1), FINAL_CALM: (0, 0)}
    assert told(timedelta(seconds=61), AT) == {FINAL: (0, 0), FINAL_CALM: (0, 1)}
    assert told(timedelta(seconds=60), AT) == {FINAL: (0, 0), FINAL_CALM: (1, 1)}
    assert told(timedelta(minutes=16), CALM) == {FINAL: (0, 1), FINAL_CALM: (0, 0)}


def entries(*changes: Notice | Sent) -> list[Entry]:
    return [
        Entry(seq=place, at=AT + timedelta(seconds=place), kind="notice-made", notice=one)
        if isinstance(one, Notice)
        else Entry(seq=place, at=AT + timedelta(seconds=place), kind="notice-sent", sent=one)
        for place, one in enumerate(changes)
    ]


def test_each_notice_counts_once_for_what_befell_it_and_tries_count_until_it_is_calm() -> None:
    def notice(name: str, *, forged: bool = False) -> Notice:
        return Notice(id=name, event="e", payment="p", url="http://pay.test/notices/x", body=b"", forged=forged)

    told = Told()
    told.take(
        "tbank",
        entries(
            *(notice("a"), notice("b"), notice("c"), notice("d"), notice("f", forged=True)),
            Sent(notice="a", nth=1, trouble="lost"),
            Sent(notice="b", nth=1, answer=503, trouble="delayed"),
            Sent(notice="b", nth=2, answer=200, trouble="delayed"),
            Sent(notice="b", nth=3, answer=200, trouble="duplicate"),
            Sent(notice="c", nth=1, trouble="reordered"),
            Sent(notice="f", nth=1, answer=400),
            Sent(notice="d", nth=1),
        ),
        calm=AT + timedelta(seconds=11),
    )
    assert told.troubles == Counter(lost=1, delayed=1, duplicated=1, reordered=1, forged=1)
    # The last one failed when it was calm: that says nothing of faults.
    assert told.answers == Counter(answered=2, failed=2)


def test_late_is_not_in_time_and_the_report_says_all() -> None:
    late = replace(ATTEMPT, posted_at=AT + timedelta(minutes=16))
    judgement = Judgement(replace(GOOD, attempts=[late], answers=Counter(answered=3, failed=1)))
    indicators = judgement.indicators(Counter(answered=9, failed=1), CALM)
    assert [(one.good, one.valid) for one in indicators] == [(1, 1), (0, 1), (0, 0), (3, 4), (9, 10)]
    levels = Levels(signed_in=(5, 6), fresh=(7, 7), requests=(8, 9), pushed=(2, 3), problems=[])
    indicators += indicators_of(levels)
    assert [(one.good, one.valid) for one in indicators[5:]] == [(8, 9), (5, 6), (7, 7), (2, 3)]
    assert [one.name for one in indicators] == list(INDICATORS[1:])
    down = Killed(victim="gateway", process="gw1", pid=1, after=5, at_s=1.0, back_s=0.2)
    report = Report(
        seed=7,
        commit="abc",
        payments=2,
        calm=1,
        providers=judgement.sums(),
        forged={"refused": 4},
        troubles={"lost": 3, "delayed": 2},
        faults=[down],
        seconds=1,
        settled_s=1,
        indicators=[*indicators, Indicator.of("quiet", 0, 0)],
        problems=["one"],
    )
    said = "\n".join(lines_of(report))
    for word in (
        "seed 7, commit abc",
        "gateway (gw1)",
        "1 payments without a fault",
        "notices: 2 delayed, 3 lost",
        "4 refused",
        "123.45",
        "floor 99.73%",
        "no event",
        "1 problems",
    ):
        assert word in said
    report.problems.clear()
    report.forged.clear()
    assert "nothing else is" in "\n".join(lines_of(report))
