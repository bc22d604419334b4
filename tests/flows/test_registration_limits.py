"""A first registration asked too often, all at once, or in a form that cannot be read."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from factories.inside import CONTRACT, NUMBER, Customer, Inside, Newcomer
from factories.portal import Portal, SettingsChange, at_once

from okno.cabinet.config.instance import Limit

ROUTES = ["", "/code", "/password"]


@pytest.fixture
def inside(portal: Portal, tmp_path: Path) -> Inside:
    return Inside(portal, tmp_path, [Customer()])


def test_codes_at_once_are_counted_exactly(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()

    def guess(number: int) -> int:
        tab = Newcomer()
        tab.cookies.load({"__Host-okno-new": browser.cookies["__Host-okno-new"].value})
        return int(tab.prove(f"{number:06d}").status_code)

    for _ in range(6):
        assert set(at_once(10, guess)) == {202}
        inside.carry()
    assert sum(attempt.tries for attempt in inside.attempts.values()) == 5
    assert browser.stands()["tries_left"] == 0


def test_passwords_at_once_make_one_user(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()
    browser.prove(inside.code())
    inside.carry()

    def choose(_: int) -> int:
        tab = Newcomer()
        tab.cookies.load({"__Host-okno-new": browser.cookies["__Host-okno-new"].value})
        return int(tab.choose().status_code)

    assert Counter(at_once(6, choose)) == {200: 1, 410: 5}
    assert portal.peek("SELECT count(*) FROM identity_user") == [(1,)]
    assert portal.peek("SELECT count(*) FROM identity_session WHERE ended_at IS NULL") == [(1,)]


@pytest.mark.parametrize("scope", ["global", "network", "address"])
def test_beginnings_are_throttled_by_where_they_come_from(
    portal: Portal, inside: Inside, settings_change: SettingsChange, scope: str
) -> None:
    with settings_change(limits={f"registration-{scope}": Limit(3, 3600)}):
        answers = [Newcomer().begin(number=f"{NUMBER} {number}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert 1 <= int(answers[3]["Retry-After"]) <= 1200
    assert portal.peek("SELECT count(*) FROM accounts_registration") == [(3,)]
    assert portal.signals("excess_rate_limit_exceeded") == [{"scope": f"registration-{scope}"}]


def test_codes_are_throttled_by_network_and_number(
    portal: Portal, inside: Inside, settings_change: SettingsChange
) -> None:
    for number, scope in enumerate(("code-network", "registration-code-account")):
        browser = Newcomer(address=f"203.0.{number}.1")
        browser.begin()
        inside.carry()
        with settings_change(limits={**portal.config.limits, scope: Limit(1, 3600)}):
            statuses = [browser.prove("000000").status_code for _ in range(2)]
        assert statuses == [202, 429]


def test_success_gives_back_what_its_number_was_counted(
    portal: Portal, inside: Inside, settings_change: SettingsChange
) -> None:
    narrow = {"registration-account": Limit(1, 86_400), "registration-code-account": Limit(1, 86_400)}
    with settings_change(limits=narrow):
        browser = Newcomer()
        browser.begin()
        inside.carry()
        browser.prove(inside.code())
        inside.carry()
        browser.choose()
        second = Newcomer()
        second.begin()
    inside.carry()
    assert inside.facts[-1].number == NUMBER


def test_the_number_is_limited_in_all_its_spellings(
    portal: Portal, inside: Inside, settings_change: SettingsChange
) -> None:
    spellings = [NUMBER, NUMBER.replace(" ", ""), NUMBER.replace(" ", "-"), f" {NUMBER} ", "４" + NUMBER[1:]]
    with settings_change(limits={"registration-account": Limit(3, 86_400)}):
        for spelling in spellings:
            assert Newcomer().begin(number=spelling).status_code == 202
    inside.carry()
    assert Counter(bool(facts.number) for facts in inside.facts) == {True: 3, False: 2}
    # Detectors go on counting the number that was typed.
    assert len({asked.envelope.labels["account"] for asked in inside.asked}) == 1


@pytest.mark.parametrize("path", ROUTES)
def test_refusal_of_json_that_is_no_fitting_object(portal: Portal, path: str) -> None:
    for body in (b"[]", b'"text"', b"7", b"null", b"{", b"", b"\xff", b'{"number": 1}', b'{"code": 1}', b"NaN"):
        answer = Newcomer().generic("POST", f"/api/registration{path}", body, content_type="application/json")
        assert (body, answer.status_code, answer.json()["code"]) == (body, 400, "bad-request")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"number": " "}, "number"),
        ({"number": "---"}, "number"),
        ({"number": "1" * 201}, "number"),
        ({"number": "40\x0017"}, "number"),
        ({"value": ""}, "value"),
        ({"value": "x" * 201}, "value"),
        ({"fact": "birth-date", "value": "31.02.1980"}, "value"),
        ({"fact": "last-bill", "value": "сто рублей"}, "value"),
    ],
)
def test_refusal_of_what_cannot_be_read_names_the_field(portal: Portal, typed: dict[str, str], field: str) -> None:
    answer = Newcomer().begin(**typed)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (422, "unreadable-fact", field)
    assert portal.peek("SELECT count(*) FROM kit_outbox") == [(0,)]
    assert answer.cookies == {}


def test_refusal_of_a_fact_that_the_company_does_not_ask_for(portal: Portal, settings_change: SettingsChange) -> None:
    with settings_change(registration_facts=("birth-date",)):
        assert Newcomer().stands()["facts"] == ["birth-date"]
        assert Newcomer().begin(value=CONTRACT).json()["code"] == "bad-request"
    assert Newcomer().begin(fact="paper-code", value="x").json()["code"] == "bad-request"
    assert portal.peek("SELECT count(*) FROM accounts_registration") == [(0,)]


def test_refusal_of_a_foreign_page(portal: Portal) -> None:
    for path in (*ROUTES, "/again"):
        foreign = Newcomer()
        del foreign.defaults["HTTP_X_OKNO"]
        assert foreign.send("POST", f"/api/registration{path}", {}).json()["code"] == "forbidden"


def test_old_registrations_go_a_day_after_their_end(portal: Portal, inside: Inside) -> None:
    for hours in (23, 25):
        Newcomer().begin()
        portal.peek(
            "UPDATE accounts_registration SET expires_at = now() - make_interval(hours => %s) WHERE expires_at > now()",
            hours,
        )
    inside.housekeep("accounts.registrations.end")
    [(ended,)] = portal.peek("SELECT now() - expires_at FROM accounts_registration")
    assert ended < timedelta(hours=24)
