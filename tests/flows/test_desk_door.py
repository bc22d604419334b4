"""The desk's door: a link that works once, one session a person, lists that show and change nothing."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from factories.portal import DESK_HOST, HOST, Browser, Portal, SettingsChange, at_once
from factories.staff import code_of, form_send, staff_in

from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.config.instance import Limit
from okno.cabinet.desk.services import staff_link_create
from okno.protocol.ids import new_id

LISTS = ("outboxrow", "noticerow", "signalrow", "sessionrow", "accountrow", "jobrow")


def desk(portal: Portal) -> Browser:
    browser = portal.browser(host=DESK_HOST)
    browser.handler.enforce_csrf_checks = True
    return browser


def press(browser: Browser, link: str) -> int:
    """Open a link and press its button; the status of the press."""
    page = browser.get(link)
    assert (page.status_code, page["Referrer-Policy"]) == (200, "same-origin")
    return form_send(browser, link)


def shut(browser: Browser) -> bool:
    """Whether the desk shows nothing but the advice how to get in."""
    answer = browser.get("/", follow=True)
    assert answer.status_code in {200, 403}
    return answer.status_code == 403


@pytest.fixture
def entered(portal: Portal) -> Browser:
    return staff_in(portal)


def test_desk_link_opens_once_after_a_press_of_its_button_and_with_a_code(portal: Portal) -> None:
    link = staff_link_create(login="olga", issued_by="root")
    browser, late = desk(portal), desk(portal)
    assert browser.get(link).status_code == 200
    assert "Нужна новая ссылка" in browser.get("/", follow=True).content.decode()

    assert press(browser, link) == 302
    assert shut(browser)
    assert form_send(browser, "/code", code=code_of("olga")) == 302

    assert "Что происходит" in browser.get("/").content.decode()
    assert press(late, link) == 403
    assert shut(late)
    assert portal.peek("SELECT actor, action FROM kit_audit ORDER BY seq") == [
        ("system:root", "staff.link"),
        ("staff:1", "staff.link.use"),
        ("staff:1", "staff.factor.enrol"),
    ]
    assert len(portal.signals("authn_login_fail")) == 1
    assert portal.peek("SELECT password, is_staff, is_superuser FROM auth_user") == [("!", True, False)]


def test_desk_link_that_is_old_foreign_or_broken_does_not_open(portal: Portal) -> None:
    link = staff_link_create(login="olga", issued_by="root")
    assert press(desk(portal), link[:-2] + "xx") == 403
    assert press(desk(portal), "/enter/whatever") == 403
    with time_machine.travel(timedelta(minutes=31), tick=True):
        assert press(desk(portal), link) == 403
    portal.peek("UPDATE desk_staff_link SET expires_at = now() - interval '1 second'")
    assert press(desk(portal), link) == 403
    portal.peek("UPDATE desk_staff_link SET expires_at = now() + interval '1 minute'")
    User.objects.filter(username="olga").update(is_active=False)
    assert press(desk(portal), link) == 403
    assert portal.peek("SELECT count(*) FROM desk_presence") == [(0,)]


def test_desk_link_pressed_twenty_times_at_once_opens_once(portal: Portal) -> None:
    link = staff_link_create(login="olga", issued_by="root")
    browsers = [desk(portal) for _ in range(20)]
    statuses = at_once(20, lambda number: press(browsers[number], link))
    assert sorted(statuses) == [302] + [403] * 19


def test_desk_link_needs_the_forms_token(portal: Portal) -> None:
    link = staff_link_create(login="olga", issued_by="root")
    answer = desk(portal).post(link)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert press(desk(portal), link) == 302


def test_desk_door_has_a_budget(portal: Portal, settings_change: SettingsChange) -> None:
    link = staff_link_create(login="olga", issued_by="root")
    with settings_change(limits={"desk-network": Limit(2, 600)}):
        assert [press(desk(portal), "/enter/guess") for _ in range(2)] == [403, 403]
        assert press(desk(portal), link) == 403
    portal.peek("DELETE FROM kit_bucket")
    assert press(desk(portal), link) == 302


def again(portal: Portal, *, later: int) -> Browser:
    """Another entry of olga, by a code that was not used yet."""
    browser = desk(portal)
    assert press(browser, staff_link_create(login="olga", issued_by="root")) == 302
    assert form_send(browser, "/code", code=code_of("olga", later=later)) == 302
    return browser


def test_desk_second_entry_ends_the_first_session(portal: Portal, entered: Browser) -> None:
    second = again(portal, later=1)
    assert (shut(entered), shut(second)) == (True, False)


def test_desk_session_ends_idle_and_with_the_working_day(portal: Portal, entered: Browser) -> None:
    portal.peek("UPDATE desk_presence SET opened_at = now() - interval '8 hours'")
    assert shut(entered)
    idle = again(portal, later=1)
    portal.peek("UPDATE django_session SET expire_date = now() - interval '1 second'")
    assert shut(idle)


def test_desk_cookie_is_strict_and_only_its_hash_is_kept(portal: Portal, entered: Browser) -> None:
    cookie = entered.cookies["__Host-okno-desk"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")
    assert cookie["max-age"] == 600
    kept = portal.peek("SELECT session_key FROM django_session")
    assert all(len(str(key)) == 40 and key != cookie.value for (key,) in kept)


def test_desk_lists_show_what_happens_and_nothing_secret(portal: Portal, entered: Browser) -> None:
    user = portal.person(name="Анна Вымышленная")
    account = portal.account()
    token = portal.grant_token(user, account)
    access_grant(user, token)
    portal.signed_in().send("POST", f"/api/accounts/{account}/refresh")
    portal.peek("INSERT INTO kit_job (id, kind, payload) VALUES (%s, 'purge', '{}')", new_id())
    portal.signed_in().send("GET", f"/api/requests/{new_id()}")
    shown = {"outboxrow": "snapshot.get", "noticerow": "sign-in", "signalrow": "authz_fail", "sessionrow": str(user)}
    shown |= {"accountrow": "0017", "jobrow": "purge"}
    for name, word in shown.items():
        page = entered.get(f"/desk/{name}/").content.decode()
        assert word in page
        for secret in ("Вымышленная", "+79001234567", token, portal.last_code()):
            assert secret not in page


def test_desk_lists_cannot_be_changed(portal: Portal, entered: Browser) -> None:
    user = portal.person()
    portal.signed_in()
    for name in LISTS:
        assert entered.get(f"/desk/{name}/add/").status_code == 404
        assert entered.get(f"/desk/{name}/").status_code == 200
    [(row,)] = portal.peek("SELECT id FROM identity_session")
    for path in (f"/desk/sessionrow/{row}/delete/", f"/desk/sessionrow/{row}/history/", f"/desk/sessionrow/{row}/"):
        assert entered.get(path).status_code == 404
    assert portal.peek("SELECT count(*) FROM identity_session WHERE user_id = %s", user) == [(1,)]


def test_desk_and_portal_do_not_share_routes_or_cookies(portal: Portal, entered: Browser) -> None:
    assert entered.get("/api/session").json()["code"] == "not-found"
    assert entered.get("/login").json()["code"] == "not-found"
    stranger = portal.browser(host=HOST)
    stranger.cookies = entered.cookies
    assert stranger.state()["state"] == "closed"
    assert b"__NONCE__" not in stranger.get("/enter/whatever").content
    answer = stranger.get("/desk/outboxrow/")
    assert "Исходящие" not in answer.content.decode()
    assert "__Host-okno-desk" not in answer.cookies


def test_desk_pages_allow_only_this_hosts_scripts(portal: Portal, entered: Browser) -> None:
    answer = entered.get("/")
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert policy["frame-ancestors"] == "'none'"
    page = answer.content.decode() + entered.get("/desk/outboxrow/").content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page)
    assert not re.search(r"\son\w+=|\sstyle=", page)
    style = entered.get("/static/admin/css/base.css")
    assert (style.status_code, style["Content-Type"], len(style.getvalue()) > 1000) == (200, "text/css", True)
    style.close()
    assert entered.get("/static/admin/../../settings.py").status_code == 400


def test_the_door_has_its_own_look_from_this_host_alone(portal: Portal) -> None:
    browser = desk(portal)
    page = browser.get("/", follow=True).content.decode()
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert files == ["/static/desk/sign.svg", "/static/desk/door.css"]
    for file, kind in zip(files, ("image/svg+xml", "text/css"), strict=True):
        answer = browser.get(file)
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        answer.close()
