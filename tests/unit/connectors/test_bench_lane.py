"""A lane carries bytes as they are, holds them back when it is slow, and carries nothing when it is cut."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from okno.connectors.bench import Lane, postgres_lane


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while chunk := self.request.recv(1000):
            self.request.sendall(chunk)


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address
        server.shutdown()
        thread.join()


def answered(address: tuple[str, int], said: bytes) -> bytes:
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(said)
        return connection.recv(1000)


def test_what_goes_by_a_lane_arrives_as_it_was_sent(echo: tuple[str, int]) -> None:
    with contextlib.closing(Lane(echo)) as lane:
        assert answered(lane.address, b"\x00said") == b"\x00said"
        lane.slow(0.5)
        with socket.create_connection(lane.address, timeout=0.1) as connection:
            connection.sendall(b"slowly")
            with pytest.raises(TimeoutError):
                connection.recv(1000)
            connection.settimeout(10)
            assert connection.recv(1000) == b"slowly"


def test_a_lane_that_is_cut_takes_and_leaves_nobody(echo: tuple[str, int]) -> None:
    with contextlib.closing(Lane(echo)) as lane, socket.create_connection(lane.address, timeout=10) as held:
        held.sendall(b"before")
        assert held.recv(1000) == b"before"
        lane.cut(cut=True)
        assert held.recv(1000) == b""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            assert answered(lane.address, b"while") == b""
        lane.cut(cut=False)
        assert answered(lane.address, b"after") == b"after"


def test_a_lane_to_nobody_gives_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        nobody = listening.getsockname()
    with contextlib.closing(Lane(nobody)) as lane, socket.create_connection(lane.address, timeout=10) as connection:
        assert connection.recv(1000) == b""


def test_a_database_is_reached_by_its_lane(echo: tuple[str, int], tmp_path: Path) -> None:
    host, port = echo
    lane, dsn = postgres_lane(f"postgresql://somebody:secret@{host}:{port}/books", tmp_path)
    with contextlib.closing(lane):
        members = conninfo_to_dict(dsn)
        assert (members["user"], members["password"], members["dbname"]) == ("somebody", "secret", "books")
        assert (members["host"], int(members["port"])) == lane.address
        assert answered(lane.address, b"hello") == b"hello"
