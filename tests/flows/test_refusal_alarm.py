"""A payment system signs otherwise from one day on, or its notices do not come: a person knows, and only once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from django.conf import settings
from django.test import override_settings
from factories.notices_came import FAR, NEAR, alarms
from factories.payers_running import Arrived
from factories.paying import TOLD, Shop, shop_open, till_settings
from factories.portal import Database

from okno.cabinet.payments.services.alarm import (
    LATE,
    LOOK_EVERY,
    SAID_EVERY,
    UNHEARD,
    UNHEARD_WINDOW,
    WINDOW,
    silences,
)
from okno.cabinet.payments.services.registry import providers_of
from okno.cabinet.payments.tasks.till import TillDesk
from okno.cli.processes.serving import SettingsError
from okno.cli.processes.till import letters_check

#: Whose notices are known by a signature; YooKassa's are known by where they come from.
SIGNING = sorted(TOLD.keys() - {"yookassa"})


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database, getattr(request, "param", "yookassa")) as opened:
        if opened.house.payer.twin.name == "webmoney":
            opened.house.answers = lambda _: (200, b"YES")
        yield opened


def paid(shop: Shop) -> Arrived:
    """A payment whose notice was taken: from then on it is known where the payment system is."""
    shop.press(shop.begun())
    [notice] = shop.house.settled()
    assert shop.notice(notice, address=NEAR).status_code == 200
    return notice


def refused(shop: Shop, notice: Arrived, count: int, *, address: str) -> None:
    for number in range(count):
        body = b'{"type": "notification", "n": %d}' % number
        assert shop.notice(notice, address=address, body=body).status_code in {400, 401}


def test_a_rise_is_told_within_five_minutes_and_once_an_hour(shop: Shop) -> None:
    refused(shop, paid(shop), 3, address=NEAR)
    assert alarms(shop) == []
    shop.later(seconds=(LOOK_EVERY * 2).total_seconds())
    [alarm] = alarms(shop)
    assert (alarm["provider"], alarm["refused"], alarm["taken"]) == ("yookassa", 3, 1)
    assert timedelta(minutes=5) > LOOK_EVERY * 2
    shop.later(minutes=2)
    assert len(alarms(shop)) == 1
    shop.clock.ahead += SAID_EVERY + WINDOW
    shop.turn()
    assert len(alarms(shop)) == 1  # nothing new was refused since


def test_a_strangers_noise_is_no_alarm(shop: Shop) -> None:
    refused(shop, paid(shop), 20, address=FAR)
    shop.later(seconds=(LOOK_EVERY * 2).total_seconds())
    assert alarms(shop) == []
    assert shop.rows("SELECT count(*) FROM payments_notice WHERE state = 'refused'") == [(20,)]


def test_a_glitch_is_no_alarm(shop: Shop) -> None:
    refused(shop, paid(shop), 2, address=NEAR)
    shop.later(seconds=(LOOK_EVERY * 2).total_seconds())
    assert alarms(shop) == []


def lost(shop: Shop, count: int) -> None:
    """Payments whose notices never come: the till finds them by asking."""
    shop.later(seconds=10)
    for number in range(count):
        shop.press(shop.begun(shop.wish(f"{count}0{number}.00")))  # one alike would be the one that is open
    shop.house.settled()


#: What each signs with, by the names of settings.
OTHERS = {"secrets": ["other"], "password": "other", "passwords2": ["other"], "webhook_secrets": ["whsec_other"]}


def with_other_secrets(shop: Shop) -> object:
    """The counter's settings, which the payment system signs by no more."""
    [(name, given)] = shop.portal.config.providers.items()
    changed = {key: OTHERS.get(key, value) for key, value in given.items()}
    assert changed != given
    return msgspec.structs.replace(settings.OKNO, providers={name: changed})


@pytest.mark.parametrize("shop", SIGNING, indirect=True)
def test_another_signature_of_any_payment_system_is_told_within_five_minutes(shop: Shop) -> None:
    shop.press(shop.begun())
    assert {answer.status_code for answer in shop.deliver()} == {200}
    shop.later(minutes=1)
    with override_settings(OKNO=with_other_secrets(shop)):
        for amount in ("201.00", "202.00", "203.00"):
            shop.press(shop.begun(shop.wish(amount)))
        statuses = [answer.status_code for answer in shop.deliver()]
    assert sum(status >= 400 for status in statuses) >= 3
    begun = shop.clock.ahead
    shop.later(seconds=(LOOK_EVERY * 2).total_seconds())
    assert shop.clock.ahead - begun < WINDOW
    [alarm] = alarms(shop)
    assert alarm["provider"] == shop.house.payer.twin.name


def test_a_payment_system_that_moved_to_other_addresses_is_told_of_too(shop: Shop) -> None:
    paid(shop)
    shop.portal.peek("UPDATE payments_notice SET received_at = received_at - interval '10 minutes'")
    shop.told = len(shop.house.settled())
    lost(shop, 3)
    for notice in shop.house.settled()[shop.told :]:
        assert shop.notice(notice, address=FAR).status_code == 401
    shop.turn()
    assert alarms(shop) == []
    shop.later(seconds=(LATE + LOOK_EVERY).total_seconds())
    shop.later(seconds=LOOK_EVERY.total_seconds())
    [alarm] = alarms(shop)
    assert (alarm["provider"], alarm["taken"]) == ("yookassa", 0)


def test_payments_that_are_found_by_asking_alone_are_told_of(shop: Shop) -> None:
    paid(shop)
    lost(shop, 2)
    shop.later(seconds=(LATE + LOOK_EVERY).total_seconds())
    assert alarms(shop, UNHEARD) == []
    lost(shop, 1)
    shop.later(minutes=2)
    shop.later(minutes=2)
    [alarm] = alarms(shop, UNHEARD)
    assert (alarm["provider"], alarm["unheard"], alarm["payments"]) == ("yookassa", 3, 4)
    assert alarms(shop) == []
    shop.clock.ahead += UNHEARD_WINDOW + SAID_EVERY
    shop.turn()
    assert len(alarms(shop, UNHEARD)) == 1


def test_who_never_sends_notices_is_no_alarm(shop: Shop) -> None:
    lost(shop, 3)
    shop.later(minutes=5)
    shop.later(minutes=2)
    assert alarms(shop, UNHEARD) == []  # no notice of theirs ever came
    shop.portal.peek(
        "INSERT INTO payments_notice (id, provider, key, peer, headers, query, body, state)"
        " VALUES (gen_random_uuid(), 'yookassa', 'k', '127.0.0.1', '{}', '', '', 'applied')"
    )
    with psycopg.connect(shop.database.dsn("till")) as connection:
        assert [one.unheard for one in silences(connection, shop.clock.now())] == [3]
        assert silences(connection, shop.clock.now() + UNHEARD_WINDOW) == []


LETTERS = ("duty@example.org", "accounting@example.org")


def restarted(shop: Shop) -> None:
    """A till that tells two people."""
    given = till_settings(shop.folder, shop.portal, dict(shop.portal.config.providers))
    given = msgspec.structs.replace(given, alarm_letters=LETTERS)
    letters_check(given)
    shop.till = TillDesk(given, providers_of(given.providers), clock=shop.clock.now)


def test_each_alarm_is_one_letter_an_hour_to_each_even_after_a_restart(shop: Shop) -> None:
    restarted(shop)
    refused(shop, paid(shop), 3, address=NEAR)
    shop.later(seconds=(LOOK_EVERY * 2).total_seconds())
    letters = "SELECT channel, purpose, state, to_sealed, body_sealed FROM notices_message WHERE channel = 'email'"
    told = shop.rows(letters)
    assert [row[:3] for row in told] == [("email", "alarm", "queued")] * 2
    restarted(shop)
    shop.later(seconds=(LOOK_EVERY * 2).total_seconds())
    assert len(shop.rows(letters)) == 2
    assert len(alarms(shop)) == 1


def test_letters_that_could_reach_nobody_are_refused_at_the_start(shop: Shop) -> None:
    given = till_settings(shop.folder, shop.portal, dict(shop.portal.config.providers))
    for changes in ({"keylist": None}, {"alarm_letters": ("nobody",)}):
        with pytest.raises(SettingsError):
            letters_check(msgspec.structs.replace(given, **{"alarm_letters": LETTERS, **changes}))
