"""Tryton away, slow, without its database, refusing its password: the street goes on, says so, and mends by itself.

Everything runs as it would: each process apart, PostgreSQL, RabbitMQ, a browser that looks on.
"""

import json
import os
import signal
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from factories.street import Demo, Visitor
from factories.tryton_faults import Inside, inside_of, until
from factories.visit import FLAGS, STATE, Visit
from playwright.sync_api import Browser, expect, sync_playwright

from okno.cli.servers.tryton import USER

pytestmark = pytest.mark.timeout(900)
SENTENCE = "Связь с учётной системой восстанавливается, ничего делать не нужно."
# A figure is old after a minute; it is told at the next watermark.
OLD_MS = 120_000
AMOUNTS = ["10.00", "20.00", "30.50"]
AWAY, BREAKER, CLOSED, OPEN = "okno_gateway_system_away", "okno_gateway_breaker_state", 0, 2
ASKERS = 6
# A supervisor begins anew what has ended well before this.
CALM_S = 15


@pytest.fixture(scope="module")
def inside(tryton_street: Demo) -> Iterator[Inside]:
    with inside_of(tryton_street) as found:
        until(lambda: found.metric(AWAY) == 0, "the connector is heard")
        yield found


@pytest.fixture(autouse=True)
def way(inside: Inside) -> Iterator[None]:
    """Free again, whatever a test has come to."""
    yield
    inside.lane.slow(0)
    inside.lane.cut(cut=False)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield running
        running.close()


def debtor(inside: Inside) -> tuple[Visitor, str]:
    visitor = Visitor(inside.demo, inside.demo.customer("in debt")).sign_in()
    return visitor, visitor.customer["accounts"][0]


def assert_posted_once(inside: Inside, account: str, payments: list[str], before: list[tuple[str, int]]) -> None:
    """Answered, in Tryton once, on the customer's account once; nothing is left in the broker."""
    until(lambda: inside.outbox(payments) == {"done": len(payments)}, "every payment is answered")
    assert inside.standing(payments) == sorted(payments)
    until(lambda: len(inside.operations(account)) >= len(before) + len(payments), "every payment is seen")
    after = inside.operations(account)
    assert after[: len(before)] == before
    assert sorted(amount for _, amount in after[len(before) :]) == sorted(
        -int(Decimal(amount) * 100) for amount in AMOUNTS[: len(payments)]
    )
    assert inside.in_broker() == 0


def registering(demo: Demo) -> None:
    """Questions that only the accounting can answer."""
    for number in range(ASKERS):
        body = {"number": f"9000000{number}", "fact": "contract", "value": "100-200-999", "locale": "ru"}
        answer = Visitor(demo, {}).ask("POST", "/api/registration", body)
        assert answer.status < 300, answer.body


def test_customers_see_the_last_state_with_its_age_until_it_is_back(inside: Inside, browser: Browser) -> None:
    demo = inside.demo
    visitor, account = debtor(inside)
    visit = Visit.begin(demo, browser)
    visit.sign_in(demo.customer("in debt"))
    expect(visit.page.get_by_text(SENTENCE)).to_have_count(0)
    shown, state = visit.balance(), visitor.overview()["account"]
    before = inside.operations(account)
    with demo.stream("portal", f"/live/v1/events?after={account}:{state['position']}", visitor.cookie) as events:
        frames = (json.loads(event.data) for event in events)
        inside.lane.cut(cut=True)
        until(lambda: inside.metric(AWAY) == 1, "the connector says that its system is away")

        # Commands wait in the outbox, and nothing of them in the broker.
        payments = inside.captured(account, AMOUNTS)
        until(lambda: inside.outbox(payments) == {"queued": len(payments)}, "every payment waits outside")
        assert inside.in_broker() == 0

        # Questions fail until they are no longer asked.
        registering(demo)
        until(lambda: inside.metric(BREAKER) == OPEN, "the breaker opens")

        (said,) = inside.doctor()
        assert "The accounting main is away (Tryton does not answer" in said
        assert "start it, or correct its address" in said

        old = next(frame for frame in frames if frame["type"] == "age" and frame["accounts"][0]["stale"])
        assert [one["account"] for one in old["accounts"]] == visitor.customer["accounts"]
        expect(visit.page.locator(STATE).get_by_text(SENTENCE)).to_be_visible(timeout=OLD_MS)
        assert visit.balance() == shown
        visit.assert_flawless()
        still = visitor.overview()["account"]
        assert (still["balance"], still["position"], still["stale"]) == (state["balance"], state["position"], True)
        assert still["as_of"] == old["accounts"][0]["as_of"]
        assert inside.outbox(payments) == {"queued": len(payments)}
        assert inside.standing(payments) == []

        inside.lane.cut(cut=False)
        assert_posted_once(inside, account, payments, before)
        until(lambda: not visitor.overview()["account"]["stale"], "the figures are young again")
        expect(visit.page.get_by_text(SENTENCE)).to_have_count(0, timeout=OLD_MS)
        paid = sum(Decimal(amount) for amount in AMOUNTS)
        until(lambda: visit.balance() == shown - paid, "the page shows what was paid")
    visit.assert_flawless()
    visit.context.close()

    # What asks next closes the breaker.
    def asked_again() -> bool:
        registering(demo)
        return inside.metric(BREAKER) == CLOSED

    until(asked_again, "the breaker closes")
    until(lambda: inside.doctor() == [], "the doctor finds nothing")


def test_a_connector_that_starts_meanwhile_stays_and_takes_up_the_work(inside: Inside) -> None:
    _, account = debtor(inside)
    before = inside.operations(account)
    inside.lane.cut(cut=True)
    until(lambda: inside.metric(AWAY) == 1, "the connector says that its system is away")
    ended = inside.demo.state().pids["connector"]
    os.kill(ended, signal.SIGTERM)
    until(lambda: inside.demo.state().pids.get("connector", ended) != ended, "a connector is begun anew")
    begun = inside.demo.state().pids["connector"]

    payments = inside.captured(account, AMOUNTS)
    registering(inside.demo)
    calm_until = time.monotonic() + CALM_S
    until(lambda: time.monotonic() > calm_until and inside.metric(AWAY) == 1, "the new one says the same, calmly")
    (said,) = inside.doctor()
    assert "The accounting main is away (Tryton does not answer" in said
    assert inside.outbox(payments) == {"queued": len(payments)}
    assert inside.in_broker() == 0
    assert inside.standing(payments) == []

    inside.lane.cut(cut=False)
    assert_posted_once(inside, account, payments, before)
    until(lambda: inside.metric(AWAY) == 0, "the system is heard of again")
    assert inside.demo.state().pids["connector"] == begun


def test_without_its_database_it_is_named_and_payments_wait(inside: Inside) -> None:
    _, account = debtor(inside)
    before = inside.operations(account)
    with inside.database_gone():
        until(lambda: inside.metric(AWAY) == 1, "the connector says that its system is away")
        payments = inside.captured(account, AMOUNTS)
        (said,) = inside.doctor()
        assert "its database does not" in said
        assert "start its database, or let it in there again" in said
        assert inside.outbox(payments) == {"queued": len(payments)}
        assert inside.in_broker() == 0
    assert_posted_once(inside, account, payments, before)


def test_a_changed_password_is_named_and_payments_wait(inside: Inside) -> None:
    _, account = debtor(inside)
    before = inside.operations(account)
    (user,) = inside.admin.search_read("res.user", [("login", "=", USER)], ["id"])
    inside.admin.model("res.user", "write", [user["id"]], {"password": "another-fir-tree-94"})
    until(lambda: inside.metric(AWAY) == 1, "the connector says that its system is away")
    payments = inside.captured(account, AMOUNTS)
    (said,) = inside.doctor()
    assert f"Tryton refuses the login of {USER}" in said
    assert "give that user the password" in said
    assert inside.outbox(payments) == {"queued": len(payments)}

    inside.admin.model("res.user", "write", [user["id"]], {"password": inside.passwords()[USER]})
    assert_posted_once(inside, account, payments, before)


def test_a_slow_one_is_named_and_everything_still_arrives(inside: Inside) -> None:
    visitor, account = debtor(inside)
    before = inside.operations(account)
    inside.lane.slow(1.2)
    payments = inside.captured(account, AMOUNTS[:1])
    (said,) = inside.doctor()
    assert "The accounting main is slow" in said
    assert_posted_once(inside, account, payments, before)
    assert not visitor.overview()["account"]["stale"]
