"""Keys of staff: enrolled by a link once, asked ever after, never gone round, changed only just after an entry."""

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from factories.authenticator import PRESENT, SoftKey
from factories.portal import DESK_HOST, Browser, Portal, SettingsChange, at_once
from factories.staff import code_of, form_send, staff_in

from okno.cabinet.config.instance import Limit
from okno.cabinet.desk.services import staff_link_create
from okno.cabinet.desk.services.keys import KEYS_MAX
from okno.cabinet.desk.services.people import factors_missing, staff_add, staff_reset

ORIGIN = f"http://{DESK_HOST}"


@pytest.fixture
def strict(portal: Portal, settings_change: SettingsChange) -> Portal:
    """A company that takes keys alone."""
    with settings_change(staff_codes=False):
        staff_add(login="olga", roles=["senior"], issued_by="root")
        yield portal


def by_link(portal: Portal) -> Browser:
    browser = portal.browser(host=DESK_HOST)
    browser.handler.enforce_csrf_checks = True
    assert form_send(browser, staff_link_create(login="olga", issued_by="root")) == 302
    return browser


def asked(browser: Browser, path: str = "/key") -> dict[str, Any]:
    found = re.search(r'data-options="([^"]+)"', browser.get(path).content.decode())
    assert found is not None
    options: dict[str, Any] = json.loads(html.unescape(found[1]))
    return options


def answer(browser: Browser, said: str, path: str = "/key") -> int:
    """Send it as the page's script does; the page is not asked again, which would be another challenge."""
    token = browser.session["_csrftoken"]
    status: int = browser.post(path, {"csrfmiddlewaretoken": token, "answer": said}).status_code
    return status


def enrolled(portal: Portal) -> tuple[SoftKey, Browser]:
    key, browser = SoftKey(ORIGIN), by_link(portal)
    assert answer(browser, key.made(asked(browser))) == 302
    return key, browser


def is_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def actions(portal: Portal) -> list[object]:
    return [action for (action,) in portal.peek("SELECT action FROM kit_audit ORDER BY seq")]


def test_key_is_enrolled_by_a_link_and_opens_the_desk_ever_after(strict: Portal) -> None:
    key, browser = enrolled(strict)
    assert is_in(browser)
    later = by_link(strict)
    options = asked(later)
    assert options["userVerification"] == "required"
    assert [one["id"] for one in options["allowCredentials"]] == [json.loads(key.used(options))["id"]]
    assert not is_in(later)
    assert answer(later, key.used(options)) == 302
    assert is_in(later)
    assert not is_in(browser)
    assert [action for action in actions(strict) if str(action).startswith("staff.key") or action == "staff.enter"] == [
        "staff.key.enrol",
        "staff.enter",
    ]
    assert strict.peek("SELECT uses, used_at IS NOT NULL FROM desk_key") == [(2, True)]


def broken(said: str) -> str:
    told = json.loads(said)
    signature = told["response"]["signature"]
    told["response"]["signature"] = signature[:-4] + ("AAAA" if signature[-4:] != "AAAA" else "BBBB")
    return json.dumps(told)


REFUSED: dict[str, Callable[[SoftKey, dict[str, Any]], str]] = {
    "signature": lambda key, options: broken(key.used(options)),
    "another page's name": lambda key, options: SoftKey(
        "http://desk.test.localhost.evil", id=key.id, pair=key.pair, uses=9
    ).used(options),
    "another party": lambda key, options: key.used({**options, "rpId": "evil.localhost"}),
    "an old challenge": lambda key, options: key.used({**options, "challenge": "AAAA"}),
    "a stranger's key": lambda _key, options: SoftKey(ORIGIN).used(options),
    "nobody verified": lambda key, options: SoftKey(ORIGIN, flags=PRESENT, id=key.id, pair=key.pair, uses=9).used(
        options
    ),
    "a copy of the key": lambda key, options: SoftKey(ORIGIN, id=key.id, pair=key.pair, uses=0).used(options),
    "a new key": lambda _key, options: SoftKey(ORIGIN).made({**options, "rp": {"id": options["rpId"]}}),
    "nothing": lambda _key, _options: "",
    "no object": lambda _key, _options: "[1]",
    "no JSON": lambda _key, _options: "{\x00",
}


@pytest.mark.parametrize("what", REFUSED)
def test_key_that_does_not_fit_is_refused(strict: Portal, what: str) -> None:
    key, _ = enrolled(strict)
    key.used(asked(by_link(strict)))
    strict.peek("UPDATE desk_key SET uses = 1")
    browser = by_link(strict)
    before = strict.peek("SELECT uses, used_at FROM desk_key")
    assert answer(browser, REFUSED[what](key, asked(browser))) == 403
    assert not is_in(browser)
    assert strict.peek("SELECT uses, used_at FROM desk_key") == before
    assert actions(strict)[-1] == "staff.key.refuse"
    assert strict.peek("SELECT count(*) FROM kit_signal WHERE name = 'authn_login_fail'") == [(1,)]


def test_key_answers_a_challenge_once(strict: Portal) -> None:
    key, _ = enrolled(strict)
    browser, other = by_link(strict), by_link(strict)
    said = key.used(asked(browser))
    asked(other)
    assert answer(other, said) == 403
    assert answer(browser, said) == 302
    assert answer(other, said) == 403
    assert not is_in(other)


def test_key_answered_twenty_times_at_once_enters_once(strict: Portal, settings_change: SettingsChange) -> None:
    with settings_change(staff_codes=False, limits={"desk-code": Limit(1000, 3000), "desk-network": Limit(1000, 3000)}):
        key, _ = enrolled(strict)
        browsers = [by_link(strict) for _ in range(20)]
        answers = [SoftKey(ORIGIN, id=key.id, pair=key.pair, uses=0).used(asked(browser)) for browser in browsers]
        statuses = at_once(20, lambda number: answer(browsers[number], answers[number]))
    assert sorted(statuses) == [302] + [403] * 19


def test_key_has_few_tries_whichever_link_they_come_by(strict: Portal, settings_change: SettingsChange) -> None:
    with settings_change(staff_codes=False, limits={"desk-code": Limit(3, 3000)}):
        key, _ = enrolled(strict)
        first, second = by_link(strict), by_link(strict)
        assert [answer(first, key.used({**asked(first), "challenge": "AAAA"})) for _ in range(2)] == [403, 403]
        assert answer(second, key.used(asked(second))) == 403
        assert "Нужна новая ссылка" in second.get("/key").content.decode()
    assert not is_in(second)


def test_key_once_enrolled_is_not_gone_round_by_a_code(portal: Portal) -> None:
    browser = staff_in(portal, "senior")
    key = SoftKey(ORIGIN)
    assert answer(browser, key.made(asked(browser, "/keys")), "/keys") == 302
    other = by_link(portal)
    assert other.get("/code").status_code == 302
    options = asked(other)
    token = other.session["_csrftoken"]
    assert (
        other.post("/code", {"csrfmiddlewaretoken": token, "code": code_of("olga", later=1)}).headers["Location"]
        == "/key"
    )
    assert not is_in(other)
    assert answer(other, key.used(options)) == 302
    assert is_in(other)


def test_key_is_not_put_beside_an_authenticator_by_a_link_alone(portal: Portal) -> None:
    staff_in(portal, "senior")
    browser = by_link(portal)
    assert browser.get("/key").headers["Location"] == "/code"
    assert browser.get("/code").status_code == 200
    token = browser.session["_csrftoken"]
    assert browser.post("/key", {"csrfmiddlewaretoken": token, "answer": "{}"}).headers["Location"] == "/code"
    assert portal.peek("SELECT count(*) FROM desk_key") == [(0,)]


def test_code_counts_for_nothing_where_keys_alone_are_taken(portal: Portal, settings_change: SettingsChange) -> None:
    staff_in(portal, "senior")
    assert not factors_missing()
    with settings_change(staff_codes=False):
        assert factors_missing()
        browser = by_link(portal)
        assert browser.get("/code").headers["Location"] == "/key"
        assert "Ваш ключ" in browser.get("/key").content.decode()
        assert answer(browser, SoftKey(ORIGIN).made(asked(browser))) == 302
        assert not factors_missing()


def test_keys_are_added_and_forgotten_but_for_the_last(strict: Portal) -> None:
    _, browser = enrolled(strict)
    assert "Заведите запасной" in browser.get("/keys").content.decode()
    second = SoftKey(ORIGIN)
    assert answer(browser, second.made(asked(browser, "/keys")), "/keys") == 302
    assert answer(browser, second.made(asked(browser, "/keys")), "/keys") == 403
    [(first,), (_,)] = strict.peek("SELECT id FROM desk_key ORDER BY created_at, id")
    forget = {"csrfmiddlewaretoken": browser.session["_csrftoken"], "forget": str(first)}
    assert browser.post("/keys", forget).status_code == 302
    last = {**forget, "forget": str(strict.peek("SELECT id FROM desk_key")[0][0])}
    assert "Последний ключ" in browser.post("/keys", last).content.decode()
    assert browser.post("/keys", {**forget, "forget": "no id"}).status_code == 403
    assert strict.peek("SELECT count(*) FROM desk_key") == [(1,)]
    other = by_link(strict)
    assert answer(other, second.used(asked(other))) == 302
    assert actions(strict).count("staff.key.forget") == 1


def test_another_persons_key_is_not_forgotten(strict: Portal) -> None:
    _, browser = enrolled(strict)
    assert answer(browser, SoftKey(ORIGIN).made(asked(browser, "/keys")), "/keys") == 302
    stranger = User.objects.create(username="ivan", is_staff=True, password="!")
    strict.peek("UPDATE desk_key SET user_id = %s WHERE id = (SELECT min(id::text)::uuid FROM desk_key)", stranger.pk)
    assert answer(browser, SoftKey(ORIGIN).made(asked(browser, "/keys")), "/keys") == 302
    theirs = strict.peek("SELECT id FROM desk_key WHERE user_id = %s", stranger.pk)[0][0]
    forget = {"csrfmiddlewaretoken": browser.session["_csrftoken"], "forget": str(theirs)}
    browser.post("/keys", forget)
    assert strict.peek("SELECT count(*) FROM desk_key") == [(3,)]


def test_keys_are_changed_only_just_after_an_entry(strict: Portal) -> None:
    _, browser = enrolled(strict)
    options = asked(browser, "/keys")
    strict.peek("UPDATE desk_presence SET opened_at = opened_at - interval '11 minutes'")
    page = browser.get("/keys").content.decode()
    assert "data-options" not in page
    assert answer(browser, SoftKey(ORIGIN).made(options), "/keys") == 403
    assert strict.peek("SELECT count(*) FROM desk_key") == [(1,)]


def test_keys_are_few(strict: Portal, settings_change: SettingsChange) -> None:
    with settings_change(staff_codes=False, limits={"desk-code": Limit(1000, 3000)}):
        _, browser = enrolled(strict)
        for _ in range(KEYS_MAX - 1):
            assert answer(browser, SoftKey(ORIGIN).made(asked(browser, "/keys")), "/keys") == 302
        assert answer(browser, SoftKey(ORIGIN).made(asked(browser, "/keys")), "/keys") == 403
    assert strict.peek("SELECT count(*) FROM desk_key") == [(KEYS_MAX,)]


def test_keys_page_is_for_who_is_in(strict: Portal) -> None:
    assert strict.browser(host=DESK_HOST).get("/keys").status_code == 403
    assert by_link(strict).get("/keys").status_code == 403


def test_key_page_is_for_who_came_by_a_link_within_five_minutes(strict: Portal) -> None:
    assert strict.browser(host=DESK_HOST).get("/key").status_code == 403
    browser = by_link(strict)
    options = asked(browser)
    with time_machine.travel(timedelta(minutes=6), tick=True):
        assert answer(browser, SoftKey(ORIGIN).made(options)) == 403
    assert strict.peek("SELECT count(*) FROM desk_key") == [(0,)]


def test_key_of_who_was_put_out_does_not_enter(strict: Portal) -> None:
    key, _ = enrolled(strict)
    browser = by_link(strict)
    options = asked(browser)
    User.objects.filter(username="olga").update(is_active=False)
    assert answer(browser, key.used(options)) == 403
    assert not is_in(browser)


def test_lost_keys_are_reset_by_the_operator(strict: Portal) -> None:
    key, browser = enrolled(strict)
    staff_reset(login="olga", issued_by="root")
    assert not is_in(browser)
    assert factors_missing()
    fresh = by_link(strict)
    assert "Ваш ключ" in fresh.get("/key").content.decode()
    assert answer(fresh, key.made(asked(fresh))) == 302
