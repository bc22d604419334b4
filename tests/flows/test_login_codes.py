"""The code by SMS: wrong, late, repeated, in another form, at fifty times at once."""

from collections import Counter

import pytest
from factories.portal import Browser, Portal, at_once

from okno.cabinet.identity.selectors import visitor_of
from okno.cabinet.identity.services.sessions import Device
from okno.cabinet.identity.services.sign_in import code_submit
from okno.cabinet.kit.problems import Refusal, RefusalError


@pytest.fixture
def pending(portal: Portal) -> Browser:
    portal.person()
    browser = portal.browser()
    assert browser.password().status_code == 200
    return browser


def test_code_wrong_tells_how_many_tries_are_left(portal: Portal, pending: Browser) -> None:
    answer = pending.code(portal.wrong_code())
    assert answer.status_code == 401
    problem = answer.json()
    assert (problem["code"], problem["tries_left"], problem["retry"]) == ("wrong-code", 4, "after")
    assert problem["title"] == "Неверный код"
    assert pending.code(portal.last_code()).status_code == 200


def test_code_sixth_try_finds_a_dead_sign_in(portal: Portal, pending: Browser) -> None:
    lefts = [pending.code(portal.wrong_code()).json()["tries_left"] for _ in range(5)]
    assert lefts == [4, 3, 2, 1, 0]
    answer = pending.code(portal.last_code())
    assert (answer.status_code, answer.json()["code"]) == (401, "no-session")
    assert pending.state()["state"] == "closed"
    assert portal.signals("authn_login_fail_max") == [{"step": "code"}]


def test_code_expires_after_five_minutes_and_a_new_one_works(portal: Portal, pending: Browser) -> None:
    portal.peek("UPDATE identity_challenge SET expires_at = expires_at - interval '5 minutes'")
    answer = pending.code(portal.last_code())
    assert (answer.status_code, answer.json()["code"]) == (410, "code-expired")
    assert pending.send("POST", "/api/session/code/resend").json() == {"resend_after_s": 30, "expires_in_s": 300}
    assert pending.code(portal.last_code()).status_code == 200


def test_code_resend_kills_the_old_code_and_keeps_the_count(portal: Portal, pending: Browser) -> None:
    old = portal.last_code()
    assert [pending.code(portal.wrong_code()).json()["tries_left"] for _ in range(3)] == [4, 3, 2]
    pending.send("POST", "/api/session/code/resend")
    assert portal.last_code() != old or len(portal.sms()) == 2
    if portal.last_code() != old:
        assert pending.code(old).json()["tries_left"] == 1
    assert pending.code(portal.last_code()).status_code == 200


def test_code_resend_after_the_last_try_gives_nothing(portal: Portal, pending: Browser) -> None:
    twin = pending.twin()
    portal.peek("UPDATE identity_challenge SET tries = 5")
    answer = twin.send("POST", "/api/session/code/resend")
    assert (answer.status_code, answer.json()["code"]) == (401, "no-session")
    assert len(portal.sms()) == 1


def test_code_in_another_textual_form_is_wrong_and_counted(portal: Portal, pending: Browser) -> None:
    code = portal.last_code()
    wide = code.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    lefts = [pending.code(typed).json()["tries_left"] for typed in (f"{code} ", f" {code}", f"\u200b{code}", wide)]
    assert lefts == [4, 3, 2, 1]
    assert pending.code(code).status_code == 200


def test_code_that_is_no_code_is_wrong_and_counted(pending: Browser) -> None:
    lefts = [pending.code(typed).json()["tries_left"] for typed in ("шифр", "", "\x00", "9" * 1024)]
    assert lefts == [4, 3, 2, 1]


def test_code_of_another_json_type_is_malformed(portal: Portal, pending: Browser) -> None:
    for typed in (123456, None, ["1"], {"a": 1}, True, "9" * 1025):
        answer = pending.code(typed)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert portal.peek("SELECT tries FROM identity_challenge") == [(0,)]


def test_code_fifty_wrong_at_once_evaluate_five(portal: Portal, pending: Browser) -> None:
    wrong = portal.wrong_code()
    twins = [pending.twin() for _ in range(50)]

    answers = at_once(50, lambda number: twins[number].code(wrong))

    codes = Counter(answer.json()["code"] for answer in answers)
    assert codes == {"wrong-code": 5, "no-session": 45}
    assert sorted(a.json()["tries_left"] for a in answers if a.json()["code"] == "wrong-code") == [0, 1, 2, 3, 4]
    assert portal.peek("SELECT tries FROM identity_challenge") == [(5,)]
    assert pending.code(portal.last_code()).json()["code"] == "no-session"


def test_code_fifty_right_at_once_open_one_session(portal: Portal, pending: Browser) -> None:
    right = portal.last_code()
    twins = [pending.twin() for _ in range(50)]

    answers = at_once(50, lambda number: twins[number].code(right))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 49}
    assert portal.peek("SELECT count(*) FROM identity_session WHERE factors = 2 AND ended_at IS NULL") == [(1,)]
    assert len(portal.signals("authn_login_success")) == 1


def test_code_of_one_session_opens_no_other(portal: Portal, pending: Browser) -> None:
    other = portal.browser()
    other.password()
    theirs = portal.last_code()
    assert pending.code(theirs).json()["code"] == "wrong-code"
    assert other.code(theirs).status_code == 200


def test_code_failures_of_a_day_stop_all_sign_ins_of_the_person(portal: Portal) -> None:
    portal.person()
    for _ in range(2):
        browser = portal.browser()
        browser.password()
        for _ in range(5):
            browser.code(portal.wrong_code())
    third = portal.browser()
    third.password()
    answer = third.code(portal.last_code())
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert int(answer["Retry-After"]) > 7200
    assert third.state()["state"] == "code"


def test_code_success_costs_nothing_of_the_day(portal: Portal) -> None:
    portal.person()
    for _ in range(12):
        portal.signed_in()
    assert portal.peek("SELECT count(*) FROM identity_session WHERE factors = 2 AND ended_at IS NULL") == [(5,)]


def test_code_without_a_pending_session_is_refused(portal: Portal) -> None:
    portal.person()
    opened = portal.signed_in()
    for browser in (portal.browser(), opened):
        assert browser.code("000000").json()["code"] == "no-session"
        assert browser.send("POST", "/api/session/code/resend").json()["code"] == "no-session"


def test_code_state_without_a_challenge_is_closed(portal: Portal, pending: Browser) -> None:
    portal.peek("DELETE FROM identity_challenge")
    assert pending.state()["state"] == "closed"
    assert pending.code("123456").json()["code"] == "no-session"


def test_code_of_a_session_that_ended_meanwhile_opens_nothing(portal: Portal, pending: Browser) -> None:
    visitor = visitor_of(pending.token())
    assert visitor is not None
    portal.peek("UPDATE identity_session SET ended_at = now()")
    device = Device("203.0.113.7", "203.0.113.0/24", "")
    with pytest.raises(RefusalError) as refused:
        code_submit(visitor, portal.last_code(), device=device)
    assert refused.value.refusal is Refusal.NO_SESSION
    assert portal.peek("SELECT max(factors) FROM identity_session") == [(1,)]
