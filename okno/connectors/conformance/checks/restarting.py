"""A connector that dies between the effect and its answer, and one whose store was restored."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psycopg

from okno.connectors.conformance.checks.posting import CAPTURED, captured, done, posted_once
from okno.connectors.conformance.child import Errand
from okno.connectors.conformance.failing import expect, expect_equal
from okno.connectors.conformance.stage import SNAPSHOT, Stage
from okno.connectors.conformance.suite import Check
from okno.connectors.runtime.store.epochs import epoch_raise

# Steps of a command, whichever way the system posts; a step that it does not pass leaves the connector alive.
STEPS = ("command.claimed", "command.effect", "command.finished", "command.committed")
CHILD_TIMEOUT_S = 60.0
# Nobody works on the command of a dead process for the term of its claim; here that time is over at once.
_OVER = "UPDATE store.inbox SET claimed_at = claimed_at - interval '1 hour' WHERE state = 'running'"
# What the dead one sent has died with its broker, which was in its memory.
_UNSENT = "UPDATE store.outbox SET sent_at = NULL, carried_by = NULL WHERE sent_at >= %s"
_NOW = "SELECT clock_timestamp()"


async def killed(stage: Stage) -> None:
    account = await stage.open()
    await stage.charge(account, 10_000)
    deaths = 0
    for number, step in enumerate(STEPS):
        payment = captured(account, 500 + number)
        await stage.disconnect()
        folder = stage.place.folder / f"child{number}"
        folder.mkdir()
        errand = Errand(str(folder), stage.store, stage.reach, step, payment)
        with psycopg.connect(stage.store) as store:
            begun = store.execute(_NOW).fetchone()
        deaths += await _dies(folder / "errand.json", errand)
        with psycopg.connect(stage.store) as store:
            store.execute(_OVER)
            store.execute(_UNSENT, begun)
        await stage.connect()
        reply = await done(stage, CAPTURED, payment, payment.payment)
        await posted_once(stage, account, payment, reply.key)
    expect(deaths, "no connector died: the adapter posts past all steps of the runtime")


async def _dies(file: Path, errand: Errand) -> bool:
    """Send a connector of its own on the errand; whether it was killed on the way."""
    await asyncio.to_thread(file.write_bytes, msgspec.json.encode(errand))
    command: Sequence[str] = (sys.executable, "-m", "okno.connectors.conformance.child", str(file))
    child = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(CHILD_TIMEOUT_S):
            _, said = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        said = b"it did not end"
    expect(
        child.returncode in (0, -signal.SIGKILL),
        f"a connector ended by itself: {said.decode(errors='replace')[-2000:]}",
    )
    return child.returncode != 0


async def restored(stage: Stage) -> None:
    account = await stage.open()
    await stage.charge(account, 10_000)
    before = await stage.snapshot(account)
    await stage.disconnect()
    with psycopg.connect(stage.store) as store:
        epoch = epoch_raise(store)
    await stage.connect()
    await stage.charge(account, 700)
    expect_equal(before.version[0] + 1, epoch, "the epoch of the restored store")
    told = (await stage.told(account))[-1]
    expect_equal(told.version[0], epoch, "the epoch of what is told after the store was restored")
    state = await stage.snapshot(account, after=before.version)
    amounts = [item.amount.money.minor for item in state.operations]
    expect_equal(amounts, account.posted, "a snapshot after a version of the old epoch, which begins anew")
    expect_equal(state.balance.money.minor, account.balance, "the balance in the new epoch")


RESTARTING = (
    Check(
        "restart",
        "A payment is posted once, even if the connector dies between the effect and its answer.",
        frozenset({CAPTURED, SNAPSHOT}),
        killed,
    ),
    Check(
        "restored",
        "After its store was restored the connector tells in a higher epoch.",
        frozenset({SNAPSHOT}),
        restored,
    ),
)
