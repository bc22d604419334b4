"""Budgets of signing in: exact under concurrency, separate per window, not to be escaped by another spelling."""

from collections import Counter

import pytest
from factories.portal import LOGIN, PASSWORD, Portal, SettingsChange, at_once

from okno.cabinet.config.instance import Limit
from okno.cabinet.kit import buckets

NARROW = {"signin-network": Limit(5, 600), "signin-login": Limit(1000, 60)}


def test_throttle_of_a_login_is_exact_at_fifty_at_once(portal: Portal, settings_change: SettingsChange) -> None:
    portal.person()
    with settings_change(limits={"signin-login": Limit(7, 900)}):
        answers = at_once(50, lambda _: portal.browser().password(password="wrong"))
        refused = portal.browser().password()
    assert Counter(answer.status_code for answer in answers) == {401: 7, 429: 43}
    assert all(1 <= int(answer["Retry-After"]) <= 129 for answer in answers if answer.status_code == 429)
    assert refused.json()["code"] == "throttled"
    assert len(portal.signals("excess_rate_limit_exceeded")) == 44
    assert portal.sms() == []


def test_throttle_counts_all_spellings_of_a_login_together(portal: Portal, settings_change: SettingsChange) -> None:
    portal.person()
    spellings = [LOGIN, "４０８１７００１", "40 817-001", "(40)817001", " 40817001 "]
    with settings_change(limits={"signin-login": Limit(4, 900)}):
        statuses = [portal.browser().password(spelling, "wrong").status_code for spelling in spellings]
    assert statuses == [401, 401, 401, 401, 429]


@pytest.mark.parametrize(
    ("addresses", "last"),
    [
        ([f"203.0.113.{n}" for n in range(6)], 429),
        ([f"203.0.{n}.1" for n in range(6)], 401),
        ([f"2001:db8:0:7:{n:x}::1" for n in range(6)], 429),
        ([f"2001:db8:0:{n}::1" for n in range(6)], 401),
        ([f"::ffff:203.0.113.{n}" for n in range(6)], 429),
        (["nonsense", "", "also nonsense", "-", "x", "y"], 429),
    ],
)
def test_throttle_of_a_network_holds_for_all_its_addresses(
    portal: Portal, settings_change: SettingsChange, addresses: list[str], last: int
) -> None:
    with settings_change(limits=NARROW):
        statuses = [
            portal.browser(address=address or "zero").password("nobody", "wrong").status_code for address in addresses
        ]
    assert statuses == [401] * 5 + [last]


def test_throttle_ignores_a_forged_forwarding_header(portal: Portal, settings_change: SettingsChange) -> None:
    with settings_change(limits=NARROW):
        statuses = [
            portal.browser(HTTP_X_FORWARDED_FOR=f"198.51.{n}.1").password("nobody", "wrong").status_code
            for n in range(6)
        ]
    assert statuses == [401] * 5 + [429]


def test_throttle_behind_a_trusted_proxy_counts_the_last_hop_alone(
    portal: Portal, settings_change: SettingsChange
) -> None:
    with settings_change(limits=NARROW, trusted_proxies=["203.0.113.7/32"]):
        forged = [
            portal.browser(HTTP_X_FORWARDED_FOR=f"10.0.{n}.1, 198.51.100.9").password("nobody", "wrong").status_code
            for n in range(6)
        ]
        honest = portal.browser(HTTP_X_FORWARDED_FOR="10.0.0.1, 198.51.101.9").password("nobody", "wrong").status_code
    assert (forged, honest) == ([401] * 5 + [429], 401)


def test_throttle_is_not_cleared_by_an_own_success(portal: Portal, settings_change: SettingsChange) -> None:
    portal.person()
    with settings_change(limits={**portal.config.limits, "signin-network": Limit(4, 600)}):
        for _ in range(3):
            portal.browser().password("victim", "guess")
        assert portal.browser().password().status_code == 200
        assert portal.browser().password("victim", "guess").status_code == 429


def test_throttle_windows_of_one_thing_are_separate(portal: Portal, settings_change: SettingsChange) -> None:
    with settings_change(limits={"sms-phone-hour": Limit(3, 3600), "sms-phone-day": Limit(6, 86_400)}):
        for _ in range(3):
            buckets.take("sms-phone-hour", "phone")
        with pytest.raises(buckets.ThrottledError):
            buckets.take("sms-phone-hour", "phone")
        for _ in range(6):
            buckets.take("sms-phone-day", "phone")
        buckets.take("sms-phone-hour", "another phone")
        portal.peek("UPDATE kit_bucket SET updated_at = updated_at - interval '20 minutes'")
        buckets.take("sms-phone-hour", "phone")
        with pytest.raises(buckets.ThrottledError) as refused:
            buckets.take("sms-phone-day", "phone")
    assert 12_000 < refused.value.retry_after_s <= 14_400


def test_throttle_of_messages_to_a_phone(portal: Portal, settings_change: SettingsChange) -> None:
    portal.person()
    portal.person(login="second")
    with settings_change(limits={}):
        browser = portal.browser()
        assert browser.password().status_code == 200
        again = browser.send("POST", "/api/session/code/resend")
        assert (again.status_code, again.json()["code"]) == (429, "throttled")
        assert 1 <= int(again["Retry-After"]) <= 30
        same_phone = portal.browser().password("second")
        assert same_phone.status_code == 429
        for _ in range(2):
            portal.peek("UPDATE kit_bucket SET updated_at = updated_at - interval '31 seconds'")
            assert browser.send("POST", "/api/session/code/resend").status_code == 200
        portal.peek("UPDATE kit_bucket SET updated_at = updated_at - interval '31 seconds'")
        hour = browser.send("POST", "/api/session/code/resend")
    assert (hour.status_code, 600 < int(hour["Retry-After"]) <= 1200) == (429, True)
    assert len(portal.sms()) == 3


def test_throttle_keeps_no_thing_in_clear(portal: Portal) -> None:
    portal.person()
    portal.browser(address="203.0.113.7").password(LOGIN, PASSWORD)
    keys = portal.peek("SELECT key FROM kit_bucket")
    assert len(keys) == 8
    assert all(len(key) == 32 and int(key, 16) >= 0 for (key,) in keys)


def test_throttle_gives_back_at_most_the_capacity(portal: Portal, settings_change: SettingsChange) -> None:
    with settings_change(limits={"code-user-day": Limit(2, 86_400)}):
        buckets.take("code-user-day", "u")
        for _ in range(5):
            buckets.give_back("code-user-day", "u")
        buckets.take("code-user-day", "u")
        buckets.take("code-user-day", "u")
        with pytest.raises(buckets.ThrottledError):
            buckets.take("code-user-day", "u")
