"""In the real browser: pay at the payment system's page, come back, see the money posted without a reload."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from factories.street import Demo
from factories.visit import ARRIVES_MS, FLAGS, ROW, Visit
from playwright.sync_api import Browser, expect, sync_playwright

BOOKS_MS = 60_000
DONE = '[data-guide="payment.steps"] li[data-state="done"]'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def payer(embedded_street: Demo, browser: Browser) -> Iterator[Visit]:
    visit = Visit.begin(embedded_street, browser)
    visit.sign_in(embedded_street.customer("in credit"))
    yield visit
    visit.context.close()


def begin(payer: Visit, amount: str) -> None:
    """From the overview to the page of the payment system."""
    payer.go("/")
    payer.page.click('[data-guide="overview.pay"]')
    field = payer.page.locator('[data-guide^="pay.amount."]')
    expect(field).to_be_visible(timeout=ARRIVES_MS)
    payer.assert_flawless()
    field.fill(amount)
    payer.page.click('[data-guide="pay.way.card"]', force=True)
    payer.page.fill('[data-guide="pay.contact"]', "payer@example.org")
    payer.page.click('[data-guide="pay.submit"]')
    expect(payer.page.locator("button[value=pay]")).to_be_visible(timeout=ARRIVES_MS)


def test_a_card_payment_is_seen_posted_without_a_reload(payer: Visit) -> None:
    payer.go("/")
    before = payer.balance()
    begin(payer, "123,45")
    payer.page.click("button[value=pay]")
    expect(payer.page.locator(DONE).first).to_be_visible(timeout=ARRIVES_MS)
    payer.page.evaluate("window.mark = 'not reloaded'")
    expect(payer.page.locator(DONE)).to_have_count(3, timeout=BOOKS_MS)
    payer.assert_flawless()
    payer.page.click('[data-guide="payment.overview"]')
    expect(payer.page.locator(ROW).first).to_contain_text("123,45", timeout=ARRIVES_MS)
    assert payer.balance() == before + Decimal("123.45")  # of a credit, which has grown
    assert payer.page.evaluate("window.mark") == "not reloaded"
    payer.assert_flawless()


def test_whoever_goes_back_finds_his_payment_and_is_not_sent_away_again(payer: Visit) -> None:
    begin(payer, "50")
    payer.page.go_back()
    expect(payer.page.locator('[data-guide="payment.go"]')).to_be_visible(timeout=ARRIVES_MS)
    payer.assert_flawless()
    payer.page.click('[data-guide="payment.go"]')
    payer.page.locator("button[value=decline]").click(timeout=ARRIVES_MS)
    expect(payer.page.locator('[data-guide="payment.again"]')).to_be_visible(timeout=BOOKS_MS)
    payer.assert_flawless()
    payer.page.click('[data-guide="nav.payments"]')
    expect(payer.page.locator('[data-guide^="payments.row."]').first).to_contain_text("50,00", timeout=ARRIVES_MS)
    payer.assert_flawless()
