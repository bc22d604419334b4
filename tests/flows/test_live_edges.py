"""The two edges of live's port: what the lean way takes, what goes over to Tornado, and that nobody notices."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from factories.live_client import live_running
from factories.live_world import Session, World, world_shared

from okno.live.edge.web.lean import FRAMING, HEAD_BYTES_MAX, PLAIN

WAIT_S = 20
GET = "GET /live/v1/overview HTTP/1.1"


@pytest.fixture(scope="module")
def shared(postgres: Any, cabinet_template: str) -> Iterator[tuple[World, str]]:  # noqa: ANN401 (the conftest's own class)
    with world_shared(postgres, cabinet_template) as made:
        yield made


@pytest.fixture
def dsn(shared: tuple[World, str]) -> str:
    return shared[1]


@pytest.fixture
def session(shared: tuple[World, str]) -> Session:
    world = shared[0]
    user = world.person()
    account = world.account(user)
    world.post(account, 4321)
    return world.session(user)


class Wire:
    """A connection of bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0.02)

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(WAIT_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            fields = dict(line.split(": ", 1) for line in head[1:] if line)
            length = int(fields.get("Content-Length", "0"))
            return int(head[0].split(" ")[1]), fields, await self.reader.readexactly(length)

    async def over(self) -> bytes:
        async with asyncio.timeout(WAIT_S):
            return await self.reader.read()

    def close(self) -> None:
        self.writer.close()


def request(session: Session, *fields: str, line: str = GET, host: str = "Host: portal.test") -> bytes:
    return "\r\n".join([line, host, f"Cookie: {session.cookie}", *fields, "", ""]).encode("latin-1")


def wired(dsn: str, scenario: Any, **settings: object) -> Any:  # noqa: ANN401 (whatever the scenario returns)
    async def run() -> Any:  # noqa: ANN401 (the same)
        async with live_running(dsn, **settings) as client:
            wire = Wire(*await asyncio.open_connection("127.0.0.1", client.live.port))
            try:
                return await scenario(wire)
            finally:
                wire.close()

    return asyncio.run(run())


def test_requests_on_one_connection_are_answered_in_order_also_when_they_come_at_once(
    dsn: str, session: Session
) -> None:
    async def scenario(wire: Wire) -> list[int]:
        await wire.say(request(session) + request(session, line=GET.replace("overview", "overview?x=1")) * 2)
        codes = [(await wire.answer())[0] for _ in range(3)]
        await wire.say(request(session))
        return [*codes, (await wire.answer())[0]]

    assert wired(dsn, scenario) == [200, 400, 400, 200]


def test_request_in_small_pieces_is_put_together(dsn: str, session: Session) -> None:
    async def scenario(wire: Wire) -> tuple[int, bytes]:
        whole = request(session)
        await wire.say(whole[:10], whole[10:60], whole[60:-2], whole[-2:])
        code, _, body = await wire.answer()
        return code, body

    code, body = wired(dsn, scenario)
    assert code == 200
    assert b'"43.21"' in body


@pytest.mark.parametrize(
    ("fields", "line", "host", "code"),
    [
        pytest.param(["Connection: close"], GET, "Host: a", 200, id="close"),
        pytest.param(["Connection: keep-alive"], GET, "Host: a", 200, id="keep-alive stays lean"),
        pytest.param(["Content-Length: 0"], GET, "Host: a", 200, id="empty body"),
        pytest.param(["Upgrade: h2c", "Connection: Upgrade"], GET, "Host: a", 200, id="other upgrade"),
        pytest.param([], GET.replace("HTTP/1.1", "HTTP/1.0"), "Host: a", 200, id="HTTP/1.0"),
        pytest.param([], GET.replace("overview", "%6fverview"), "Host: a", 404, id="escaped path"),
        pytest.param([], GET.replace("/live", "http://a/live"), "Host: a", 404, id="absolute form"),
        pytest.param([], GET.replace("overview", "OVERVIEW"), "Host: a", 404, id="other case"),
        pytest.param([], GET.replace("overview", "overview/"), "Host: a", 404, id="trailing slash"),
        pytest.param([], GET.replace("overview", "stranger"), "Host: a", 404, id="unknown path"),
        pytest.param([], GET.replace("GET", "HEAD"), "Host: a", 405, id="HEAD"),
        pytest.param([], GET.replace("GET", "DELETE"), "Host: a", 405, id="DELETE"),
        pytest.param(["Cookie: __Host-okno=x"], GET, "Host: a", 401, id="two cookie headers"),
    ],
)
def test_request_that_is_not_plain_is_answered_all_the_same(
    dsn: str, session: Session, fields: list[str], line: str, host: str, code: int
) -> None:
    async def scenario(wire: Wire) -> int:
        await wire.say(request(session, *fields, line=line, host=host))
        head = (await wire.reader.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)[0]
        return int(head.split(b" ")[1])

    assert wired(dsn, scenario) == code


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(
            b"GET /live/v1/overview HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", id="body too large"
        ),
        pytest.param(
            b"GET /live/v1/overview HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\n",
            id="length and chunks",
        ),
        pytest.param(b"GET /live/v1/overview HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n", id="two lengths"),
        pytest.param(
            b"GET /live/v1/overview HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", id="blank name"
        ),
        pytest.param(b"GET /live/v1/overview HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", id="no colon"),
        pytest.param(b"GET /live/v1/overview HTTP/2.0\r\nHost: a\r\n\r\n", id="other version"),
        pytest.param(b"GET  /live/v1/overview HTTP/1.1\r\nHost: a\r\n\r\n", id="two blanks"),
        pytest.param(b"GET /live/v1/overview HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", id="NUL"),
        pytest.param(b"GET /live/v1/overview HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", id="TLS"),
    ],
)
def test_spoilt_request_gets_no_data_and_nothing_behind_it_is_answered(
    dsn: str, session: Session, spoilt: bytes
) -> None:
    async def scenario(wire: Wire) -> bytes:
        try:
            await wire.say(spoilt, request(session))
            return await wire.over()
        except ConnectionError:
            return b""

    answered = wired(dsn, scenario)
    assert answered == b"" or answered.startswith(b"HTTP/1.1 4")
    assert b"200 OK" not in answered


def test_head_beyond_the_limit_is_refused_in_one_piece_or_many(dsn: str, session: Session) -> None:
    long = f"X-Long: {'x' * HEAD_BYTES_MAX}"

    async def scenario(wire: Wire) -> bytes:
        whole = request(session, long)
        await wire.say(whole[: HEAD_BYTES_MAX + 10], whole[HEAD_BYTES_MAX + 10 :])
        return await wire.over()

    assert b"200 OK" not in wired(dsn, scenario)


def test_connection_goes_over_in_the_middle_and_stays_whole(dsn: str, session: Session) -> None:
    async def scenario(wire: Wire) -> list[int]:
        unknown = request(session, line=GET.replace("overview", "unknown"))
        await wire.say(request(session) + unknown + request(session) + request(session))
        return [(await wire.answer())[0] for _ in range(4)]

    assert wired(dsn, scenario) == [200, 404, 200, 200]


def test_client_that_does_not_read_is_not_read_from_and_loses_nothing(dsn: str, shared: tuple[World, str]) -> None:
    world = shared[0]
    user = world.person()
    account = world.account(user)
    for number in range(20):
        world.post(account, number, text="x" * 200, notify=False)
    session = world.session(user)
    rounds = 1_500

    async def scenario(wire: Wire) -> int:
        asking = asyncio.ensure_future(wire.say(request(session) * rounds + request(session, "Connection: close")))
        await asyncio.sleep(1)
        codes = [(await wire.answer())[0] for _ in range(rounds + 1)]
        await asking
        return codes.count(200)

    assert wired(dsn, scenario) == rounds + 1


def test_thousands_of_refused_requests_at_once_are_answered_one_by_one(dsn: str) -> None:
    refused = b"GET /live/v1/year HTTP/1.1\r\nHost: a\r\n\r\n"
    count = 5_000

    async def scenario(wire: Wire) -> set[int]:
        asking = asyncio.ensure_future(wire.say(refused * count))
        codes = {(await wire.answer())[0] for _ in range(count)}
        await asking
        return codes

    assert wired(dsn, scenario) == {401}


def test_client_that_leaves_early_disturbs_nobody(dsn: str, session: Session) -> None:
    async def scenario(wire: Wire) -> int:
        host, port = wire.writer.get_extra_info("peername")
        for _ in range(20):
            _, writer = await asyncio.open_connection(host, port)
            writer.write(request(session))
            writer.transport.abort()
        await wire.say(request(session))
        return (await wire.answer())[0]

    assert wired(dsn, scenario) == 200


def test_idle_connection_is_closed_and_a_half_request_counts_as_idle(
    dsn: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("okno.live.edge.web.listening.IDLE_S", 0.2)
    monkeypatch.setattr("okno.live.edge.web.listening.SWEEP_S", 0.1)

    async def scenario(wire: Wire) -> bytes:
        await wire.say(request(session)[:20])
        return await wire.over()

    assert wired(dsn, scenario) == b""


@pytest.mark.parametrize("field", [b"Content-Length: 0", b"TRANSFER-ENCODING: x", b"te: x", b"Connection: close"])
def test_fields_that_frame_a_message_are_not_for_the_lean_way(field: bytes) -> None:
    assert FRAMING.search(b"\r\nHost: a\r\n" + field) is not None


@pytest.mark.parametrize("field", [b"Connection: keep-alive", b"Test: x", b"X-Content-Length: 0", b"Tenant: te:"])
def test_fields_that_frame_nothing_are(field: bytes) -> None:
    assert FRAMING.search(b"\r\nHost: a\r\n" + field) is None


@pytest.mark.parametrize(
    "head",
    [
        b"GET /live/v1/overview HTTP/1.1",
        b"GET /live/v1/overview HTTP/1.1\r\nHost: a\r\n folded",
        b"GET /live/v1/overview HTTP/1.1\r\nHost : a",
        b"GET /live/v1/overview HTTP/1.1\nHost: a",
        b"GET /live/v1/overview?a=%41 HTTP/1.1\r\nHost: a",
        b"GET /live/v1/../overview HTTP/1.1\r\nHost: a",
        b"GET /live/v1/overview#x HTTP/1.1\r\nHost: a",
        b"get /live/v1/overview HTTP/1.1\r\nHost: a",
        b"GET /live/v1/overview HTTP/1.1\r\nHost: a\rX: b",
        b"GET /live/v1/overview HTTP/1.1\r\nHost: a\x7f",
        b" GET /live/v1/overview HTTP/1.1\r\nHost: a",
    ],
)
def test_head_of_another_form_is_not_plain(head: bytes) -> None:
    assert PLAIN.fullmatch(head) is None
