"""What a drill does follows from its seed, and every way of being wrong is named."""

from collections import Counter

import msgspec
import pytest

from okno.cli.drill.judging import Counts, Report, lines_of, problems_of
from okno.cli.drill.killing import Killed
from okno.cli.drill.plan import VICTIMS, plan_draw

VERIFIED = {"accounts": 1, "operations": 2, "differences": []}
SOUND = Counts(
    invoices=Counter(i1=1),
    payments=Counter(p1=1),
    told={"a": {"line-1": 700, "line-2": -200}},
    seen={"a": {"line-1": 700, "line-2": -200}},
    twice=0,
    balances={"a": 500, "untouched": 0},
    waiting=0,
    untaken=0,
    depths={"q": 0},
    verify=VERIFIED,
)


def test_the_same_seed_is_the_same_drill() -> None:
    def drawn(seed: int) -> object:
        return plan_draw(["a", "b"], operations=50, payments=20, rounds=3, seed=seed)

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_each_is_killed_once_a_round_and_while_it_flows() -> None:
    plan = plan_draw(["a"], operations=100, payments=30, rounds=2, seed=1)
    for round_ in (plan.kills[:6], plan.kills[6:]):
        assert sorted(kill.victim for kill in round_) == sorted(VICTIMS)
    moments = [kill.after for kill in plan.kills]
    assert moments == sorted(set(moments))
    assert moments[0] > 0
    assert moments[-1] < 130
    assert {move.minor > 0 for move in plan.operations} == {True, False}
    assert all(move.minor > 0 for move in plan.payments)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, []),
        ({"invoices": Counter()}, ["operation i1 is not in Tryton"]),
        ({"payments": Counter(p1=2)}, ["payment p1 is in Tryton more than once"]),
        ({"twice": 3}, ["3 operations stand twice in the read model"]),
        ({"seen": {"a": {"line-1": 700}}}, ["account a: operations 1 missing, 0 too many, 0 of another amount"]),
        (
            {"seen": {"a": {"line-1": 701, "line-2": -200}}},
            ["account a: operations 0 missing, 0 too many, 1 of another amount"],
        ),
        ({"balances": {"a": 501}}, ["account a: the books say 500, the cabinet 501"]),
        ({"balances": {}}, ["account a: the books say 500, the cabinet None"]),
        ({"waiting": 2, "untaken": 1}, ["2 commands wait in the outbox", "1 messages were not taken"]),
        ({"depths": {"q": 4}}, ["4 messages are left in q"]),
        (
            {"verify": {**VERIFIED, "differences": [{"account": "a", "kind": "balance", "key": None}]}},
            ["sync verify: a balance "],
        ),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, object], named: list[str]) -> None:
    assert list(problems_of(["i1"], ["p1"], msgspec.structs.replace(SOUND, **changes))) == named


def test_people_read_who_died_when_and_what_came_of_it() -> None:
    kills = [
        Killed(victim="gateway", process="gw2", pid=7, after=12, at_s=3.0, back_s=0.2),
        Killed(victim="tryton", process="tryton", pid=8, after=20, at_s=9.5, back_s=1.4),
    ]
    report = Report(
        seed=1,
        operations=100,
        payments=30,
        accounts=9,
        seconds=61.0,
        settled_s=2.0,
        kills=kills,
        depths={"q": 0},
        deepest={"q": 0, "r": 5},
        verify=VERIFIED,
        problems=[],
    )
    said = "\n".join(lines_of(report))
    assert "gateway (gw2) killed, back after 0.2 s" in said
    assert "tryton killed" in said
    assert "most messages waiting: r 5" in said
    assert said.endswith("nothing stands twice.")
    report.problems = ["payment p1 is not in Tryton"]
    assert list(lines_of(report))[-2:] == ["payment p1 is not in Tryton", "1 problems"]
