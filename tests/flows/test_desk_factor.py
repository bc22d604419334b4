"""The second factor of staff: enrolled once, a code once, few tries, recovered by the operator alone."""

import base64
import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from factories.portal import DESK_HOST, HOST, Browser, Portal, SettingsChange, at_once
from factories.staff import code_of, form_send, staff_in

from okno.cabinet.config.instance import Limit
from okno.cabinet.desk.core.codes import secret_address, secret_text
from okno.cabinet.desk.core.rights import ROLES, Right
from okno.cabinet.desk.selectors import staff_rights
from okno.cabinet.desk.services import staff_link_create
from okno.cabinet.desk.services.people import PeopleError, factors_missing, staff_add, staff_code, staff_reset
from okno.cabinet.documents.press.symbols import matrix_of, matrix_read


def halfway(portal: Portal, login: str = "olga") -> Browser:
    """Who has pressed the link's button, and has yet to say a code."""
    browser = portal.browser(host=DESK_HOST)
    browser.handler.enforce_csrf_checks = True
    assert form_send(browser, staff_link_create(login=login, issued_by="root")) == 302
    return browser


def is_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def actions(portal: Portal) -> list[object]:
    return [action for (action,) in portal.peek("SELECT action FROM kit_audit ORDER BY seq")]


def test_factor_is_shown_until_its_first_code_and_never_again(portal: Portal) -> None:
    browser = halfway(portal)
    page = browser.get("/code").content.decode()
    key = re.search(r'class="key">([A-Z2-7]{32})<', page)
    assert key is not None
    symbol = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert symbol is not None
    assert b"<path" in base64.b64decode(symbol[1])
    assert not re.search(r"<script|\sstyle=", page)
    kept = portal.peek("SELECT secret FROM desk_factor")[0][0]
    assert base64.b32decode(key[1]) not in bytes(kept)  # type: ignore[call-overload]  # bytea

    assert form_send(browser, "/code", code=code_of("olga")) == 302

    assert is_in(browser)
    later = halfway(portal)
    page = later.get("/code").content.decode()
    assert key[1] not in page
    assert "svg+xml;base64" not in page
    assert portal.peek("SELECT confirmed_at IS NOT NULL FROM desk_factor") == [(True,)]


def test_factor_symbol_says_the_key() -> None:

    secret = bytes(range(20))
    address = secret_address(secret, login="olga", issuer="Окно desk")
    assert matrix_read(matrix_of(address.encode())).decode() == address
    assert f"secret={secret_text(secret)}&" in address


def test_factor_used_code_does_not_enter_again(portal: Portal) -> None:
    code = code_of_first_entry(portal)
    other = halfway(portal)
    for spelling in (code, f"{code[:3]} {code[3:]}", "".join(chr(ord(digit) + 0xFEE0) for digit in code)):
        assert form_send(other, "/code", code=spelling) == 403
    assert not is_in(other)
    assert form_send(other, "/code", code=code_of("olga", later=1)) == 302
    assert actions(portal)[-4:] == [*["staff.code.refuse"] * 3, "staff.enter"]


def code_of_first_entry(portal: Portal) -> str:
    browser = halfway(portal)
    code = code_of("olga")
    assert form_send(browser, "/code", code=code) == 302
    return code


@pytest.mark.parametrize(("later", "status"), [(-2, 403), (-1, 302), (1, 302), (2, 403)])
def test_factor_takes_a_clock_one_step_off(portal: Portal, later: int, status: int) -> None:
    with time_machine.travel(1_790_000_010, tick=False):
        browser = halfway(portal)
        assert form_send(browser, "/code", code=code_of("olga", later=later)) == status
        assert is_in(browser) is (status == 302)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "шестьц", "000000\x00", "-12345"])
def test_factor_refuses_what_is_no_code(portal: Portal, code: str) -> None:
    browser = halfway(portal)
    assert form_send(browser, "/code", code=code) == 403
    assert not is_in(browser)
    assert portal.peek("SELECT confirmed_at FROM desk_factor") == [(None,)]


def test_factor_has_few_tries_whichever_link_they_come_by(portal: Portal, settings_change: SettingsChange) -> None:
    with settings_change(limits={"desk-code": Limit(3, 3000)}):
        browsers = [halfway(portal), halfway(portal)]
        wrong = code_of("olga", later=40)
        assert [form_send(browsers[0], "/code", code=wrong) for _ in range(2)] == [403, 403]
        assert form_send(browsers[1], "/code", code=wrong) == 403
        assert form_send(browsers[1], "/code", code=code_of("olga")) == 403
        assert browsers[1].get("/code").status_code == 403
    portal.peek("DELETE FROM kit_bucket")
    assert "Нужна новая ссылка" in browsers[1].get("/code").content.decode()
    assert form_send(browsers[0], "/code", code=code_of("olga")) == 302


def test_factor_said_fifty_times_at_once_enters_once(portal: Portal, settings_change: SettingsChange) -> None:
    with settings_change(limits={"desk-code": Limit(1000, 3000), "desk-network": Limit(1000, 3000)}):
        browsers = [halfway(portal) for _ in range(50)]
        code = code_of("olga")
        statuses = at_once(50, lambda number: form_send(browsers[number], "/code", code=code))
    assert sorted(statuses) == [302] + [403] * 49


def test_factor_page_is_for_who_came_by_a_link_within_five_minutes(portal: Portal) -> None:
    assert portal.browser(host=DESK_HOST).get("/code").status_code == 403
    browser = halfway(portal)
    with time_machine.travel(timedelta(minutes=6), tick=True):
        assert browser.get("/code").status_code == 403
    assert not is_in(browser)


def test_factor_of_who_was_put_out_does_not_enter(portal: Portal) -> None:
    browser = halfway(portal)
    User.objects.filter(username="olga").update(is_active=False)
    assert form_send(browser, "/code", code=code_of("olga")) == 403
    assert portal.peek("SELECT count(*) FROM desk_presence") == [(0,)]


def test_factor_is_not_known_to_the_portals_host(portal: Portal) -> None:
    browser = halfway(portal)
    stranger = portal.browser(host=HOST)
    stranger.cookies = browser.cookies
    assert "Второй фактор" not in stranger.get("/code").content.decode()
    assert stranger.send("POST", "/code", {"code": code_of("olga")}).status_code in {403, 404, 405}
    assert not is_in(browser)


def test_lost_factor_is_reset_by_the_operator_and_ends_the_session(portal: Portal) -> None:
    browser = staff_in(portal, "senior")
    before = code_of("olga", later=1)
    assert is_in(browser)

    staff_reset(login="olga", issued_by="root")

    assert not is_in(browser)
    assert factors_missing()
    fresh = halfway(portal)
    assert 'class="key"' in fresh.get("/code").content.decode()
    assert form_send(fresh, "/code", code=before) == 403
    assert form_send(fresh, "/code", code=code_of("olga")) == 302
    assert "staff.factor.reset" in actions(portal)


def test_code_of_the_demonstration_is_the_authenticators(portal: Portal, settings_change: SettingsChange) -> None:
    with pytest.raises(PeopleError):
        staff_code(login="olga", issued_by="root")
    browser = halfway(portal)
    with time_machine.travel(1_790_000_010, tick=False):
        assert staff_code(login="olga", issued_by="root") == code_of("olga")
    staff_add(login="ivan", roles=(), issued_by="root")
    with pytest.raises(PeopleError):
        staff_code(login="ivan", issued_by="root")
    hosts = portal.config.hosts
    with settings_change(hosts=type(hosts)(portal=hosts.portal, desk="desk.example")), pytest.raises(PeopleError):
        staff_code(login="olga", issued_by="root")
    assert not is_in(browser)
    assert actions(portal).count("staff.code.show") == 1


def test_roles_give_rights_and_a_change_counts_at_once(portal: Portal) -> None:
    staff_in(portal, "cashier")
    [(user,)] = portal.peek("SELECT id FROM auth_user")
    assert isinstance(user, int)
    assert staff_rights(user_id=user) == ROLES["cashier"]
    assert Right.APPROVE_REFUND not in ROLES["cashier"]
    staff_add(login="olga", roles=["auditor", "senior"], issued_by="root")
    assert staff_rights(user_id=user) == frozenset(Right)
    staff_add(login="olga", roles=["auditor"], issued_by="root")
    assert staff_rights(user_id=user) == frozenset()
    with pytest.raises(PeopleError):
        staff_add(login="olga", roles=["king"], issued_by="root")
    assert staff_rights(user_id=user) == frozenset()
    assert actions(portal).count("staff.roles") == 3


def test_staff_without_any_factor_is_missed(portal: Portal) -> None:
    assert not factors_missing()
    staff_add(login="olga", roles=["auditor"], issued_by="root")
    assert factors_missing()
    staff_in(portal, "auditor")
    assert not factors_missing()
