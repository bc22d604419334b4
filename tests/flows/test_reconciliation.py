"""Money that the bank tells of, and three registers beside each other: what is planted is found, exactly once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from factories.bank import (
    DAY,
    TODAY,
    booked,
    brought,
    differences,
    lines,
    number,
    paid,
    reconciler,
    statement,
    transfer,
    turn,
)
from factories.paying import Shop, shop_open
from factories.portal import Database
from factories.statements import written_1c, written_camt, written_mt940

from okno.cabinet.kit.problems import RefusalError
from okno.cabinet.reconciliation.core.statements.model import StatementError
from okno.cabinet.reconciliation.services.asking import day_ask, day_told
from okno.cabinet.reconciliation.services.importing import Taken, statement_import
from okno.cabinet.reconciliation.services.resolving import (
    accounts_alike,
    difference_close,
    difference_take,
    line_resolve,
)
from okno.cabinet.reconciliation.tasks.days import DayDue
from okno.cabinet.reconciliation.tasks.reconciler import ReconcilerDesk


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


def test_a_file_and_a_line_are_imported_once(shop: Shop) -> None:
    first = (transfer(reference="1"), transfer(reference="2"), transfer(direction="out"))
    assert brought(*first) == Taken(1, 3, 3)
    assert brought(*first) == Taken(1, 3, 0)
    assert brought(*first, transfer(reference="3")) == Taken(1, 4, 1)
    told = shop.rows("SELECT lines, fresh, taken_by, closing FROM reconciliation_statement ORDER BY id")
    assert told == [(3, 3, "staff:1", 123_450), (4, 1, "staff:1", 246_900)]
    assert sorted(lines(shop)) == [("new", ""), ("new", ""), ("new", ""), ("spent", "")]


def test_the_other_formats_are_taken_too_and_a_bad_file_leaves_nothing(shop: Shop) -> None:
    for written in (written_camt, written_mt940):
        content = written([statement(transfer())])
        assert statement_import(name="f", content=content, by="staff:1").fresh in {0, 1}
    shop.portal.peek("DELETE FROM reconciliation_line")
    shop.portal.peek("DELETE FROM reconciliation_statement")
    content = written_1c([statement(transfer())])
    far = TODAY + timedelta(days=40)
    ahead = written_1c([replace(statement(transfer(day=far)), since=far, until=far)])
    for bad in (content.replace(b"1234.50", b"1234.51", 1), content[:-30], b"\x00" + content, ahead):
        with pytest.raises(StatementError):
            statement_import(name="f", content=bad, by="staff:1")
    assert shop.rows("SELECT count(*) FROM reconciliation_statement") == [(0,)]
    assert shop.rows("SELECT count(*) FROM reconciliation_line") == [(0,)]
    assert statement_import(name="a\udcff.txt", content=content, by="staff:1").fresh == 1


def test_a_line_proves_what_nobody_can_be_asked_about(shop: Shop) -> None:
    payment = shop.begun()
    brought(transfer(purpose=f"Оплата № {number(shop, payment)}. Без НДС"))
    silent = reconciler(shop, silent=True)
    turn(shop, silent)
    turn(shop, silent)
    assert lines(shop) == [("matched", "named")]
    assert shop.seen(payment)["state"] == "confirmed"
    assert shop.rows("SELECT provider, state FROM payments_attempt") == [("yookassa", "paid")]
    assert len(shop.books_answer()) == 1
    shop.turn()
    assert shop.seen(payment)["state"] == "posted"


def test_a_transfer_for_a_payment_whose_provider_can_be_asked_is_an_attempt_of_its_own(shop: Shop) -> None:
    payment = shop.begun()
    brought(transfer(purpose=f"оплата {number(shop, payment)}"))
    turn(shop, reconciler(shop))
    assert shop.rows("SELECT provider, state FROM payments_attempt ORDER BY number") == [
        ("yookassa", "started"),
        ("bank", "paid"),
    ]
    [told] = shop.books_answer()
    assert (told["account"], told["amount"]["amount"]) == (str(shop.account), "1234.50")


def test_what_names_a_payment_but_is_not_its_money_waits_for_a_person(shop: Shop) -> None:
    paid, other = shop.begun(), shop.begun(shop.wish("77.00"))
    numbers = number(shop, paid), number(shop, other)
    desk = reconciler(shop)
    brought(transfer(purpose=f"Оплата {numbers[0]}"))
    turn(shop, desk)
    brought(
        transfer(purpose=f"Оплата {numbers[0]}", reference="2"),
        transfer(purpose=f"Оплата {numbers[1]}", reference="3"),
        transfer(purpose=f"Оплата {numbers[0]}, оплата {numbers[1]}", reference="4"),
        transfer(purpose="Спасибо", reference="5"),
    )
    turn(shop, desk)
    assert lines(shop)[1:] == [
        ("queued", "paid-already"),
        ("queued", "amount"),
        ("queued", "several"),
        ("queued", "unknown"),
    ]
    assert len(shop.books_answer()) == 1


def test_staff_chooses_an_account_and_the_same_payer_is_known_from_then_on(shop: Shop) -> None:
    desk = reconciler(shop)
    brought(transfer(purpose="Договор 7700017"))
    turn(shop, desk)
    assert [str(row[0]) for row in accounts_alike("7700017", "RUB")] == [str(shop.account)]
    [(line,)] = shop.rows("SELECT id FROM reconciliation_line")
    assert isinstance(line, UUID)
    line_resolve(line_id=line, account_id=shop.account, by="staff:7")
    with pytest.raises(RefusalError):
        line_resolve(line_id=line, account_id=None, by="staff:7")
    turn(shop, desk)
    turn(shop, desk)
    brought(transfer(purpose="Договор 7700017", reference="2"), transfer(purpose="Договор 7700018", reference="3"))
    turn(shop, desk)
    assert lines(shop) == [("matched", "chosen"), ("matched", "remembered"), ("queued", "unknown")]
    told = shop.books_answer()
    assert [(one["account"], one["method"], one["amount"]["amount"]) for one in told] == [
        (str(shop.account), "bank", "1234.50")
    ] * 2
    shop.turn()
    assert shop.rows("SELECT state, user_id FROM payments_payment") == [("posted", None)] * 2
    decided = shop.rows("SELECT decided_by, decided_at IS NOT NULL FROM reconciliation_line ORDER BY id LIMIT 1")
    assert decided == [("staff:7", True)]
    assert shop.rows("SELECT actor FROM kit_audit WHERE action = 'line.chosen'") == [("staff:7",)]


def test_what_is_not_ours_is_said_and_a_wrong_account_is_refused(shop: Shop) -> None:
    brought(transfer())
    turn(shop, reconciler(shop))
    [(line,)] = shop.rows("SELECT id FROM reconciliation_line")
    assert isinstance(line, UUID)
    with pytest.raises(RefusalError):
        line_resolve(line_id=line, account_id=uuid4(), by="staff:7")
    for status, currency in (("closed", "RUB"), ("active", "EUR")):
        shop.portal.peek("UPDATE accounts_account SET status = %s, currency = %s", status, currency)
        with pytest.raises(RefusalError):
            line_resolve(line_id=line, account_id=shop.account, by="staff:7")
    assert lines(shop) == [("queued", "unknown")]
    line_resolve(line_id=line, account_id=None, by="staff:7")
    turn(shop, reconciler(shop))
    assert (lines(shop), shop.books_answer()) == ([("foreign", "unknown")], [])


@contextmanager
def compared(shop: Shop) -> Iterator[ReconcilerDesk]:
    """Today was cut from yesterday on; inside, tomorrow's turns compare today."""
    desk = reconciler(shop)
    turn(shop, desk)
    yield desk


def test_three_registers_that_agree_leave_nothing_to_do(shop: Shop) -> None:
    with compared(shop) as desk:
        for amount in ("10.00", "20.00"):
            paid(shop, amount)
        assert turn(shop, desk, ahead=DAY) >= 1
        assert turn(shop, desk, ahead=DAY) == 0
    assert differences(shop) == []
    days = shop.rows("SELECT sum(matched), bool_and(state = 'done'), bool_and(run_at IS NULL) FROM reconciliation_day")
    assert days == [(2, True, True)]


def test_each_kind_of_difference_is_found_once_and_heals(shop: Shop) -> None:
    with compared(shop) as desk:
        for amount in ("10.00", "20.00", "30.00", "40.00", "50.00"):
            paid(shop, amount)
        till = shop.house.payer.twin.till
        ids = list(till.payments)
        till.payments[ids[0]] = msgspec.structs.replace(till.payments[ids[0]], amount_minor=999)
        lost = till.payments.pop(ids[1])
        till.payments["strange"] = msgspec.structs.replace(till.payments[ids[4]], id="strange", amount_minor=5)
        shop.portal.peek("UPDATE accounts_operation SET amount = -2999 WHERE amount = -3000")
        shop.portal.peek("DELETE FROM accounts_operation WHERE amount = -4000")
        booked(shop, "payment:of-nobody", 777, str(shop.account))
        turn(shop, desk, ahead=DAY)
        planted = [
            ("amount", 999, 1000, 1000, "open"),
            ("booked-amount", 3000, 3000, 2999, "open"),
            ("not-booked", 4000, 4000, None, "open"),
            ("only-books", None, None, 777, "open"),
            ("only-here", None, 2000, 2000, "open"),
            ("only-there", 5, None, None, "open"),
        ]
        assert differences(shop) == planted
        turn(shop, desk, ahead=2 * DAY)
        assert differences(shop) == planted
        assert {row[0] for row in shop.rows("SELECT owner FROM reconciliation_difference")} == {"accounting"}

        till.payments[ids[1]] = lost
        turn(shop, desk, ahead=4 * DAY)
        assert ("only-here", None, 2000, 2000, "healed") in differences(shop)
        till.payments.pop(ids[1])
        turn(shop, desk, ahead=6 * DAY)
        assert differences(shop) == planted
        assert turn(shop, desk, ahead=20 * DAY) > 0
        assert shop.rows("SELECT count(*) FROM reconciliation_day WHERE run_at IS NOT NULL") == [(0,)]


def test_a_difference_is_taken_and_closed_with_a_word(shop: Shop) -> None:
    with compared(shop) as desk:
        paid(shop)
        shop.portal.peek("DELETE FROM accounts_operation")
        turn(shop, desk, ahead=DAY)
        [(found,)] = shop.rows("SELECT id FROM reconciliation_difference")
        assert isinstance(found, UUID)
        difference_take(difference_id=found, by="staff:7", owner="olga")
        with pytest.raises(RefusalError):
            difference_close(difference_id=found, by="staff:7", word=" ")
        difference_close(difference_id=found, by="staff:7", word="Проведено вручную")
        turn(shop, desk, ahead=2 * DAY)
    assert [row[4] for row in differences(shop)] == ["closed"]
    assert shop.rows("SELECT owner, word, closed_by FROM reconciliation_difference") == [
        ("olga", "Проведено вручную", "staff:7")
    ]
    with pytest.raises(RefusalError):
        difference_take(difference_id=found, by="staff:8", owner="ivan")


def test_a_provider_that_is_away_is_asked_again_and_hides_nothing(shop: Shop) -> None:
    with compared(shop) as desk:
        paid(shop)
        shop.house.payer.twin.till.payments.clear()
        turn(shop, desk, ahead=DAY)
        assert [row[0] for row in differences(shop)] == ["only-here"]
        shop.house.trouble(away=1)
        turn(shop, desk, ahead=2 * DAY)
        assert [row[4] for row in differences(shop)] == ["open"]
        assert ("partial", "yookassa") in shop.rows("SELECT state, away FROM reconciliation_day")
        shop.house.trouble(away=0)
        turn(shop, desk, ahead=2 * DAY + timedelta(hours=2))
        assert shop.rows("SELECT count(*) FROM reconciliation_day WHERE state = 'partial'") == [(0,)]
        day = DayDue(TODAY, datetime.now(UTC), datetime.now(UTC))
        assert desk.broken(day, ValueError("no shape")).away == ("yookassa",)


def test_a_day_is_compared_when_somebody_asks(shop: Shop) -> None:
    assert day_ask(None) is None
    with compared(shop) as desk:
        turn(shop, desk)
        asked = day_ask(None)
        assert asked is not None
        assert day_told(asked, wait_s=0.3) is None
        assert turn(shop, desk) == 1
        told = day_told(asked, wait_s=0)
        assert told is not None
        assert (told.matched, told.open, told.away) == (0, 0, "")
        assert day_ask(asked.day.replace(year=2020)) is None


def payout(shop: Shop, desk: ReconcilerDesk, minor: int, reference: str) -> list[tuple[object, ...]]:
    """The payment system's transfer two days later, and what all payouts are now."""
    day = TODAY + timedelta(days=2)
    line = transfer(minor, "Перечисление по реестру", reference, payer_inn="7700000000", day=day)
    told = replace(statement(line), until=day)
    statement_import(name="kl_to_1c.txt", content=written_1c([told]), by="staff:1")
    turn(shop, desk, ahead=DAY)
    return shop.rows("SELECT gross, fees, refunds, amount, state FROM reconciliation_payout ORDER BY id")


def test_a_payout_is_its_days_without_fees_and_is_taken_once(shop: Shop) -> None:
    with compared(shop) as desk:
        for amount in ("100.00", "200.00"):
            paid(shop, amount)
        turn(shop, desk, ahead=DAY)
        [(fees,)] = shop.rows("SELECT sum(amount)::int FROM payments_entry WHERE kind = 'fee'")
        net = 30_000 - int(str(fees))
        assert payout(shop, desk, net, "1") == [(30_000, fees, 0, net, "matched")]
        assert payout(shop, desk, net, "1") == [(30_000, fees, 0, net, "matched")]
        assert (lines(shop), differences(shop)) == ([("payout", "payout")], [])
        assert len(payout(shop, desk, net, "2")) == 1  # no day waits any more: a person looks
        assert lines(shop)[1:] == [("queued", "unknown")]


def test_a_payout_of_other_money_is_one_difference_that_no_comparison_heals(shop: Shop) -> None:
    with compared(shop) as desk:
        paid(shop, "100.00")
        turn(shop, desk, ahead=DAY)
        [(fees,)] = shop.rows("SELECT sum(amount)::int FROM payments_entry WHERE kind = 'fee'")
        assert payout(shop, desk, 9_999, "1") == [(10_000, fees, 0, 9_999, "differs")]
        planted = [("payout", 9_999, 10_000 - int(str(fees)), None, "open")]
        assert differences(shop) == planted
        shop.portal.peek("UPDATE reconciliation_day SET run_at = now()")
        turn(shop, desk, ahead=DAY)
        assert differences(shop) == planted
