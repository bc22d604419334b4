"""Whose a number is: the inside says it once, the read model goes on with it, and nobody waits for long."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.agents import NAME, NUMBER, ORDER, Desk, desk_open
from factories.portal import Database, at_once

from okno.cabinet.config.instance import Limit
from okno.cabinet.payments.services.agents import finding
from okno.protocol.ids import new_id


@pytest.fixture
def desk(tmp_path: Path, cabinet_database: Database) -> Iterator[Desk]:
    with desk_open(tmp_path, cabinet_database, wait_ms=30_000) as opened:
        yield opened


def test_the_inside_is_asked_once_and_the_read_model_goes_on(desk: Desk) -> None:
    known = {"payable": True, "account": str(desk.account), "payee": "main"}
    assert desk.answered(desk.terminal.check(ORDER), **known).result == 0
    assert desk.asked() == [NUMBER]
    assert (desk.ask(desk.terminal.pay(ORDER)).result, desk.asked()) == (0, [NUMBER])
    # What is kept of the number is a hash under the counter's own key, and its last signs.
    assert desk.portal.peek("SELECT octet_length(key) FROM payments_agent_account") == [(32,)]
    [(data, labels)] = desk.portal.peek(
        "SELECT convert_from(data, 'UTF8'), labels FROM kit_outbox WHERE kind = 'query'"
    )
    assert NUMBER not in str(data)
    assert set(labels) == {"address", "network", "account"}  # type: ignore[call-overload]


def test_an_account_that_is_not_loaded_yet_is_paid_by_what_the_inside_says(desk: Desk) -> None:
    unloaded = {"account": new_id(), "payee": "main", "least": {"amount": "1.00", "currency": "RUB"}}
    for _ in range(2):
        assert desk.answered(desk.terminal.check(ORDER), payable=True, **unloaded).result == 0
    assert desk.answered(desk.terminal.pay(ORDER), payable=True, **unloaded).result == 0
    assert desk.portal.peek("SELECT account_id::text FROM payments_posting") == [(unloaded["account"],)]


def test_a_number_that_nobody_has_is_final_and_told_to_who_watches(desk: Desk) -> None:
    for ask in (desk.terminal.check, desk.terminal.pay):
        assert desk.answered(ask(ORDER), payable=False).result == 5
    assert desk.portal.signals("authz_fail") == [{"action": "agent.unknown-account", "agent": NAME}] * 2
    assert desk.nothing_moved()
    assert desk.count("payments_agent_account") == 0


def test_what_was_known_and_is_gone_is_closed(desk: Desk) -> None:
    desk.know()
    desk.portal.peek("UPDATE accounts_account SET as_of = now() - interval '2 days'")
    assert desk.answered(desk.terminal.check(ORDER), payable=False).result == 79


def test_an_account_of_another_currency_is_not_this_agents(desk: Desk) -> None:
    euros = {"account": new_id(), "payee": "main", "least": {"amount": "1.00", "currency": "EUR"}}
    assert desk.answered(desk.terminal.pay(ORDER), payable=True, **euros).result == 300
    assert desk.nothing_moved()


def test_while_the_inside_is_away_only_the_unknown_and_the_stale_have_to_wait(
    tmp_path: Path, cabinet_database: Database
) -> None:
    with desk_open(tmp_path, cabinet_database, wait_ms=0) as desk:
        assert [desk.ask(ask(ORDER)).result for ask in (desk.terminal.check, desk.terminal.pay)] == [1, 1]
        desk.know()
        assert desk.ask(desk.terminal.check(ORDER)).result == 0
        desk.portal.peek("UPDATE accounts_account SET as_of = now() - interval '2 days'")
        assert (desk.ask(desk.terminal.pay(ORDER)).result, desk.nothing_moved()) == (1, True)
        desk.portal.peek("UPDATE accounts_system SET watermark = now()")
        assert desk.ask(desk.terminal.pay(ORDER)).result == 0


def test_a_question_that_failed_is_asked_again_later(desk: Desk) -> None:
    desk.portal.peek(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state := 'failed'; RETURN NEW; END $$"
    )
    desk.portal.peek("CREATE TRIGGER fail BEFORE INSERT ON kit_outbox FOR EACH ROW EXECUTE FUNCTION fail()")
    assert desk.ask(desk.terminal.pay(ORDER)).result == 1
    assert desk.nothing_moved()


def test_numbers_are_not_tried_one_after_another(tmp_path: Path, cabinet_database: Database) -> None:
    with desk_open(tmp_path, cabinet_database, limits={"agent-ask": Limit(1, 3600)}) as desk:
        assert [desk.ask(desk.terminal.check(ORDER)).result for _ in range(2)] == [1, 1]
        assert len(desk.asked()) == 1
        assert desk.portal.signals("excess_rate_limit_exceeded") == [{"scope": "agent-ask", "agent": NAME}]


def test_only_a_few_wait_at_once(tmp_path: Path, cabinet_database: Database) -> None:
    with desk_open(tmp_path, cabinet_database, wait_ms=1_000) as desk:
        query = desk.terminal.check(ORDER)
        answers = at_once(finding.WAITING_MAX + 2, lambda _: desk.ask(query))
        assert {answer.result for answer in answers} == {1}
        assert len(desk.asked()) == finding.WAITING_MAX


def test_without_a_key_of_the_accounting_nothing_is_asked(tmp_path: Path, cabinet_database: Database) -> None:
    with desk_open(tmp_path, cabinet_database, system="other") as desk:
        assert (desk.ask(desk.terminal.check(ORDER)).result, desk.asked()) == (1, [])
