"""Money that is in the books twice on its way, and counts once: moved to another account, won back from a bank."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from factories.bank import reconciler, turn
from factories.paying import Shop, shop_open
from factories.portal import Database
from factories.returning import OLGA, PETR, Desk

from okno.cabinet.payments.services.refunding.disputes import chargeback_change, chargeback_enter
from okno.cabinet.payments.services.refunding.misdirected import move_ask, move_decide
from okno.cabinet.reconciliation.tasks.reconciler import ReconcilerDesk

DAY = timedelta(days=1, hours=2)
#: What the books have of our postings, as the projector writes it down.
BOOKED = """
    INSERT INTO accounts_operation (account_id, position, epoch, version, key, kind, channel, amount, balance,
        posted_at)
    SELECT account_id, (SELECT COALESCE(max(position), 0) FROM accounts_operation) + row_number() OVER (ORDER BY id),
           1, 1, operation, 'payment', 'card', -amount, 0, now()
      FROM payments_posting WHERE state = 'posted' AND operation NOT IN (SELECT key FROM accounts_operation)
"""


@pytest.fixture
def desk(tmp_path: Path, cabinet_database: Database) -> Iterator[Desk]:
    with shop_open(tmp_path, cabinet_database) as shop:
        yield Desk(shop)


@pytest.fixture
def comparing(desk: Desk) -> ReconcilerDesk:
    """Today was cut from yesterday on: tomorrow's turns compare today."""
    made = reconciler(desk.shop)
    turn(desk.shop, made)
    return made


def settled(desk: Desk) -> None:
    """As many turns as anything has steps, the books answering each."""
    for _ in range(3):
        desk.turns(2)
        desk.books()
    desk.turns(1)
    desk.shop.portal.peek(BOOKED)


def differences(shop: Shop) -> list[tuple[object, ...]]:
    return shop.rows("SELECT kind, here, books FROM reconciliation_difference WHERE state = 'open' ORDER BY kind")


def moved(desk: Desk, posting: UUID) -> UUID:
    """To an account of somebody else; that account."""
    account = desk.shop.portal.account()
    move = UUID(move_ask(staff=OLGA, posting=posting, account=account, reason="ошиблись счётом"))
    move_decide(staff=PETR, move=move, approve=True)
    settled(desk)
    return account


def test_what_was_moved_is_in_the_books_once(desk: Desk, comparing: ReconcilerDesk) -> None:
    payment = desk.paid("100.00")
    second = moved(desk, desk.posting(payment))
    [(posting,)] = desk.shop.portal.peek("SELECT id FROM payments_posting WHERE account_id = %s", second)
    moved(desk, UUID(str(posting)))
    assert desk.shop.rows("SELECT count(*) FROM payments_posting WHERE state = 'posted'") == [(3,)]
    assert turn(desk.shop, comparing, ahead=DAY) >= 1
    assert differences(desk.shop) == []


def test_what_the_books_refused_and_was_moved_is_in_them_once(desk: Desk, comparing: ReconcilerDesk) -> None:
    payment = desk.shop.begun(desk.shop.wish("100.00"))
    desk.shop.press(payment)
    desk.shop.later(minutes=1)
    desk.books(refuse="captured")
    desk.turns(1)
    moved(desk, desk.posting(payment))
    assert desk.shop.rows("SELECT state FROM payments_posting ORDER BY state") == [("moved",), ("posted",)]
    assert turn(desk.shop, comparing, ahead=DAY) >= 1
    assert differences(desk.shop) == []


def test_what_was_won_back_is_in_the_books_once_and_missed_there(desk: Desk, comparing: ReconcilerDesk) -> None:
    payment, now = desk.paid("100.00"), datetime.now(UTC)
    case = chargeback_enter(
        staff=OLGA,
        attempt=desk.attempt(payment),
        amount="100.00",
        reference="CB-1",
        reason="владелец карты не узнаёт платёж",
        opened_at=now,
        respond_by=now + timedelta(days=9),
    )
    settled(desk)
    chargeback_change(staff=OLGA, case=UUID(case), step="won")
    settled(desk)
    assert desk.shop.rows("SELECT count(*) FROM payments_posting WHERE state = 'posted'") == [(2,)]
    assert turn(desk.shop, comparing, ahead=DAY) >= 1
    assert differences(desk.shop) == []
    # What is not there is still seen.
    desk.shop.portal.peek(
        "DELETE FROM accounts_operation USING payments_posting posting"
        " WHERE posting.operation = accounts_operation.key AND posting.cause IS NOT NULL"
    )
    desk.shop.portal.peek("UPDATE reconciliation_day SET run_at = now()")
    turn(desk.shop, comparing, ahead=2 * DAY)
    assert differences(desk.shop) == [("not-booked", 10_000, None)]
