"""The full stack under measure, and a customer's page that is signed in on it."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

READY_TIMEOUT_S = 300
STOP_TIMEOUT_S = 60
SIGN_IN_TIMEOUT_MS = 30_000
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# The moments at which a frame with a mark reaches the page and at which the page first holds it, on the page's own
# clock; nothing polls there either. Runs before the page's own scripts.
WATCH = """
const seen = {}
const waiting = {}
window.framed = {}
window.awaited = (mark) => seen[mark] ?? new Promise((told) => { waiting[mark] = told })
const now = () => performance.timeOrigin + performance.now()
const marks = (text) => (text ?? '').match(/street-\\d+/g) ?? []
window.WebSocket = class extends WebSocket {
  constructor(...how) {
    super(...how)
    this.addEventListener('message', (event) => { for (const mark of marks(event.data)) window.framed[mark] ??= now() })
  }
}
document.addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
  for (const change of changes)
    for (const node of change.addedNodes)
      for (const mark of marks(node.textContent)) {
        seen[mark] ??= now()
        waiting[mark]?.(seen[mark])
      }
}).observe(document.body, { childList: true, subtree: true }))
"""


class Stack:
    """Addresses and secrets of a running full stack."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.portal: str = told["addresses"]["portal"]
        self.customer: dict[str, Any] = told["customers"][0]
        self.connector = Path(told["connector"])
        self.secrets: dict[str, Any] = json.loads((self.connector.parent / "secrets.json").read_text())

    def dsn(self, file: str) -> str:
        return str(tomllib.loads((self.connector.parent / f"{file}.toml").read_text())["dsn"])

    def owner_dsn(self) -> str:
        """The owner of the cabinet's schema, on the projector's database."""
        return (
            self.dsn("projector")
            .replace("okno_projector", "okno_owner")
            .replace(self.secrets["roles"]["okno_projector"], self.secrets["roles"]["okno_owner"])
        )

    def relayed(self) -> dict[str, float]:
        """By hash of the payload, when a gateway had handed an event on to the cabinet's broker: from its own log."""
        lines = (line for log in self.connector.parents[1].glob("log/gw*/verdicts-*.jsonl") for line in log.open())
        records = (json.loads(line)["record"] for line in lines)
        return {
            record["payload"]: datetime.fromisoformat(record["at"]).timestamp() * 1000
            for record in records
            if (record["hop"], record["verdict"]) == ("event", "relayed")
        }

    def messages(self) -> list[str]:
        """Texts that the SMS centre has accepted, oldest first."""
        journal = tomllib.loads((self.connector.parent / "smsc.toml").read_text())["journal"]
        return [line for line in Path(journal).read_text().splitlines() if "#" in line]


@contextmanager
def stack_started(directory: Path) -> Iterator[Stack]:
    """`okno demo --stack full` in a directory of its own; ended in good order."""
    command = [str(Path(sys.executable).with_name("okno")), "demo", "--stack", "full", "--json", "--name", "bench"]
    process = subprocess.Popen([*command, "--dir", str(directory)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"the full stack did not start: see {directory}/log")
        yield Stack(json.loads(line))
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)


async def page_signed_in(browser: Browser, stack: Stack) -> Page:
    """A customer's overview, reached as a customer reaches it, with a watch on what appears."""
    page = await browser.new_page()
    await page.add_init_script(WATCH)
    known = len(stack.messages())
    await page.goto(stack.portal)
    await page.fill('[data-guide="login.login"] input, input[name="login"]', stack.customer["login"])
    await page.fill('input[name="password"]', stack.customer["password"])
    await page.click('[data-guide="login.submit"]')
    field = page.locator('input[autocomplete="one-time-code"]')
    await field.wait_for(timeout=SIGN_IN_TIMEOUT_MS)
    await field.fill(await code_awaited(stack, known))
    await page.wait_for_selector('[data-guide="overview.latest"]', timeout=SIGN_IN_TIMEOUT_MS)
    return page


async def code_awaited(stack: Stack, known: int) -> str:
    """The code of the first message after the `known` ones."""
    until = time.monotonic() + SIGN_IN_TIMEOUT_MS / 1000
    while time.monotonic() < until:
        for line in stack.messages()[known:]:
            if found := re.search(r"#(\d{6})", line):
                return found.group(1)
        await asyncio.sleep(0.05)
    raise SystemExit("no code arrived by SMS")


async def clock_offset_ms(page: Page) -> float:
    """What to subtract from the page's clock to get ours: of 30 tries the one with the shortest way there and back."""
    tries = []
    for _ in range(30):
        before = time.time() * 1000
        there: float = await page.evaluate("performance.timeOrigin + performance.now()")
        after = time.time() * 1000
        tries.append((after - before, there - (before + after) / 2))
    return min(tries)[1]
