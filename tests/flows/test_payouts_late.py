"""A payout that does not come in its term is a work item with an owner, until it comes: on a clock of its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest
from factories.bank import ZONE, reconciler, statement, transfer, turn
from factories.paying import Shop, shop_open
from factories.portal import Database
from factories.statements import written_1c

from okno.cabinet.reconciliation.core.terms import PayoutTerm, Terms
from okno.cabinet.reconciliation.services.importing import statement_import
from okno.cabinet.reconciliation.services.resolving import difference_close
from okno.cabinet.reconciliation.tasks.overdue import Late, payouts_late
from okno.cabinet.reconciliation.tasks.reconciler import ReconcilerDesk
from okno.cli.instance import paying_look
from okno.cli.instance.paying_look import payout_troubles
from okno.cli.instance.reach import Reach
from okno.protocol.money.amount import Money

TERMS = Terms(terms=(PayoutTerm(provider="yookassa", bank_days=1, since=date(2020, 1, 1)),))


def today() -> date:
    return datetime.now(ZoneInfo(ZONE)).date()


def last_day() -> date:
    last = TERMS.last_day("yookassa", today())
    assert last is not None
    return last


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


@pytest.fixture
def desk(shop: Shop) -> ReconcilerDesk:
    """Of a company that took 100.00 today; today's business day is cut once it is over."""
    desk = reconciler(shop, terms=TERMS)
    turn(shop, desk)
    payment = shop.begun(shop.wish("100.00"))
    shop.press(payment)
    shop.later(minutes=1)
    return desk


def on(shop: Shop, desk: ReconcilerDesk, day: date, *, hours: int = 0) -> list[tuple[object, ...]]:
    """A turn on that day at this hour; what is known of payouts that did not come."""
    turn(shop, desk, ahead=day - today() + timedelta(hours=hours))
    return shop.rows(
        "SELECT provider, there, here, state, owner FROM reconciliation_difference WHERE kind = 'payout-missing'"
    )


def net(shop: Shop) -> int:
    [(fees,)] = shop.rows("SELECT sum(amount)::int FROM payments_entry WHERE kind = 'fee'")
    return 10_000 - int(str(fees))


def payout_comes(shop: Shop, minor: int, day: date) -> None:
    line = transfer(minor, "Перечисление по реестру", "1", payer_inn="7700000000", day=day)
    told = replace(statement(line), since=day, until=day)
    statement_import(name="f", content=written_1c([told]), by="staff:1")


def test_a_late_payout_is_one_item_with_an_owner_and_closes_itself_when_it_comes(
    shop: Shop, desk: ReconcilerDesk
) -> None:
    late = last_day() + timedelta(days=1)
    assert on(shop, desk, last_day()) == []
    missing = ("yookassa", None, net(shop), "open", "accounting")
    assert on(shop, desk, late) == [missing]
    shop.portal.peek("UPDATE reconciliation_day SET run_at = now()")
    assert on(shop, desk, late, hours=1) == [missing]
    payout_comes(shop, net(shop), late)
    assert on(shop, desk, late, hours=1) == [(*missing[:3], "healed", "accounting")]
    assert shop.rows("SELECT state, first = last FROM reconciliation_payout") == [("matched", True)]


def test_a_payout_in_its_term_raises_nothing(shop: Shop, desk: ReconcilerDesk) -> None:
    on(shop, desk, last_day())
    payout_comes(shop, net(shop), last_day())
    assert on(shop, desk, last_day(), hours=1) == []
    assert on(shop, desk, last_day() + timedelta(days=5)) == []


def test_a_payout_of_other_money_is_another_item_and_what_staff_closed_stays_closed(
    shop: Shop, desk: ReconcilerDesk
) -> None:
    late = last_day() + timedelta(days=1)
    on(shop, desk, late)
    [(found,)] = shop.rows("SELECT id FROM reconciliation_difference WHERE kind = 'payout-missing'")
    assert isinstance(found, UUID)
    difference_close(difference_id=found, by="staff:7", word="Договорились зачесть")
    assert [row[3] for row in on(shop, desk, late + timedelta(days=1))] == ["closed"]
    payout_comes(shop, net(shop) - 1, late)
    assert [row[3] for row in on(shop, desk, late + timedelta(days=2))] == ["closed"]
    assert shop.rows("SELECT here - there FROM reconciliation_difference WHERE kind = 'payout'") == [(1,)]


def test_without_a_term_nothing_is_late(shop: Shop, desk: ReconcilerDesk) -> None:
    assert on(shop, reconciler(shop), last_day() + timedelta(days=30)) == []


def test_the_doctor_names_what_is_late(
    shop: Shop, desk: ReconcilerDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    on(shop, desk, last_day() + timedelta(days=1))
    with psycopg.connect(shop.database.dsn("owner")) as connection:
        assert payouts_late(connection) == [Late("yookassa", Money(net(shop), "RUB"), 1, today())]
    monkeypatch.setattr(paying_look, "reach_of", lambda _: Reach("", shop.database.dsn("owner")))
    [line] = payout_troubles(tmp_path)
    assert line.startswith(f"yookassa: {Money(net(shop), 'RUB').decimal} RUB of 1 business days, the first {today()},")
