"""A request that comes while the database is away is answered once it is back, or told at once to come again."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest
from factories.database_away import away
from factories.portal import DESK_HOST, LOGIN, PASSWORD, Database, Portal, portal_running

from okno.cabinet.kit.http import patience

SOON_S = 0.5
WEB, DESK = "okno_web", "okno_desk"


@pytest.fixture
def portal(tmp_path: Path, cabinet_database: Database) -> Iterator[Portal]:
    with portal_running(tmp_path, cabinet_database) as opened:
        yield opened


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "WAIT_S", 0.2)


def test_who_reads_waits_for_a_database_that_comes_back(portal: Portal) -> None:
    portal.person()
    browser = portal.signed_in()
    with away(portal.database, WEB) as back:
        returning = Timer(SOON_S, back)
        returning.start()
        answer = browser.send("GET", "/api/session")
        returning.join()
    assert (answer.status_code, answer.json()["state"]) == (200, "open")


def test_a_change_that_finds_no_connection_waits_and_is_made_once(portal: Portal) -> None:
    portal.person()
    browser = portal.browser()
    with away(portal.database, WEB) as back:
        assert browser.password().status_code == 503
        returning = Timer(SOON_S, back)
        returning.start()
        answer = browser.password()
        returning.join()
    assert answer.status_code == 200
    assert len(portal.sms()) == 1


def test_a_change_cut_on_its_way_is_not_made_anew(portal: Portal) -> None:
    portal.person()
    browser = portal.browser()
    assert browser.password(LOGIN, "wrong " + PASSWORD).status_code == 401
    with away(portal.database, WEB):
        answer = browser.password()
    assert (answer.status_code, answer.json()["code"], answer.json()["retry"]) == (503, "unavailable", "same-key")
    assert int(answer["Retry-After"]) > 0
    assert portal.sms() == []
    assert browser.password().status_code == 200


@pytest.mark.usefixtures("hurried")
def test_who_comes_late_to_a_long_outage_is_told_at_once(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = portal.browser()
    with away(portal.database, WEB):
        assert browser.send("GET", "/api/session").status_code == 503
        monkeypatch.setattr(time, "sleep", lambda _s: pytest.fail("it waited again"))
        assert browser.send("GET", "/api/session").status_code == 503
    monkeypatch.undo()
    assert browser.send("GET", "/api/session").status_code == 200


def test_an_outage_that_another_process_saw_end_is_not_taken_for_the_next_one() -> None:
    now = [100.0]
    outage = patience.Outage(6.0, clock=lambda: now[0])
    young = []
    for now[0] in (100.0, 105.9, 106.0, 150.0, 211.0, 216.9, 217.0):
        young.append(outage.is_young())
    assert young == [True, True, False, False, True, True, False]


def test_what_needs_no_database_does_not_wait_for_it(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = portal.browser()
    browser.send("GET", "/api/session")
    monkeypatch.setattr(time, "sleep", lambda _s: pytest.fail("it waited"))
    with away(portal.database, WEB):
        assert browser.send("GET", "/").status_code == 200
        assert browser.send("GET", "/-/live").status_code == 200
        assert browser.send("GET", "/-/ready").status_code == 503


def test_the_desk_waits_as_well(portal: Portal) -> None:
    browser = portal.browser(host=DESK_HOST)
    expected = browser.send("GET", "/").status_code
    assert expected < 400
    with away(portal.database, DESK) as back:
        returning = Timer(SOON_S, back)
        returning.start()
        answer = browser.send("GET", "/")
        returning.join()
    assert answer.status_code == expected
