"""A visit to the demo in a real browser: what the page shows, and everything it complained of."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from factories.street import Demo
from playwright.sync_api import Browser, BrowserContext, Page, expect

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run", "--disable-quic"),
)
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ARRIVES_MS = 20_000
WATCH_VIOLATIONS = """
window.violations = []
document.addEventListener('securitypolicyviolation', (event) =>
  window.violations.push(event.violatedDirective + ' ' + event.blockedURI))
"""
# Half-way between two colours there is no contrast to judge. What turns for ever is not waited for.
SETTLED = """
Promise.all(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
  .map((one) => one.finished.catch(() => null)))
  .then(() => null)
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
        self.demo.sms_room(customer["phone"])
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

    def enter_desk(self, login: str, role: str) -> str:
        """In by a link and a code, as a new member of staff; the desk's address."""

        def staff(*said: str) -> str:
            done = self.demo.okno("staff", *said, "--dir", str(self.demo.directory))
            assert done.returncode == 0, done.stderr
            return str(done.stdout.strip())

        staff("add", login, "--role", role)
        self.page.goto(staff("link", login))
        self.page.get_by_role("button", name="Войти").click()
        expect(self.page.get_by_role("img", name="QR-код")).to_be_visible(timeout=ARRIVES_MS)
        self.page.get_by_label("Шесть цифр").fill(staff("code", login))
        self.page.get_by_role("button", name="Войти").click()
        expect(self.page.get_by_role("heading", name="Что происходит")).to_be_visible(timeout=ARRIVES_MS)
        return str(self.demo.said["addresses"]["desk"])

    def assert_flawless(self) -> None:
        """No error in the console, no breach of the policy, nothing that axe finds."""
        assert self.complaints == []
        assert self.page.evaluate("window.violations") == []
        # A heading is there before its style sheet: what axe finds then is what nobody sees.
        self.page.wait_for_load_state()
        self.page.evaluate(SETTLED)
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)[
            "violations"
        ]
        told = [(one["id"], node["target"], node["failureSummary"]) for one in found for node in one["nodes"]]
        assert told == [], told

    def balance(self) -> Decimal:
        """The figure as it is shown, without the mark of its sign."""
        shown = self.page.locator(STATE).inner_text()
        # A line ends where it ends: the minute above the figure is none of its digits.
        found = re.search(r"\d(?:\d|[^\S\n])*,\d\d", shown)
        assert found, shown
        return Decimal(re.sub(r"\s", "", found[0]).replace(",", "."))
