"""A door counts the requests that are in flight at a server: from their first byte to their answer's last one."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from okno.connectors.bench import Door

REQUEST = b"POST /rpc/ HTTP/1.1\r\nContent-Length: 4\r\n\r\n"
WITH_LENGTH = (b"HTTP/1.1 200 OK\r\nContent-", b"LENGTH: 6\r\n\r\nabc", b"def")
IN_CHUNKS = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"0\r\n\r\n")


class Server:
    """Answers when it is told to, in the pieces it is told, to the connections in the order in which they came."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listening.getsockname()
        self.taken: list[socket.socket] = []
        self._asked = threading.Semaphore(0)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.taken.append(connection)
                threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while connection.recv(1000):
                self._asked.release()

    def asked(self, times: int) -> None:
        """Return when so many pieces of requests have come."""
        for _ in range(times):
            assert self._asked.acquire(timeout=10)

    def close(self) -> None:
        for connection in (self._listening, *self.taken):
            connection.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with contextlib.closing(Server()) as found:
        yield found


@pytest.fixture
def door(server: Server) -> Iterator[Door]:
    with contextlib.closing(Door(server.address)) as found:
        yield found


def asking(door: Door) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", door.port), timeout=10)
    connection.sendall(REQUEST)
    return connection


@pytest.mark.parametrize("pieces", [WITH_LENGTH, IN_CHUNKS])
def test_a_request_is_in_flight_until_its_answer_is_whole(
    server: Server, door: Door, pieces: tuple[bytes, ...]
) -> None:
    with asking(door) as connection:
        server.asked(1)
        connection.sendall(b"body")
        server.asked(1)
        for piece in pieces[:-1]:
            server.taken[0].sendall(piece)
            got = b""
            while len(got) < len(piece):
                got += connection.recv(1000)
            assert (door.in_flight, door.requests) == (1, 1)
        server.taken[0].sendall(pieces[-1])
        assert connection.recv(1000) == pieces[-1]
        assert (door.in_flight, door.most, door.requests) == (0, 1, 1)
        connection.sendall(REQUEST)
        server.asked(1)
        assert (door.in_flight, door.most, door.requests) == (1, 1, 2)


def test_requests_of_several_connections_are_in_flight_at_once(server: Server, door: Door) -> None:
    with asking(door) as first, asking(door) as second:
        server.asked(2)
        assert (door.in_flight, door.most, door.requests) == (2, 2, 2)
        for connection in server.taken:
            connection.sendall(b"".join(WITH_LENGTH))
        for connection in (first, second):
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        assert (door.in_flight, door.most) == (0, 2)


def test_a_request_whose_connection_is_gone_is_in_flight_no_more(server: Server, door: Door) -> None:
    with asking(door) as connection:
        server.asked(1)
        door.cut(cut=True)
        assert connection.recv(1000) == b""
    assert (door.in_flight, door.most, door.requests) == (0, 1, 1)
