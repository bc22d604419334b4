"""Payment systems without a register: each payment of the day is asked about, a few at a time, and compared as well."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg
import pytest
from factories.bank import DAY, differences, paid, reconciler, turn
from factories.paying import TOLD, Shop, shop_open
from factories.portal import Database

from okno.cabinet.payments.providers.port import Asking, Provider, ProviderAway, ProviderRefusal, Snapshot
from okno.cabinet.payments.services.registry import providers_of
from okno.cabinet.reconciliation.tasks import answers
from okno.cabinet.reconciliation.tasks.days import AWAY
from okno.cabinet.reconciliation.tasks.reconciler import PAUSE, ReconcilerDesk

TURNS_MAX = 20
TOKEN = "of-the-wallets-owner"


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database, getattr(request, "param", "tbank")) as opened:
        if opened.house.payer.twin.name == "webmoney":
            opened.house.answers = lambda _: (200, b"YES")
        yield opened


@dataclass
class Counting:
    """Asks as the provider does, counts, and fails as it is told."""

    asking: Asking
    away: bool = False
    refused: set[UUID] = field(default_factory=set)
    attempts: list[UUID] = field(default_factory=list)

    def ask(self, *, provider_id: str | None, attempt: UUID, number: int) -> Snapshot | None:
        self.attempts.append(attempt)
        if self.away:
            raise ProviderAway("status-503")
        if attempt in self.refused:
            raise ProviderRefusal("odd")
        return self.asking.ask(provider_id=provider_id, attempt=attempt, number=number)


def counted(shop: Shop) -> tuple[dict[str, Provider], Counting]:
    [(name, provider)] = providers_of(shop.portal.config.providers).items()
    assert provider.asking is not None
    counting = Counting(provider.asking)
    return {name: replace(provider, asking=counting)}, counting


def settled(shop: Shop, desk: ReconcilerDesk, ahead: timedelta = DAY) -> int:
    """Turns until nothing is due; how many had something."""
    for turns in range(TURNS_MAX):
        if turn(shop, desk, ahead=ahead + turns * PAUSE) == 0:
            return turns
    raise AssertionError("it asks for ever")


def days(shop: Shop) -> list[tuple[object, ...]]:
    """What came of today."""
    return shop.rows("SELECT state, matched, away FROM reconciliation_day WHERE since <= now() AND now() < until")


def left(shop: Shop) -> int:
    return int(str(shop.rows("SELECT count(*) FROM reconciliation_answer")[0][0]))


@pytest.mark.parametrize("shop", ["qiwi", "robokassa", "tbank", "webmoney"], indirect=True)
def test_its_payments_are_compared_as_with_a_register(shop: Shop) -> None:
    desk = reconciler(shop)
    turn(shop, desk)
    for amount in ("10.00", "20.00", "30.00"):
        paid(shop, amount)
    late = shop.begun(shop.wish("40.00"))
    shop.press(late)
    shop.begun(shop.wish("50.00"))
    till = shop.house.payer.twin.till
    ids = list(till.payments)
    till.payments[ids[0]] = msgspec.structs.replace(till.payments[ids[0]], amount_minor=999)
    till.payments[ids[1]] = msgspec.structs.replace(till.payments[ids[1]], state="cancelled", paid_at=None)
    settled(shop, desk)
    planted = [
        ("amount", 999, 1000, 1000, "open"),
        ("only-here", None, 2000, 2000, "open"),
        ("only-there", 4000, None, None, "open"),
    ]
    assert differences(shop) == planted
    assert days(shop) == [("done", 1, "")]
    assert left(shop) == 2  # what agreed is not asked about again

    till.payments[ids[0]] = msgspec.structs.replace(till.payments[ids[0]], amount_minor=1000)
    shop.later(minutes=1)
    assert shop.seen(late)["state"] == "confirmed"
    settled(shop, desk, 2 * DAY)
    assert [row[4] for row in differences(shop) if row[0] != "not-booked"] == ["healed", "open", "healed"]


def test_it_goes_on_where_it_was_killed_and_asks_about_nothing_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "ASKS_MAX", 2)
    turn(shop, reconciler(shop))
    for amount in ("10.00", "20.00", "30.00", "40.00", "50.00"):
        paid(shop, amount)
    providers, counting = counted(shop)
    turn(shop, reconciler(shop, providers=providers), ahead=DAY)
    assert (len(counting.attempts), left(shop), days(shop)) == (2, 2, [("waiting", 0, "")])
    assert turn(shop, reconciler(shop, providers=providers), ahead=DAY) == 0
    assert settled(shop, reconciler(shop, providers=providers), DAY + PAUSE) == 3
    assert len(counting.attempts) == len(set(counting.attempts)) == 5
    assert (days(shop), differences(shop), left(shop)) == ([("done", 5, "")], [], 0)


def test_who_is_away_is_left_alone_for_an_hour_and_hides_nothing(shop: Shop) -> None:
    providers, counting = counted(shop)
    desk = reconciler(shop, providers=providers)
    turn(shop, desk)
    for amount in ("10.00", "20.00"):
        paid(shop, amount)
    counting.away = True
    settled(shop, desk)
    assert (len(counting.attempts), days(shop), differences(shop)) == (1, [("partial", 2, "tbank")], [])
    counting.away = False
    shop.house.payer.twin.till.payments.clear()
    settled(shop, desk, DAY + AWAY + timedelta(minutes=5))
    assert [row[0] for row in differences(shop)] == ["only-here", "only-here"]
    counting.away = True
    settled(shop, desk, 2 * DAY + AWAY)
    assert (days(shop), {row[4] for row in differences(shop)}) == ([("partial", 2, "tbank")], {"open"})


def test_a_payment_that_it_will_not_speak_of_does_not_stop_the_others(shop: Shop) -> None:
    providers, counting = counted(shop)
    desk = reconciler(shop, providers=providers)
    turn(shop, desk)
    for amount in ("10.00", "20.00", "30.00", "40.00"):
        paid(shop, amount)
    attempts = [UUID(str(row[0])) for row in shop.rows("SELECT id FROM payments_attempt ORDER BY id")]
    counting.refused = {attempts[0]}
    settled(shop, desk)
    assert (len(counting.attempts), days(shop), differences(shop)) == (4, [("partial", 4, "tbank")], [])
    counting.refused = set(attempts)
    shop.portal.peek("DELETE FROM reconciliation_answer")
    counting.attempts.clear()
    settled(shop, desk, DAY + AWAY + timedelta(minutes=5))
    assert counting.attempts == attempts[: answers.REFUSALS_MAX]
    counting.refused.clear()
    settled(shop, desk, DAY + 3 * AWAY)
    assert (days(shop), left(shop)) == ([("done", 4, "")], 0)


def test_what_breaks_is_asked_again_an_hour_later(shop: Shop) -> None:
    desk = reconciler(shop)
    turn(shop, desk)
    paid(shop, "10.00")
    with psycopg.connect(shop.database.dsn("till")) as connection:
        [day] = [one for one in desk.claim(connection, 10, datetime.now(UTC) + DAY) if one.questions]
        desk.mark(connection, [desk.broken(day, ValueError("no shape"))], datetime.now(UTC) + DAY)
    settled(shop, desk, DAY + PAUSE)
    assert days(shop) == [("partial", 1, "tbank")]
    settled(shop, desk, DAY + AWAY + timedelta(minutes=5))
    assert days(shop) == [("done", 1, "")]


@pytest.mark.parametrize("shop", ["yoomoney"], indirect=True)
def test_a_wallets_history_is_its_register(shop: Shop) -> None:
    shop.house.payer.twin.token = TOKEN
    providers = providers_of({"yoomoney": {**TOLD["yoomoney"](shop.house), "token": TOKEN, "fee_bps": 250}})
    desk = reconciler(shop, providers=providers)
    turn(shop, desk)
    for amount in ("1000.00", "2000.00", "3000.00"):
        payment = shop.begun(shop.wish(amount))
        shop.press(payment)
        assert shop.deliver()[0].status_code == 200
    till = shop.house.payer.twin.till
    ids = list(till.payments)
    till.payments[ids[0]] = msgspec.structs.replace(till.payments[ids[0]], amount_minor=99_900)
    till.payments.pop(ids[1])
    settled(shop, desk)
    found = [row for row in differences(shop) if row[0] != "not-booked"]
    assert [(row[0], row[2]) for row in found] == [("amount", 100_000), ("only-here", 200_000)]
