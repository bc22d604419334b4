"""A lane to an HTTP server that counts the requests in flight: what the server bears, whatever its callers say."""

from __future__ import annotations

import re

from okno.connectors.bench.lane import Address, Lane, Passer

_HEAD_END, _CHUNKS_END = b"\r\n\r\n", b"0\r\n\r\n"
_LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]+)[ \t]*\r$", re.IGNORECASE | re.MULTILINE)


class Door(Lane):
    """A request is in flight from its first byte to its answer's last one. `most` were so at once, `requests` in all.

    Of HTTP/1.1 as clients of accounting systems speak it: one request after the other on a connection.
    """

    def __init__(self, target: Address) -> None:
        self.in_flight = self.most = self.requests = 0
        super().__init__(target)

    @property
    def port(self) -> int:
        assert not isinstance(self.address, str)  # no socket was asked for
        return self.address[1]

    def watched(self) -> Passer:
        return _Exchanges(self)

    def begin(self) -> None:
        """A request has come."""
        self.requests += 1
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)

    def end(self) -> None:
        """It is answered, or nobody waits for the answer any more."""
        self.in_flight -= 1


class _Exchanges(Passer):
    """The requests of one connection."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._under_way = False
        self._answer = b""

    def asked(self, chunk: bytes) -> None:
        assert chunk
        if not self._under_way:
            self._under_way = True
            self._answer = b""
            self._door.begin()

    def answered(self, chunk: bytes) -> None:
        self._answer += chunk
        if self._under_way and _is_whole(self._answer):
            self.closed()

    def closed(self) -> None:
        if self._under_way:
            self._under_way = False
            self._door.end()


def _is_whole(answer: bytes) -> bool:
    """By its length, or by the last of its chunks; one without either ends with the connection."""
    head, end, body = answer.partition(_HEAD_END)
    if not end:
        return False
    length = _LENGTH.search(head + b"\r\n")
    return len(body) >= int(length[1]) if length is not None else body.endswith(_CHUNKS_END)
