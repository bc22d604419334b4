"""The page of the phones: who they belong to, and each message or letter as it arrives (server-sent events)."""

import asyncio
import secrets
from importlib import resources
from typing import Any

import msgspec
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from okno.sandbox.smsc.centre import Centre
from okno.sandbox.smsc.journal import Message

#: Proxies and browsers drop a silent stream; a comment line keeps it.
KEEPALIVE_S = 20.0
PAGES_MAX = 64
_QUEUE_MAX = 1_000


class Person(msgspec.Struct, frozen=True):
    """A demo customer whose phone is shown before anything arrives."""

    phone: str
    ru: str
    en: str


class PageHandler(RequestHandler):
    """Codes stand here in the clear, so only a browser on this machine, asking by a local name, is answered."""

    def initialize(self, centre: Centre, people: tuple[Person, ...]) -> None:
        self.centre = centre
        self.people = people

    def prepare(self) -> None:
        # A foreign site that has its own name resolve to 127.0.0.1 arrives with that name.
        name = self.request.host_name
        if not (name in {"localhost", "127.0.0.1"} or name.endswith(".localhost")):
            raise HTTPError(404)

    def set_default_headers(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.clear_header("Server")


class ShellHandler(PageHandler):
    def get(self) -> None:
        nonce = secrets.token_urlsafe(18)
        self.set_header(
            "Content-Security-Policy",
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
            "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'",
        )
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(_asset("phone.html").replace("__NONCE__", nonce))


class IconHandler(PageHandler):
    def get(self) -> None:
        self.set_header("Content-Type", "image/svg+xml")
        self.finish(_asset("icon.svg"))


class EventsHandler(PageHandler):
    """`people` once, then `message` for each, oldest first; the event id is the journal's number."""

    open_pages = 0

    async def get(self) -> None:
        if EventsHandler.open_pages >= PAGES_MAX:
            raise HTTPError(503)
        after = self.request.headers.get("Last-Event-ID", "0")
        seen = int(after) if after.isdecimal() else 0
        self.set_header("Content-Type", "text/event-stream")
        inbox: asyncio.Queue[Message | None] = asyncio.Queue(_QUEUE_MAX)
        self._inbox = inbox
        EventsHandler.open_pages += 1
        self.centre.watch(self._take)
        try:
            await self._send("people", msgspec.json.encode(self.people), None)
            for message in tuple(self.centre.shown):
                if message.seq > seen:
                    seen = message.seq
                    await self._send("message", msgspec.json.encode(message), seen)
            while (message_or_end := await self._next()) is not None:
                if message_or_end.seq > seen:
                    await self._send("message", msgspec.json.encode(message_or_end), message_or_end.seq)
        except StreamClosedError:
            return
        finally:
            EventsHandler.open_pages -= 1
            self.centre.unwatch(self._take)

    def on_connection_close(self) -> None:
        inbox = getattr(self, "_inbox", None)
        if inbox is not None and not inbox.full():
            inbox.put_nowait(None)

    def _take(self, message: Message) -> None:
        if not self._inbox.full():  # a page that sleeps so long reads the rest after its reconnection
            self._inbox.put_nowait(message)

    async def _next(self) -> Message | None:
        while True:
            try:
                return await asyncio.wait_for(self._inbox.get(), KEEPALIVE_S)
            except TimeoutError:
                self.write(": still here\n\n")
                await self.flush()

    async def _send(self, event: str, data: bytes, number: int | None) -> None:
        mark = b"" if number is None else f"id: {number}\n".encode()
        self.write(mark + f"event: {event}\n".encode() + b"data: " + data + b"\n\n")
        await self.flush()


def _asset(name: str) -> str:
    return resources.files("okno.sandbox.smsc").joinpath(name).read_text(encoding="utf-8")


def handlers(centre: Centre, people: tuple[Person, ...]) -> list[Any]:
    given = {"centre": centre, "people": people}
    return [
        (r"/", ShellHandler, given),
        (r"/icon\.svg", IconHandler, given),
        (r"/events", EventsHandler, given),
    ]
