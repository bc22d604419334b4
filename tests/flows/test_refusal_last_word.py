"""A quiet company, whose few notices are all refused, is told in time; whoever forges some floods nobody."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from factories.notices_came import FAR, HOUR, alarms, began, came, letters
from factories.paying import Shop, shop_open, till_settings
from factories.portal import Database

from okno.cabinet.payments.services.alarm import HELD, LATE, LOOK_EVERY, UNHEARD, Captured, silences
from okno.cabinet.payments.services.registry import providers_of
from okno.cabinet.payments.tasks.till import TillDesk
from okno.cli.instance import paying_look
from okno.cli.instance.paying_look import refusal_troubles
from okno.cli.instance.reach import Reach

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
REFUSED_LETTER = (
    "Okno: уведомления yookassa отклоняются\n"
    "За последние 3\N{NO-BREAK SPACE}ч отклонено уведомлений: 2, принято: 0.\n"
    "Платёжная система могла сменить ключ, подпись или адреса."
    " Платежи не теряются: о них спрашивает касса, где это можно.\n"
    "Что делать: okno doctor и docs/how-to/refused-notices.md.\n"
    "\n"
    "Notices of yookassa are refused: 2 within 3 hours, 0 taken.\n"
    "It may have changed its key, its signature or its addresses."
    " What to do: docs/how-to/refused-notices.md.\n"
)
UNHEARD_LETTER = (
    "Okno: уведомления yookassa не приходят\n"
    "За последние 30\N{NO-BREAK SPACE}мин платежей: 3, из них без уведомления: 3."
    " Касса узнала о них, спросив сама.\n"
    "Проверьте адрес уведомлений в кабинете платёжной системы и дорогу к нему.\n"
    "Что делать: okno doctor и docs/how-to/refused-notices.md.\n"
    "\n"
    "Notices of yookassa do not come: 3 of 3 payments within 30 minutes were found by asking alone.\n"
    "Check the address of notices in its office, and the way to it."
    " What to do: docs/how-to/refused-notices.md.\n"
)


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    """Of a company that tells its duty officer by letter."""
    with shop_open(tmp_path, cabinet_database) as opened:
        given = till_settings(opened.folder, opened.portal, dict(opened.portal.config.providers))
        given = msgspec.structs.replace(given, alarm_letters=("duty@example.org",))
        opened.till = TillDesk(given, providers_of(given.providers), clock=opened.clock.now)
        yield opened


def passes(shop: Shop, much: timedelta) -> int:
    """Let it pass, and the till look; how many alarms of refused notices there have been."""
    shop.later(seconds=max(much, LOOK_EVERY).total_seconds())
    return len(alarms(shop))


def test_one_refused_notice_that_stays_the_last_word_is_told(shop: Shop) -> None:
    came(shop, "applied", ago=HOUR)
    came(shop, "refused")
    assert passes(shop, HELD - MINUTE) == 0
    assert passes(shop, MINUTE) == 1
    [alarm] = alarms(shop)
    assert (alarm["provider"], alarm["refused"], alarm["taken"], alarm["window_s"]) == ("yookassa", 1, 0, 1800)
    assert passes(shop, 2 * DAY) == 1  # nothing new came


def test_a_second_one_is_told_at_once(shop: Shop) -> None:
    came(shop, "applied", ago=HOUR)
    came(shop, "refused", ago=6 * MINUTE)
    assert passes(shop, LOOK_EVERY) == 0
    came(shop, "refused")
    assert passes(shop, LOOK_EVERY) == 1


def test_a_true_one_has_the_last_word(shop: Shop) -> None:
    came(shop, "applied", ago=2 * HOUR)
    came(shop, "refused", ago=HOUR)
    came(shop, "refused", ago=HOUR - 10 * MINUTE)
    came(shop, "ignored")
    assert passes(shop, MINUTE) == 0
    assert passes(shop, HOUR) == 0


def test_a_strangers_calls_alone_are_never_told(shop: Shop) -> None:
    came(shop, "refused", peer=FAR, ago=HOUR)
    came(shop, "refused", peer=FAR)
    assert passes(shop, HOUR) == 0  # nobody knows yet where the payment system is, and nobody paid
    came(shop, "applied")
    began(shop, ago=MINUTE, told=True)
    for minutes in (30, 20, 10):
        came(shop, "refused", peer=FAR, ago=minutes * MINUTE - HOUR)
    assert passes(shop, 2 * HOUR) == 0
    began(shop, ago=2 * HOUR, state="started")
    assert passes(shop, HOUR) == 0  # who turned back at its page was told of by nobody


def test_one_that_moved_to_other_addresses_is_told_with_its_second_refusal(shop: Shop) -> None:
    came(shop, "applied", ago=DAY)
    began(shop, ago=HOUR)
    came(shop, "refused", peer=FAR, ago=HOUR)
    assert passes(shop, MINUTE) == 0
    came(shop, "refused", peer=FAR)
    assert passes(shop, MINUTE) == 1


def test_one_that_cannot_be_asked_and_never_told_is_judged_by_who_waits(shop: Shop) -> None:
    for ago in (HOUR, timedelta(0)):
        began(shop, ago=ago, state="started")
        came(shop, "refused", peer=FAR, ago=ago)
    assert passes(shop, MINUTE) == 1


def test_who_forges_all_day_makes_one_letter_a_day(shop: Shop) -> None:
    for _ in range(40):
        for _ in range(3):
            came(shop, "refused", peer=FAR)
        passes(shop, HOUR)
        for _ in range(3):
            came(shop, "refused", peer=FAR, ago=MINUTE)
        passes(shop, LOOK_EVERY)
    assert len(alarms(shop)) == len(letters(shop)) == 2


def test_what_was_mended_and_breaks_again_is_another_incident(shop: Shop) -> None:
    came(shop, "applied", ago=HOUR)
    came(shop, "refused", ago=HELD)
    assert passes(shop, LOOK_EVERY) == 1
    came(shop, "refused", ago=-HOUR)
    assert passes(shop, 3 * HOUR) == 1  # the same one: nobody has mended it
    came(shop, "applied")
    came(shop, "refused", ago=-MINUTE)
    assert passes(shop, HOUR) == 2
    came(shop, "refused", ago=-DAY)
    assert passes(shop, DAY + HOUR) == 3  # it has lasted a day


def test_the_letter_of_refused_notices(shop: Shop) -> None:
    came(shop, "applied", ago=5 * HOUR)
    came(shop, "refused", ago=3 * HOUR)
    came(shop, "refused", ago=HOUR)
    passes(shop, LOOK_EVERY)
    assert letters(shop) == [("duty@example.org", REFUSED_LETTER)]


def test_the_letter_of_notices_that_do_not_come(shop: Shop) -> None:
    began(shop, ago=2 * DAY, told=True)
    for _ in range(3):
        began(shop, ago=2 * LATE)
    passes(shop, LOOK_EVERY)
    assert letters(shop) == [("duty@example.org", UNHEARD_LETTER)]


def test_what_was_usual_in_the_week_before_is_no_alarm(shop: Shop) -> None:
    for number in range(4):  # a quarter of them never was told of
        began(shop, ago=3 * DAY, told=number > 0)
    for number in range(8):
        began(shop, ago=2 * LATE, told=number >= 3)
    began(shop, ago=LATE / 2)  # its notice may come yet
    began(shop, ago=9 * DAY)  # before that week
    assert passes(shop, timedelta(0)) == 0
    with psycopg.connect(shop.database.dsn("till")) as connection:
        assert silences(connection, shop.clock.now() - LOOK_EVERY) == []  # 0.375 of 8, and 0.25 is usual
        began(shop, ago=2 * LATE)
        assert silences(connection, shop.clock.now() - LOOK_EVERY) == []  # 4 of 9 are 0.444
        began(shop, ago=2 * LATE)
        found = [Captured("yookassa", 10, 5)]
        assert silences(connection, shop.clock.now() - LOOK_EVERY) == found
    shop.later(seconds=LOOK_EVERY.total_seconds())
    assert [(told["unheard"], told["payments"]) for told in alarms(shop, UNHEARD)] == [(6, 11)]


def test_the_doctor_has_a_line_for_each(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paying_look, "reach_of", lambda _: Reach("", shop.database.dsn("owner")))
    began(shop, ago=2 * DAY, told=True)
    assert list(refusal_troubles(tmp_path)) == []
    came(shop, "refused", ago=3 * HOUR)
    for _ in range(3):
        began(shop, ago=2 * LATE)
    refused, unheard = refusal_troubles(tmp_path)
    assert refused == (
        "yookassa: 1 of 1 notices of the last 3 hours were refused: it may have changed its key or how it signs;"
        " see docs/how-to/refused-notices.md."
    )
    assert unheard == (
        "yookassa: 3 of 3 payments of the last 30 minutes were found by asking alone: check the address of notices in"
        " its office and the way to it; see docs/how-to/refused-notices.md."
    )
