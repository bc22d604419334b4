"""A transfer that names an account finds it at its first coming: known here, or asked about inside, and once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from factories.bank import (
    asked,
    brought,
    inside_says,
    lines,
    numbers_of,
    reconciler,
    statement,
    transfer,
    turn,
)
from factories.paying import Shop, shop_open
from factories.portal import Database
from factories.statements import written_1c, written_camt, written_mt940

from okno.cabinet.payments.services.finding.numbers import number_key
from okno.cabinet.reconciliation.services.finding import ANSWER_WITHIN
from okno.cabinet.reconciliation.services.importing import statement_import
from okno.cabinet.reconciliation.tasks.reconciler import ReconcilerDesk
from okno.protocol.ids import new_id

NUMBER = "4081700100"
PURPOSE = f"Оплата услуг, л/с № {NUMBER}, Выдумкин Иван Иванович"


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


@pytest.fixture
def desk(shop: Shop) -> ReconcilerDesk:
    return reconciler(shop, numbers=numbers_of(shop))


def moved(shop: Shop) -> list[tuple[str, str]]:
    return [(told["account"], told["amount"]["amount"]) for told in shop.books_answer()]


@pytest.mark.parametrize("written", [written_1c, written_camt, written_mt940])
def test_a_stranger_s_first_transfer_is_asked_about_and_arrives_once(
    shop: Shop, desk: ReconcilerDesk, written: object
) -> None:
    content = written([statement(transfer(purpose=PURPOSE))])  # type: ignore[operator]
    assert statement_import(name="f", content=content, by="staff:1").fresh == 1
    turn(shop, desk)
    turn(shop, desk)
    assert (lines(shop), asked(shop), moved(shop)) == ([("asked", "")], [NUMBER], [])
    inside_says(shop, shop.account)
    turn(shop, desk)
    turn(shop, desk)
    assert lines(shop) == [("matched", "found")]
    assert moved(shop) == [(str(shop.account), "1234.50")]
    shop.turn()
    assert shop.rows("SELECT state, method FROM payments_payment") == [("posted", "bank")]


def test_who_is_known_is_found_without_a_question_even_by_what_an_agent_learnt(
    shop: Shop, desk: ReconcilerDesk
) -> None:
    key = number_key(shop.portal.config.pepper_bytes, "main", NUMBER)
    shop.portal.peek(
        "INSERT INTO payments_agent_account (key, account_id, system, currency) VALUES (%s, %s, 'main', 'RUB')",
        key,
        shop.account,
    )
    content = written_camt([statement(transfer(purpose="л/с ４０８１-７００１００", payer_account="1"))])
    statement_import(name="f", content=content, by="staff:1")
    turn(shop, desk)
    assert (lines(shop), asked(shop)) == ([("matched", "found")], [])


def test_no_number_is_kept_but_in_its_own_line(shop: Shop, desk: ReconcilerDesk) -> None:
    brought(transfer(purpose=PURPOSE))
    turn(shop, desk)
    told = shop.rows("SELECT convert_from(data, 'UTF8') || labels::text || subject FROM kit_outbox")
    assert told
    assert NUMBER not in str(told)
    assert shop.rows("SELECT octet_length(key), taken FROM reconciliation_question") == [(32, False)]


def test_while_the_inside_is_away_lines_wait_and_arrive_once(shop: Shop, desk: ReconcilerDesk) -> None:
    brought(transfer(purpose=PURPOSE), transfer(purpose=PURPOSE, payer_account="2"))
    for hours in (0, 1, 3, 9, 24):
        shop.portal.peek("UPDATE kit_outbox SET state = 'failed' WHERE kind = 'query' AND state = 'queued'")
        turn(shop, desk, ahead=timedelta(hours=hours))
        turn(shop, desk, ahead=timedelta(hours=hours))
    assert (lines(shop), len(asked(shop))) == ([("asked", "")] * 2, 10)
    inside_says(shop, shop.account)
    turn(shop, desk, ahead=timedelta(hours=25))
    turn(shop, desk, ahead=timedelta(hours=60))
    assert lines(shop) == [("matched", "found")] * 2
    assert moved(shop) == [(str(shop.account), "1234.50")] * 2


def test_what_nobody_answers_in_its_term_is_for_a_person(shop: Shop, desk: ReconcilerDesk) -> None:
    brought(transfer(purpose=PURPOSE))
    turn(shop, desk)
    turn(shop, desk, ahead=ANSWER_WITHIN - timedelta(minutes=1))
    assert lines(shop) == [("asked", "")]
    turn(shop, desk, ahead=ANSWER_WITHIN + timedelta(minutes=1))
    assert (lines(shop), moved(shop)) == ([("queued", "not-answered")], [])


def test_without_a_key_of_the_accounting_a_line_waits_without_a_question(shop: Shop) -> None:
    desk = reconciler(shop, numbers=numbers_of(shop, "other"))
    brought(transfer(purpose=PURPOSE))
    turn(shop, desk)
    assert (lines(shop), asked(shop)) == ([("asked", "")], [])


def test_several_accounts_are_for_a_person_and_one_of_two_numbers_is_found(shop: Shop, desk: ReconcilerDesk) -> None:
    brought(
        transfer(purpose="л/с 100500, л/с 100501", reference="1"),
        transfer(purpose="л/с 200500, договор 200501", reference="2", payer_account="2"),
        transfer(purpose="л/с 1001, л/с 1002, л/с 1003, л/с 1004", reference="3", payer_account="3"),
    )
    turn(shop, desk)
    assert lines(shop) == [("asked", ""), ("asked", ""), ("queued", "several")]
    assert sorted(asked(shop)) == ["100500", "100501", "200500", "200501"]
    other = new_id()
    for named, account in (("100500", shop.account), ("100501", other), ("200500", None)):
        inside_says(shop, account, number=named)
    turn(shop, desk)
    assert lines(shop) == [("queued", "several"), ("asked", ""), ("queued", "several")]
    inside_says(shop, shop.account, number="200501")
    turn(shop, desk)
    assert lines(shop)[1] == ("matched", "found")
    assert moved(shop) == [(str(shop.account), "1234.50")]


def test_what_cannot_be_paid_says_why_and_moves_nothing(shop: Shop, desk: ReconcilerDesk) -> None:
    brought(transfer(purpose="л/с 900001"), transfer(purpose="л/с 900002", reference="2"))
    turn(shop, desk)
    inside_says(shop, None, number="900001")
    inside_says(shop, shop.account, currency="EUR", number="900002")
    turn(shop, desk)
    assert lines(shop) == [("queued", "no-account"), ("queued", "currency")]
    assert moved(shop) == []


def test_a_closed_account_is_said_so_by_the_read_model_and_by_the_inside(shop: Shop, desk: ReconcilerDesk) -> None:
    brought(transfer(purpose="л/с 900001"))
    turn(shop, desk)
    inside_says(shop, shop.account)
    turn(shop, desk)
    shop.portal.peek("UPDATE accounts_account SET status = 'closed'")
    brought(
        transfer(purpose="л/с 900001", reference="2"),
        transfer(purpose="л/с 900001", reference="3", payer_account="3"),
    )
    turn(shop, desk)
    assert lines(shop) == [("matched", "found"), ("queued", "closed"), ("queued", "closed")]
    shop.portal.peek("UPDATE accounts_account SET as_of = now() - interval '2 days'")
    brought(transfer(purpose="л/с 900001", reference="4", payer_account="4"))
    turn(shop, desk)
    inside_says(shop, None)
    turn(shop, desk)
    assert lines(shop)[3] == ("queued", "closed")
    assert len(moved(shop)) == 1


def test_a_long_statement_is_worked_off_turn_by_turn(shop: Shop, desk: ReconcilerDesk) -> None:
    brought(*(transfer(purpose=f"Спасибо {each}", reference=str(each)) for each in range(201)))
    turn(shop, desk)
    assert shop.rows("SELECT count(*) FROM reconciliation_line WHERE state = 'new'") == [(1,)]
    turn(shop, desk)
    assert shop.rows("SELECT count(*) FROM reconciliation_line WHERE state = 'queued'") == [(201,)]
