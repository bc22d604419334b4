"""Nobody learns from a first registration who is a customer, nor anything of somebody else's registration."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from factories.django_ready import HttpResponse, connections
from factories.inside import CONTRACT, NUMBER, PHONE, Customer, Inside, Newcomer
from factories.portal import Portal, SettingsChange
from factories.sms_centre import Centre

from okno.cabinet.config.instance import Limit

# What was typed, and who that is to the inside.
CLASSES: dict[str, dict[str, str]] = {
    "match": {},
    "unknown number": {"number": "4000 0000 0000 0000 9999"},
    "wrong fact": {"value": "100-200-043"},
    "another kind of fact": {"fact": "last-bill", "value": "1234,50"},
    "linked already": {"number": "4000 0000 0000 0000 0077", "value": "100-200-077"},
    "limit reached": {"number": "4000 0000 0000 0000 0055", "value": "100-200-055"},
}
LIMIT = 3
# Of the moment, or of what the asker typed himself.
OWN = re.compile(rb'"(?:expires_at|tail|again_after_s|retry_after_s)": ("[^"]*"|\d+)')


@pytest.fixture
def inside(portal: Portal, tmp_path: Path) -> Inside:
    """One customer to be found, one who has a user already, one whose number was tried too often."""
    others = [
        Customer(number=CLASSES[name]["number"], contract=CLASSES[name]["value"], phone=f"+791612345{tail}")
        for name, tail in (("linked already", 77), ("limit reached", 55))
    ]
    made = Inside(portal, tmp_path, [Customer(), *others])
    linked = Newcomer()
    linked.begin(number=others[0].number, value=others[0].contract)
    made.carry()
    linked.prove(made.code())
    made.carry()
    assert linked.choose().status_code == 200
    return made


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    twin = Centre(tmp_path)
    yield twin
    twin.stop()


class Statements:
    """The statements that the web runs, without their values."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __enter__(self) -> list[str]:
        self._wrapping = connections["default"].execute_wrapper(self._note)
        self._wrapping.__enter__()
        return self.seen

    def __exit__(self, *_: object) -> None:
        self._wrapping.__exit__(None, None, None)

    def _note(self, execute: Callable[..., Any], sql: str, *rest: object) -> Any:  # noqa: ANN401 (Django's own)
        self.seen.append(sql)
        return execute(sql, *rest)


def masked(answer: HttpResponse) -> tuple[int, dict[str, str], bytes, list[tuple[str, int, str]]]:
    """Status, headers, body and cookies without what differs from request to request."""
    own = answer["X-Request-Id"]
    headers = {name: value for name, value in answer.headers.items() if name not in {"X-Request-Id", "Content-Length"}}
    if "Retry-After" in headers:
        headers["Retry-After"] = "OWN"  # the seconds that a loaded machine takes between two requests
    cookies = [(name, len(morsel.value), str(morsel["max-age"])) for name, morsel in answer.cookies.items()]
    return answer.status_code, headers, OWN.sub(b"OWN", answer.content.replace(own.encode(), b"ID")), cookies


def lived(inside: Inside, typed: dict[str, str]) -> list[object]:
    """Everything that somebody outside sees of a registration whose code nobody knows."""
    browser = Newcomer()
    seen: list[object] = [masked(browser.begin(**typed)), browser.stands()["state"]]
    inside.carry()
    seen.append(browser.stands()["state"])
    for wrong in ("000000", "000001"):
        inside.attempts[list(inside.attempts)[-1]].code = "999999"
        seen.append(masked(browser.prove(wrong)))
        inside.carry()
        seen.append(masked(browser.send("GET", "/api/registration")))
    seen += [masked(browser.again()), masked(browser.choose())]
    return seen


def test_secrecy_every_class_of_asker_sees_the_same(
    portal: Portal, inside: Inside, settings_change: SettingsChange
) -> None:
    with settings_change(limits={**portal.config.limits, "registration-account": Limit(LIMIT, 86_400)}):
        for _ in range(LIMIT):
            Newcomer().begin(**CLASSES["limit reached"])
        seen = {name: lived(inside, typed) for name, typed in CLASSES.items()}
    expected = seen["match"]
    assert [one[0] for one in expected if isinstance(one, tuple)] == [202, 202, 200, 202, 200, 429, 409]
    for name, one in seen.items():
        assert (name, one) == (name, expected)
    assert {"scope": "registration-account"} in portal.signals("excess_rate_limit_exceeded")
    assert inside.facts[-1].number == ""


def test_secrecy_every_class_of_asker_costs_the_same(portal: Portal, inside: Inside) -> None:
    spent = {}
    for name, typed in CLASSES.items():
        with Statements() as statements:
            lived(inside, typed)
        spent[name] = statements
    for name, statements in spent.items():
        assert (name, statements) == (name, spent["match"])
    for sizes in (
        "SELECT DISTINCT type, octet_length(data), octet_length(labels::text) FROM kit_outbox",
        "SELECT DISTINCT octet_length(body_sealed), octet_length(subject), purpose FROM notices_message",
    ):
        found = portal.peek(sizes)
        assert len(found) == len({row[0] for row in found})


def test_secrecy_only_the_phone_of_the_books_gets_a_message(portal: Portal, inside: Inside, centre: Centre) -> None:
    for typed in CLASSES.values():
        Newcomer().begin(**typed)
    inside.carry()
    for _ in CLASSES:
        inside.send(centre)
    assert portal.peek("SELECT DISTINCT state FROM notices_message") == [("sent",)]
    assert sorted(one.to for one in centre.journal()) == [PHONE, "+79161234555", "+79161234577", "+79161234577"]


def test_secrecy_knowing_all_facts_without_the_code_gives_nothing(portal: Portal, inside: Inside) -> None:
    before = portal.peek("SELECT count(*) FROM identity_session")
    thief = Newcomer()
    thief.begin(number=CLASSES["linked already"]["number"], value=CLASSES["linked already"]["value"])
    inside.carry()
    for wrong in range(6):
        thief.prove(f"{wrong:06d}" if f"{wrong:06d}" != inside.code() else "999999")
        inside.carry()
    assert thief.stands()["state"] == "refused"
    assert thief.choose().json()["code"] == "wrong-step"
    assert portal.peek("SELECT count(*) FROM identity_session") == before


def test_secrecy_a_mistyped_number_of_a_stranger_tells_nothing_of_him(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin(number=CLASSES["linked already"]["number"], value=CONTRACT)
    inside.carry()
    state = browser.stands()
    assert (state["state"], state["tail"], state["login"]) == ("code-sent", "0077", None)


TABLE = "accounts_registration"
MOVE = "UPDATE accounts_registration SET token_hash = decode(%s, 'hex')"
PUT = """
    INSERT INTO accounts_registration (token_hash, id, user_id, login, locale, labels, facts, asked, expires_at)
    VALUES (decode(%s, 'hex'), gen_random_uuid(), gen_random_uuid(), 'x', 'ru', '{}', '', gen_random_uuid(), now())
"""


def web(portal: Portal) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(portal.database.dsn("web"))


def test_secrecy_the_database_shows_a_registration_to_its_token_alone(portal: Portal, inside: Inside) -> None:
    for _ in range(2):
        Newcomer().begin(number=NUMBER)
    [(mine,), (other,)] = portal.peek(
        "SELECT encode(token_hash, 'hex') FROM accounts_registration WHERE state = 'asking'"
    )
    with web(portal) as connection:
        assert connection.execute("SELECT count(*) FROM accounts_registration").fetchone() == (0,)
        connection.execute("SELECT set_config('app.registration', %s, true)", [mine])
        seen = connection.execute("SELECT encode(token_hash, 'hex') FROM accounts_registration").fetchall()
        assert seen == [(mine,)]
        taken = connection.execute(
            "UPDATE accounts_registration SET state = 'proven' WHERE token_hash = decode(%s, 'hex')", [other]
        )
        assert taken.rowcount == 0
        # It shows no person, no account, no question of anybody.
        for table in ("identity_user", "identity_session", "accounts_access", "accounts_account", "accounts_grant"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608
        assert connection.execute("SELECT count(*) FROM kit_outbox").fetchone() == (0,)
    for statement in (MOVE, PUT):
        with web(portal) as connection:
            connection.execute("SELECT set_config('app.registration', %s, true)", [mine])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement, [other])


def test_secrecy_of_each_role_on_registrations(portal: Portal) -> None:
    columns = [
        str(name)
        for (name,) in portal.peek(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", TABLE
        )
    ]

    def allowed(role: str, what: str) -> set[str]:
        return {
            name
            for name in columns
            if portal.peek("SELECT has_column_privilege(%s, %s, %s, %s)", role, TABLE, name, what) == [(True,)]
        }

    for role in ("okno_relay", "okno_sender", "okno_live", "okno_reader", "okno_desk"):
        assert (role, allowed(role, "SELECT") | allowed(role, "UPDATE") | allowed(role, "INSERT")) == (role, set())
    assert allowed("okno_projector", "SELECT") == {"id", "user_id", "state", "asked", "tries_left", "expires_at"}
    assert allowed("okno_projector", "UPDATE") == {"state", "attempt", "grants", "profile", "asked", "asked_at"}
    assert allowed("okno_worker", "SELECT") == {"token_hash", "expires_at"}
    assert allowed("okno_worker", "UPDATE") == set()
