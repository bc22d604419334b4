"""Money goes back to the payer: asked by one, approved by another, told once to the provider and once to the books."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from factories.paying import Shop, shop_open
from factories.portal import Database, at_once
from factories.returning import OLGA, PETR, Desk

from okno.cabinet.payments.services.refunding.asking import refund_ask, refund_close, refund_decide
from okno.cabinet.payments.services.refunding.requests import ReturnRefusedError
from okno.cabinet.payments.tasks.returns import Giving

FORBIDDEN = (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation)


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


def given_back(desk: Desk) -> list[int]:
    """What the payment system's own journal says went back."""
    return [entry.refund.amount_minor for entry in desk.shop.house.journal("refunded") if entry.refund]


def refused(call: Any, **given: Any) -> str:  # noqa: ANN401 - a service and what it takes
    with pytest.raises(ReturnRefusedError) as caught:
        call(**given)
    return caught.value.code


def test_a_refund_goes_back_and_leaves_the_books_and_the_payer_sees_it(desk: Desk) -> None:
    payment = desk.paid("1234.50")
    refund = desk.ask(payment, "234,50")
    desk.turns()
    assert (desk.refund(refund), given_back(desk)) == (("asked", ""), [])

    desk.approve(refund)
    desk.turns()
    assert (desk.refund(refund), given_back(desk)) == (("done", ""), [23_450])
    assert ("refunded", 23_450) in desk.shop.ledger()
    [(kind, told)] = desk.books()
    [(part,)] = desk.shop.rows("SELECT id FROM payments_unposting")
    assert (kind, told["amount"]["amount"], told["account"], told["payment"], told["refund"]) == (
        *("refunded", "234.50", str(desk.shop.account), str(desk.posting(payment)), str(part)),
    )
    desk.turns()
    assert desk.parts() == [("posted", 23_450)]
    seen = desk.shop.seen(payment)
    [returned] = seen["returns"]
    assert (seen["state"], seen["refunded"], returned["kind"], returned["amount"]) == (
        *("posted", "234.50", "refund", "234.50"),
    )
    assert returned["at"] > seen["confirmed_at"]


def test_a_refund_of_several_accounts_is_divided_by_what_is_left_of_each(desk: Desk) -> None:
    payment = desk.paid("100.00", "50.00", "0.01")
    desk.approved(payment, "100.00")
    desk.turns()
    told = sorted(data["amount"]["amount"] for _, data in desk.books())
    assert told == ["0.01", "33.33", "66.66"]
    first = desk.shop.account
    assert refused(desk.ask, payment=payment, amount="34.00", account=first) == "more-than-left"
    desk.approved(payment, "33.00", account=first)
    desk.turns()
    [(_, alone)] = desk.books()
    assert (alone["account"], alone["amount"]["amount"]) == (str(first), "33.00")


def test_nobody_approves_his_own_request_but_may_take_it_back(desk: Desk) -> None:
    payment = desk.paid("100.00")
    refund = desk.ask(payment, "100.00")
    assert refused(refund_decide, staff=OLGA, refund=refund, approve=True) == "own-request"
    with (
        psycopg.connect(desk.shop.database.dsn("desk")) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="four_eyes"),
    ):
        connection.execute("UPDATE payments_refund SET state = 'approved', decided_by = asked_by")
    assert desk.refund(refund) == ("asked", "")
    refund_decide(staff=OLGA, refund=refund, approve=False)
    assert refused(refund_decide, staff=PETR, refund=refund, approve=True) == "decided"
    desk.turns()
    assert (desk.parts(), given_back(desk)) == ([("dropped", 10_000)], [])
    desk.ask(payment, "100.00")  # what was held is free again


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payments_refund SET state = 'sent', decided_by = 'staff:2'",
        "UPDATE payments_refund SET amount = 1",
        "UPDATE payments_refund SET asked_by = 'staff:9'",
        "INSERT INTO payments_entry (id) VALUES (gen_random_uuid())",
        (
            "INSERT INTO payments_refund (id, attempt_id, amount, reason, asked_by, state)"
            " SELECT gen_random_uuid(), attempt_id, 1, 'x', 'staff:9', 'approved' FROM payments_refund"
        ),
        "UPDATE payments_unposting SET amount = 1",
    ],
)
def test_the_desk_can_write_nothing_in_which_money_moves(desk: Desk, change: str) -> None:
    desk.ask(desk.paid("100.00"), "10.00")
    with psycopg.connect(desk.shop.database.dsn("desk")) as connection, pytest.raises(FORBIDDEN):
        connection.execute(change)
    assert desk.shop.rows("SELECT state, amount FROM payments_refund") == [("asked", 1_000)]


def test_two_that_ask_for_the_same_money_at_once_do_not_both_get_it(desk: Desk) -> None:
    payment = desk.paid("100.00")

    def ask(_number: int) -> str:
        try:
            return str(desk.ask(payment, "60.00"))
        except ReturnRefusedError as error:
            return error.code

    answers = at_once(4, ask)
    assert answers.count("more-than-left") == 3
    assert desk.shop.rows("SELECT amount FROM payments_refund") == [(6_000,)]


def test_two_that_approve_at_once_approve_one_refund(desk: Desk) -> None:
    refund = desk.ask(desk.paid("100.00"), "100.00")

    def decide(number: int) -> str:
        try:
            refund_decide(staff=PETR + number, refund=refund, approve=number % 2 == 0)
        except ReturnRefusedError as error:
            return error.code
        return "done"

    assert sorted(at_once(4, decide)) == ["decided"] * 3 + ["done"]
    assert len(desk.shop.rows("SELECT 1 FROM kit_audit WHERE action IN ('refund.approve', 'refund.decline')")) == 1


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        *((amount, "amount") for amount in ("0", "-1.00", "0.001", "１２.00", "1e3", "", "nan", "1 000")),
        *((amount, "more-than-left") for amount in ("100.01", "1000000000.00")),
    ],
)
def test_what_cannot_be_given_back_is_refused_and_nothing_is_stored(desk: Desk, amount: str, code: str) -> None:
    payment = desk.paid("100.00")
    assert refused(desk.ask, payment=payment, amount=amount) == code
    assert (desk.shop.rows("SELECT id FROM payments_refund"), desk.parts()) == ([], [])


def test_a_refund_needs_a_reason_and_a_payment_that_came(desk: Desk) -> None:
    attempt = desk.attempt(desk.paid("100.00"))
    for reason in ("", "  \n", "я" * 301):
        assert refused(refund_ask, staff=OLGA, attempt=attempt, amount="1.00", reason=reason) == "no-reason"
    assert refused(refund_ask, staff=OLGA, attempt=uuid4(), amount="1.00", reason="x") == "unknown"
    unpaid = desk.attempt(desk.shop.begun(desk.shop.wish("7.00")))
    assert refused(refund_ask, staff=OLGA, attempt=unpaid, amount="1.00", reason="x") == "unknown"
    assert refused(refund_decide, staff=OLGA, refund=uuid4(), approve=False) == "unknown"
    assert refused(refund_close, staff=OLGA, refund=uuid4(), went=True) == "decided"
    assert desk.shop.rows("SELECT id FROM payments_refund") == []


def die_after_call(desk: Desk) -> None:
    def die(giving: Giving) -> object:
        desk.shop.till.work(giving)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.shop.turn(die)


@pytest.mark.parametrize("step", [1, 2])
def test_a_till_killed_between_call_and_answer_makes_the_same_refund(desk: Desk, step: int) -> None:
    refund = desk.approved(desk.paid("100.00"), "40.00")
    desk.turns(step - 1)
    die_after_call(desk)
    desk.shop.clock.ahead += timedelta(minutes=2)
    desk.turns(4)
    assert (desk.refund(refund), given_back(desk)) == (("done", ""), [4_000])
    assert [kind for kind, _ in desk.books()] == ["refunded"]
    assert [entry for entry in desk.shop.ledger() if entry[0] == "refunded"] == [("refunded", 4_000)]


def test_a_till_killed_before_its_commit_writes_and_tells_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    refund = desk.approved(desk.paid("100.00"), "40.00")

    def die(name: str) -> None:
        if name == "marked":
            raise KeyboardInterrupt

    for _ in range(3):
        with monkeypatch.context() as patched:
            patched.setattr(desk.shop.till, "_point", die)
            with pytest.raises(KeyboardInterrupt):
                desk.shop.turn()
        desk.shop.clock.ahead += timedelta(minutes=2)
        desk.shop.turn()
    desk.turns()
    assert (desk.refund(refund), given_back(desk)) == (("done", ""), [4_000])
    assert [kind for kind, _ in desk.books()] == ["refunded"]


@pytest.mark.parametrize("trouble", ["lose_answer", "fail_answer"])
def test_an_answer_that_is_lost_is_the_same_refund_again(desk: Desk, trouble: str) -> None:
    refund = desk.approved(desk.paid("100.00"), "40.00")
    desk.shop.turn()
    desk.shop.house.trouble(call="/refunds", times=1, **{trouble: 1})
    desk.shop.turn()
    assert desk.refund(refund)[0] == "sent"
    desk.shop.clock.ahead += timedelta(minutes=2)
    desk.turns()
    assert (desk.refund(refund), given_back(desk)) == (("done", ""), [4_000])


def test_a_refund_that_takes_its_time_is_asked_about_until_it_is_done(desk: Desk) -> None:
    desk.shop.house.trouble(slow_refund=1, slow_ms=1)
    refund = desk.approved(desk.paid("100.00"), "100.00")
    desk.turns(2)
    desk.shop.house.settled()
    assert desk.refund(refund)[0] == "sent"
    desk.shop.clock.ahead += timedelta(minutes=2)
    desk.turns(1)
    assert desk.refund(refund)[0] == "done"


def test_a_refund_that_the_bank_refuses_is_told_and_its_money_is_free_again(desk: Desk) -> None:
    payment = desk.paid("100.00")
    desk.shop.house.trouble(refuse=1)
    refund = desk.approved(payment, "100.00")
    desk.turns()
    state, failure = desk.refund(refund)
    assert (state, bool(failure)) == ("failed", True)
    assert (desk.parts(), desk.books()) == ([("dropped", 10_000)], [])
    assert desk.shop.portal.signals("sequence_fail")[-1]["action"] == "refund.failed"
    assert desk.shop.seen(payment)["returns"] == []
    again = desk.ask(payment, "100.00")
    assert refused(refund_decide, staff=OLGA, refund=again, approve=True) == "own-request"


def test_a_refund_made_at_the_providers_own_cabinet_becomes_a_row_once(desk: Desk) -> None:
    payment = desk.paid("100.00", "50.00")
    desk.outside(payment, "30.00")
    desk.shop.later(days=2)
    desk.turns()
    assert desk.shop.rows("SELECT state, origin, amount, asked_by FROM payments_refund") == [
        ("done", "provider", 3_000, "provider:yookassa")
    ]
    assert sorted(data["amount"]["amount"] for _, data in desk.books()) == ["10.00", "20.00"]
    desk.shop.later(days=40)
    desk.turns()
    assert (desk.books(), desk.shop.seen(payment)["refunded"]) == ([], "30.00")


def test_what_went_back_over_there_overtakes_what_was_promised_here(desk: Desk) -> None:
    payment = desk.paid("100.00")
    approved, asked = desk.approved(payment, "50.00"), desk.ask(payment, "40.00")
    desk.outside(payment, "70.00")
    desk.turns(4)
    assert [desk.refund(one)[0] for one in (approved, asked)] == ["failed", "declined"]
    assert given_back(desk) == [7_000]
    assert desk.shop.seen(payment)["refunded"] == "70.00"
    assert [data["amount"]["amount"] for _, data in desk.books()] == ["70.00"]


def test_a_notice_of_a_refund_only_makes_us_ask_however_often_it_comes(desk: Desk) -> None:
    payment = desk.paid("100.00")
    desk.shop.deliver()
    desk.outside(payment, "30.00")
    [told] = desk.shop.deliver()
    assert (told.status_code, desk.shop.seen(payment)["refunded"]) == (200, "0.00")
    desk.turns()
    desk.shop.deliver(again=True)
    desk.turns()
    assert desk.shop.seen(payment)["refunded"] == "30.00"
    assert len(desk.shop.rows("SELECT id FROM payments_refund")) == 1


def test_a_forged_notice_of_a_refund_changes_nothing(desk: Desk) -> None:
    payment = desk.paid("100.00")
    desk.outside(payment, "30.00")
    forged = desk.shop.house.settled()[-1]
    strangers = forged.body.replace(b"30.00", b"99.00")
    assert desk.shop.notice(forged, address="203.0.113.9", body=strangers).status_code == 401
    desk.turns()
    assert desk.shop.seen(payment)["refunded"] == "0.00"
    assert desk.shop.notice(forged, body=strangers).status_code == 200  # it makes us ask, and the answer is the truth
    desk.turns()
    assert desk.shop.seen(payment)["refunded"] == "30.00"
    about = {"id": "r-1", "status": "succeeded", "payment_id": "p-1"}
    alien = json.dumps({"type": "notification", "event": "refund.succeeded", "object": about}).encode()
    assert desk.shop.notice(forged, body=alien).status_code == 200
    assert desk.shop.rows("SELECT count(*) FROM payments_notice WHERE state = 'orphan'") == [(1,)]
    assert len(desk.shop.rows("SELECT id FROM payments_refund")) == 1


def test_what_no_provider_can_give_back_is_given_back_by_a_person(desk: Desk) -> None:
    payment = desk.paid("100.00")
    refund = desk.approved(payment, "40.00")
    desk.shop.till._providers = {}  # noqa: SLF001 - the settings of a till without this provider
    desk.turns()
    assert desk.refund(refund) == ("manual", "no-such-provider")
    assert desk.shop.portal.signals("sequence_fail")[-1]["action"] == "refund.manual"
    refund_close(staff=OLGA, refund=refund, went=True)
    desk.turns()
    assert (desk.refund(refund)[0], [kind for kind, _ in desk.books()]) == ("done", ["refunded"])
    other = desk.approved(payment, "60.00")
    desk.turns()
    refund_close(staff=OLGA, refund=other, went=False)
    desk.turns()
    assert (desk.refund(other), desk.books()) == (("failed", "by-staff"), [])
    assert desk.shop.seen(payment)["refunded"] == "40.00"


def test_what_went_back_by_hand_already_needs_four_eyes_as_well(desk: Desk) -> None:
    refund = desk.ask(desk.paid("100.00"), "40.00", by_hand=True)
    desk.turns()
    assert desk.refund(refund)[0] == "asked"
    desk.approve(refund)
    desk.turns()
    assert (desk.refund(refund)[0], given_back(desk)) == ("done", [])
    assert [kind for kind, _ in desk.books()] == ["refunded"]


def test_what_the_books_will_not_let_go_is_told(desk: Desk) -> None:
    desk.approved(desk.paid("100.00"), "40.00")
    desk.turns()
    desk.books(refuse="refunded")
    desk.turns()
    assert desk.parts() == [("rejected", 4_000)]
    assert desk.shop.portal.signals("sequence_fail")[-1]["action"] == "unposting.rejected"


def test_what_the_books_never_took_they_are_not_told_to_give_back(desk: Desk) -> None:
    payment = desk.shop.begun(desk.shop.wish("100.00"))
    desk.shop.press(payment)
    desk.shop.later(minutes=1)
    refund = desk.approved(payment, "100.00")
    desk.turns()
    assert (desk.refund(refund)[0], desk.parts()) == ("done", [("planned", 10_000)])  # the books have not answered
    assert [kind for kind, _ in desk.books(refuse="captured")] == ["captured"]
    desk.turns()
    assert (desk.parts(), desk.books()) == ([("needless", 10_000)], [])


def test_a_decision_is_in_the_audit_with_its_person(desk: Desk) -> None:
    refund: UUID = desk.approved(desk.paid("100.00"), "40.00")
    desk.turns()
    told = desk.shop.portal.peek(
        "SELECT actor, action FROM kit_audit WHERE subject = %s ORDER BY seq", f"refund:{refund}"
    )
    assert told == [("staff:1", "refund.ask"), ("staff:2", "refund.approve"), ("process:till", "refund.done")]


def test_a_system_that_is_away_is_looked_at_again_and_one_call_that_breaks_breaks_nothing(desk: Desk) -> None:
    payment = desk.paid("100.00")
    desk.outside(payment, "30.00")
    desk.shop.house.trouble(away=1)
    refund = desk.approved(payment, "10.00")
    desk.shop.later(days=2)
    assert (desk.refund(refund)[0], desk.shop.seen(payment)["refunded"]) == ("approved", "0.00")

    def breaks(giving: Giving) -> object:
        return desk.shop.till.broken(giving, ValueError())

    desk.shop.clock.ahead += timedelta(hours=2)
    desk.shop.turn(breaks)
    assert desk.refund(refund) == ("approved", "ValueError")
    desk.shop.house.trouble()
    desk.shop.later(hours=2)
    desk.turns()
    assert (desk.refund(refund)[0], desk.shop.seen(payment)["refunded"]) == ("done", "40.00")
