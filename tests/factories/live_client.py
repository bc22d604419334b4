"""A process of live in the test's own loop, and clients for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from factories.live_world import Session
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, websocket_connect

from okno.live.main import Live, LiveSettings, start

ORIGIN = "http://portal.test.localhost"
WAIT_S = 20

Json = dict[str, Any]


@dataclass
class Client:
    """Talks to one live; every wait has a generous deadline."""

    live: Live
    http: AsyncHTTPClient
    streams: "list[Frames]" = field(default_factory=list)

    def url(self, path: str, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.live.port}{path}"

    async def get(
        self,
        path: str,
        session: Session | None = None,
        *,
        cookie: str | None = None,
        method: str = "GET",
        **headers: str,
    ) -> HTTPResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if session is not None or cookie is not None:
            sent["Cookie"] = cookie if cookie is not None else session.cookie  # type: ignore[union-attr]
        # Tornado's client would close after each answer, and a request that says so goes over to Tornado's way.
        sent.setdefault("Connection", "keep-alive")
        request = HTTPRequest(self.url(path), method=method, headers=sent, request_timeout=WAIT_S)
        return await self.http.fetch(request, raise_error=False)

    async def json(self, path: str, session: Session) -> Json:
        response = await self.get(path, session)
        assert response.code == 200, response.body
        told: Json = msgspec.json.decode(response.body)
        return told

    async def stream(self, session: Session, after: str = "", *, origin: str | None = ORIGIN) -> "Frames":
        headers = {"Cookie": session.cookie, **({"Origin": origin} if origin else {})}
        path = f"/live/v1/stream?after={after}" if after else "/live/v1/stream"
        frames = Frames(await websocket_connect(HTTPRequest(self.url(path, "ws"), headers=headers)))
        self.streams.append(frames)
        return frames

    @asynccontextmanager
    async def events(self, session: Session, path: str = "/live/v1/events", **headers: str) -> AsyncIterator["Events"]:
        """Server-sent events: each read is (id or None, frame)."""
        parts: asyncio.Queue[bytes] = asyncio.Queue()
        sent = {"Cookie": session.cookie, **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = HTTPRequest(self.url(path), headers=sent, request_timeout=0, streaming_callback=parts.put_nowait)
        fetch = asyncio.ensure_future(self.http.fetch(request, raise_error=False))
        try:
            yield Events(parts, fetch)
        finally:
            fetch.cancel()
            await asyncio.gather(fetch, return_exceptions=True)


@dataclass
class Frames:
    """The frames of a WebSocket; None = closed."""

    connection: WebSocketClientConnection
    over: bool = False

    async def next(self, wait_s: float = WAIT_S) -> Json | None:
        async with asyncio.timeout(wait_s):
            text = await self.connection.read_message()
        if text is None:
            self.over = True
            return None
        told: Json = msgspec.json.decode(text)
        return told

    async def until(self, kind: str, wait_s: float = WAIT_S) -> Json:
        while (frame := await self.next(wait_s)) is not None:
            if frame["type"] == kind:
                return frame
        raise AssertionError(f"closed before a frame {kind!r}")

    def close(self) -> None:
        self.connection.close()

    async def drain(self) -> None:
        """Close, and read what is left, so that the connection ends in good order."""
        self.connection.close()
        while not self.over:
            await self.next()


@dataclass
class Events:
    """The events of an SSE response."""

    parts: asyncio.Queue[bytes]
    response: "asyncio.Future[HTTPResponse]"
    _rest: str = ""

    async def next(self) -> tuple[str | None, Json]:
        while True:
            async with asyncio.timeout(WAIT_S):
                while "\n\n" not in self._rest:
                    self._rest += (await self.parts.get()).decode()
            event, self._rest = self._rest.split("\n\n", 1)
            lines = dict(line.split(": ", 1) for line in event.split("\n") if not line.startswith(":"))
            if "data" in lines:
                return lines.get("id"), msgspec.json.decode(lines["data"])


@asynccontextmanager
async def live_running(dsn: str, **settings: object) -> AsyncIterator[Client]:
    """A process of live on a port of its own, and a client of it."""
    live = await start(LiveSettings(dsn=dsn, public_origins=[ORIGIN], listen_port=0, **settings))  # type: ignore[arg-type]
    http = SimpleAsyncHTTPClient(force_instance=True, max_clients=100)
    client = Client(live, http)
    try:
        yield client
    finally:
        for frames in client.streams:
            await frames.drain()
        http.close()
        await live.stop()
