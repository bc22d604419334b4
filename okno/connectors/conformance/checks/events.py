"""What is told of its own accord: in order, once, and marked as complete."""

from __future__ import annotations

import asyncio

from okno.connectors.conformance.failing import expect, expect_equal
from okno.connectors.conformance.stage import SNAPSHOT, Stage
from okno.connectors.conformance.suite import Check
from okno.connectors.conformance.trust import now
from okno.protocol import messages as m

MANY = 12


async def order(stage: Stage) -> None:
    account = await stage.open()
    for number in range(1, MANY + 1):
        await asyncio.to_thread(stage.bench.charge, account.opened.account, number, "")
        account.posted.append(number)
    told = await stage.told(account)
    changed = [data.version for data in stage.wire.of_account(account.id, m.AccountChanged)]
    versions = sorted([*changed, *(data.version for data in told)])
    expect_equal(versions, [(versions[0][0], n) for n in range(1, len(versions) + 1)], "versions without a gap")
    running = 0
    for one in told:
        running += one.operation.amount.money.minor
        expect_equal(one.operation.balance.money.minor, running, f"the balance after operation {one.operation.key}")
    expect_equal(running, account.balance, "the sum of what was told")
    keys = {one.operation.key for one in told}
    expect_equal(len(keys), MANY, "operations by their keys")
    state = await stage.snapshot(account)
    expect_equal(state.version, versions[-1], "the version of a snapshot after the last event")


async def watermark(stage: Stage) -> None:
    account = await stage.open()
    await asyncio.to_thread(stage.bench.charge, account.opened.account, 500, "")
    account.posted.append(500)
    charged_at = now()
    await stage.until(
        lambda: [mark for mark in stage.wire.watermarks() if mark.committed_before > charged_at],
        f"no watermark has passed {charged_at}",
    )
    arrived = [event.data for event in stage.wire.events]
    passed = next(
        place
        for place, data in enumerate(arrived)
        if isinstance(data, m.Watermark) and data.committed_before > charged_at
    )
    before = [data for data in arrived[:passed] if isinstance(data, m.OperationPosted) and data.account == account.id]
    expect(before, "a watermark passed a charge before the charge was told")
    marks = [mark.committed_before for mark in stage.wire.watermarks()]
    expect_equal(marks, sorted(marks), "watermarks in their order")
    expect(marks[-1] <= now(), f"a watermark is at {marks[-1]}, which has not come yet")


EVENTS = (
    Check(
        "order", "Each change of an account is told once, with versions that have no gap.", frozenset({SNAPSHOT}), order
    ),
    Check("watermark", "A watermark passes nothing that has not been told.", frozenset({SNAPSHOT}), watermark),
)
