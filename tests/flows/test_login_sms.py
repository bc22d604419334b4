"""Signing in with a password and a code by SMS, as the portal's page does it."""

import base64
import hashlib
from datetime import timedelta

import psycopg
from factories.portal import HOST, LOGIN, PASSWORD, PHONE, Portal, SettingsChange

from okno.cabinet.identity.services.users import password_set, user_deactivate

CLOSED = {
    "state": "closed",
    "user": None,
    "phone": None,
    "resend_after_s": None,
    "expires_at": None,
    "idle_until": None,
    "company": None,
}


def test_login_opens_with_password_and_code(portal: Portal) -> None:
    user_id = portal.person(name="Анна Вымышленная")
    browser = portal.browser()
    assert browser.state() == CLOSED

    step = browser.password()

    assert step.status_code == 200
    assert step.json() == {"step": "code", "phone": "··· 45-67", "resend_after_s": 30, "expires_in_s": 300}
    pending = browser.token()
    state = browser.state()
    assert (state["state"], state["phone"], state["user"]) == ("code", "··· 45-67", None)
    assert 0 < state["resend_after_s"] <= 30
    code = portal.last_code()
    assert portal.sms() == [
        (PHONE, f"Код для входа в личный кабинет: {code}. Никому его не сообщайте.\n\n@{HOST} #{code}")
    ]

    opened = browser.code(code)

    assert (opened.status_code, opened.json()) == (200, {"state": "open"})
    assert browser.token() != pending
    state = browser.state()
    assert state["state"] == "open"
    assert state["user"] == {"name": "Анна Вымышленная", "locale": "ru"}
    assert portal.peek("SELECT actor, action, detail FROM kit_audit WHERE action = 'session.open'") == [
        (f"user:{user_id}", "session.open", {"method": "password+sms"})
    ]
    assert portal.signals("authn_login_success") == [{}]


def test_login_cookie_is_bound_to_the_host_and_only_its_hash_is_kept(portal: Portal) -> None:
    portal.person()
    browser = portal.signed_in()
    cookie = browser.cookies["__Host-okno"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")
    assert (cookie["domain"], cookie["max-age"]) == ("", "")
    raw = base64.urlsafe_b64decode(cookie.value + "=")
    assert len(raw) == 32
    [(stored, factors)] = portal.peek("SELECT token_hash, factors FROM identity_session")
    assert (stored, factors) == (hashlib.sha256(raw).digest(), 2)


def test_login_keeps_secrets_out_of_the_database(portal: Portal) -> None:
    portal.person(name="Анна Вымышленная")
    portal.signed_in()
    dump = "".join(
        str(portal.peek(f"SELECT t::text FROM {table} t"))  # noqa: S608 (names of tables)
        for (table,) in portal.peek("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    )
    assert portal.last_code() not in dump
    for secret in (PHONE, PHONE[1:], PASSWORD, "Вымышленная", "Вымышленная".encode().hex()):
        assert secret not in dump


def test_login_session_ends_after_idle_absolute_and_logout(portal: Portal) -> None:
    portal.person()
    browser = portal.signed_in()
    [(idle, absolute)] = portal.peek("SELECT idle_until - now(), expires_at - now() FROM identity_session")
    assert timedelta(minutes=14) < idle <= timedelta(minutes=15)
    assert timedelta(hours=11) < absolute <= timedelta(hours=12)
    for column in ("idle_until", "expires_at"):
        portal.peek(f"UPDATE identity_session SET {column} = {column} - interval '13 hours'")  # noqa: S608
        assert browser.state() == CLOSED
        portal.peek(f"UPDATE identity_session SET {column} = {column} + interval '13 hours'")  # noqa: S608
        assert browser.state()["state"] == "open"


def test_logout_ends_the_session_tells_live_and_clears_the_browser(portal: Portal) -> None:
    portal.person()
    browser = portal.signed_in()
    token = browser.token()
    [(token_hash,)] = portal.peek("SELECT encode(token_hash, 'hex') FROM identity_session")
    with psycopg.connect(portal.database.superuser_dsn(), autocommit=True) as listener:
        listener.execute("LISTEN okno_session")
        answer = browser.send("DELETE", "/api/session")
        told = [notice.payload for notice in listener.notifies(timeout=10, stop_after=1)]
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert answer.cookies["__Host-okno"]["max-age"] == 0
    assert answer.cookies["__Host-okno"]["secure"]
    assert told == [token_hash]
    stale = portal.browser()
    stale.cookies.load({"__Host-okno": token})
    assert stale.state() == CLOSED
    assert portal.browser().send("DELETE", "/api/session").status_code == 204


def test_login_alive_moves_the_idle_end_at_most_once_in_five_minutes(portal: Portal) -> None:
    portal.person()
    browser = portal.signed_in()

    def idle_moves(minutes_left: int) -> bool:
        portal.peek("UPDATE identity_session SET idle_until = now() + make_interval(mins => %s)", minutes_left)
        [before] = portal.peek("SELECT idle_until FROM identity_session")
        assert browser.send("POST", "/api/session/alive").status_code == 204
        return [before] != portal.peek("SELECT idle_until FROM identity_session")

    assert not idle_moves(11)
    assert idle_moves(9)
    portal.peek("UPDATE identity_session SET idle_until = now() + interval '9 minutes'")
    [before] = portal.peek("SELECT idle_until FROM identity_session")
    browser.state()
    assert [before] == portal.peek("SELECT idle_until FROM identity_session")
    portal.peek("UPDATE identity_session SET expires_at = now() + interval '12 minutes'")
    browser.send("POST", "/api/session/alive")
    assert portal.peek("SELECT idle_until = expires_at FROM identity_session") == [(True,)]


def test_login_sixth_session_ends_the_oldest(portal: Portal) -> None:
    portal.person()
    browsers = [portal.signed_in() for _ in range(6)]
    assert [browser.state()["state"] for browser in browsers] == ["closed", *["open"] * 5]


def test_login_as_another_person_leaves_nothing_of_the_first(portal: Portal) -> None:
    portal.person()
    portal.person(login="other", phone="+79001112233")
    browser = portal.browser()
    browser.password()
    abandoned, first_code = browser.token(), portal.last_code()

    browser.password("other")

    assert browser.token() != abandoned
    assert browser.code(first_code).json()["code"] == "wrong-code"
    assert browser.code(portal.last_code()).status_code == 200
    back = portal.browser()
    back.cookies.load({"__Host-okno": abandoned})
    assert back.code(first_code).json()["code"] == "no-session"
    assert portal.peek("SELECT count(*) FROM identity_session WHERE factors = 2") == [(1,)]


def test_login_password_change_elsewhere_ends_every_session(portal: Portal) -> None:
    user_id = portal.person()
    browsers = [portal.signed_in() for _ in range(2)]
    password_set(user_id=user_id, password="Другой-трактор 8", actor="staff:1")
    assert [browser.state()["state"] for browser in browsers] == ["closed", "closed"]
    assert portal.browser().password().json()["code"] == "wrong-credentials"
    assert portal.browser().password(password="Другой-трактор 8").status_code == 200
    assert portal.peek("SELECT detail FROM kit_audit WHERE action = 'password.set'") == [({"sessions_ended": 2},)]


def test_login_deactivated_person_is_out_and_stays_out(portal: Portal) -> None:
    user_id = portal.person()
    browser, pending = portal.signed_in(), portal.browser()
    pending.password()
    user_deactivate(user_id=user_id, actor="staff:1")
    assert browser.state() == CLOSED
    assert pending.code(portal.last_code()).json()["code"] == "no-session"
    assert portal.browser().password().json()["code"] == "wrong-credentials"


def test_login_deactivated_between_the_steps_opens_nothing(portal: Portal) -> None:
    user_id = portal.person()
    browser = portal.browser()
    browser.password()
    portal.peek("UPDATE identity_user SET is_active = false WHERE id = %s", user_id)
    assert browser.code(portal.last_code()).json()["code"] == "no-session"
    assert portal.peek("SELECT max(factors) FROM identity_session") == [(1,)]


def test_login_all_spellings_reach_one_account(portal: Portal) -> None:
    portal.person(login="№ 40-817 Aa")
    for spelling in ("no40817aa", " ｎｏ４０８１７ＡＡ ", "№40 817-aA", "(NO) 40.817AA".replace(".", "-")):
        assert portal.browser().password(spelling).status_code == 200, spelling


def test_login_locale_changes_messages_and_is_audited(portal: Portal) -> None:
    portal.person()
    browser = portal.signed_in()
    answer = browser.send("PATCH", "/api/profile", {"locale": "en"})
    assert (answer.status_code, answer.json()) == (200, {"locale": "en"})
    assert browser.state()["user"] == {"name": "", "locale": "en"}
    portal.browser().password(LOGIN)
    code = portal.last_code()
    assert portal.sms()[-1][1] == f"Your sign-in code: {code}. Do not tell it to anybody.\n\n@{HOST} #{code}"
    assert browser.send("PATCH", "/api/profile", {"locale": "de"}).json()["code"] == "bad-request"
    assert portal.peek("SELECT detail FROM kit_audit WHERE action = 'profile.locale'") == [({"locale": "en"},)]


def test_login_works_without_the_vault_key_but_greets_nobody(portal: Portal, settings_change: SettingsChange) -> None:
    portal.person(name="Анна Вымышленная")
    browser = portal.signed_in()
    with settings_change(vault_keys={}):
        state = browser.state()
    assert (state["state"], state["user"]["name"]) == ("open", "")
