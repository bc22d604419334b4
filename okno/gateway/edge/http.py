"""The HTTP hop: one address for messages, three for whoever watches the process."""

import ssl

import msgspec
import tornado.web
from tornado.httpserver import HTTPServer

from okno.gateway.core.gate import Gate
from okno.gateway.edge import metrics
from okno.gateway.edge.clock import Clock
from okno.gateway.edge.journal import Journal
from okno.gateway.edge.posting import HttpAnswer, Posting
from okno.protocol.errors import CONTENT_TYPE as PROBLEM_TYPE
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.jws import CONTENT_TYPE

BODY_BYTES_MAX = 2 * 1024 * 1024
"""More than the protocol's 1 MiB, so that the refusal is the protocol's; above it the connection is closed."""
IDLE_S = 75
BODY_TIMEOUT_S = 10


_FAULTS = {404: ErrorCode.NOT_FOUND, 405: ErrorCode.NOT_FOUND, 500: ErrorCode.INTERNAL}


class _Handler(tornado.web.RequestHandler):
    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def answer(self, answer: HttpAnswer) -> None:
        self.set_status(answer.status)
        if answer.content_type:
            self.set_header("Content-Type", answer.content_type)
        else:
            self.clear_header("Content-Type")
        for name, value in answer.headers.items():
            self.set_header(name, value)
        self.finish(answer.body or None)

    def write_error(self, status_code: int, **_: object) -> None:
        """Nothing of the fault goes out; it is in the process's own log."""
        code = _FAULTS.get(status_code, ErrorCode.JWS_FORM)
        problem = msgspec.structs.replace(Problem.of(code, origin="gateway"), status=status_code)
        self.answer(HttpAnswer(status_code, problem.to_json(), PROBLEM_TYPE))


class Messages(_Handler):
    def initialize(self, posting: Posting) -> None:
        self._posting = posting

    async def post(self) -> None:
        if self.request.headers.get("Content-Type", "").partition(";")[0].strip() != CONTENT_TYPE:
            raise tornado.web.HTTPError(415)
        self.answer(await self._posting.post(self.request.body))


class Live(_Handler):
    def get(self) -> None:
        self.answer(HttpAnswer(200, b"live\n", "text/plain; charset=utf-8"))


class Ready(_Handler):
    """Ready is who may be sent messages: the active gateway."""

    def initialize(self, gate: Gate) -> None:
        self._gate = gate

    def get(self) -> None:
        status, word = (200, b"active\n") if self._gate.is_active else (503, b"standby\n")
        self.answer(HttpAnswer(status, word, "text/plain; charset=utf-8"))


class Metrics(_Handler):
    def initialize(self, gate: Gate, journal: Journal, clock: Clock) -> None:
        self._gate, self._journal, self._clock = gate, journal, clock

    def get(self) -> None:
        text = metrics.exposition(self._gate, self._journal, self._clock())
        self.answer(HttpAnswer(200, text.encode(), metrics.CONTENT_TYPE))


class Unknown(_Handler):
    def prepare(self) -> None:
        raise tornado.web.HTTPError(404)


def application(*, gate: Gate, posting: Posting, journal: Journal, clock: Clock) -> tornado.web.Application:
    return tornado.web.Application(
        [
            ("/v1/messages", Messages, {"posting": posting}),
            ("/-/live", Live),
            ("/-/ready", Ready, {"gate": gate}),
            ("/-/metrics", Metrics, {"gate": gate, "journal": journal, "clock": clock}),
        ],
        default_handler_class=Unknown,
        log_function=_no_access_log,
    )


def _no_access_log(_handler: tornado.web.RequestHandler) -> None:
    """Every message has its verdict in the chained log; a second, unchained line would only be weaker."""


def server(application: tornado.web.Application, tls: ssl.SSLContext | None) -> HTTPServer:
    return HTTPServer(
        application,
        ssl_options=tls,
        max_body_size=BODY_BYTES_MAX,
        idle_connection_timeout=IDLE_S,
        body_timeout=BODY_TIMEOUT_S,
    )
