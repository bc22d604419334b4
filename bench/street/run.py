"""okno bench street: from the commit in the book to the changed page in Chromium, over the bare hops of that way.

The full stack runs as shipped. At random moments a charge is posted in the book; the page of the signed-in customer
notes when it shows it. The path crosses two quorum queues (inner, outer), one commit (read model) and one WebSocket, so
the limit is 2 x courier + 1 x commit + 1 x echo, each measured alone between the posts of the same round. Every posted
operation must be shown exactly once, and the balance shown must be the book's.

Waypoints are milliseconds since the commit in the book: the inner broker has it (the outbox says so a little later than
the broker), the outer broker has it (the gateway's log), the read model told it, its frame is at the page, whole: the
page shows it.

    python bench/street/run.py [--quick] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from hops import Commits, Courier, Echo
from playwright.async_api import async_playwright
from stack import CHROMIUM, CHROMIUM_FLAGS, Stack, clock_offset_ms, page_signed_in, stack_started

from okno.connectors.book.drafts import Draft
from okno.connectors.book.posting import post

if TYPE_CHECKING:
    from playwright.async_api import Page

FULL_OPERATIONS, QUICK_OPERATIONS = 200, 20
PAUSE_S = (0.05, 0.35)
SHOWN_TIMEOUT_S = 20
SEED = 7
COURIER_CROSSED = 2
WAYPOINTS = ("inner_broker", "outer_broker", "read_model", "page", "whole")
_CARRIED = "SELECT data, carried_by, sent_at FROM store.outbox WHERE type = 'okno.operation.posted.v1'"


class Street:
    """One run: the book's end, the read model in the middle, the page's end. Times in milliseconds of our clock."""

    def __init__(self, stack: Stack, page: Page) -> None:
        self.stack = stack
        self.page = page
        self.committed: dict[str, float] = {}
        self.number: str = stack.customer["numbers"][0]
        self.account: str = stack.customer["accounts"][0]
        self.book = psycopg.connect(stack.dsn("connector"), autocommit=True)
        self.model = psycopg.connect(stack.owner_dsn(), autocommit=True)
        self.model.execute("LISTEN okno_account")
        self.offset = 0.0
        self.chance = random.Random(SEED)

    async def once(self, number: int) -> dict[str, float]:
        """Post one charge; when it was committed, stood in the read model, was shown."""
        mark = f"street-{number}"
        draft = Draft(
            self.number, "charge", key=f"bench-{uuid.uuid4()}", amount=self.chance.randint(100, 99_999), text=mark
        )
        applied = asyncio.create_task(asyncio.to_thread(self._applied))
        await asyncio.sleep(0.01)
        await asyncio.to_thread(post, self.book, draft)
        committed = time.time() * 1000
        shown = await asyncio.wait_for(self._shown(mark), SHOWN_TIMEOUT_S) - self.offset
        middle = await applied
        framed = float(await self.page.evaluate("(mark) => window.framed[mark]", mark)) - self.offset
        self.committed[mark] = committed
        return {"whole": shown - committed, "read_model": middle - committed, "page": framed - committed}

    def halfway(self) -> dict[str, list[float]]:
        """When the inner broker had each operation, and when the outer one: from the outbox and the gateways' logs."""
        relayed = self.stack.relayed()
        found: dict[str, list[float]] = {"inner_broker": [], "outer_broker": []}
        for data, carried_by, sent_at in self.book.execute(_CARRIED):
            committed = self.committed.get(json.loads(data)["operation"]["text"])
            if committed is not None:
                found["inner_broker"].append(sent_at.timestamp() * 1000 - committed)
                found["outer_broker"].append(relayed[carried_by] - committed)
        return found

    def _applied(self) -> float:
        for notice in self.model.notifies(timeout=SHOWN_TIMEOUT_S):
            if self.account in notice.payload:
                return time.time() * 1000
        raise SystemExit("the read model was not told")

    async def _shown(self, mark: str) -> float:
        return float(await self.page.evaluate("(mark) => window.awaited(mark)", mark))

    def close(self) -> None:
        self.book.close()
        self.model.close()


def spread(values: list[float]) -> dict[str, float]:
    """Distribution in milliseconds."""
    ranks = statistics.quantiles(values, n=100, method="inclusive")
    found = {"p50": ranks[49], "p90": ranks[89], "p99": ranks[98], "min": min(values), "max": max(values)}
    return {name: round(value, 2) for name, value in found.items()}


async def measure(stack: Stack, operations: int) -> dict[str, Any]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        street = Street(stack, await page_signed_in(browser, stack))
        commits, courier, echo = Commits(stack.owner_dsn()), await Courier().open(), await Echo().open(browser)
        await street.page.bring_to_front()
        found: dict[str, list[float]] = {}
        street.offset = await clock_offset_ms(street.page)
        for number in range(operations):
            await asyncio.sleep(street.chance.uniform(*PAUSE_S))
            hops = {
                "commit": await asyncio.to_thread(commits.once),
                "courier": await courier.once(),
                "echo": await echo.once(),
            }
            for name, value in ((await street.once(number)) | hops).items():
                found.setdefault(name, []).append(value)
        await verify(street, operations)
        found |= await asyncio.to_thread(street.halfway)
        await echo.close()
        await courier.close()
        commits.close()
        street.close()
        await browser.close()
    return found


async def verify(street: Street, operations: int) -> None:
    """Each operation once in the read model, its balance the book's, and that balance on the page."""
    counted, balance = street.model.execute(
        "SELECT count(*) FILTER (WHERE o.text LIKE 'street-%%'), max(a.balance) FROM accounts_account a "
        "JOIN accounts_operation o ON o.account_id = a.id WHERE a.id = %s",
        (street.account,),
    ).fetchone() or (0, 0)
    kept = street.book.execute("SELECT balance FROM book.account WHERE number = %s", (street.number,)).fetchone()
    shown = "".join(c for c in await street.page.locator('[data-guide="overview.state"]').inner_text() if c.isdigit())
    if counted != operations or kept is None or balance != kept[0] or str(abs(balance)) not in shown:
        raise SystemExit(f"wrong: {counted} of {operations} operations, balance {balance}, book {kept}, page {shown}")


def result(found: dict[str, list[float]], operations: int, load: tuple[float, ...]) -> dict[str, Any]:
    medians = {name: statistics.median(found[name]) for name in ("commit", "courier", "echo")}
    limit = COURIER_CROSSED * medians["courier"] + medians["commit"] + medians["echo"]
    return {
        "bench": "street",
        "okno": {name: spread(found[name]) for name in WAYPOINTS},
        "limit": {
            "hops_ms": round(limit, 2),
            "crossed": {"courier": COURIER_CROSSED, "commit": 1, "echo": 1},
            **{name: spread(found[name]) for name in medians},
        },
        "peers": {},
        "ratios": {"hops": round(statistics.median(found["whole"]) / limit, 3)},
        "conditions": {
            "operations": operations,
            "stack": "full, as shipped, one machine",
            "processors": os.cpu_count(),
            "load_before": [round(value, 2) for value in load],
            "load_after": [round(value, 2) for value in os.getloadavg()],
            "python": platform.python_version(),
            "unit": "milliseconds",
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    operations = QUICK_OPERATIONS if parser.parse_args().quick else FULL_OPERATIONS
    load = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as home, stack_started(Path(home) / "street") as stack:
        found = asyncio.run(measure(stack, operations))
    json.dump(result(found, operations, load), sys.stdout)


if __name__ == "__main__":
    main()
