"""In the real browser: sign in on the real page, post in the book, see it appear; nothing to complain of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from factories.street import Demo
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

from okno.protocol.ids import new_id

FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
    " --no-first-run --disable-quic"
)
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ARRIVES_MS = 20_000
WATCH_VIOLATIONS = """
window.violations = []
document.addEventListener('securitypolicyviolation', (event) =>
  window.violations.push(event.violatedDirective + ' ' + event.blockedURI))
"""
ROW = '[data-guide="operation.row"]'
STATE = '[data-guide="overview.state"]'
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@dataclass
class Visit:
    """A page and everything it complained of."""

    demo: Demo
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, demo: Demo, browser: Browser, **options: Any) -> "Visit":  # noqa: ANN401 (playwright's own)
        context = browser.new_context(**{"locale": "ru-RU", "viewport": SIZES["desktop"], **options})
        context.add_init_script(WATCH_VIOLATIONS)
        visit = cls(demo, context, context.new_page())
        visit.page.on("console", lambda message: visit._heard(message.type, message.text))
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        return visit

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def go(self, path: str) -> None:
        self.page.goto(f"{self.demo.said['addresses']['portal']}{path}")

    def sign_in(self, customer: dict[str, Any]) -> None:
        seen = self.demo.sms_seen()
        self.go("/login")
        self.page.fill("[name=login]", customer["login"])
        self.page.fill("[name=password]", customer["password"])
        self.page.click('[data-guide="login.submit"]')
        field_of_code = self.page.locator("input[autocomplete=one-time-code]")
        expect(field_of_code).to_be_visible(timeout=ARRIVES_MS)
        self.assert_flawless()
        code, _ = self.demo.sms_code(customer["phone"], after=seen)
        field_of_code.fill(code)
        expect(self.page.locator(STATE)).to_be_visible(timeout=ARRIVES_MS)

    def assert_flawless(self) -> None:
        """No error in the console, no breach of the policy, nothing that axe finds."""
        assert self.complaints == []
        assert self.page.evaluate("window.violations") == []
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)[
            "violations"
        ]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []

    def balance(self) -> Decimal:
        """The figure as it is shown, without the mark of its sign."""
        shown = self.page.locator(STATE).inner_text()
        # A line ends where it ends: the minute above the figure is none of its digits.
        found = re.search(r"\d(?:\d|[^\S\n])*,\d\d", shown)
        assert found, shown
        return Decimal(re.sub(r"\s", "", found[0]).replace(",", "."))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
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
