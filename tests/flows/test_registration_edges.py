"""A first registration when the inside is away, and when answers are not what they seem."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
from factories.inside import Customer, Inside, Newcomer
from factories.portal import Portal
from factories.read_model import KilledError

from okno.cabinet.accounts.tasks.registering.registrar import Registrar
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.ids import new_id
from okno.protocol.messages import Message
from okno.protocol.pen import Received

PATIENCE_S = 20.0


@pytest.fixture
def inside(portal: Portal, tmp_path: Path) -> Inside:
    return Inside(portal, tmp_path, [Customer()])


def earlier(portal: Portal, seconds: int) -> None:
    """As if all that has happened in registrations had happened so long ago."""
    portal.peek(
        "UPDATE accounts_registration SET asked_at = asked_at - make_interval(secs => %s),"
        " coded_at = coded_at - make_interval(secs => %s)",
        *(seconds, seconds),
    )


def test_away_is_told_and_nothing_is_lost(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    inside.away = True
    browser.begin()
    inside.relay()
    assert browser.stands()["state"] == "asking"
    earlier(portal, 13)
    state = browser.stands()
    assert state["state"] == "away"
    assert 0 < state["again_after_s"] <= 17
    early = browser.again()
    assert (early.status_code, early.json()["code"]) == (429, "throttled")
    # It comes back by itself: the question waited in the outbox.
    inside.away = False
    portal.peek("UPDATE kit_outbox SET next_attempt_at = now()")
    inside.carry()
    assert browser.stands()["state"] == "code-sent"


def test_away_for_long_is_asked_once_more_without_typing_anew(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    inside.deaf_to = {"okno.customer.identify.v1", "okno.customer.prove.v1", "okno.customer.profile.get.v1"}
    browser.begin()
    inside.carry()
    for step in ("identify", "prove", "profile.get"):
        # The question is given up; the person asks once more, and is heard.
        portal.peek("UPDATE kit_outbox SET state = 'failed', finished_at = now() WHERE state <> 'done'")
        earlier(portal, 30)
        state = browser.stands()
        assert (state["state"], state["again_after_s"]) == ("away", 0)
        inside.deaf_to.discard(f"okno.customer.{step}.v1")
        assert browser.again().json()["state"] in {"asking", "checking"}
        inside.carry()
        if step == "identify":
            assert browser.stands()["state"] == "code-sent"
            browser.prove(inside.code())
            inside.carry()
            assert browser.stands()["state"] == "checking"
    assert browser.stands()["state"] == "proven"
    assert portal.peek("SELECT codes_left, tries_left FROM accounts_registration") == [(3, 4)]
    assert browser.choose().status_code == 200


def test_away_answers_of_a_question_that_was_asked_anew_change_nothing(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    inside.relay()
    earlier(portal, 30)
    browser.again()
    inside.register()
    assert browser.stands()["state"] == "asking"
    assert portal.peek("SELECT count(*) FROM notices_message") == [(0,)]
    inside.carry()
    assert browser.stands()["state"] == "code-sent"
    assert portal.peek("SELECT id::text FROM notices_message") == [(list(inside.attempts)[-1],)]


def answering(inside: Inside, type_: str, answer: Callable[[Received], Message | Problem]) -> None:
    """Let the connector answer one kind of question in its own way."""
    usual = inside.answer
    inside.answer = lambda asked: answer(asked) if asked.envelope.type == type_ else usual(asked)  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"authid": new_id()}, "subject-not-granted"),
        ({"subject": f"acct:{new_id()}"}, "subject-not-granted"),
        ({"expires": datetime(2020, 1, 1, tzinfo=UTC)}, "grant-expired"),
    ],
)
def test_grants_that_are_not_this_users_open_nothing(
    portal: Portal, inside: Inside, changes: dict[str, object], code: str
) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()
    account = inside.customers[0].accounts[0]
    answering(
        inside,
        "okno.customer.prove.v1",
        lambda asked: m.GrantsAnswer(granted=True, grants=(inside.granted(asked.data.user, account, **changes),)),  # type: ignore[attr-defined]
    )
    browser.prove(inside.code())
    inside.carry()
    assert browser.stands()["state"] == "checking"
    assert portal.peek("SELECT outcome FROM kit_outbox WHERE state = 'failed'") == [({"refused": code},)]
    assert browser.choose().json()["code"] == "wrong-step"
    assert portal.peek("SELECT count(*) FROM identity_user") == [(0,)]
    assert portal.peek("SELECT count(*) FROM accounts_access") == [(0,)]


def test_grants_of_another_system_open_nothing(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()
    account = inside.customers[0].accounts[0]

    def foreign(asked: Received) -> Message:
        granted = inside.granted(asked.data.user, account)  # type: ignore[attr-defined]
        return m.GrantsAnswer(granted=True, grants=(msgspec.structs.replace(granted, system="second"),))

    answering(inside, "okno.customer.prove.v1", foreign)
    browser.prove(inside.code())
    inside.carry()
    assert portal.peek("SELECT outcome FROM kit_outbox WHERE state = 'failed'") == [
        ({"refused": "subject-not-granted"},)
    ]


def test_grants_are_judged_again_before_they_are_written(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()
    browser.prove(inside.code())
    inside.carry()
    other = inside.granted(new_id(), inside.customers[0].accounts[0])
    portal.peek("UPDATE accounts_registration SET grants = %s", [other.token])
    answer = browser.choose()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert portal.peek("SELECT count(*) FROM identity_user") == [(0,)]


def test_a_proof_without_a_grant_is_a_refusal(inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()
    answering(inside, "okno.customer.prove.v1", lambda _: m.GrantsAnswer(granted=True))
    browser.prove(inside.code())
    inside.carry()
    assert browser.stands()["state"] == "refused"


def test_a_profile_that_cannot_be_opened_makes_no_user(portal: Portal, inside: Inside) -> None:
    browser = Newcomer()
    browser.begin()
    inside.carry()
    answering(
        inside,
        "okno.customer.profile.get.v1",
        lambda asked: m.ProfileAnswer(
            asked.data.account,  # type: ignore[attr-defined]
            datetime.now(UTC),
            inside.sealed(m.TypedCode(code="no profile"), "cabinet", asked),
        ),
    )
    browser.prove(inside.code())
    inside.carry()
    answer = browser.choose()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert portal.peek("SELECT count(*) FROM identity_user") == [(0,)]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("UPDATE kit_outbox SET outcome = jsonb_set(outcome, '{sent}', '[\"sha-256=:x:\"]')", "request-hash"),
        ("UPDATE kit_outbox SET outcome = jsonb_set(outcome, '{raw}', '\"{}\"')", "jws-form"),
    ],
)
def test_replies_that_the_relay_could_have_made_are_not_believed(
    portal: Portal, inside: Inside, spoil: str, code: str
) -> None:
    browser = Newcomer()
    browser.begin()
    inside.relay()
    portal.peek(spoil)
    assert inside.register()
    assert portal.peek("SELECT state, outcome FROM kit_outbox") == [("failed", {"refused": code})]
    assert browser.stands()["state"] == "asking"
    assert portal.peek("SELECT count(*) FROM notices_message") == [(0,)]


def test_a_reply_of_another_question_is_not_believed(portal: Portal, inside: Inside) -> None:
    for _ in range(2):
        Newcomer().begin()
    inside.relay()
    portal.peek(
        "UPDATE kit_outbox o SET outcome = jsonb_set(o.outcome, '{raw}', other.outcome->'raw')"
        " FROM kit_outbox other WHERE other.id <> o.id"
    )
    inside.carry()
    assert portal.peek("SELECT DISTINCT outcome FROM kit_outbox") == [({"refused": "request-hash"},)]


def test_a_problem_in_place_of_a_reply_is_refused(portal: Portal, inside: Inside) -> None:
    """The relay hands over no problem; one that stands there all the same changes nothing."""
    browser = Newcomer()
    browser.begin()
    inside.relay()
    asked = inside.asked[0]
    problem = inside.pen.problem(asked, Problem.of(ErrorCode.REJECTED), at=datetime.now(UTC))
    raw = inside.countersigned(problem)
    portal.peek("UPDATE kit_outbox SET outcome = jsonb_set(outcome, '{raw}', to_jsonb(%s::text))", raw.decode())
    assert inside.register()
    assert portal.peek("SELECT outcome FROM kit_outbox") == [({"refused": "kind-wrong"},)]
    assert browser.stands()["state"] == "asking"


def test_a_registrar_that_dies_before_its_commit_has_done_nothing_and_sends_once(
    portal: Portal, inside: Inside
) -> None:
    Newcomer().begin()
    inside.relay()

    def die(name: str) -> None:
        raise KilledError(name)

    with pytest.raises(KilledError), psycopg.connect(portal.database.dsn("projector")) as connection:
        inside.registrar(point=die).turn(connection)
    assert portal.peek("SELECT count(*) FROM notices_message") == [(0,)]
    inside.carry()
    inside.carry()
    assert portal.peek("SELECT count(*) FROM notices_message") == [(1,)]


def test_the_registrar_works_at_the_bell(portal: Portal, inside: Inside) -> None:
    registrar: Registrar = inside.registrar()
    registrar.start()
    browser = Newcomer()
    browser.begin()
    inside.relay()
    deadline = time.monotonic() + PATIENCE_S
    while browser.stands()["state"] != "code-sent":
        assert time.monotonic() < deadline, "not taken in time"
        time.sleep(0.02)
    registrar.stop()
