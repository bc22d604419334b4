"""Who reads while PostgreSQL is started anew is answered late; beyond the patience, or when live ends, with 503."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from factories import live_client
from factories.database_away import away
from factories.live_client import Client, live_running
from factories.live_world import Session, World
from factories.portal import Database

from okno.cabinet.kit.http import patience
from okno.cli.servers import roles
from okno.cli.servers.account import ServerError, account_for_servers
from okno.cli.servers.postgres import Cluster
from okno.live.core.batches import Limits
from okno.live.main import LiveSettings

OVERVIEW = "/live/v1/overview"
LIVE = "okno_live"
TORNADO = {"Connection": "close"}
LONG_MS = 600_000
TIMEOUT_S = 120
ENOUGH = 50


@pytest.fixture(scope="module")
def cluster(short_directory: Path) -> Iterator[Cluster]:
    """One of its own, since it is killed here."""
    made = Cluster(short_directory / "la", account_for_servers(), sync=False)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def reached(cluster: Cluster) -> tuple[str, str]:
    """How the superuser and live reach the cabinet there."""
    passwords = roles.passwords_new()
    roles.roles_create(cluster.superuser_dsn(), passwords)
    roles.database_create(cluster.superuser_dsn(), "cabinet", "cabinet")
    superuser = cluster.superuser_dsn("cabinet")
    roles.schema_rights(superuser, "cabinet")
    owner = cluster.dsn("okno_owner", passwords["okno_owner"], "cabinet")
    environment = {**os.environ, "OKNO_OWNER_DSN": owner}
    subprocess.run([sys.executable, "-m", "okno.cabinet.config.migrate"], check=True, env=environment)
    return superuser, cluster.dsn(LIVE, passwords[LIVE], "cabinet")


def kill(cluster: Cluster) -> None:
    assert cluster.server is not None
    os.kill(cluster.server.pid, signal.SIGKILL)
    cluster.server.process.wait()


async def start(cluster: Cluster) -> None:
    """By the main thread, with which it ends.

    Processes of the one that was killed may hold its memory for a moment: then it is started once more.
    """
    until = time.monotonic() + TIMEOUT_S
    while True:
        try:
            await asyncio.to_thread(cluster.launch().wait_ready, cluster.answers, timeout_s=TIMEOUT_S)
        except ServerError:
            assert time.monotonic() < until
            await asyncio.sleep(0.1)
        else:
            return


async def figure(client: Client, name: str) -> int:
    said = (await client.get("/-/metrics")).body.decode()
    return int(next(line.split()[1] for line in said.splitlines() if line.startswith(name)))


async def figure_is(client: Client, name: str, least: int) -> None:
    until = time.monotonic() + TIMEOUT_S
    while await figure(client, name) < least:
        assert time.monotonic() < until, name
        await asyncio.sleep(0.02)


@asynccontextmanager
async def reading(client: Client, session: Session) -> AsyncIterator[list[int]]:
    """What customers are answered all the while, on both ways."""
    codes: list[int] = []
    over = asyncio.Event()

    async def hand(**headers: str) -> None:
        while not over.is_set():
            codes.append((await client.get(OVERVIEW, session, **headers)).code)

    hands = [asyncio.create_task(hand(**way)) for way in ({}, {}, {}, TORNADO)]
    yield codes
    over.set()
    await asyncio.gather(*hands)


async def more(codes: list[int]) -> None:
    count, until = len(codes), time.monotonic() + TIMEOUT_S
    while len(codes) < count + ENOUGH:
        assert time.monotonic() < until, "nobody is answered any more"
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("end", [kill, Cluster.stop], ids=["killed", "stopped"])
def test_nobody_notices_that_postgresql_is_started_anew(
    cluster: Cluster, reached: tuple[str, str], monkeypatch: pytest.MonkeyPatch, end: Callable[[Cluster], None]
) -> None:
    monkeypatch.setattr(live_client, "WAIT_S", TIMEOUT_S)
    superuser, dsn = reached
    before = World(superuser)
    user = before.person()
    session, account = before.session(user), before.account(user)
    before.close()

    async def scenario() -> tuple[set[int], list[int]]:
        async with live_running(dsn, away_ms_max=LONG_MS) as client:
            frames = await client.stream(session)
            await frames.until("account")
            async with reading(client, session) as codes:
                await more(codes)
                await asyncio.to_thread(end, cluster)
                # All wait, in the queue alone.
                await figure_is(client, "okno_live_queue_keys", 4)
                assert await figure(client, "okno_live_database_away") == 1
                assert await figure(client, "okno_live_statements_in_flight") == 0
                await start(cluster)
                await more(codes)
            assert await figure(client, "okno_live_database_away") == 0
            after = World(superuser)
            after.post(account, 1)
            told = await frames.until("account", TIMEOUT_S)
            after.close()
            return set(codes), [operation["position"] for operation in told["operations"]]

    assert asyncio.run(scenario()) == ({200}, [1])


@pytest.mark.parametrize("way", [{}, TORNADO], ids=["lean", "tornado"])
def test_who_has_waited_long_enough_is_told_to_come_again(cabinet_database: Database, way: dict[str, str]) -> None:
    world = World(cabinet_database.superuser_dsn())
    session = world.session(world.person())
    world.close()

    async def scenario() -> tuple[list[int], list[int]]:
        async with live_running(cabinet_database.dsn(LIVE), away_ms_max=300) as client:
            assert (await client.get(OVERVIEW, session, **way)).code == 200
            began = time.monotonic()
            with away(cabinet_database, LIVE) as back:
                first = await client.get(OVERVIEW, session, **way)
                waited = time.monotonic() - began
                refusals = [first, *[await client.get(OVERVIEW, session, **way) for _ in range(3)]]
                assert {answer.headers["Retry-After"] for answer in refusals} == {"1"}
                back()
                again = []
                until = time.monotonic() + TIMEOUT_S
                while again[-1:] != [200]:
                    assert time.monotonic() < until
                    again.append((await client.get(OVERVIEW, session, **way)).code)
            assert waited >= 0.3
            return [answer.code for answer in refusals], again

    refusals, again = asyncio.run(scenario())
    assert refusals == [503] * 4
    assert set(again) <= {200, 503}


def test_a_live_that_ends_does_not_wait_for_the_database(cabinet_database: Database) -> None:
    world = World(cabinet_database.superuser_dsn())
    user = world.person()
    session, account = world.session(user), world.account(user)
    world.close()

    async def scenario() -> list[int]:
        async with live_running(cabinet_database.dsn(LIVE), away_ms_max=LONG_MS) as client:
            # What is not his is a signal, which has to be written; none is waited for either.
            paths = (
                OVERVIEW,
                f"/live/v1/year?account={account}",
                "/live/v1/operations?account=" + "0" * 8 + account[8:],
            )
            assert [(await client.get(path, session)).code for path in paths] == [200, 200, 404]
            with away(cabinet_database, LIVE):
                waiting = [asyncio.create_task(client.get(path, session)) for path in paths]
                await figure_is(client, "okno_live_queue_keys", len(paths))
                async with asyncio.timeout(TIMEOUT_S):
                    await client.live.stop()
                return [answer.code for answer in await asyncio.gather(*waiting)]

    assert asyncio.run(scenario()) == [503] * 3


def test_live_waits_as_long_as_the_cabinet_does() -> None:
    settings = LiveSettings(dsn="", public_origins=[])
    assert settings.away_ms_max == Limits().away_ms_max == patience.WAIT_S * 1000
