"""The agent protocol, told by a terminal that signs with code of its own."""

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from factories.agents import NAME, NUMBER, ORDER, SECRET, Desk, desk_open
from factories.portal import Database, at_once

from okno.cabinet.config.instance import Limit
from okno.cabinet.payments.services.agents import wire
from okno.cabinet.payments.services.refunding.asking import refund_ask
from okno.sandbox.terminals.terminal import Order, Said, Terminal, TerminalError, told


@pytest.fixture
def desk(tmp_path: Path, cabinet_database: Database) -> Iterator[Desk]:
    with desk_open(tmp_path, cabinet_database) as opened:
        opened.know()
        yield opened


def other(**changes: str) -> Order:
    return dataclasses.replace(ORDER, **changes)


def test_money_is_paid_at_once_and_told_to_the_books_in_the_same_transaction(desk: Desk) -> None:
    checked = desk.ask(desk.terminal.check(ORDER))
    assert (checked, desk.nothing_moved()) == (Said(0, ORDER.txn, None, None, "OK"), True)
    paid = desk.ask(desk.terminal.pay(ORDER))
    assert (paid.result, paid.txn, paid.sum, paid.number) == (0, ORDER.txn, "200.00", "1001")
    assert desk.portal.peek(
        "SELECT payment.user_id, payment.state, payment.captured, payment.method, attempt.provider, attempt.state"
        " FROM payments_payment payment JOIN payments_attempt attempt ON attempt.payment_id = payment.id"
    ) == [(None, "confirmed", 20_000, "terminal", "agent", "paid")]
    assert desk.portal.peek("SELECT kind, amount FROM payments_entry") == [("captured", 20_000)]
    [(data,)] = desk.portal.peek("SELECT data FROM kit_outbox WHERE type = 'okno.payment.captured.v1'")
    command = json.loads(bytes(data))  # type: ignore[call-overload]
    assert (command["account"], command["amount"]) == (str(desk.account), {"amount": "200.00", "currency": "RUB"})
    # 12:01:33 in Moscow, the terminal's own accounting time.
    assert command["captured_at"] == "2026-11-27T09:01:33Z"
    assert desk.ask(desk.terminal.status(ORDER.txn)) == paid


def test_an_answer_says_nothing_of_a_person(desk: Desk) -> None:
    for query in (desk.terminal.check(ORDER), desk.terminal.pay(ORDER)):
        content = desk.send(query).content
        assert NUMBER.encode() not in content
        assert str(desk.account).encode() not in content
        assert b"123450" not in content
        assert b"1234.50" not in content


def test_a_repetition_is_answered_the_same_and_credits_nothing(desk: Desk) -> None:
    first = desk.ask(desk.terminal.pay(ORDER))
    again = [desk.ask(desk.terminal.pay(ORDER, pay_type="2")), desk.ask(desk.terminal.pay(ORDER), method="POST")]
    assert again == [first, first]
    assert (desk.count("payments_payment"), desk.count("payments_posting")) == (1, 1)


def test_many_at_once_are_one_payment_with_one_answer(desk: Desk) -> None:
    query = desk.terminal.pay(ORDER)
    answers = at_once(6, lambda _: desk.ask(query))
    assert {answer.result for answer in answers} == {0}
    assert len({answer.number for answer in answers}) == 1
    assert (desk.count("payments_payment"), desk.count("payments_entry"), desk.count("payments_posting")) == (1, 1, 1)


def test_while_the_first_is_under_way_the_next_waits_and_is_told_to_come_again(desk: Desk) -> None:
    with psycopg.connect(desk.portal.database.superuser_dsn()) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [f"{NAME}:{ORDER.txn}"])
        waiting = desk.ask(desk.terminal.pay(ORDER))
        assert (waiting.result, desk.ask(desk.terminal.status(ORDER.txn)).result) == (90, 90)
        assert desk.nothing_moved()
    assert desk.ask(desk.terminal.pay(ORDER)).result == 0


@pytest.mark.parametrize("changes", [{"sum": "200.01"}, {"account": "4081700200"}])
def test_another_order_under_the_same_id_is_refused_and_told_to_who_watches(
    desk: Desk, changes: dict[str, str]
) -> None:
    desk.know(other(account="4081700200"))
    first = desk.ask(desk.terminal.pay(ORDER))
    answer = desk.ask(desk.terminal.pay(other(**changes)))
    assert (answer.result, answer.number) == (300, None)
    assert desk.portal.signals("sequence_fail") == [{"action": "agent.other-order", "agent": NAME, "kind": "pay"}]
    assert (desk.count("payments_payment"), desk.ask(desk.terminal.pay(ORDER))) == (1, first)


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        *(({"sum": text}, 300) for text in ("", "0.001", "1e3", "１２.00", " 5", "10,00", "+5.00", "007.00", "9" * 40)),
        ({"sum": "-5.00"}, 241),
        ({"sum": "0.00"}, 241),
        ({"sum": "0.99"}, 241),
        ({"sum": "15000.01"}, 242),
        ({"sum": "1000000000.00"}, 242),
        ({"account": "40-81"}, 4),
        ({"account": ""}, 4),
        ({"at": "20261127"}, 300),
        ({"at": "20261327000000"}, 300),
        ({"at": "２0261127120133"}, 300),
        ({"txn": ""}, 300),
        ({"txn": "12a"}, 300),
        ({"txn": "1" * 21}, 300),
    ],
)
def test_what_cannot_be_paid_is_refused_and_nothing_moves(desk: Desk, changes: dict[str, str], result: int) -> None:
    assert desk.ask(desk.terminal.pay(other(**changes))).result == result
    assert desk.nothing_moved()


def test_a_final_refusal_stays_the_answer_of_its_transaction(desk: Desk) -> None:
    desk.portal.peek("UPDATE accounts_account SET status = 'closed'")
    assert [desk.ask(ask(ORDER)).result for ask in (desk.terminal.check, desk.terminal.pay)] == [79, 79]
    desk.portal.peek("UPDATE accounts_account SET status = 'active'")
    # The terminal has given the cash back: a replay of its request may not take money now.
    assert (desk.ask(desk.terminal.pay(ORDER)).result, desk.ask(desk.terminal.status(ORDER.txn)).result) == (79, 79)
    assert desk.ask(desk.terminal.pay(other(txn="1234568"))).result == 0
    assert desk.count("payments_payment") == 1


@pytest.mark.parametrize("field", ["command", "txn_id", "txn_date", "account", "sum", "sign", "trm_id"])
def test_a_mutation_of_any_field_is_refused(desk: Desk, field: str) -> None:
    query = desk.terminal.pay(ORDER, trm_id="77")
    parts = [
        part if not part.startswith(f"{field}=") else f"{part[:-1]}{chr(ord(part[-1]) ^ 1)}"
        for part in query.split("&")
    ]
    without = [part for part in query.split("&") if not part.startswith(f"{field}=")]
    for forged in ("&".join(parts), "&".join(without), f"{query}&{field}2=1", f"{query}&{parts[0]}"):
        answer = desk.send(forged)
        assert (answer.status_code, answer.content) == (401, b"")
    assert desk.nothing_moved()
    assert len(desk.portal.signals("authn_login_fail")) == 4
    assert desk.ask(query).result == 0


def test_the_order_of_the_fields_does_not_matter(desk: Desk) -> None:
    first, *rest = desk.terminal.pay(ORDER).split("&")
    assert desk.ask("&".join([*rest, first])).result == 0


def test_who_comes_from_elsewhere_or_does_not_sign_learns_nothing(desk: Desk) -> None:
    query = desk.terminal.pay(ORDER)
    refused = [
        desk.send(query, address="203.0.113.9"),
        desk.send(Terminal("another-secret-that-is-as-long-as-the-right-one").pay(ORDER)),
        desk.send(query.rpartition("&")[0]),
        desk.send(""),
        desk.send("command=check&command=pay"),
        desk.send("command=%ff"),
        desk.send("command"),
        desk.send("&".join(f"f{number}=1" for number in range(30))),
    ]
    assert [answer.status_code for answer in refused] == [403, *[401] * 7]
    assert all(answer.content == b"" for answer in refused)
    reasons = [signal["reason"] for signal in desk.portal.signals("authn_login_fail")]
    assert reasons == ["network", "signature", "signature", "signature", *["fields"] * 4]
    assert (desk.send(query, name="nobody").status_code, desk.nothing_moved()) == (404, True)


def test_a_post_has_its_fields_in_one_place(desk: Desk) -> None:
    assert desk.ask(desk.terminal.pay(ORDER), method="POST").result == 0
    assert desk.send(desk.terminal.pay(ORDER), method="POST", name=f"{NAME}?sign=1").status_code == 401


def test_the_new_secret_and_the_old_one_hold_until_the_old_is_gone(tmp_path: Path, cabinet_database: Database) -> None:
    fresh = "the-new-secret-that-takes-the-place-of-the-old-one"
    with desk_open(tmp_path, cabinet_database, secrets=(fresh, SECRET)) as desk:
        desk.know()
        for number, secret in enumerate((fresh, SECRET)):
            assert desk.ask(Terminal(secret).pay(other(txn=str(number)))).result == 0


def test_an_agent_that_is_off_is_told_so_even_for_a_command_that_it_may_give(
    tmp_path: Path, cabinet_database: Database
) -> None:
    with desk_open(tmp_path, cabinet_database, on=False) as desk:
        desk.know()
        assert [desk.ask(ask(ORDER)).result for ask in (desk.terminal.check, desk.terminal.pay)] == [7, 7]
        assert desk.nothing_moved()


def test_a_cancel_asks_staff_for_a_refund_and_takes_nothing_back_by_itself(desk: Desk) -> None:
    paid = desk.ask(desk.terminal.pay(ORDER))
    asked = desk.ask(desk.terminal.cancel("77", ORDER.txn))
    assert (asked.result, asked.txn, asked.number) == (90, "77", paid.number)
    assert desk.portal.peek("SELECT state, amount, reason, asked_by, decided_by FROM payments_refund") == [
        ("asked", 20_000, "agent-cancel", f"agent:{NAME}", None)
    ]
    assert desk.portal.peek("SELECT state, captured, refunded FROM payments_payment") == [("confirmed", 20_000, 0)]
    # A second one, under the same id, another one, or both at once, is about the same refund.
    for txn in ("77", "78"):
        assert desk.ask(desk.terminal.cancel(txn, ORDER.txn, sum="200.00")).result == 90
    assert desk.count("payments_refund") == 1
    desk.portal.peek("UPDATE payments_refund SET state = 'approved', decided_by = 'staff:1'")
    desk.portal.peek("UPDATE payments_refund SET state = 'sent'")
    assert desk.ask(desk.terminal.status("77")).result == 90
    desk.portal.peek("UPDATE payments_refund SET state = 'done'")
    assert {desk.ask(desk.terminal.status(txn)).result for txn in ("77", "78")} == {0}
    assert desk.ask(desk.terminal.status(ORDER.txn)) == paid


def test_two_cancels_at_once_ask_for_one_refund(desk: Desk) -> None:
    desk.ask(desk.terminal.pay(ORDER))
    answers = at_once(4, lambda number: desk.ask(desk.terminal.cancel(f"8{number}", ORDER.txn)))
    assert ({answer.result for answer in answers}, desk.count("payments_refund")) == ({90}, 1)


def test_what_staff_has_declined_or_was_never_paid_cannot_be_cancelled(desk: Desk) -> None:
    assert desk.ask(desk.terminal.cancel("70", ORDER.txn)).result == 251
    desk.ask(desk.terminal.pay(ORDER))
    # The order of the two was the other way round, and its answer stands.
    assert desk.ask(desk.terminal.cancel("70", ORDER.txn)).result == 300
    assert desk.ask(desk.terminal.cancel("71", ORDER.txn, sum="1.00")).result == 251
    assert desk.ask(desk.terminal.cancel("72", "71")).result == 251
    assert desk.ask(desk.terminal.cancel("73", ORDER.txn)).result == 90
    desk.portal.peek("UPDATE payments_refund SET state = 'declined', decided_by = 'staff:1'")
    assert desk.ask(desk.terminal.status("73")).result == 251
    for txn, of, extra in (("7", "7", {}), ("74", "", {}), ("75", ORDER.txn, {"sum": "0.00"}), ("", ORDER.txn, {})):
        assert desk.ask(desk.terminal.cancel(txn, of, **extra)).result == 300
    assert desk.ask(desk.terminal.cancel(ORDER.txn, "73")).result == 300
    assert desk.count("payments_refund") == 1


def test_nothing_is_left_to_cancel_once_it_has_been_given_back(desk: Desk) -> None:
    desk.ask(desk.terminal.pay(ORDER))
    [(attempt,)] = desk.portal.peek("SELECT id FROM payments_attempt")
    assert isinstance(attempt, UUID)
    refund_ask(staff=1, attempt=attempt, amount="0.01", reason="The till gave a kopeck back.", by_hand=True)
    assert desk.ask(desk.terminal.cancel("70", ORDER.txn)).result == 251
    assert desk.count("payments_refund") == 1


def test_status_knows_what_has_never_come_and_what_is_no_command(desk: Desk) -> None:
    assert desk.ask(desk.terminal.status("404")).result == 210
    for command in ("verify", "PAY", ""):
        assert desk.ask(desk.terminal.query(command=command, txn_id="1")).result == 300
    assert desk.ask(desk.terminal.query(txn_id="1")).result == 300


def test_the_register_of_a_day_is_cut_in_the_agents_zone(desk: Desk) -> None:
    days = {"1": "20261126235959", "2": "20261127000000", "3": "20261127235959", "4": "20261128000000"}
    for txn, at in days.items():
        assert desk.ask(desk.terminal.pay(other(txn=txn, at=at))).result == 0
    desk.ask(desk.terminal.pay(other(txn="5", sum="0.10")))
    desk.ask(desk.terminal.cancel("6", "3"))
    answer = desk.send(desk.terminal.register("20261127"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode().splitlines() == [
        "txn_id;txn_date;prv_txn;account;sum;cancel",
        "2;20261127000000;1002;*0100;200.00;",
        "3;20261127235959;1003;*0100;200.00;asked",
    ]
    assert desk.send(desk.terminal.register("27.11.2026")).status_code == 400
    assert desk.send(desk.terminal.register("20261127")[:-1]).status_code == 401


def test_an_answer_is_final_in_the_database_as_well(desk: Desk) -> None:
    desk.ask(desk.terminal.pay(ORDER))
    for change in ("UPDATE payments_agent_order SET result = 5", "DELETE FROM payments_agent_order"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            desk.portal.peek(change)


def test_an_agent_that_calls_too_often_is_told_to_come_again(tmp_path: Path, cabinet_database: Database) -> None:
    with desk_open(tmp_path, cabinet_database, limits={"agent-call": Limit(1, 3600)}) as desk:
        assert [desk.ask(desk.terminal.status("1")).result for _ in range(2)] == [210, 1]
        assert desk.portal.signals("excess_rate_limit_exceeded") == [{"scope": "agent-call", "agent": NAME}]


def test_trouble_of_ours_is_never_final(desk: Desk) -> None:
    desk.portal.peek("ALTER TABLE payments_agent_order RENAME TO away")
    for query in (desk.terminal.pay(ORDER), desk.terminal.cancel("9", "1"), desk.terminal.status("1")):
        assert desk.ask(query).result == 90
    desk.portal.peek("ALTER TABLE away RENAME TO payments_agent_order")
    desk.portal.peek("ALTER TABLE payments_agent_account RENAME TO away")
    assert desk.ask(desk.terminal.check(ORDER)).result == 1
    assert desk.nothing_moved()


@pytest.mark.parametrize(
    "xml", [b"", b"<response/>", b"<!DOCTYPE response><response/>", b"<response><result>" + b" " * 5000]
)
def test_a_terminal_believes_no_nonsense(xml: bytes) -> None:
    with pytest.raises(TerminalError):
        told(xml)


def test_both_sides_sign_the_example_of_the_reference_alike() -> None:
    page = Path("docs/reference/agent-protocol.md").read_text(encoding="utf-8")
    (secret,), (seal,) = re.findall(r"Secret `(.+?)`", page), re.findall(r"^sign `([0-9a-f]{64})`", page, re.MULTILINE)
    query = Terminal(secret).pay(ORDER)
    assert query.rpartition("=")[2] == seal
    fields = dict(part.split("=") for part in query.split("&"))
    assert (wire.is_signed(fields, [secret]), wire.is_signed(fields, [f"{secret}2"])) == (True, False)
    assert f"    {query.rpartition('&')[0]}\n" in page
