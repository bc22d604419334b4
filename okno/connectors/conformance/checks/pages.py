"""Pages of everything: they prove the history that the events told."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from okno.connectors.conformance.counterpart import SERVICE
from okno.connectors.conformance.failing import Failed, expect, expect_equal
from okno.connectors.conformance.stage import Stage
from okno.connectors.conformance.suite import Check
from okno.protocol import messages as m

SYNC = "okno.sync.page.v1"
PAGES_MAX = 10_000
_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)


async def sync(stage: Stage) -> None:
    account = await stage.open()
    await stage.charge(account, 10_000, "Conformance")
    await stage.pay(account, 4_000)
    rows = [row async for page in _pages(stage, "accounts") for row in page.accounts if row.account == account.id]
    expect_equal(len(rows), 1, "rows of one account in all pages of accounts")
    listed = [row async for page in _pages(stage, "operations") for row in page.operations if row.account == account.id]
    operations = sorted((row.operation for row in listed), key=lambda operation: operation.version)
    expect_equal([item.amount.money.minor for item in operations], account.posted, "operations in all pages of them")
    lines = "".join(_line(item) for item in operations)
    row = rows[0]
    expect_equal(row.operations, len(operations), "the count of operations of the account's row")
    expect_equal(row.total.money.minor, account.balance, "the total of the account's row")
    expect_equal(row.balance.money.minor, account.balance, "the balance of the account's row")
    expect_equal(row.digest, hashlib.sha256(lines.encode()).hexdigest(), "the digest of the account's row")


async def _pages(stage: Stage, what: Literal["accounts", "operations"]) -> AsyncIterator[m.SyncRows]:
    """Pages of two rows, so that there are many."""
    cursor: str | None = None
    for _ in range(PAGES_MAX):
        page = await stage.wire.ask(SYNC, m.SyncPage("main", what, after=cursor, limit=2), **SERVICE)
        found = page.accounts if what == "accounts" else page.operations
        expect_equal(page.count, len(found), f"the count of a page of {what}")
        yield page
        cursor = page.next
        if cursor is None:
            return
        expect(found, f"a page of {what} is empty and says that more follow")
    raise Failed(f"the pages of {what} do not come to an end")


def _line(operation: m.VersionedOperation) -> str:
    micros = (operation.posted_at - _BEGAN) // timedelta(microseconds=1)
    return f"{operation.key} {operation.kind} {operation.amount.money.minor} {micros}\n"


PAGES = (
    Check(
        "pages",
        "Pages of everything hold each operation once, and prove each account by count, sum and digest.",
        frozenset({SYNC}),
        sync,
    ),
)
