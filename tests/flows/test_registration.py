"""Somebody whom only the accounting knows becomes a user: facts, a code by SMS, a password, the accounts."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from factories.inside import CONTRACT, NUMBER, PHONE, Customer, Inside, Newcomer
from factories.portal import PASSWORD, Portal
from factories.sms_centre import Centre

from okno.protocol.ids import new_id

FACTS = ["contract", "birth-date", "last-bill", "last-payment"]
OTHER_NUMBER = "4000 0000 0000 0000 0043"
LOGIN = "40000000000000000042"


@pytest.fixture
def inside(portal: Portal, tmp_path: Path) -> Inside:
    return Inside(portal, tmp_path, [Customer(accounts=[new_id(), new_id()])])


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    twin = Centre(tmp_path)
    yield twin
    twin.stop()


def proven(inside: Inside, browser: Newcomer) -> None:
    browser.begin()
    inside.carry()
    browser.prove(inside.code())
    inside.carry()
    assert browser.stands()["state"] == "proven"


def test_registration_from_the_facts_to_the_overview(portal: Portal, inside: Inside, centre: Centre) -> None:
    browser = Newcomer()
    assert browser.stands() == {
        "state": "none",
        "facts": FACTS,
        **dict.fromkeys(("tail", "login", "tries_left", "again_after_s", "expires_at")),
    }

    begun = browser.begin()

    assert (begun.status_code, begun.json()["state"], begun.json()["tail"]) == (202, "asking", "0042")
    assert portal.peek("SELECT type, authtype, authid, priority FROM kit_outbox") == [
        ("okno.customer.identify.v1", "service", None, 0)
    ]
    inside.carry()
    [facts] = inside.facts
    assert (facts.number, facts.fact, facts.value) == (NUMBER, "contract", CONTRACT)
    [asked] = inside.asked
    assert set(asked.envelope.labels) == {"address", "network", "account"}
    state = browser.stands()
    assert (state["state"], state["tries_left"], state["login"]) == ("code-sent", 5, None)
    assert 0 < state["again_after_s"] <= 30
    inside.send(centre)
    [sms] = centre.journal()
    assert (sms.to, sms.text) == (PHONE, f"Код для доступа: {inside.code()}. Никому его не сообщайте.")

    checking = browser.prove(f"{inside.code()[:3]} {inside.code()[3:]}")

    assert (checking.status_code, checking.json()["state"]) == (202, "checking")
    inside.carry()
    state = browser.stands()
    assert (state["state"], state["login"]) == ("proven", LOGIN)

    opened = browser.choose()

    assert (opened.status_code, opened.json()) == (200, {"state": "open"})
    session = browser.state()
    assert (session["state"], session["user"]) == ("open", {"name": "Анна Петровна", "locale": "ru"})
    assert session["phone"] == "··· 45-01"
    [customer] = inside.customers
    assert portal.peek("SELECT DISTINCT account_id::text FROM accounts_access ORDER BY 1") == [
        (account,) for account in sorted(customer.accounts)
    ]
    assert portal.peek("SELECT action FROM kit_audit ORDER BY seq") == [
        *[("user.create",), ("access.grant",), ("access.grant",), ("session.open",)]
    ]
    assert browser.stands()["state"] == "none"


def test_registration_then_signs_in_by_the_number_and_a_code_to_that_phone(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    proven(inside, browser)
    browser.choose()
    other = portal.browser()
    assert other.password(NUMBER, PASSWORD).json()["phone"] == "··· 45-01"
    assert portal.sms()[-1][0] == PHONE
    assert other.code(portal.last_code()).status_code == 200


def test_registration_cookie_is_its_own_and_only_its_hash_is_kept(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    cookie = browser.cookies["__Host-okno-new"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")
    assert (cookie["domain"], cookie["max-age"]) == ("", 3600)
    proven(inside, browser)
    dump = "".join(
        str(portal.peek(f"SELECT t::text FROM {table} t"))  # noqa: S608 (names of tables)
        for (table,) in portal.peek("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    )
    for secret in (cookie.value, CONTRACT, NUMBER, PHONE, "Вымышленная", inside.code()):
        assert secret not in dump
    done = browser.choose()
    assert (done.cookies["__Host-okno-new"]["max-age"], browser.token() != cookie.value) == (0, True)
    assert portal.peek("SELECT facts, typed, grants, profile FROM accounts_registration WHERE state = 'done'") == [
        (b"", None, None, None)
    ]


def test_registration_goes_on_where_one_was_in_another_tab_and_after_a_reload(portal: Portal, inside: Inside) -> None:
    browser, other = Newcomer(), Newcomer()
    browser.begin()
    other.cookies = browser.cookies
    inside.carry()
    assert other.stands()["state"] == "code-sent"
    other.prove(inside.code())
    # The first tab still shows its field: a second code changes nothing, it only learns where one is.
    assert browser.prove(inside.wrong_code()).json()["state"] == "checking"
    inside.carry()
    assert [tab.stands()["state"] for tab in (browser, other)] == ["proven", "proven"]
    assert other.choose().status_code == 200
    assert browser.choose().json()["code"] == "registration-over"
    assert portal.peek("SELECT count(*) FROM identity_user") == [(1,)]


def test_registration_by_a_date_speaks_english_if_asked(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin(fact="birth-date", value="5.11.1980", locale="en")
    inside.carry()
    assert inside.facts[0].value == "1980-11-05"
    assert inside.asked[0].envelope.data["locale"] == "en"
    browser.prove(inside.code())
    inside.carry()
    browser.choose()
    assert browser.state()["user"]["locale"] == "en"


def test_registration_asks_for_another_code_and_the_one_before_is_dead(
    portal: Portal, inside: Inside, centre: Centre
) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()
    first = inside.code()
    early = browser.again()
    assert (early.status_code, early.json()["code"]) == (429, "throttled")
    assert 0 < int(early["Retry-After"]) <= 30
    assert len(inside.attempts) == 1
    for left in (2, 1, 0):
        portal.peek("UPDATE accounts_registration SET coded_at = coded_at - interval '30 seconds'")
        assert browser.stands()["again_after_s"] == 0
        assert browser.again().json()["state"] == "asking"
        inside.carry()
        assert portal.peek("SELECT codes_left FROM accounts_registration") == [(left,)]
    portal.peek("UPDATE accounts_registration SET coded_at = coded_at - interval '30 seconds'")
    state = browser.stands()
    assert (state["state"], state["again_after_s"]) == ("code-sent", None)
    assert browser.again().json()["state"] == "code-sent"
    assert len(inside.attempts) == 4
    inside.attempts[list(inside.attempts)[-1]].code = "111111" if first != "111111" else "222222"
    browser.prove(first)
    inside.carry()
    assert browser.stands()["state"] == "refused"
    browser.prove(inside.code())
    inside.carry()
    assert browser.stands()["state"] == "proven"


def test_registration_wrong_codes_are_refused_alike_and_counted(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()
    for left, wrong in ((4, inside.wrong_code()), (3, "12"), (2, "код"), (1, "１２３"), (0, inside.wrong_code())):
        browser.prove(wrong)
        inside.carry()
        state = browser.stands()
        assert (state["state"], state["tries_left"]) == ("refused", left)
    assert browser.stands()["again_after_s"] is None
    browser.prove(inside.code())
    inside.carry()
    assert browser.stands()["state"] == "refused"
    assert browser.choose().json()["code"] == "wrong-step"
    assert len(portal.signals("authn_login_fail")) == 4
    assert portal.signals("authn_login_fail_max") == [{"step": "registration", "tries_left": 0}]
    assert portal.peek("SELECT count(*) FROM identity_user") == [(0,)]


def test_registration_code_in_full_width_digits_is_the_same_code(inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()
    browser.prove(inside.code().translate({ord("0") + digit: ord("０") + digit for digit in range(10)}))
    inside.carry()
    assert browser.stands()["state"] == "proven"


def test_registration_of_a_linked_account_is_told_only_to_who_proved_it(portal: Portal, inside: Inside) -> None:
    first, second = Newcomer(), Newcomer()
    proven(inside, first)
    first.choose()
    second.begin()
    inside.carry()
    assert second.stands()["state"] == "code-sent"
    second.prove(inside.code())
    inside.carry()
    assert second.stands()["state"] == "linked"
    assert second.choose().json()["code"] == "already-linked"
    assert portal.peek("SELECT count(*) FROM identity_user") == [(1,)]
    [(action, subject)] = portal.peek(
        "SELECT action, subject FROM kit_audit WHERE actor = 'system:identification' ORDER BY seq DESC LIMIT 1"
    )
    assert (action, subject) == ("registration.linked", f"acct:{inside.customers[0].accounts[0]}")


def test_registration_in_two_browsers_by_two_accounts_makes_one_user(portal: Portal, inside: Inside) -> None:
    first, second = Newcomer(), Newcomer()
    inside.customers.append(Customer(number=OTHER_NUMBER, accounts=inside.customers[0].accounts))
    for browser, number in ((first, NUMBER), (second, OTHER_NUMBER)):
        browser.begin(number=number)
        inside.carry()
        browser.prove(inside.code())
        inside.carry()
        assert browser.stands()["state"] == "proven"
    assert first.choose().status_code == 200
    before = portal.peek("SELECT count(*) FROM accounts_access")

    late = second.choose()

    assert (late.status_code, late.json()["code"]) == (409, "already-linked")
    assert portal.peek("SELECT count(*) FROM accounts_access") == before
    assert portal.peek("SELECT count(*) FROM identity_user") == [(1,)]
    assert portal.peek("SELECT count(*) FROM identity_session") == [(1,)]


def test_registration_beside_a_delegate_is_no_link(portal: Portal, inside: Inside) -> None:
    delegate = portal.person(login="delegate", phone="+79001112233")
    [account, _] = inside.customers[0].accounts
    portal.peek(
        'INSERT INTO accounts_access (user_id, account_id, "right", grant_id, until)'
        " VALUES (%s, %s, 'view', gen_random_uuid(), now() + interval '1 day')",
        *(delegate, account),
    )
    proven(inside, Newcomer())


def test_registration_by_a_number_that_somebody_signs_in_with(portal: Portal, inside: Inside) -> None:
    portal.person(login=NUMBER, phone="+79001112233")
    browser = Newcomer()
    proven(inside, browser)
    answer = browser.choose()
    assert (answer.status_code, answer.json()["code"]) == (409, "already-linked")
    assert portal.peek("SELECT count(*) FROM accounts_access") == [(0,)]
    assert portal.peek("SELECT count(*) FROM identity_session") == [(0,)]
    assert browser.stands()["state"] == "proven"


def test_registration_password_must_not_be_weak(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    proven(inside, browser)
    for password, reasons in (
        ("1234567", ["too-short", "listed"]),
        ("password1", ["listed", "personal"]),
        ("Вымышленная", ["personal"]),
        ("79161234501", ["personal"]),
        (LOGIN, ["personal"]),
        ("1" * 129, ["too-long"]),
    ):
        answer = browser.choose(password)
        assert (answer.status_code, answer.json()["code"]) == (422, "weak-password")
        assert answer.json()["reasons"] == reasons
    assert portal.peek("SELECT count(*) FROM identity_user") == [(0,)]
    assert browser.choose().status_code == 200


def test_registration_without_a_mobile_phone_in_the_books(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()
    inside.customers[0].phone = ""
    browser.prove(inside.code())
    inside.carry()
    answer = browser.choose()
    assert (answer.status_code, answer.json()["code"]) == (409, "no-phone")
    assert portal.peek("SELECT count(*) FROM identity_user") == [(0,)]


def test_registration_ends_the_session_that_the_browser_had(portal: Portal, inside: Inside) -> None:
    portal.person()
    browser = Newcomer()
    browser.password()
    browser.code(portal.last_code())
    before = browser.token()
    proven(inside, browser)
    browser.choose()
    assert browser.token() != before
    assert portal.peek("SELECT detail FROM kit_audit WHERE action = 'session.end'") == [({"reason": "replaced"},)]


def test_registration_runs_out(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    [(life,)] = portal.peek("SELECT expires_at - created_at FROM accounts_registration")
    assert timedelta(minutes=29) < life <= timedelta(minutes=30)
    inside.relay()
    portal.peek("UPDATE accounts_registration SET expires_at = now()")
    inside.carry()
    assert browser.stands()["state"] == "expired"
    assert portal.peek("SELECT count(*) FROM notices_message") == [(0,)]
    for answer in (browser.again(), browser.prove("123456"), browser.choose()):
        assert (answer.status_code, answer.json()["code"]) == (410, "registration-over")
    assert browser.begin().json()["state"] == "asking"


def test_registration_that_ran_out_is_not_proven_by_a_late_answer(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()
    browser.prove(inside.code())
    inside.relay()
    portal.peek("UPDATE accounts_registration SET expires_at = now()")
    inside.carry()
    assert portal.peek("SELECT state, grants FROM accounts_registration") == [("checking", None)]
    assert portal.peek("SELECT count(*) FROM kit_outbox WHERE type = 'okno.customer.profile.get.v1'") == [(0,)]


def test_registration_without_its_cookie_is_none(portal: Portal, inside: Inside) -> None:
    Newcomer().begin()
    stranger = Newcomer()
    for cookie in (None, "", "x", "A" * 43):
        if cookie is not None:
            stranger.cookies["__Host-okno-new"] = cookie
        assert stranger.stands()["state"] == "none"
        for answer in (stranger.again(), stranger.prove("123456"), stranger.choose()):
            assert answer.json()["code"] == "registration-over"
