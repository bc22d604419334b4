"""In the real browser: before auto-payment is turned on the portal asks for password and code, and loses nothing."""

from collections.abc import Iterator

import pytest
from factories.paying_street import at_provider, start, until
from factories.street import Demo, Visitor
from factories.visit import ARRIVES_MS, FLAGS, ROW, Visit
from playwright.sync_api import Browser, expect, sync_playwright

from okno.protocol.ids import new_id

SHOWS = "in credit"
BY_CODE = "input[autocomplete=one-time-code]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def payer(embedded_street: Demo, browser: Browser) -> Iterator[Visit]:
    """With a kept card."""
    customer = embedded_street.customer(SHOWS)
    elsewhere = Visitor(embedded_street, customer).sign_in()
    payment = start(elsewhere, "12.00", save_card=True)
    at_provider(until(elsewhere, payment, lambda seen: seen["go"] is not None)["go"], "pay")
    until(elsewhere, payment, lambda seen: seen["confirmed_at"] is not None)
    visit = Visit.begin(embedded_street, browser)
    visit.sign_in(customer)
    yield visit
    for rule in elsewhere.ask("GET", "/api/autopay").json():
        assert elsewhere.ask("DELETE", f"/api/autopay/{rule['id']}").status == 204
    visit.context.close()


def test_auto_payment_is_turned_on_after_password_and_code(payer: Visit) -> None:
    page, demo = payer.page, payer.demo
    customer = demo.customer(SHOWS)
    payer.go("/autopay")
    page.click('[data-guide="autopay.first"]', timeout=ARRIVES_MS)
    page.fill('[data-guide="autopay.ceiling"]', "5 000")
    page.fill('[data-guide="autopay.contact"]', "payer@example.org")
    page.click('[data-guide="autopay.make"]')
    password = page.locator('[data-guide="proof.password"]')
    expect(password).to_be_focused(timeout=ARRIVES_MS)
    # A refusal is in the console of every browser: 403, here as it has to be.
    assert [one for one in payer.complaints if "403" not in one] == []
    payer.complaints.clear()
    payer.assert_flawless()
    expect(page.locator('[data-guide="autopay.ceiling"]')).to_have_value("5 000")

    demo.sms_room(customer["phone"])
    seen = demo.sms_seen()
    password.fill(customer["password"])
    page.click('[data-guide="proof.submit"]')
    expect(page.locator(BY_CODE)).to_be_focused(timeout=ARRIVES_MS)
    payer.assert_flawless()
    code, _ = demo.sms_code(customer["phone"], after=seen)
    page.locator(BY_CODE).fill(code)
    expect(page.locator('[data-guide^="autopay.rule."]')).to_contain_text("5", timeout=ARRIVES_MS)
    payer.assert_flawless()

    # Proved a moment ago, they are not asked again.
    page.locator('[data-guide^="autopay.pause."]').click()
    page.locator('[data-guide^="autopay.resume."]').click(timeout=ARRIVES_MS)
    expect(page.locator('[data-guide^="autopay.pause."]')).to_be_visible(timeout=ARRIVES_MS)
    # Under its new token the session goes on, and so do the figures, without a reload.
    page.click('[data-guide="nav.overview"]')
    expect(page.locator(ROW).first).to_be_visible(timeout=ARRIVES_MS)
    demo.book_post(customer["numbers"][0], "charge", "7.77", new_id())
    expect(page.locator(ROW).first).to_contain_text("7,77", timeout=ARRIVES_MS)
    payer.assert_flawless()
