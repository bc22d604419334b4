"""When the database is away, deaf or slow: errors reach everybody, everything comes back, nothing is lost."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from factories.live_client import ORIGIN, live_running
from factories.live_world import World, world_shared
from tornado.httpclient import HTTPClientError

from okno.live.core.batches import AwayError, Batch, Waiter
from okno.live.edge.openapi.shapes import ProblemShape
from okno.live.edge.store import listener
from okno.live.edge.store.database import FRESHNESS, Access, Line
from okno.live.main import LiveSettings, start

READS = "okno-live"
LISTENS = "okno-live-listen"


@pytest.fixture
def shared(postgres: Any, cabinet_template: str) -> Iterator[tuple[World, str]]:  # noqa: ANN401 (the conftest's own class)
    with world_shared(postgres, cabinet_template) as made:
        yield made


@pytest.fixture
def world(shared: tuple[World, str]) -> World:
    return shared[0]


@pytest.fixture
def dsn(shared: tuple[World, str]) -> str:
    return shared[1]


def cut(world: World, name: str) -> int:
    """End the connections of that name in the world's database."""
    return len(
        world.run(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = %s and datname = current_database()",
            name,
        )
    )


def test_lost_read_connections_cost_nobody_his_answer(world: World, dsn: str) -> None:
    user = world.person()
    session = world.session(user)
    world.account(user)

    async def scenario() -> list[int]:
        async with live_running(dsn) as client:
            codes = []
            for _ in range(5):
                codes += [(await client.get("/live/v1/overview", session)).code]
                assert cut(world, READS) >= 1
            return codes

    assert asyncio.run(scenario()) == [200] * 5


def test_operation_posted_while_live_was_deaf_is_pushed_when_it_hears_again(
    world: World, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "BACKOFF_MIN_S", 0.3)
    user = world.person()
    session, account = world.session(user), world.account(user)

    async def scenario() -> tuple[int, list[int]]:
        async with live_running(dsn) as client:
            frames = await client.stream(session)
            await frames.until("account")
            assert cut(world, LISTENS) == 1
            while (deaf := (await client.get("/-/ready")).code) == 204:
                pass
            for number in range(3):
                world.post(account, number)
            told = await frames.until("account")
            # It hears again, not only once.
            world.post(account, 1)
            later = await frames.until("account")
            return deaf, [op["position"] for frame in (told, later) for op in frame["operations"]]

    deaf, positions = asyncio.run(scenario())
    assert deaf == 503
    assert positions == [1, 2, 3, 4]


def test_silent_listen_connection_is_found_out_and_replaced(
    world: World, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "PULSE_S", 0.1)
    user = world.person()
    session, account = world.session(user), world.account(user)

    async def scenario() -> list[int]:
        async with live_running(dsn, statement_timeout_ms=100) as client:
            frames = await client.stream(session)
            await frames.until("account")
            ((pid,),) = world.run("select pid from pg_stat_activity where application_name = %s", LISTENS)
            # A stopped backend is a network that tells nothing: no error, no end, no hint.
            os.kill(pid, signal.SIGSTOP)
            try:
                world.post(account, 1)
                told = await frames.until("account")
            finally:
                os.kill(pid, signal.SIGCONT)
            return [op["position"] for op in told["operations"]]

    assert asyncio.run(scenario()) == [1]


def test_slow_statement_is_ended_and_everybody_in_its_batch_is_told(world: World, dsn: str) -> None:
    user = world.person()
    session, account = world.session(user), world.account(user)

    async def scenario() -> tuple[list[int], int]:
        async with live_running(dsn, statement_timeout_ms=200) as client:
            with world.locked("accounts_account"):
                path = "/live/v1/overview"
                answers = await asyncio.gather(*(client.get(path, session) for _ in range(5)))
                with pytest.raises(HTTPClientError) as refusal:
                    await client.stream(session)
                assert refusal.value.code == 503
                events = await client.get("/live/v1/events", session)
                assert events.code == 503
                tornado = await client.get(path, session, Connection="close")
                assert tornado.code == 503
            for answer in answers:
                assert answer.headers["Retry-After"] == "1"
                assert msgspec.json.decode(answer.body, type=ProblemShape).code == "busy"
            again = await client.get(path, session)
            return [answer.code for answer in answers], again.code

    codes, again = asyncio.run(scenario())
    assert codes == [503] * 5
    assert again == 200
    assert account


def test_read_for_a_stream_that_fails_is_tried_again(world: World, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okno.live.edge.pusher.RETRY_S", 0.1)
    user = world.person()
    session, account = world.session(user), world.account(user)

    async def scenario() -> list[int]:
        async with live_running(dsn, statement_timeout_ms=100) as client:
            frames = await client.stream(session)
            await frames.until("account")
            world.post(account, 5, notify=False)
            with world.locked("accounts_operation"):
                world.run("select pg_notify('okno_account', %s)", account)
                await asyncio.sleep(0.5)
            told = await frames.until("account")
            return [op["position"] for op in told["operations"]]

    assert asyncio.run(scenario()) == [1]


def test_full_queue_answers_503_at_once(world: World, dsn: str) -> None:
    user = world.person()
    session = world.session(user)
    world.account(user)

    async def scenario() -> tuple[set[int], int]:
        async with live_running(dsn, queue_keys_max=2, statement_timeout_ms=1000) as client:
            with world.locked("accounts_account"):
                asked = [asyncio.ensure_future(client.get("/live/v1/overview", session)) for _ in range(12)]
                done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
                assert {task.result().code for task in done} == {503}
                again = await client.get("/live/v1/overview", session, Connection="close")
                assert again.code == 503
            codes = {answer.code for answer in await asyncio.gather(*asked)}
            return codes, (await client.get("/live/v1/overview", session)).code

    codes, rested = asyncio.run(scenario())
    assert codes <= {200, 503}
    assert rested == 200


def test_slow_client_is_told_to_come_again(world: World, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okno.live.edge.pusher.STALL_S", 0.5)
    monkeypatch.setattr("okno.live.edge.web.streaming.LINGER_S", 0.2)
    user = world.person()
    session, account = world.session(user), world.account(user)
    world.run(
        "insert into accounts_operation (account_id, position, epoch, version, key, kind, amount, balance, posted_at,"
        " text) select %s, n, 1, n, 'k-' || n, 'charge', 1, n, now(), repeat('x', 200)"
        " from generate_series(1, 60000) n",
        account,
    )
    world.run("update accounts_account set position = 60000 where id = %s", account)

    async def scenario() -> bytes:
        async with live_running(dsn) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.live.port, limit=2**16)
            path = f"/live/v1/events?after={account}:0"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nCookie: {session.cookie}\r\n\r\n".encode())
            await asyncio.sleep(3)
            async with asyncio.timeout(30):
                told = await reader.read(2**30)
                while part := await _part(reader):
                    told = told[-100_000:] + part
            writer.close()
            return told

    told = asyncio.run(scenario())
    # Either the farewell still fitted, or the connection was cut; but the 60,000 operations were not all buffered.
    assert b'"position":60000,"key"' not in told


def test_comment_into_a_write_that_waits_for_its_client_costs_nothing(
    world: World, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tornado keeps one future for all writes of a response: whoever waits must have one of his own."""
    monkeypatch.setattr("okno.live.edge.web.streaming.COMMENT_S", 0.01)
    monkeypatch.setattr("okno.live.edge.pusher.STALL_S", 600)
    user = world.person()
    session, account = world.session(user), world.account(user)
    world.run(
        "insert into accounts_operation (account_id, position, epoch, version, key, kind, amount, balance, posted_at,"
        " text) select %s, n, 1, n, 'k-' || n, 'charge', 1, n, now(), repeat('x', 200)"
        " from generate_series(1, 30000) n",
        account,
    )
    world.run("update accounts_account set position = 30000 where id = %s", account)

    async def scenario() -> bytes:
        async with live_running(dsn) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.live.port, limit=2**16)
            path = f"/live/v1/events?after={account}:0"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nCookie: {session.cookie}\r\n\r\n".encode())
            await asyncio.sleep(1)
            told = b""
            async with asyncio.timeout(60):
                while b'"position":30000,"key"' not in told:
                    told = told[-1_000:] + await reader.read(2**20)
            writer.close()
            return told

    assert b"k-30000" in asyncio.run(scenario())


async def _part(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(2**20)
    except ConnectionError:
        return b""


def test_start_without_a_database_fails_at_once() -> None:
    async def scenario() -> None:
        with pytest.raises(OSError, match=r"No such file|refused"):
            await start(LiveSettings(dsn="postgresql://nobody@/nothing?host=/nowhere", public_origins=[ORIGIN]))

    asyncio.run(scenario())


def test_line_says_when_nobody_is_there_and_closes_in_any_state(dsn: str) -> None:
    async def scenario() -> None:
        away = Line(Access("postgresql://nobody@/nothing?host=/nowhere", 1000, "UTC"))
        batch: Batch[object] = Batch(FRESHNESS, [Waiter(b"h" * 32, (), 0.0, object())])
        with pytest.raises(AwayError, match="No such file"):
            await away.run(batch)
        assert not await away.answers()
        await away.close()
        there = Line(Access(dsn, 1000, "UTC"))
        rows = await there.run(batch)
        assert [(row[0], row[2]) for row in rows] == [(1, "no-session")]
        assert await there.answers()
        await there.close()
        await there.close()

    asyncio.run(scenario())


def test_connection_that_cannot_be_closed_in_order_is_cut(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(_connection: object, *, timeout: float) -> None:  # noqa: ASYNC109 (asyncpg's own signature)
        raise TimeoutError(timeout)

    async def scenario() -> bool:
        line = Line(Access(dsn, 1000, "UTC"))
        await line.run(Batch(FRESHNESS, [Waiter(b"h" * 32, (), 0.0, object())]))
        connection = line._connection  # noqa: SLF001 (what becomes of it is the point)
        assert connection is not None
        monkeypatch.setattr(asyncpg.Connection, "close", refuse)
        await line.close()
        return bool(connection.is_closed())

    assert asyncio.run(scenario())


def test_process_of_its_own_serves_until_it_is_told_to_stop(world: World, dsn: str, tmp_path: Path) -> None:
    user = world.person()
    world.account(user)
    config = tmp_path / "live.toml"
    config.write_text(f'dsn = "{dsn}"\npublic_origins = ["{ORIGIN}"]\n')
    process = subprocess.Popen([sys.executable, "-m", "okno.live.main", str(config)], stderr=subprocess.PIPE)
    try:
        while not world.run("select 1 from pg_stat_activity where application_name = %s", LISTENS):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, said) == (0, b"")
