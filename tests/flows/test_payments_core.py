"""One payment from the wish to the books: at YooKassa's twin, over HTTP, with everything coming twice and late."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from factories.paying import Shop, shop_open
from factories.portal import Browser, Database, at_once

from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.payments.services.deciding import DecisionError, attempt_decide
from okno.cabinet.payments.states import TABLES
from okno.cabinet.payments.tasks.errands import Back, Errand


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


def test_a_payment_is_accepted_confirmed_and_posted_each_with_its_time(shop: Shop) -> None:
    payment = shop.begun()
    accepted = shop.seen(payment)
    assert (accepted["state"], accepted["amount"], accepted["go"]["kind"]) == ("accepted", "1234.50", "redirect")
    assert accepted["confirmed_at"] is None

    shop.press(payment)
    assert [answer.status_code for answer in shop.deliver()] == [200]
    assert shop.seen(payment)["state"] == "accepted"  # the notice is no evidence, it only makes us ask
    shop.turn()
    confirmed = shop.seen(payment)
    assert (confirmed["state"], confirmed["go"], confirmed["posted_at"]) == ("confirmed", None, None)
    assert shop.ledger() == [("captured", 123_450), ("fee", 3_086)]

    [told] = shop.books_answer()
    assert (told["account"], told["amount"], told["method"]) == (
        str(shop.account),
        {"amount": "1234.50", "currency": "RUB"},
        "card",
    )
    shop.turn()
    posted = shop.seen(payment)
    assert (posted["state"], posted["shares"]) == (
        "posted",
        [{"account": str(shop.account), "amount": "1234.50", "posted": True}],
    )
    assert posted["accepted_at"] < posted["confirmed_at"] < posted["posted_at"]


def test_the_page_may_never_come_back_and_no_notice_may_ever_come(shop: Shop) -> None:
    payment = shop.begun()
    shop.press(payment)
    shop.later(minutes=1)
    assert shop.seen(payment)["state"] == "confirmed"


def test_a_double_click_a_second_tab_and_a_repetition_are_one_payment(shop: Shop) -> None:
    wish = shop.wish()
    tabs = [shop.browser.twin() for _ in range(4)]
    answers = at_once(4, lambda number: tabs[number].send("POST", "/api/payments", wish if number else shop.wish()))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert shop.rows("SELECT count(*) FROM payments_attempt") == [(1,)]
    shop.turn()
    shop.turn()
    assert len(shop.house.journal("created")) == 1


def test_the_same_key_with_another_amount_is_refused(shop: Shop) -> None:
    wish = shop.wish()
    shop.begun(wish)
    other = shop.start({**wish, "shares": [{"account": str(shop.account), "amount": "1.00"}]})
    assert (other.status_code, other.json()["code"]) == (409, "key-taken")
    assert shop.rows("SELECT count(*) FROM payments_payment") == [(1,)]


@pytest.mark.parametrize(
    ("amount", "changes", "code"),
    [
        *(
            (amount, {}, "wrong-amount")
            for amount in ("-1.00", "0.00", "0.001", "1000000000.00", "１２.00", "1e3", "0.99")
        ),
        ("10.00", {"currency": "EUR", "method": "abroad"}, "wrong-currency"),
        ("10.00", {"currency": "EUR"}, "wrong-currency"),
        ("10.00", {"method": "cash"}, "unknown-method"),
        ("10.00", {"shares": []}, "bad-request"),
    ],
)
def test_what_cannot_be_paid_is_refused_and_nothing_is_stored(
    shop: Shop, amount: str, changes: dict[str, object], code: str
) -> None:
    answer = shop.start({**shop.wish(amount), **changes})
    assert answer.status_code in (400, 422), answer.content
    assert answer.json()["code"] == code
    assert shop.rows("SELECT count(*) FROM payments_payment") == [(0,)]


def test_a_closed_account_and_anothers_are_refused(shop: Shop) -> None:
    shop.portal.peek("UPDATE accounts_account SET status = 'closed'")
    assert shop.start().json()["code"] == "account-closed"
    foreign = shop.portal.account()
    wish = shop.wish(shares=[{"account": str(foreign), "amount": "10.00"}])
    assert shop.start(wish).status_code == 404
    assert shop.rows("SELECT count(*) FROM payments_payment") == [(0,)]


def test_anothers_payment_is_the_same_as_none(shop: Shop) -> None:
    payment = shop.begun()
    shop.portal.person(login="boris", phone="+79001110002")
    boris = shop.portal.signed_in("boris")
    for path in (f"/api/payments/{payment}", f"/api/payments/{uuid4()}"):
        assert boris.send("GET", path).status_code == 404
    assert boris.send("POST", f"/api/payments/{payment}/again").status_code == 404
    assert boris.send("GET", "/api/payments").json() == []


def test_several_accounts_are_paid_at_once_and_each_is_told_its_own(shop: Shop) -> None:
    second = shop.portal.account()
    access_grant(shop.anna, shop.portal.grant_token(shop.anna, second))
    shares = [{"account": str(shop.account), "amount": "100.00"}, {"account": str(second), "amount": "23.45"}]
    payment = shop.begun(shop.wish(shares=shares))
    shop.press(payment)
    shop.later(minutes=1)
    told = {one["account"]: one["amount"]["amount"] for one in shop.books_answer()}
    assert told == {str(shop.account): "100.00", str(second): "23.45"}
    shop.turn()
    assert shop.seen(payment)["state"] == "posted"


def test_a_notice_twice_and_an_answer_at_once_post_one_payment(shop: Shop) -> None:
    payment = shop.begun()
    shop.press(payment)
    [notice] = shop.house.settled()
    with ThreadPoolExecutor(4) as pool:
        turns = [pool.submit(shop.turn) for _ in range(2)]
        answers = at_once(2, lambda _: shop.notice(notice))
        for one in turns:
            one.result()
    assert [answer.status_code for answer in answers] == [200, 200]
    shop.turn()
    shop.deliver(again=True)
    shop.later(hours=1)
    assert shop.seen(payment)["state"] == "confirmed"
    assert len(shop.books_answer()) == 1
    assert shop.rows("SELECT times FROM payments_notice") == [(3,)]


def test_a_notice_that_comes_while_the_provider_is_asked_is_asked_about_again(shop: Shop) -> None:
    payment = shop.begun()

    def ask_then_pay(errand: Errand) -> Back:
        back = shop.till.work(errand)
        shop.press(payment)
        shop.deliver()
        return back

    shop.clock.ahead += timedelta(minutes=1)
    assert shop.turn(ask_then_pay) == 1
    assert shop.seen(payment)["state"] == "accepted"
    assert shop.turn() == 1
    assert shop.seen(payment)["state"] == "confirmed"


def test_a_forged_notice_changes_nothing(shop: Shop) -> None:
    payment = shop.begun()
    shop.house.trouble(forge=1.0)
    other = shop.begun(shop.wish("77.00"))
    forged = shop.house.settled()
    assert forged
    for one in forged:
        assert shop.notice(one, address="203.0.113.9").status_code == 401
        assert (
            shop.notice(one).status_code == 200
        )  # from the right address it makes us ask, and the answer is the truth
    shop.later(minutes=1)
    assert {shop.seen(one)["state"] for one in (payment, other)} == {"accepted"}
    assert (shop.ledger(), shop.books_answer()) == ([], [])


def test_a_declined_payment_is_closed_can_be_tried_again_and_late_money_moves_it_on(shop: Shop) -> None:
    payment = shop.begun()
    shop.press(payment, "decline")
    shop.later(minutes=1)
    closed = shop.seen(payment)
    assert (closed["state"], closed["ended"], closed["reason"]) == ("closed", "failed", "insufficient_funds")
    assert shop.browser.send("POST", f"/api/payments/{payment}/again").status_code == 202
    shop.turn()
    again = shop.seen(payment)
    assert (again["state"], again["go"]["kind"]) == ("accepted", "redirect")
    assert shop.browser.send("POST", f"/api/payments/{payment}/again").json()["code"] == "wrong-step"
    shop.press(payment)
    shop.later(minutes=1)
    assert shop.seen(payment)["state"] == "confirmed"
    assert shop.rows("SELECT count(*) FROM payments_attempt") == [(2,)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"amount_minor": 123_449}, "amount"), ({"currency": "USD"}, "currency"), ({"test": True}, "test-money")],
)
def test_money_that_is_not_what_was_asked_for_waits_for_a_person(
    shop: Shop, changes: dict[str, object], reason: str
) -> None:
    payment = shop.begun()
    shop.alter(**changes)
    shop.press(payment)
    shop.later(minutes=1)
    seen = shop.seen(payment)
    assert (seen["state"], seen["reason"]) == ("review", reason)
    assert (shop.ledger(), shop.books_answer()) == ([], [])
    assert {"action": "payment.mismatch", "reason": reason}.items() <= shop.portal.signals("sequence_fail")[-1].items()


def waiting(shop: Shop, **changes: object) -> tuple[str, UUID]:
    """A payment for which other money came than was asked for, and its attempt."""
    payment = shop.begun()
    shop.alter(**changes)
    shop.press(payment)
    shop.later(minutes=1)
    [(attempt,)] = shop.rows("SELECT id FROM payments_attempt WHERE state = 'mismatch'")
    assert isinstance(attempt, UUID)
    return payment, attempt


def test_other_money_that_a_person_takes_is_the_customers_as_it_came(shop: Shop) -> None:
    payment, attempt = waiting(shop, amount_minor=123_449)
    attempt_decide(attempt, "take", staff=7, using="desk")
    shop.turn()
    assert shop.seen(payment)["state"] == "confirmed"
    [told] = shop.books_answer()
    assert (told["amount"]["amount"], shop.ledger()) == ("1234.49", [("captured", 123_449)])
    shop.turn()
    assert shop.seen(payment)["state"] == "posted"
    with pytest.raises(DecisionError, match="not-waiting"):
        attempt_decide(attempt, "leave", staff=7, using="desk")


def test_other_money_that_a_person_leaves_closes_the_payment_for_good(shop: Shop) -> None:
    payment, attempt = waiting(shop, test=True)
    with pytest.raises(DecisionError, match="only-leave"):
        attempt_decide(attempt, "take", staff=7, using="desk")
    attempt_decide(attempt, "leave", staff=7, using="desk")
    with pytest.raises(DecisionError, match="decided"):
        attempt_decide(attempt, "leave", staff=8, using="desk")
    shop.turn()
    assert (shop.seen(payment)["state"], shop.ledger(), shop.books_answer()) == ("closed", [], [])
    shop.deliver(again=True)
    shop.later(minutes=1)
    assert (shop.seen(payment)["state"], shop.ledger()) == ("closed", [])


def test_a_till_killed_after_the_providers_answer_begins_the_same_attempt_again(shop: Shop) -> None:
    def die(errand: object) -> object:
        shop.till.work(errand)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    payment = shop.start().json()["id"]
    with pytest.raises(KeyboardInterrupt):
        shop.turn(die)
    assert shop.seen(payment)["go"] is None
    shop.later(minutes=2)
    assert re.match(r"http://127\.0\.0\.1:\d+/payer/", shop.seen(payment)["go"]["url"])
    assert len(shop.house.journal("created")) == 1


def test_what_the_books_refuse_stays_confirmed_and_is_told(shop: Shop) -> None:
    payment = shop.begun()
    shop.press(payment)
    shop.later(minutes=1)
    shop.books_answer(refuse=True)
    shop.turn()
    assert shop.seen(payment)["state"] == "confirmed"
    assert shop.rows("SELECT state FROM payments_posting") == [("rejected",)]
    assert shop.rows("SELECT count(*) FROM kit_audit WHERE action = 'payment.rejected'") == [(1,)]


def test_no_state_is_written_outside_of_the_table_and_no_entry_changed(shop: Shop) -> None:
    payment = shop.begun()
    shop.press(payment)
    shop.later(minutes=1)
    for change in ("UPDATE payments_payment SET state = 'accepted'", "UPDATE payments_attempt SET state = 'pending'"):
        with pytest.raises(psycopg.errors.CheckViolation):
            shop.rows(change)
    for change in ("UPDATE payments_entry SET amount = 1", "DELETE FROM payments_entry"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            shop.rows(change)
    assert shop.seen(payment)["state"] == "confirmed"


def test_methods_are_told_with_their_fee_before_anything_is_chosen(shop: Shop) -> None:
    card, *_, abroad = shop.browser.send("GET", "/api/payments/methods").json()
    assert (card["id"], card["fee_percent"], card["fee_least"], card["least"]) == ("card", "0.80", "1.00", "1.00")
    assert abroad["currency"] == "EUR"


def test_the_counter_serves_notices_and_nothing_else(shop: Shop) -> None:
    counter = Browser(host="counter.test.localhost")
    for path in ("/", "/api/session", "/notices/qiwi", "/login"):
        assert counter.send("POST", path, {}).status_code == 404
    assert (
        shop.browser.send("POST", "/notices/yookassa", {}).status_code == 405
    )  # a page of the portal, to be looked at


def test_the_database_knows_the_same_ways_as_the_code(shop: Shop) -> None:
    kept = shop.rows('SELECT "table", before, after FROM payments_way')
    assert set(kept) == {
        (table, before, after)
        for table, edges in TABLES.items()
        for before, afters in edges.items()
        for after in afters
    }
