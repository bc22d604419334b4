"""The one port of the embedded street: a request goes by its host name to the room that serves it.

The full stack has nginx in this place; the rules are the same, and so is what each room sees.
"""

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from tornado.httpserver import HTTPServer
from tornado.routing import HostMatches, PathMatches, Rule, RuleRouter
from tornado.web import Application, HTTPError, RequestHandler, StaticFileHandler
from tornado.wsgi import WSGIContainer

from okno.cli.instance.layout import Instance

BODY_BYTES_MAX = 64 * 1024
HEADER_BYTES_MAX = 16 * 1024
IDLE_S = 75
THREADS = 8
IMMUTABLE = "public, max-age=31536000, immutable"


class Assets(StaticFileHandler):
    """Files with hashed names: a file never changes under its name."""

    def set_extra_headers(self, _path: str) -> None:
        self.set_header("Cache-Control", IMMUTABLE)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")

    def set_default_headers(self) -> None:
        self.clear_header("Server")


def trimmed(application: WSGIApplication) -> WSGIApplication:
    """Django begins the value of Set-Cookie with a space, which Tornado refuses to send on."""

    def trimming(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *failed: object) -> Callable[[bytes], object]:
            return start_response(status, [(name, value.strip()) for name, value in headers], *failed)  # type: ignore[arg-type]

        return application(environ, start)

    return trimming


class NotHere(RequestHandler):
    """A name without a room, or one that nobody knows (421): no page, no hint."""

    def initialize(self, status: int) -> None:
        self._status = status

    def prepare(self) -> None:
        raise HTTPError(self._status)

    def write_error(self, status_code: int, **_reasons: object) -> None:
        self.clear_header("Server")
        self.set_header("Content-Type", "text/plain")
        self.finish(f"{status_code}\n")


def _nobody(status: int) -> Application:
    return Application([(r".*", NotHere, {"status": status})])


def _host(name: str) -> HostMatches:
    return HostMatches(re.escape(name) + "$")


class Front:
    """Listens on 127.0.0.1:port as soon as it is made."""

    def __init__(
        self,
        instance: Instance,
        port: int,
        *,
        wsgi: WSGIApplication,
        live: Application,
        phone: Application,
        assets: Path,
    ) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="web")
        web = WSGIContainer(trimmed(wsgi), self._pool)
        files = Application([(r"/assets/(.*)", Assets, {"path": str(assets)})])
        portal = RuleRouter(
            [
                Rule(PathMatches(r"/live/.*"), live),
                Rule(PathMatches(r"/assets/.*"), files),
                # Health is asked inside, never from the street.
                Rule(PathMatches(r"/-/.*"), _nobody(404)),
                Rule(PathMatches(r".*"), web),
            ]
        )
        street = RuleRouter(
            [
                Rule(_host(instance.host("portal")), portal),
                Rule(_host(instance.host("desk")), web),
                Rule(_host(instance.host("phone")), phone),
                Rule(
                    _host(instance.host("pay")),
                    RuleRouter(
                        [
                            Rule(
                                PathMatches(
                                    r"/(?:notices/[a-z]+|agents/[a-z0-9-]+|confirmations/[a-z]+/[0-9a-f-]{36})$"
                                ),
                                web,
                            ),
                            Rule(PathMatches(r".*"), _nobody(404)),
                        ]
                    ),
                ),
                Rule(HostMatches(r".*"), _nobody(421)),
            ]
        )
        self._server = HTTPServer(
            street, max_body_size=BODY_BYTES_MAX, max_header_size=HEADER_BYTES_MAX, idle_connection_timeout=IDLE_S
        )
        self._server.listen(port, "127.0.0.1")

    async def stop(self) -> None:
        """Take no new request, finish what is being answered."""
        self._server.stop()
        await self._server.close_all_connections()
        self._pool.shutdown()
