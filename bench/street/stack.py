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

# The moment at which the page first holds a text, on the page's own clock; nothing polls there either.
WATCH = """() => {
  const seen = {}
  const waiting = {}
  window.awaited = (mark) => seen[mark] ?? new Promise((told) => { waiting[mark] = told })
  new MutationObserver((changes) => {
    const now = performance.timeOrigin + performance.now()
    for (const change of changes)
      for (const node of change.addedNodes)
        for (const mark of (node.textContent ?? '').match(/street-\\d+/g) ?? []) {
          seen[mark] ??= now
          waiting[mark]?.(seen[mark])
        }
  }).observe(document.body, { childList: true, subtree: true })
}"""


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
    known = len(stack.messages())
    await page.goto(stack.portal)
    await page.fill('[data-guide="login.login"] input, input[name="login"]', stack.customer["login"])
    await page.fill('input[name="password"]', stack.customer["password"])
    await page.click('[data-guide="login.submit"]')
    field = page.locator('input[autocomplete="one-time-code"]')
    await field.wait_for(timeout=SIGN_IN_TIMEOUT_MS)
    await field.fill(await code_awaited(stack, known))
    await page.wait_for_selector('[data-guide="overview.latest"]', timeout=SIGN_IN_TIMEOUT_MS)
    await page.evaluate(WATCH)
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
