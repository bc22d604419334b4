"""A payment that went to the wrong account: taken out of the books there and put in here, with four eyes, once."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from factories.paying import shop_open
from factories.portal import Database, at_once
from factories.returning import OLGA, PETR, Desk

from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.payments.services.refunding.misdirected import move_ask, move_decide, move_leave
from okno.cabinet.payments.services.refunding.requests import ReturnRefusedError


@pytest.fixture
def desk(tmp_path: Path, cabinet_database: Database) -> Iterator[Desk]:
    with shop_open(tmp_path, cabinet_database) as shop:
        yield Desk(shop)


@pytest.fixture
def right(desk: Desk) -> UUID:
    """The account that the money was meant for, of somebody else."""
    return desk.shop.portal.account()


def ask(desk: Desk, payment: str, account: UUID) -> UUID:
    return UUID(move_ask(staff=OLGA, posting=desk.posting(payment), account=account, reason="ошиблись счётом"))


def approved(desk: Desk, payment: str, account: UUID) -> UUID:
    move = ask(desk, payment, account)
    move_decide(staff=PETR, move=move, approve=True)
    return move


def refused(call: Any, *args: Any, **given: Any) -> str:  # noqa: ANN401 - a service and what it takes
    with pytest.raises(ReturnRefusedError) as caught:
        call(*args, **given)
    return caught.value.code


def told(desk: Desk, **given: str) -> list[tuple[str, str, str]]:
    return [(kind, data["account"], data["amount"]["amount"]) for kind, data in desk.books(**given)]


def test_a_move_leaves_one_account_and_then_enters_the_other(desk: Desk, right: UUID) -> None:
    payment = desk.paid("100.00")
    move = ask(desk, payment, right)
    desk.turns()
    assert told(desk) == []
    move_decide(staff=PETR, move=move, approve=True)
    desk.turns()
    assert told(desk) == [("reversed", str(desk.shop.account), "100.00")]
    desk.turns()
    assert told(desk) == [("captured", str(right), "100.00")]
    desk.turns()
    assert told(desk) == []
    assert desk.shop.rows("SELECT state FROM payments_move") == [("done",)]
    assert desk.shop.seen(payment)["state"] == "posted"
    assert [entry for entry in desk.shop.ledger() if entry[0] != "fee"] == [("captured", 10_000)]
    # It can be given back from where it stands now.
    desk.approved(payment, "100.00")
    desk.turns()
    assert told(desk) == [("refunded", str(right), "100.00")]


@pytest.mark.parametrize("is_own", [True, False])
def test_the_customer_is_told_of_a_move_and_of_no_account_but_his_own(desk: Desk, right: UUID, *, is_own: bool) -> None:
    payment = desk.paid("100.00")
    if is_own:
        access_grant(desk.shop.anna, desk.shop.portal.grant_token(desk.shop.anna, right))
    approved(desk, payment, right)
    assert desk.shop.seen(payment)["moves"] == []
    desk.turns()
    desk.books()
    desk.turns()
    [(done_at,)] = desk.shop.rows("SELECT done_at FROM payments_move")
    assert isinstance(done_at, datetime)
    shown = desk.shop.seen(payment)
    [move] = shown["moves"]
    assert datetime.fromisoformat(move.pop("at")).replace(microsecond=0) == done_at.replace(microsecond=0)
    target = str(right) if is_own else None
    assert move == {"source": str(desk.shop.account), "target": target, "amount": "100.00"}
    assert (str(right) in str(shown)) == is_own
    listed = desk.shop.browser.send("GET", "/api/payments").json()
    assert [one["moves"][0]["target"] for one in listed] == [target]


def test_what_was_given_back_in_part_is_moved_for_the_rest(desk: Desk, right: UUID) -> None:
    payment = desk.paid("100.00")
    desk.approved(payment, "30.00")
    desk.turns()
    desk.books()
    approved(desk, payment, right)
    desk.turns()
    assert told(desk) == [("refunded", str(desk.shop.account), "70.00")]  # no books reverse a part
    desk.turns()
    assert told(desk) == [("captured", str(right), "70.00")]


def test_what_the_books_refused_for_one_account_is_posted_to_another(desk: Desk, right: UUID) -> None:
    payment = desk.shop.begun(desk.shop.wish("100.00"))
    desk.shop.press(payment)
    desk.shop.later(minutes=1)
    assert refused(ask, desk, payment, right) == "not-in-books"
    desk.books(refuse="captured")
    desk.turns()
    approved(desk, payment, right)
    desk.turns()
    assert told(desk) == [("captured", str(right), "100.00")]
    desk.turns()
    assert desk.shop.seen(payment)["state"] == "posted"
    assert refused(ask, desk, payment, right) == "more-than-left"


def test_what_the_books_will_not_take_back_waits_for_a_person(desk: Desk, right: UUID) -> None:
    payment = desk.paid("100.00")
    approved(desk, payment, right)
    desk.turns()
    told(desk, refuse="reversed")
    desk.turns()
    assert (told(desk), desk.parts()) == ([], [("rejected", 10_000)])
    assert desk.shop.rows("SELECT state, failure FROM payments_move") == [("approved", "books")]
    assert [one["action"] for one in desk.shop.portal.signals("sequence_fail")][-2:] == [
        "unposting.rejected",
        "move.stuck",
    ]
    [(move,)] = desk.shop.rows("SELECT id FROM payments_move")
    move_leave(staff=PETR, move=UUID(str(move)))
    assert desk.shop.rows("SELECT state, failure FROM payments_move") == [("failed", "books")]
    assert desk.parts() == [("dropped", 10_000)]
    ask(desk, payment, right)  # it may be tried again


def test_a_till_killed_before_its_commit_moves_once(desk: Desk, right: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = desk.paid("100.00")
    approved(desk, payment, right)

    def die(name: str) -> None:
        if name == "marked":
            raise KeyboardInterrupt

    commands = []
    for _ in range(4):
        with monkeypatch.context() as patched:
            patched.setattr(desk.shop.till, "_point", die)
            with pytest.raises(KeyboardInterrupt):
                desk.shop.turn()
        desk.shop.turn()
        commands += told(desk)
    assert commands == [("reversed", str(desk.shop.account), "100.00"), ("captured", str(right), "100.00")]


def test_nobody_approves_his_own_move(desk: Desk, right: UUID) -> None:
    payment = desk.paid("100.00")
    move = ask(desk, payment, right)
    assert refused(move_decide, staff=OLGA, move=move, approve=True) == "own-request"
    with (
        psycopg.connect(desk.shop.database.dsn("desk")) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="four_eyes"),
    ):
        connection.execute("UPDATE payments_move SET state = 'approved', decided_by = asked_by")
    assert refused(ask, desk, payment, right) == "more-than-left"  # it is asked for already
    move_decide(staff=OLGA, move=move, approve=False)
    assert refused(move_decide, staff=PETR, move=move, approve=True) == "decided"
    assert refused(move_decide, staff=PETR, move=uuid4(), approve=True) == "unknown"
    desk.turns()
    assert (told(desk), desk.parts()) == ([], [("dropped", 10_000)])


def test_two_that_ask_for_the_same_move_at_once_ask_for_one(desk: Desk, right: UUID) -> None:
    payment = desk.paid("100.00")

    def wish(_number: int) -> str:
        try:
            return str(ask(desk, payment, right))
        except ReturnRefusedError as error:
            return error.code

    assert at_once(4, wish).count("more-than-left") == 3


def test_an_account_that_cannot_take_it_is_refused_and_nothing_is_stored(desk: Desk, right: UUID) -> None:
    payment = desk.paid("100.00")
    assert refused(ask, desk, payment, desk.shop.account) == "account"
    assert refused(ask, desk, payment, uuid4()) == "account"
    desk.shop.portal.peek("UPDATE accounts_account SET currency = 'EUR' WHERE id = %s", right)
    assert refused(ask, desk, payment, right) == "account"
    desk.shop.portal.peek("UPDATE accounts_account SET currency = 'RUB', status = 'closed' WHERE id = %s", right)
    assert refused(ask, desk, payment, right) == "account"
    assert refused(move_ask, staff=OLGA, posting=uuid4(), account=right, reason="x") == "unknown"
    assert refused(move_ask, staff=OLGA, posting=desk.posting(payment), account=right, reason=" ") == "no-reason"
    assert (desk.shop.rows("SELECT id FROM payments_move"), desk.parts()) == ([], [])
