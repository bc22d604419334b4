"""What must not work, and must not tell anything."""

import threading

import pytest
from factories.django_ready import HttpResponse
from factories.portal import HOST, LOGIN, PASSWORD, Browser, Portal, SettingsChange

from okno.cabinet.identity.services import passwords

ROUTES = [
    ("POST", "/api/session/password"),
    ("POST", "/api/session/code"),
    ("PATCH", "/api/profile"),
]
OWN = f"http://{HOST}"
FOREIGN = [
    {"Origin": OWN},
    {"X-Okno": "0", "Origin": OWN},
    {"X-Okno": "1"},
    {"X-Okno": "1", "Origin": "http://evil.example"},
    {"X-Okno": "1", "Origin": "null"},
    {"X-Okno": "1", "Origin": f"https://{HOST}"},
    {"X-Okno": "1", "Origin": f"{OWN}:81"},
    {"X-Okno": "1", "Sec-Fetch-Site": "same-site"},
    {"X-Okno": "1", "Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
]


def masked(answer: HttpResponse) -> tuple[int, dict[str, str], bytes, str]:
    """Status, headers and body without the request's own id."""
    own = answer["X-Request-Id"]
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    return answer.status_code, headers, answer.content.replace(own.encode(), b"ID"), str(answer.cookies)


def test_refusal_of_an_unknown_login_is_that_of_a_wrong_password(portal: Portal) -> None:
    portal.person()
    inactive = portal.person(login="inactive", phone="+79001112233")
    unusable = portal.person(login="unusable", phone="+79001112234")
    portal.peek("UPDATE identity_user SET is_active = false WHERE id = %s", inactive)
    portal.peek("UPDATE identity_user SET password = '!' WHERE id = %s", unusable)
    cases = [
        (LOGIN, "wrong"),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("inactive", PASSWORD),
        ("unusable", ""),
        ("unusable", "!"),
        (LOGIN, ""),
        (LOGIN, PASSWORD + " "),
        (LOGIN, PASSWORD.upper()),
        ("\x00'; --", "\x00"),
    ]
    seen = [masked(portal.browser().password(login, password)) for login, password in cases]
    assert all(one == seen[0] for one in seen)
    assert seen[0][0] == 401
    assert b"wrong-credentials" in seen[0][2]
    assert len(portal.signals("authn_login_fail")) == len(cases)
    assert portal.peek("SELECT count(*) FROM identity_session") == [(0,)]
    assert portal.sms() == []


def test_refusal_works_as_hard_for_nobody_as_for_somebody() -> None:
    parameters = passwords.NOBODYS.split("$")[1:4]
    assert parameters == ["argon2id", "v=19", "m=19456,t=2,p=1"]
    assert passwords.password_hash("x").split("$")[1:4] == parameters
    assert not passwords.password_verify(None, "anything")
    assert not passwords.password_verify("not a hash", "anything")


def test_refusal_when_too_many_hash_at_once(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    portal.person()
    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(passwords, "gate", full)
    monkeypatch.setattr(passwords, "WAIT_S_MAX", 0.05)
    answer = portal.browser().password()
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_refusal_of_json_that_is_no_fitting_object(portal: Portal, method: str, path: str) -> None:
    portal.person()
    browser = portal.signed_in() if path == "/api/profile" else portal.browser()
    if path.endswith("code"):
        browser.password()
    for body in (b"[]", b'"text"', b"7", b"null", b"true", b"{", b"", b"\xff", b'{"login": 1}', b"NaN"):
        answer = browser.generic(method, path, body, content_type="application/json")
        assert (body, answer.status_code, answer.json()["code"]) == (body, 400, "bad-request")
        assert answer["Content-Type"] == "application/problem+json"


def test_refusal_of_a_foreign_page(portal: Portal) -> None:
    portal.person()
    browser = portal.signed_in()
    for headers in FOREIGN:
        foreign = Browser()
        for name in ("HTTP_ORIGIN", "HTTP_X_OKNO"):
            del foreign.defaults[name]
        foreign.cookies = browser.cookies
        answer = foreign.generic("DELETE", "/api/session", headers=headers)
        assert (headers, answer.status_code, answer.json()["code"]) == (headers, 403, "forbidden")
    assert browser.state()["state"] == "open"
    assert len(portal.signals("malicious_csrf")) == len(FOREIGN)


def test_own_page_without_origin_but_with_fetch_metadata_is_let_in(portal: Portal) -> None:
    browser = portal.browser()
    del browser.defaults["HTTP_ORIGIN"]
    answer = browser.generic("DELETE", "/api/session", content_type="", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 204


def test_refusal_of_a_body_that_a_form_could_send(portal: Portal) -> None:
    body = b'{"login": "a", "password": "b"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = portal.browser().generic("POST", "/api/session/password", body, content_type=kind)
        assert (kind, answer.status_code, answer.json()["code"]) == (kind, 400, "bad-request")


def test_refusal_of_other_methods(portal: Portal) -> None:
    for method in ("PUT", "POST", "OPTIONS", "TRACE", "PROPFIND"):
        answer = portal.browser().send(method, "/api/session")
        assert (method, answer.status_code, answer.json()["code"]) == (method, 405, "method-not-allowed")
    assert portal.browser().send("POST", "/login").json()["code"] == "method-not-allowed"
    assert set(portal.browser().send("PUT", "/api/session")["Allow"].split(", ")) == {"DELETE", "GET"}


def test_refusal_speaks_the_readers_language(portal: Portal) -> None:
    english = portal.browser().send("POST", "/api/session/alive", headers={"Accept-Language": "en-GB,en;q=0.9"})
    russian = portal.browser().send("POST", "/api/session/alive", headers={"Accept-Language": "de"})
    assert (english.json()["title"], english["Content-Language"]) == ("Not signed in", "en")
    assert (russian.json()["title"], russian["Content-Language"]) == ("Вход не выполнен", "ru")


def test_refusal_of_a_token_that_is_none(portal: Portal) -> None:
    for cookie in ("", "x", "A" * 43, "A" * 42, "\xd0\xba", "=" * 43, "A" * 5000):
        browser = portal.browser()
        browser.cookies["__Host-okno"] = cookie
        assert browser.state()["state"] == "closed", cookie


def test_refusal_of_a_body_that_is_too_large(portal: Portal) -> None:
    answer = portal.browser().password(password="x" * 70_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_mistake_of_ours_tells_a_code_and_nothing_else(portal: Portal, settings_change: SettingsChange) -> None:
    portal.person()
    with settings_change(keylist="/nonexistent"):
        answer = portal.browser().password()
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["retry"]) == (500, "internal", "same-key")
    assert problem["instance"] == f"urn:uuid:{answer['X-Request-Id']}"
    assert "Error" not in answer.content.decode()
    assert portal.peek("SELECT count(*) FROM identity_session") == [(0,)]
