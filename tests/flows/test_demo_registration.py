"""In the real browser on the real street: a customer whom only the books know becomes a user and sees his accounts."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from factories.street import Demo, Visitor
from factories.visit import ARRIVES_MS, FLAGS, SIZES, STATE, Visit
from playwright.sync_api import Browser, expect, sync_playwright

PASSWORD = "Лиловый-трактор 7"
CODE = re.compile(r"\d{6}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def newcomer(embedded_street: Demo) -> dict[str, Any]:
    """Somebody without a password; what he types is on his papers, and in the demo's table."""
    customer = embedded_street.customer("without access")
    assert (customer["registered"], customer["password"]) == (False, "")
    return customer


def code_sent(demo: Demo, phone: str, *, after: int) -> str:
    """The code of the first message to the phone past number `after`: it begins with it."""
    with demo.stream("phone", "/events") as events:
        for event in events:
            message = json.loads(event.data) if event.name == "message" else {}
            if message.get("to") == phone and message["seq"] > after:
                found = CODE.match(message["text"])
                assert found, message["text"]
                return found[0]
    raise AssertionError(f"no message to {phone}")


def facts_told(visit: Visit, number: str, contract: str) -> None:
    visit.page.fill('[data-guide="register.number"]', number)
    visit.page.fill('[data-guide="register.value"]', contract)
    visit.page.click('[data-guide="register.submit"]')
    expect(visit.page.get_by_text("Если данные верны, мы отправили код")).to_be_visible(timeout=ARRIVES_MS)


def test_a_wrong_fact_looks_the_same_and_sends_nothing(
    embedded_street: Demo, browser: Browser, newcomer: dict[str, Any]
) -> None:
    seen = embedded_street.sms_seen()
    visit = Visit.begin(embedded_street, browser)
    visit.go("/register")
    facts_told(visit, newcomer["numbers"][0], "100-200-999")
    visit.page.fill('[data-guide="register.code"]', "000000")
    expect(visit.page.get_by_text("Код не подошёл")).to_be_visible(timeout=ARRIVES_MS)
    visit.assert_flawless()
    visit.context.close()
    assert embedded_street.sms_seen() == seen


def test_from_the_papers_to_the_overview(embedded_street: Demo, browser: Browser, newcomer: dict[str, Any]) -> None:
    demo = embedded_street
    seen = demo.sms_seen()
    visit = Visit.begin(demo, browser)
    visit.go("/login")
    visit.page.click('[data-guide="login.register"]')
    visit.assert_flawless()
    facts_told(visit, f" {newcomer['numbers'][0]} ", newcomer["login"])
    visit.assert_flawless()

    # A reload goes on where one was.
    visit.page.reload()
    expect(visit.page.locator('[data-guide="register.code"]')).to_be_visible(timeout=ARRIVES_MS)
    visit.page.fill('[data-guide="register.code"]', code_sent(demo, newcomer["phone"], after=seen))
    password = visit.page.locator('[data-guide="register.password"]')
    expect(password).to_be_visible(timeout=ARRIVES_MS)
    visit.assert_flawless()
    password.fill("1234567")
    password.press("Enter")
    expect(visit.page.get_by_text("Слишком короткий")).to_be_visible(timeout=ARRIVES_MS)
    # The browser writes a refusal of the server into its console by itself.
    visit.complaints.clear()
    password.fill(PASSWORD)
    password.press("Enter")

    expect(visit.page.locator(STATE)).to_be_visible(timeout=ARRIVES_MS)
    expect(visit.page.get_by_text("Полина Павловна")).to_be_visible()
    for number in newcomer["numbers"]:
        expect(visit.page.get_by_text(number[-4:]).first).to_be_visible()
    visit.assert_flawless()
    visit.context.close()

    again = Visitor(demo, {**newcomer, "login": newcomer["numbers"][0], "password": PASSWORD}).sign_in()
    assert {line["account"] for line in again.overview()["accounts"]} == set(newcomer["accounts"])


def test_the_second_time_it_is_told_to_who_proves_it(
    embedded_street: Demo, browser: Browser, newcomer: dict[str, Any]
) -> None:
    seen = embedded_street.sms_seen()
    visit = Visit.begin(embedded_street, browser, viewport=SIZES["phone"], color_scheme="dark")
    visit.go("/register")
    facts_told(visit, newcomer["numbers"][1], newcomer["login"])
    visit.page.fill('[data-guide="register.code"]', code_sent(embedded_street, newcomer["phone"], after=seen))
    expect(visit.page.get_by_role("heading", name="Кабинет у вас уже есть")).to_be_visible(timeout=ARRIVES_MS)
    visit.assert_flawless()
    visit.page.click('[data-guide="register.linked.login"]')
    expect(visit.page.locator("[name=login]")).to_be_visible()
    visit.context.close()
