"""A page that stays open: the stream of `live` (server-sent events), taken up again where it was cut."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable

import msgspec

from okno.cli.drill.levels.regulars import Regular
from okno.cli.drill.levels.visitor import OK, Door

#: The stream says something every 15 s at the latest.
SILENCE_S = 30
AGAIN_S = 0.5


class _Operation(msgspec.Struct):
    key: str


class _Frame(msgspec.Struct):
    operations: list[_Operation] = []


class Screen:
    """`shown` hears of the key of each operation and when its frame came (monotonic): of every one, from the first."""

    def __init__(
        self, regular: Regular, door: Door, token: Callable[[], str], shown: Callable[[str, float], object]
    ) -> None:
        self._address = regular.address
        self._door = door
        self._token = token
        self._shown = shown
        self._cursor = f"{regular.account}:0"
        self._wire: socket.socket | None = None

    def run(self, over: threading.Event) -> None:
        """Until it is over, which `close` makes known at once."""
        while not over.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._hold(over)
            over.wait(AGAIN_S)

    def close(self) -> None:
        """After `over` was set."""
        wire = self._wire
        if wire is not None:
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    def _hold(self, over: threading.Event) -> None:
        token = self._token()
        if not token:
            return
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._door.port, timeout=SILENCE_S, source_address=(self._address, 0)
        )
        with contextlib.closing(connection):
            connection.connect()
            self._wire = connection.sock
            if over.is_set():
                return
            headers = {"Host": self._door.host, "Cookie": f"__Host-okno={token}", "Last-Event-ID": self._cursor}
            connection.request("GET", "/live/v1/events", headers=headers)
            answer = connection.getresponse()
            if answer.status == OK:
                self._read(answer)

    def _read(self, answer: http.client.HTTPResponse) -> None:
        """An event counts when it is whole: one that was cut comes again."""
        fields: dict[str, str] = {}
        while line := answer.readline():
            if line != b"\n":
                name, _, value = line.decode().rstrip("\n").partition(": ")
                fields[name] = value
            elif "data" in fields:
                self._take(fields, time.monotonic())
                fields = {}

    def _take(self, fields: dict[str, str], at: float) -> None:
        for operation in msgspec.json.decode(fields["data"], type=_Frame).operations:
            self._shown(operation.key, at)
        self._cursor = fields.get("id", self._cursor)
