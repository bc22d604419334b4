"""A database that gives up waiting is no mistake of ours: the answer is 503 and "come again", and nothing was done."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from factories.portal import Database, Portal, portal_running


@pytest.fixture
def portal(tmp_path: Path, cabinet_database: Database) -> Iterator[Portal]:
    with portal_running(tmp_path, cabinet_database) as opened:
        yield opened


def test_a_row_that_another_holds_too_long_is_answered_by_come_again(portal: Portal) -> None:
    portal.person()
    browser = portal.browser()
    with psycopg.connect(portal.database.superuser_dsn()) as holder:
        holder.execute("LOCK TABLE kit_bucket IN ACCESS EXCLUSIVE MODE")
        answer = browser.password()
    assert (answer.status_code, answer.json()["code"], answer.json()["retry"]) == (503, "unavailable", "same-key")
    assert int(answer["Retry-After"]) > 0
    assert portal.sms() == []
    assert browser.password().status_code == 200
    assert len(portal.sms()) == 1


def test_what_the_database_cannot_do_at_all_stays_a_mistake_of_ours(portal: Portal) -> None:
    portal.person()
    browser = portal.browser()
    portal.peek("REVOKE INSERT ON kit_bucket FROM okno_web")
    answer = browser.password()
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
