"""The relay as a process: woken by the database, over real sockets, with a bounded pool per priority class."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from factories.outbox_world import enqueue, relay_settings
from factories.read_model import Database, World
from factories.wire import ACCOUNT, NOW, SYSTEM, fixed_id, rub

from okno.cabinet.kit.outbox.relay import Relay
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.pen import Received

PATIENCE_S = 20.0


class Gateway(ThreadingHTTPServer):
    """Takes commands, answers queries with the connector's signature; exports wait until they are let go."""

    daemon_threads = True

    def __init__(self, world: World) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.world = world
        self.seen: list[Received] = []
        self.exports = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()

    def answer(self, raw: bytes) -> tuple[int, bytes]:
        arrived = jws.countersign(raw, self.world.house.gateway)
        received = self.world.house.glass(SYSTEM).read(arrived, at=self.world.clock(), online=True)
        self.seen.append(received)
        if received.envelope.kind == "command":
            return 202, b""
        if received.operation.priority == 3:
            self.exports.wait(PATIENCE_S)
        return 200, self.world.answer(received, m.Payable(payable=True, as_of=NOW))

    def end(self) -> None:
        self.exports.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Gateway

    def do_POST(self) -> None:
        assert self.headers["Content-Type"] == jws.CONTENT_TYPE
        status, body = self.server.answer(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        del format, args


@pytest.fixture
def world(cabinet_database: Database, tmp_path: Path) -> World:
    begun = time.monotonic()

    class Running(World):
        def clock(self) -> datetime:
            return NOW + timedelta(seconds=time.monotonic() - begun)

    return Running(cabinet_database, tmp_path)


@pytest.fixture
def gateway(world: World) -> Iterator[Gateway]:
    running = Gateway(world)
    yield running
    running.end()


@pytest.fixture
def relay(world: World, gateway: Gateway) -> Iterator[Relay]:
    url = f"http://127.0.0.1:{gateway.server_address[1]}"
    settings = relay_settings(world, gateway_urls=("http://127.0.0.1:1", url), slots=(2, 1, 1, 2))
    process = Relay(settings, clock=world.clock)
    process.start()
    yield process
    gateway.exports.set()
    process.stop()


def payable(world: World, **changes: object) -> str:
    data = m.PaymentPayable(account=ACCOUNT)
    row = enqueue(world, "okno.payment.payable.v1", data, kind="query", subject=f"acct:{ACCOUNT}", **changes)
    world.execute("SELECT pg_notify('okno_outbox', '')")
    return row


def until(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < deadline, "not seen in time"
        time.sleep(0.02)


def state(world: World, row: str) -> str:
    (found,) = world.rows("SELECT state FROM kit_outbox WHERE id = %s", row)
    return str(found["state"])


def test_rows_leave_at_the_bell_and_end_by_their_answers(world: World, gateway: Gateway, relay: Relay) -> None:
    question = payable(world)
    until(lambda: state(world, question) == "done")
    command = enqueue(
        world,
        "okno.payment.captured.v1",
        m.PaymentCaptured(fixed_id(0xC1), ACCOUNT, rub("1.00"), "card", NOW),
        subject=f"acct:{ACCOUNT}",
    )
    world.execute("SELECT pg_notify('okno_outbox', '')")
    until(lambda: state(world, command) == "accepted")
    assert [one.envelope.correlationid for one in gateway.seen] == [question, command]


def test_slow_exports_take_no_thread_of_a_login(world: World, gateway: Gateway, relay: Relay) -> None:
    exports = [
        enqueue(
            world,
            "okno.account.snapshot.get.v1",
            m.SnapshotGet(ACCOUNT),
            kind="query",
            priority=3,
            subject=f"acct:{ACCOUNT}",
        )
        for _ in range(4)
    ]
    world.execute("SELECT pg_notify('okno_outbox', '')")
    until(lambda: len(gateway.seen) == 2)
    urgent = payable(world)
    until(lambda: state(world, urgent) == "done")
    assert [state(world, row) for row in exports] == ["queued"] * 4
    assert len(gateway.seen) == 3
