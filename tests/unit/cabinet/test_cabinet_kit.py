"""Outbox, jobs, notices, key list, problems, logs: the foundations under every app."""

import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from factories.django_ready import RequestFactory, connections
from factories.portal import DESK_HOST, Keys, Portal, disconnect

from okno.cabinet.config.logs import JsonFormatter, allow_list
from okno.cabinet.kit import rls
from okno.cabinet.kit.jobs.services import job_enqueue
from okno.cabinet.kit.keyring import keyring, root_public
from okno.cabinet.kit.outbox.services import Entry, KeyTakenError, command_enqueue, query_enqueue
from okno.cabinet.kit.problems import Refusal, problem_response
from okno.protocol.errors import ProtocolError
from okno.protocol.strict import base64url


class Data(msgspec.Struct):
    n: int


def test_kit_outbox_row_and_wake_up_come_with_the_transaction(portal: Portal) -> None:
    user = portal.person()
    entry = Entry(type="t", system="main", subject="s", data=Data(1), authtype="app_user", authid=str(user), priority=0)
    with psycopg.connect(portal.database.superuser_dsn(), autocommit=True) as listener:
        listener.execute("LISTEN okno_outbox")
        with rls.acting(user):
            first = command_enqueue(entry, idempotency_key="pay-1")
            again = command_enqueue(entry, idempotency_key="pay-1")
            asked = query_enqueue(entry)
            assert portal.peek("SELECT count(*) FROM kit_outbox") == [(0,)]
        told = [notice.channel for notice in listener.notifies(timeout=10, stop_after=1)]
    assert first == again != asked
    assert told == ["okno_outbox"]
    assert portal.peek(
        "SELECT id, kind, priority, convert_from(data, 'UTF8'), state, attempts, idempotency_key"
        " FROM kit_outbox ORDER BY seq"
    ) == [
        (first, "command", 0, '{"n":1}', "queued", 0, "pay-1"),
        (asked, "query", 0, '{"n":1}', "queued", 0, str(asked)),
    ]


def test_kit_outbox_key_with_other_content_or_of_another_person_is_taken(portal: Portal) -> None:
    anna, boris = portal.person(), portal.person(login="boris")
    entry = Entry(type="t", system="main", subject="s", data=b"{}", authtype="app_user", authid=str(anna))
    with rls.acting(anna):
        command_enqueue(entry, idempotency_key="k")
        with pytest.raises(KeyTakenError):
            command_enqueue(msgspec.structs.replace(entry, data=b"[]"), idempotency_key="k")
    with rls.acting(boris), pytest.raises(KeyTakenError):
        command_enqueue(msgspec.structs.replace(entry, authid=str(boris)), idempotency_key="k")
    assert portal.peek("SELECT count(*) FROM kit_outbox") == [(1,)]


def test_kit_outbox_takes_what_no_user_asked_for(portal: Portal) -> None:
    query_enqueue(Entry(type="t", system="main", subject="s", data=b"{}"))
    assert portal.peek("SELECT authtype, authid, grant_token FROM kit_outbox") == [("service", None, None)]


def test_kit_job_is_due_now_or_later(portal: Portal) -> None:
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    first, second = job_enqueue(kind="purge", payload={}), job_enqueue(kind="purge", payload={"n": 1}, run_at=later)
    assert portal.peek("SELECT id, payload, state, run_at <= now() FROM kit_job ORDER BY run_at") == [
        (first, {}, "queued", True),
        (second, {"n": 1}, "queued", False),
    ]


def test_kit_keyring_follows_its_file_and_never_goes_back(portal: Portal, tmp_path: Path) -> None:
    file = Path(portal.config.keylist or "")
    first = keyring()
    assert keyring() is first
    file.write_bytes(portal.keys.signed_list(2) + b" ")
    assert keyring().number == 2
    file.write_bytes(portal.keys.signed_list(1))
    with pytest.raises(ProtocolError, match="key-list-old"):
        keyring()
    file.write_bytes(Keys().signed_list(3))
    with pytest.raises(ProtocolError):
        keyring()


def test_kit_root_is_raw_or_text(tmp_path: Path) -> None:
    for content in (bytes(range(32)), base64url.encode(bytes(range(32))).encode() + b"\n"):
        (tmp_path / "root").write_bytes(content)
        assert root_public(tmp_path / "root") == bytes(range(32))


@pytest.mark.parametrize("refusal", list(Refusal))
def test_kit_problem_speaks_both_languages(refusal: Refusal) -> None:
    for language in ("ru", "en"):
        request = RequestFactory().get("/", headers={"Accept-Language": language})
        answer = problem_response(request, refusal, retry_after_s=7, tries_left=2)
        body = msgspec.json.decode(answer.content)
        assert answer["Content-Type"] == "application/problem+json"
        assert (answer.status_code, answer["Retry-After"], answer["Content-Language"]) == (
            refusal.status,
            "7",
            language,
        )
        assert body["type"] == f"urn:okno:problem:{refusal.value}"
        assert (body["code"], body["status"], body["retry"]) == (refusal.value, refusal.status, refusal.retry)
        assert (body["title"], body["detail"]) == refusal.texts[language]
        assert body["tries_left"] == 2
        assert (language == "ru") == any("а" <= sign <= "я" for sign in body["title"])


def test_kit_logs_pass_only_listed_members() -> None:
    event = {"event": "request", "status": 200, "phone": "+79001234567", "login": "anna", "exception": "at x:1"}
    assert allow_list(None, "info", event) == {"event": "request", "status": 200, "exception": "at x:1"}


def test_kit_logs_of_libraries_tell_where_and_never_what() -> None:
    try:
        int("+7900123456x")
    except ValueError:
        record = logging.LogRecord("django", logging.ERROR, "", 0, "failed for %s", ("anna",), sys.exc_info())
    line = JsonFormatter().format(record)
    told = msgspec.json.decode(line)
    assert (told["event"], told["level"], told["logger"]) == ("failed for %s", "error", "django")
    assert told["exception"].startswith("ValueError at test_kit_logs_of_libraries_tell_where_and_never_what:")
    assert "7900123456" not in line
    assert "anna" not in line
    record.exc_info = None
    assert "exception" not in msgspec.json.decode(JsonFormatter().format(record))


def test_kit_ready_tells_whether_the_database_answers(portal: Portal) -> None:
    browser = portal.browser()
    assert (browser.get("/-/live").status_code, browser.get("/-/ready").status_code) == (200, 200)
    staff = portal.browser(host=DESK_HOST)
    assert (staff.get("/-/live").status_code, staff.get("/-/ready").content) == (200, b"ready\n")
    disconnect("default")
    connections.settings["default"] = {**connections.settings["default"], "NAME": "gone"}
    answer = browser.get("/-/ready")
    assert (answer.status_code, answer.content) == (503, b"database\n")
    assert browser.get("/-/live").status_code == 200
    assert staff.get("/-/ready").status_code == 200
