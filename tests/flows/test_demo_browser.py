"""In the real browser: sign in on the real page, post in the book, see it appear; nothing to complain of."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from factories.street import Demo
from factories.visit import ARRIVES_MS, FLAGS, ROW, SIZES, Visit
from playwright.sync_api import Browser, StorageState, expect, sync_playwright

from okno.protocol.ids import new_id


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module", params=["embedded", "full"])
def visit(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Visit]:
    """The debtor, signed in."""
    demo: Demo = request.getfixturevalue(f"{request.param}_street")
    visit = Visit.begin(demo, browser)
    visit.sign_in(demo.customer("in debt"))
    yield visit
    visit.context.close()


def test_a_posting_changes_the_page_without_a_reload(visit: Visit) -> None:
    visit.page.evaluate("window.mark = 'not reloaded'")
    before, first = visit.balance(), visit.page.locator(ROW).first.inner_text()
    posted = visit.demo.okno(
        *("book", "post", "--config", visit.demo.said["connector"], "--kind", "charge", "--amount", "123.45"),
        *("--account", visit.demo.customer("in debt")["numbers"][0], "--text", "Проба пера"),
    )
    assert posted.returncode == 0, posted.stderr
    expect(visit.page.locator(ROW).first).to_contain_text("Проба пера", timeout=ARRIVES_MS)
    assert visit.page.locator(ROW).first.inner_text() != first
    assert visit.balance() == before + Decimal("123.45")
    assert visit.page.evaluate("window.mark") == "not reloaded"
    visit.assert_flawless()


def test_every_operation_shown_stands_in_the_book_in_its_order(visit: Visit) -> None:
    keys = [new_id() for _ in range(3)]
    for number, key in enumerate(keys, 1):
        visit.demo.book_post(
            visit.demo.customer("in debt")["numbers"][0], "charge", f"{number}.00", key, f"Порядок {number}"
        )
    expect(visit.page.locator(ROW).first).to_contain_text("Порядок 3", timeout=ARRIVES_MS)
    shown = visit.page.locator(ROW).all_inner_texts()[:3]
    assert ["Порядок 3" in shown[0], "Порядок 2" in shown[1], "Порядок 1" in shown[2]] == [True] * 3


@pytest.fixture(scope="module")
def held(embedded_street: Demo, browser: Browser) -> StorageState:
    """The cookies of somebody signed in: the page is one file on both stacks, one of them shows it in every dress."""
    visit = Visit.begin(embedded_street, browser)
    visit.sign_in(embedded_street.customer("two accounts"))
    state = visit.context.storage_state()
    visit.context.close()
    return state


@pytest.mark.parametrize("path", ["/", "/operations"])
@pytest.mark.parametrize("language", ["ru-RU", "en-GB"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_screen_is_without_a_flaw(
    embedded_street: Demo, browser: Browser, held: StorageState, path: str, language: str, scheme: str, size: str
) -> None:
    visit = Visit.begin(
        embedded_street, browser, storage_state=held, locale=language, color_scheme=scheme, viewport=SIZES[size]
    )
    visit.go(path)
    expect(visit.page.locator(ROW).first).to_be_visible(timeout=ARRIVES_MS)
    visit.assert_flawless()
    scrolls = visit.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not scrolls
    visit.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_door_is_without_a_flaw(embedded_street: Demo, browser: Browser, scheme: str) -> None:
    visit = Visit.begin(embedded_street, browser, color_scheme=scheme)
    visit.go("/")
    expect(visit.page.locator("[name=login]")).to_be_visible(timeout=ARRIVES_MS)
    visit.assert_flawless()
    visit.context.close()
