"""The push stream against a real database, by WebSocket and by server-sent events: nothing lost, doubled or foreign."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from factories.live_client import ORIGIN, Client, Frames, Json, live_running
from factories.live_world import Session, World, ago, world_shared
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from okno.live.edge.openapi.shapes import Frame, ProblemShape

SOON_S = 10


@pytest.fixture(scope="module")
def shared(postgres: Any, cabinet_template: str) -> Iterator[tuple[World, str]]:  # noqa: ANN401 (the conftest's own class)
    with world_shared(postgres, cabinet_template) as made:
        yield made


@pytest.fixture
def world(shared: tuple[World, str]) -> World:
    return shared[0]


@pytest.fixture
def dsn(shared: tuple[World, str]) -> str:
    return shared[1]


async def begun(client: Client, session: Session, accounts: int, after: str = "") -> Frames:
    """A stream after its hello and the first frame of each account."""
    frames = await client.stream(session, after)
    hello = await frames.next()
    assert hello is not None
    assert hello["type"] == "hello"
    for _ in range(accounts):
        assert (await frames.until("account"))["type"] == "account"
    return frames


def test_operation_is_pushed_with_state_by_both_ways_in_identical_frames(world: World, dsn: str) -> None:
    user = world.person()
    session, account = world.session(user), world.account(user, due_amount=500, due_on="2026-12-10")
    world.post(account, 100)

    async def scenario() -> tuple[list[Json | None], list[Json]]:
        async with live_running(dsn) as client, client.events(session) as events:
            frames = await client.stream(session)
            first = [await frames.next(), await frames.next()]
            second = [(await events.next())[1], (await events.next())[1]]
            world.post(account, -250, kind="payment", channel="card", text="спасибо")
            first.append(await frames.next())
            name, told = await events.next()
            assert name == f"{account}:2"
            frames.close()
            return first, [*second, told]

    by_socket, by_events = asyncio.run(scenario())
    assert by_socket == by_events
    for frame in by_socket:
        msgspec.convert(frame, Frame)
    hello, state, pushed = by_socket
    assert hello == {"type": "hello", "accounts": [{"account": account, "position": 1}]}
    assert state is not None
    assert (state["position"], state["operations"]) == (1, [])
    assert pushed is not None
    assert pushed["id"] == f"{account}:2"
    assert (pushed["balance"], pushed["due"]) == ("-1.50", {"amount": "5.00", "on": "2026-12-10"})
    assert [(op["position"], op["amount"], op["text"]) for op in pushed["operations"]] == [(2, "-2.50", "спасибо")]
    assert pushed["more"] is False


def test_client_that_comes_again_gets_what_it_missed_in_order(world: World, dsn: str) -> None:
    user = world.person()
    session, account, other = world.session(user), world.account(user), world.account(user)
    for number in range(120):
        world.post(account, number, notify=False)
    world.post(other, 5, notify=False)

    async def scenario() -> tuple[list[Json], list[Json]]:
        async with live_running(dsn) as client:
            frames = await client.stream(session, f"{account}:7,{other}:1")
            told = [await frames.until("account") for _ in range(4)]
            frames.close()
            again: list[Json] = []
            async with client.events(session, Last_Event_ID=f"{account}:100,{other}:0") as events:
                while len(again) < 3:
                    again.append((await events.next())[1])
            return told, again

    told, again = asyncio.run(scenario())
    of_account = [frame for frame in told if frame["account"] == account]
    positions = [op["position"] for frame in of_account for op in frame["operations"]]
    assert positions == list(range(8, 121))
    assert [frame["more"] for frame in of_account] == [True, True, False]
    assert [op for frame in told if frame["account"] == other for op in frame["operations"]] == []
    by_account = {frame["account"]: frame for frame in again[1:]}
    assert [op["position"] for op in by_account[account]["operations"]] == list(range(101, 121))
    assert [op["position"] for op in by_account[other]["operations"]] == [1]


def test_burst_arrives_complete_and_in_order(world: World, dsn: str) -> None:
    user = world.person()
    session, account = world.session(user), world.account(user)

    async def scenario() -> list[int]:
        positions: list[int] = []
        async with live_running(dsn) as client:
            frames = await begun(client, session, 1)
            for number in range(150):
                world.post(account, number)
                if number % 10 == 0:
                    await asyncio.sleep(0)
            while not positions or positions[-1] < 150:
                positions += [op["position"] for op in (await frames.until("account"))["operations"]]
            frames.close()
        return positions

    assert asyncio.run(scenario()) == list(range(1, 151))


def test_change_without_an_operation_is_pushed_and_a_hint_without_a_change_is_not(world: World, dsn: str) -> None:
    user = world.person()
    session, account = world.session(user), world.account(user)

    async def scenario() -> Json:
        async with live_running(dsn) as client:
            frames = await begun(client, session, 1)
            world.run("select pg_notify('okno_account', %s)", account)
            world.run("update accounts_account set status = 'blocked' where id = %s", account)
            world.run("select pg_notify('okno_account', %s)", f"{account},{account}")
            frame = await frames.until("account")
            world.run("select pg_notify('okno_account', 'no account at all')")
            world.run("select pg_notify('okno_session', 'not hex')")
            with pytest.raises(TimeoutError):
                await frames.next(0.3)
            frames.close()
            return frame

    frame = asyncio.run(scenario())
    assert (frame["status"], frame["operations"]) == ("blocked", [])


def test_watermark_tells_the_age_of_all_figures(world: World, dsn: str) -> None:
    user = world.person()
    session, account = world.session(user), world.account(user, as_of=ago(minutes=10))
    stopped = world.account(user, as_of=ago(minutes=10), gap_since=ago(minutes=9))
    world.run("update accounts_system set watermark = null")

    async def scenario() -> Json:
        async with live_running(dsn) as client:
            frames = await begun(client, session, 2)
            world.watermark()
            age = await frames.until("age")
            frames.close()
            return age

    age = asyncio.run(scenario())
    by_account = {told["account"]: told for told in age["accounts"]}
    assert by_account[account]["stale"] is False
    assert by_account[stopped]["stale"] is True
    assert datetime.fromisoformat(by_account[account]["as_of"]) > ago(minutes=1)
    assert datetime.fromisoformat(by_account[stopped]["as_of"]) < ago(minutes=9)


def test_ended_session_is_told_and_closed_at_once(world: World, dsn: str) -> None:
    user = world.person()
    session, other, account = world.session(user), world.session(user), world.account(user)

    async def scenario() -> None:
        async with live_running(dsn) as client, client.events(session) as events:
            mine, hers = await begun(client, session, 1), await begun(client, other, 1)
            assert (await events.next())[1]["type"] == "hello"
            assert (await events.next())[1]["type"] == "account"
            world.end(session)
            assert await mine.next(5) == {"type": "bye", "reason": "session-ended"}
            assert await mine.next(5) is None
            assert await events.next() == (None, {"type": "bye", "reason": "session-ended"})
            assert (await asyncio.wait_for(asyncio.shield(events.response), SOON_S)).code == 200
            # The other session of the same person goes on.
            world.post(account, 1)
            assert (await hers.until("account"))["position"] == 1
            hers.close()

    asyncio.run(scenario())


def test_session_is_checked_at_each_push_even_when_nobody_told_of_its_end(world: World, dsn: str) -> None:
    user = world.person()
    session, account = world.session(user), world.account(user)

    async def scenario() -> list[Json | None]:
        async with live_running(dsn) as client:
            frames = await begun(client, session, 1)
            world.run("update identity_session set ended_at = now() where token_hash = %s", session.hash)
            world.post(account, 1)
            return [await frames.next(), await frames.next()]

    assert asyncio.run(scenario()) == [{"type": "bye", "reason": "session-ended"}, None]


def test_session_ends_at_its_term_unless_somebody_has_touched_it(world: World, dsn: str) -> None:
    user = world.person()
    world.account(user)
    soon = datetime.now(UTC) + timedelta(seconds=1.5)
    session, touched = world.session(user, idle_until=soon), world.session(user, idle_until=soon)

    async def scenario() -> None:
        async with live_running(dsn) as client:
            mine, hers = await begun(client, session, 1), await begun(client, touched, 1)
            world.run("update identity_session set idle_until = 'infinity' where token_hash = %s", touched.hash)
            assert await mine.next(SOON_S) == {"type": "bye", "reason": "session-ended"}
            with pytest.raises(TimeoutError):
                await hers.next(1)
            hers.close()

    asyncio.run(scenario())
    # The traffic of live itself is no touch.
    (idle,) = world.run("select idle_until from identity_session where token_hash = %s", session.hash)
    assert abs((idle[0] - soon).total_seconds()) < 0.001


def test_right_that_ends_stops_the_frames_of_its_account_alone(world: World, dsn: str) -> None:
    user = world.person()
    session, account, other = world.session(user), world.account(user), world.account(user)

    async def scenario() -> Json:
        async with live_running(dsn) as client:
            frames = await begun(client, session, 2)
            world.run("update accounts_access set until = now() where account_id = %s", account)
            world.post(account, 1)
            world.post(other, 1)
            frame = await frames.until("account")
            frames.close()
            return frame

    assert asyncio.run(scenario())["account"] == other


def test_nothing_of_others_is_ever_told(world: World, dsn: str) -> None:
    anna, boris = world.person(), world.person()
    session, mine, foreign = world.session(anna), world.account(anna), world.account(boris)
    world.post(foreign, 777)

    async def scenario() -> list[Json | None]:
        async with live_running(dsn) as client:
            frames = await client.stream(session, f"{foreign}:0,{mine}:0")
            told = [await frames.next(), await frames.next()]
            world.post(foreign, 888)
            world.post(mine, 1)
            told.append(await frames.next())
            frames.close()
            return told

    told = asyncio.run(scenario())
    assert foreign not in msgspec.json.encode(told).decode()
    assert told[2] is not None
    assert told[2]["account"] == mine


@pytest.mark.parametrize("origin", [None, "http://evil.test", "null", ORIGIN + ".evil.test", ORIGIN + ":1"])
def test_page_of_another_site_cannot_open_a_stream(world: World, dsn: str, origin: str | None) -> None:
    session = world.session(world.person())

    async def scenario() -> int:
        async with live_running(dsn) as client:
            with pytest.raises(HTTPClientError) as refusal:
                await client.stream(session, origin=origin)
            return refusal.value.code

    assert asyncio.run(scenario()) == 403


def test_stream_is_refused_without_session_cursor_or_upgrade(world: World, dsn: str) -> None:
    user = world.person()
    session, ended = world.session(user), world.session(user, ended_at=ago(seconds=1))

    async def scenario() -> None:
        async with live_running(dsn) as client:
            for way, refused in (("stream", 401), ("stream?after=x", 400), ("stream?x=1", 400)):
                headers = {"Origin": ORIGIN, "Cookie": (ended if refused == 401 else session).cookie}
                with pytest.raises(HTTPClientError) as refusal:
                    await websocket_connect(HTTPRequest(client.url(f"/live/v1/{way}", "ws"), headers=headers))
                assert refusal.value.code == refused
            no_upgrade = await client.get("/live/v1/stream", session, Origin=ORIGIN)
            assert no_upgrade.code == 400
            for answer, code in (
                (await client.get("/live/v1/events", ended), "no-session"),
                (await client.get("/live/v1/events"), "no-session"),
                (await client.get("/live/v1/events?after=x", session), "bad-request"),
                (await client.get("/live/v1/events", session, Last_Event_ID="x"), "bad-request"),
                (await client.get("/live/v1/events", session, Sec_Fetch_Site="cross-site"), "foreign-origin"),
            ):
                assert msgspec.json.decode(answer.body, type=ProblemShape).code == code

    asyncio.run(scenario())


def test_streams_of_a_session_and_of_an_address_are_bounded(world: World, dsn: str) -> None:
    anna, boris = world.person(), world.person()
    mine, hers = world.session(anna), world.session(boris)

    async def scenario() -> None:
        async with live_running(dsn, streams_per_session_max=2, streams_per_address_max=3) as client:
            first, second = await begun(client, mine, 0), await begun(client, mine, 0)
            with pytest.raises(HTTPClientError) as refusal:
                await client.stream(mine)
            assert refusal.value.code == 429
            third = await begun(client, hers, 0)
            with pytest.raises(HTTPClientError) as refusal:
                await client.stream(hers)
            assert refusal.value.code == 429
            first.close()
            await asyncio.sleep(0.2)
            again = await begun(client, mine, 0)
            for frames in (second, third, again):
                frames.close()

    asyncio.run(scenario())
    assert world.signals(anna) == [("live", "excess_rate_limit_exceeded", {"what": "streams"})]


def test_client_that_talks_is_disconnected(world: World, dsn: str) -> None:
    session = world.session(world.person())

    async def scenario() -> None:
        async with live_running(dsn) as client:
            talker, shouter = await begun(client, session, 0), await begun(client, session, 0)
            await talker.connection.write_message("hello?")
            for _ in range(200):
                if talker.connection.close_code is None:
                    await talker.connection.write_message("hello?")
            assert await talker.next() is None
            await shouter.connection.write_message("x" * 1000)
            assert await shouter.next() is None

    asyncio.run(scenario())


def test_a_silent_stream_is_kept_open_by_comments(world: World, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy takes a long silence for an end."""
    monkeypatch.setattr("okno.live.edge.web.streaming.COMMENT_S", 0.05)
    user = world.person()
    session, account = world.session(user), world.account(user)

    async def scenario() -> Json:
        async with live_running(dsn) as client, client.events(session) as events:
            silence = b""
            async with asyncio.timeout(SOON_S):
                while silence.count(b":\n\n") < 2:
                    silence += await events.parts.get()
            world.post(account, 100)
            while not (frame := (await events.next())[1]).get("operations"):
                pass
            return frame

    assert [operation["amount"] for operation in asyncio.run(scenario())["operations"]] == ["1.00"]


def test_shutdown_says_so(world: World, dsn: str) -> None:
    session = world.session(world.person())

    async def scenario() -> list[Json | None]:
        async with live_running(dsn) as client:
            frames = await begun(client, session, 0)
            async with client.events(session) as events:
                await events.next()
                await client.live.stop()
                assert await events.next() == (None, {"type": "bye", "reason": "shutdown"})
            return [await frames.next(), await frames.next()]

    assert asyncio.run(scenario()) == [{"type": "bye", "reason": "shutdown"}, None]
