"""`GET /-/metrics` on loopback, and nothing else."""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable

import psycopg
import tornado.web
from tornado.httpserver import HTTPServer

from okno.connectors.runtime.metrics.exposition import CONTENT_TYPE

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
BODY_BYTES_MAX = 1024

Text = Callable[[], Awaitable[str]]


class _Metrics(tornado.web.RequestHandler):
    def initialize(self, text: Text) -> None:
        self._text = text

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")

    async def get(self) -> None:
        try:
            text = await self._text()
        except psycopg.Error as error:
            log.warning("no figures while the store is away: %r", error)
            raise tornado.web.HTTPError(503) from error
        self.set_header("Content-Type", CONTENT_TYPE)
        await self.finish(text)


class MetricsServer:
    """Listens from the making until `stop`; `port` is the one that was asked for, or a free one for 0."""

    def __init__(self, port: int, text: Text) -> None:
        routes = [("/-/metrics", _Metrics, {"text": text})]
        application = tornado.web.Application(routes, log_function=lambda _handler: None)
        listening = socket.create_server((LOOPBACK, port))
        listening.settimeout(0)
        self._server = HTTPServer(application, max_body_size=BODY_BYTES_MAX)
        self._server.add_socket(listening)
        self.port: int = listening.getsockname()[1]

    async def stop(self) -> None:
        self._server.stop()
        await self._server.close_all_connections()
