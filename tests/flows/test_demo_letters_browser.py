"""In the real browser: a link to a document is sent by e-mail, arrives once, and opens it to its owner alone."""

from collections.abc import Iterator

import msgspec
import pytest
from factories.street import Demo
from factories.visit import ARRIVES_MS, FLAGS, Visit
from playwright.sync_api import Browser, expect, sync_playwright

from okno.sandbox.smsc.journal import Message

READY_MS = 60_000
MAIL = "borisov@example.ru"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield running
        running.close()


def letters(demo: Demo) -> list[Message]:
    lines = (demo.directory / "log" / "smsc.jsonl").read_bytes().splitlines()
    return [one for line in lines if (one := msgspec.json.decode(line, type=Message)).to == MAIL]


def test_a_link_is_sent_read_on_the_phones_page_and_followed(embedded_street: Demo, browser: Browser) -> None:
    customer = embedded_street.customer("two accounts")
    sender = Visit.begin(embedded_street, browser)
    sender.sign_in(customer)
    page = sender.page
    page.click('[data-guide="nav.documents"]')
    page.click('[data-guide="documents.statement"]')
    page.click('[data-guide="documents.ask"]')
    expect(page.locator('[data-guide="document.pdf"]')).to_be_visible(timeout=READY_MS)
    page.click('[data-guide="document.letter"]')
    sender.assert_flawless()
    page.fill('[data-guide="document.letter.email"]', "borisov@почта")
    page.click('[data-guide="document.letter.send"]')
    expect(page.get_by_text("Напишите один адрес почты")).to_be_visible()
    sender.assert_flawless()
    page.fill('[data-guide="document.letter.email"]', MAIL)
    page.click('[data-guide="document.letter.send"]')
    expect(page.get_by_text("Отправили на b…@example.ru")).to_be_visible(timeout=ARRIVES_MS)
    sender.assert_flawless()
    asked = page.url

    phones = Visit.begin(embedded_street, browser)
    phones.page.goto(embedded_street.said["addresses"]["phone"])
    phones.page.get_by_role("button", name=MAIL).click(timeout=ARRIVES_MS)
    expect(phones.page.locator(".subject")).to_have_text("Выписка по счёту: ссылка на документ")
    link = phones.page.locator(".text a")
    expect(link).to_have_attribute("href", asked)
    with phones.context.expect_page() as opening:
        link.click()
    stranger = Visit(embedded_street, phones.context, opening.value)
    login = stranger.page.locator("[name=login]")
    expect(login).to_be_visible(timeout=ARRIVES_MS)
    expect(stranger.page.get_by_text("Выписка")).to_have_count(0)
    assert embedded_street.request("GET", "portal", f"/api/documents/{asked[-36:]}").status == 401

    embedded_street.sms_room(customer["phone"])
    seen = embedded_street.sms_seen()
    login.fill(customer["login"])
    stranger.page.fill("[name=password]", customer["password"])
    stranger.page.click('[data-guide="login.submit"]')
    code_field = stranger.page.locator("input[autocomplete=one-time-code]")
    expect(code_field).to_be_visible(timeout=ARRIVES_MS)
    code, _ = embedded_street.sms_code(customer["phone"], after=seen)
    code_field.fill(code)
    expect(stranger.page.locator('[data-guide="document.pdf"]')).to_be_visible(timeout=ARRIVES_MS)
    assert stranger.page.url == asked
    assert len(letters(embedded_street)) == 1
    for visit in (sender, phones):
        visit.context.close()
