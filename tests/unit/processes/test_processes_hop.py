"""The hop to the gateway on real sockets: every answer a gateway or its ruins can give."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from okno.cabinet.kit.outbox.hop import ANSWER_BYTES_MAX, Answered, Hop, HopSettings, Refused, Taken
from okno.protocol.errors import ErrorCode, Problem


class Gate(ThreadingHTTPServer):
    """Answers every post alike; counts requests and connections."""

    daemon_threads = True

    def __init__(self, status: int, body: bytes = b"", **headers: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body, self.headers = status, body, headers
        self.posts = 0
        self.peers: set[tuple[str, int]] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def end(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Gate

    def do_POST(self) -> None:
        assert self.path == "/v1/messages"
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts += 1
        self.server.peers.add(self.client_address)
        if self.server.status == 0:
            self.close_connection = True
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name.replace("_", "-"), value)
        if self.server.status != 204:
            self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        del format, args


@pytest.fixture
def gates() -> Iterator[list[Gate]]:
    opened: list[Gate] = []
    yield opened
    for gate in opened:
        gate.end()


def hop(*urls: str) -> Hop:
    return Hop(HopSettings(urls, connect_timeout_ms=500, answer_timeout_ms=2_000))


def problem(code: ErrorCode) -> bytes:
    return Problem.of(code).to_json()


@pytest.mark.parametrize(
    ("status", "body", "headers", "verdict"),
    [
        (202, b"", {}, Taken()),
        (204, b"", {}, Taken()),
        (200, b"signed", {}, Answered(b"signed")),
        (403, problem(ErrorCode.REFUSED), {}, Refused("refused", "never")),
        (429, problem(ErrorCode.QUOTA_EXCEEDED), {"Retry_After": "7"}, Refused("quota-exceeded", "after", 7.0)),
        (
            429,
            problem(ErrorCode.QUOTA_EXCEEDED),
            {"Retry_After": "9999999"},
            Refused("quota-exceeded", "after", 3600.0),
        ),
        (429, problem(ErrorCode.QUOTA_EXCEEDED), {"Retry_After": "soon"}, Refused("quota-exceeded", "after")),
        (504, problem(ErrorCode.DEADLINE_EXCEEDED), {}, Refused("deadline-exceeded", "same-key")),
        (502, b"<html>", {}, Refused("status-502", "same-key")),
        (404, b"\xff", {}, Refused("status-404", "same-key")),
        (302, b"", {"Location": "http://127.0.0.1:1/"}, Refused("status-302", "same-key")),
        (200, b"x" * (ANSWER_BYTES_MAX + 1), {}, Refused("answer-too-long", "same-key")),
    ],
)
def test_each_answer_has_one_meaning(
    gates: list[Gate], status: int, body: bytes, headers: dict[str, str], verdict: object
) -> None:
    gates.append(Gate(status, body, **headers))
    assert hop(gates[0].url).post(b"message") == verdict
    assert gates[0].posts == 1


def test_a_standby_and_a_dead_gateway_are_passed_by_and_the_active_one_is_kept(gates: list[Gate]) -> None:
    gates += [Gate(503, problem(ErrorCode.STANDBY)), Gate(0), Gate(202)]
    way = hop("http://127.0.0.1:1", *(gate.url for gate in gates))
    assert [way.post(b"message") for _ in range(5)] == [Taken()] * 5
    assert [gate.posts for gate in gates] == [1, 1, 5]
    # One connection serves them all.
    assert len(gates[2].peers) == 1


def test_a_system_that_is_away_is_no_reason_to_ask_another_gateway(gates: list[Gate]) -> None:
    gates += [Gate(503, problem(ErrorCode.SYSTEM_UNAVAILABLE)), Gate(202)]
    assert hop(*(gate.url for gate in gates)).post(b"message") == Refused("system-unavailable", "same-key")
    assert gates[1].posts == 0


def test_nobody_there_is_a_passing_refusal() -> None:
    assert hop("http://127.0.0.1:1").post(b"message") == Refused("no-answer", "same-key")
    assert hop().post(b"message") == Refused("no-gateway", "same-key")
