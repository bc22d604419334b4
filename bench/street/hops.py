"""The bare hops that an operation must cross, each measured alone: what no software above them can beat.

commit: one row of the size of an event, in a transaction of its own, on the database of the cabinet;
courier: publish with the broker's confirm into a quorum queue, and consume, persistent, on a node of the same kind;
echo: a frame to a page in the same Chromium and back.
All in milliseconds of wall clock.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import aio_pika
import psycopg
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from okno.cli.servers.account import account_for_servers
from okno.cli.servers.rabbitmq import Broker

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

EVENT_BYTES = 1500
"""About what one signed event of one operation weighs."""
USER = "bench"
QUEUE = "q.bench"


class Commits:
    """Commits into a table of its own beside the read model."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True)
        self._connection.execute("CREATE TABLE IF NOT EXISTS bench_commit (id bigserial PRIMARY KEY, body bytea)")
        self._body = secrets.token_bytes(EVENT_BYTES)

    def once(self) -> float:
        begun = time.perf_counter()
        self._connection.execute("INSERT INTO bench_commit (body) VALUES (%s)", (self._body,))
        return (time.perf_counter() - begun) * 1000

    def close(self) -> None:
        self._connection.execute("DROP TABLE bench_commit")
        self._connection.close()


def definitions(password: str) -> dict[str, Any]:
    """One vhost, one user, one quorum queue on the default exchange."""
    salt = secrets.token_bytes(4)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "users": [
            {
                "name": USER,
                "password_hash": base64.b64encode(salt + digest).decode(),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": "",
            }
        ],
        "vhosts": [{"name": "bench"}],
        "permissions": [{"user": USER, "vhost": "bench", "configure": "^$", "write": ".*", "read": ".*"}],
        "queues": [
            {
                "name": QUEUE,
                "vhost": "bench",
                "durable": True,
                "auto_delete": False,
                "arguments": {"x-queue-type": "quorum"},
            }
        ],
    }


def node(home: Path) -> Broker:
    """A node of its own in `home`, which the user of the servers may enter."""
    password = secrets.token_urlsafe(24)
    home.chmod(0o711)
    return Broker(home / "mq", account_for_servers(), {USER: password}, definitions(password), name="oknobench")


class Courier:
    """A quorum queue on a node of the same RabbitMQ: publish with confirm until the consumer holds it."""

    async def open(self) -> Self:
        self._home = tempfile.TemporaryDirectory(prefix="okno-hops-")
        self._broker = node(Path(self._home.name))
        await asyncio.to_thread(self._broker.start)
        self._connection = await aio_pika.connect(self._broker.url(USER, "bench"))
        self._channel = await self._connection.channel(publisher_confirms=True)
        self._arrived: asyncio.Future[None] | None = None
        self._body = secrets.token_bytes(EVENT_BYTES)
        queue = await self._channel.get_queue(QUEUE, ensure=False)
        await queue.consume(self._take)
        return self

    async def _take(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)
        await message.ack()

    async def once(self) -> float:
        self._arrived = asyncio.get_running_loop().create_future()
        message = aio_pika.Message(self._body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        begun = time.perf_counter()
        await self._channel.default_exchange.publish(message, QUEUE)
        await self._arrived
        return (time.perf_counter() - begun) * 1000

    async def close(self) -> None:
        await self._connection.close()
        await asyncio.to_thread(self._broker.stop)
        self._home.cleanup()


ECHO_PAGE = b"""<!doctype html><title>echo</title><p id=p></p><script>
const socket = new WebSocket('ws://' + location.host + '/echo')
socket.onmessage = (event) => { document.getElementById('p').textContent = event.data; socket.send(event.data) }
</script>"""


class Echo:
    """A WebSocket to a page of ours in the given Chromium; the page shows the frame and sends it back."""

    def __init__(self) -> None:
        self._socket: asyncio.Future[EchoSocket] = asyncio.get_running_loop().create_future()
        self._back: asyncio.Future[None] | None = None

    async def open(self, browser: Browser) -> Self:
        sockets = bind_sockets(0, "127.0.0.1")
        self._server = HTTPServer(Application([("/echo", EchoSocket, {"echo": self}), ("/", EchoPage)]))
        self._server.add_sockets(sockets)
        self._page: Page = await browser.new_page()
        await self._page.goto(f"http://127.0.0.1:{sockets[0].getsockname()[1]}/")
        await asyncio.wait_for(self._socket, 10)
        return self

    def opened(self, socket: EchoSocket) -> None:
        self._socket.set_result(socket)

    def back(self) -> None:
        if self._back is not None and not self._back.done():
            self._back.set_result(None)

    async def once(self) -> float:
        self._back = asyncio.get_running_loop().create_future()
        begun = time.perf_counter()
        await self._socket.result().write_message(secrets.token_hex(200))
        await self._back
        return (time.perf_counter() - begun) * 1000

    async def close(self) -> None:
        await self._page.close()
        self._server.stop()


class EchoPage(RequestHandler):
    def get(self) -> None:
        self.write(ECHO_PAGE)


class EchoSocket(WebSocketHandler):
    def initialize(self, echo: Echo) -> None:
        self._echo = echo

    def open(self, *_: str, **__: str) -> None:
        self._echo.opened(self)

    def on_message(self, message: str | bytes) -> None:
        assert message
        self._echo.back()
