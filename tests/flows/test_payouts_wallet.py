"""Money that a company sends from its wallet to its bank: a payout as any other, and never a customer's payment."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from factories.bank import ZONE, brought, inside_says, lines, number, numbers_of, reconciler, transfer, turn
from factories.paying import Shop, shop_open
from factories.portal import Database

from okno.cabinet.payments.services.registry import providers_of
from okno.cabinet.reconciliation.tasks.reconciler import ReconcilerDesk, rules_of

DAY = timedelta(days=1, hours=2)
INN = "7700000000"
PAYOUTS = "SELECT gross, amount, state FROM reconciliation_payout ORDER BY id"


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


@pytest.fixture
def desk(shop: Shop) -> ReconcilerDesk:
    """Of a wallet: nobody can be asked, it has no register, and its money is sent when the company wants."""
    providers = {
        name: replace(one, asking=None, registers=None, wallet=True)
        for name, one in providers_of(shop.portal.config.providers).items()
    }
    rules = rules_of(providers, zone=ZONE, owner="accounting", payers={"yookassa": INN}, numbers=numbers_of(shop))
    made = ReconcilerDesk(providers, rules, mark="payment:")
    turn(shop, made)
    return made


def paid(shop: Shop, amount: str) -> int:
    """At the wallet; what reached it."""
    shop.press(shop.begun(shop.wish(amount)))
    shop.later(minutes=1)
    [(net,)] = shop.rows("SELECT sum(CASE kind WHEN 'fee' THEN -amount ELSE amount END)::int FROM payments_entry")
    return int(str(net))


def sent(minor: int, purpose: str = "Вывод средств", reference: str = "9") -> None:
    """From the wallet to the bank, today."""
    brought(transfer(minor, purpose, reference, payer_inn=INN))


def test_what_is_sent_on_the_day_that_it_came_is_matched_once_the_day_is_over(shop: Shop, desk: ReconcilerDesk) -> None:
    net = paid(shop, "100.00")
    sent(net)
    turn(shop, desk)
    assert (lines(shop), shop.rows(PAYOUTS)) == ([("new", "")], [])
    turn(shop, desk, ahead=DAY)
    assert (lines(shop), shop.rows(PAYOUTS)) == ([("payout", "payout")], [(10_000, net, "matched")])


def test_what_the_bank_brought_by_itself_was_never_in_the_wallet(shop: Shop, desk: ReconcilerDesk) -> None:
    net = paid(shop, "100.00")
    straight = shop.begun(shop.wish("50.00"))
    brought(transfer(5_000, f"Оплата № {number(shop, straight)}"))
    turn(shop, desk)
    assert lines(shop) == [("matched", "named")]
    sent(net)
    turn(shop, desk, ahead=DAY)
    assert shop.rows(PAYOUTS) == [(10_000, net, "matched")]


def test_a_payment_systems_transfer_is_nobodys_payment_whatever_it_names(shop: Shop, desk: ReconcilerDesk) -> None:
    acquirer = reconciler(shop, numbers=numbers_of(shop))
    sent(7_700, "Перечисление по договору 100500")
    turn(shop, acquirer)
    assert lines(shop) == [("queued", "unknown")]
    sent(8_800, "Вывод средств по договору 100500", "10")
    for ahead in (timedelta(0), DAY):
        turn(shop, desk, ahead=ahead)
    inside_says(shop, shop.account)
    turn(shop, desk, ahead=DAY)
    assert lines(shop) == [("queued", "unknown"), ("queued", "unknown")]
    assert shop.ledger() == []
