"""Gunicorn's worker with threads, whose answers leave in one piece.

Gunicorn sends head and body by two calls, and between them a thread waits for its turn. A process that is killed there
leaves half an answer, which nginx has begun to pass on and can ask nobody else for. What has not begun it can.
"""

from __future__ import annotations

import socket
from typing import BinaryIO, Protocol

from gunicorn.workers.gthread import ThreadWorker

#: Longer answers leave piece by piece: papers, mostly, which can be asked for again.
HELD_MAX = 64 * 1024


class Gathering:
    """A connected socket that holds what it is given until it is told to send, or until that is more than HELD_MAX."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._held = bytearray()

    def __getattr__(self, name: str) -> object:
        return getattr(self._sock, name)

    def sendall(self, data: bytes) -> None:
        self._held += data
        if len(self._held) > HELD_MAX:
            self.send_held()

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:
        """As of a socket; `count` bytes, or to the end."""
        if count is not None and len(self._held) + count <= HELD_MAX:
            file.seek(offset)
            part = file.read(count)
            self._held += part
            return len(part)
        self.send_held()
        return self._sock.sendfile(file, offset, count)

    def send_held(self) -> None:
        """Send all that is held. Raises OSError."""
        held, self._held = self._held, bytearray()
        if held:
            self._sock.sendall(held)


class Accepted(Protocol):
    """Gunicorn's connection, as far as it is needed here."""

    sock: socket.socket | Gathering


class WholeAnswers(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """An answer that fails on its way, before more than HELD_MAX of it was made, has not begun: it is cut unseen."""

    def handle_request(self, req: object, conn: Accepted) -> bool:
        plain = conn.sock
        assert isinstance(plain, socket.socket)  # of a worker with threads it always is
        conn.sock = gathering = Gathering(plain)
        try:
            keep: bool = super().handle_request(req, conn)
            gathering.send_held()
        finally:
            conn.sock = plain
        return keep
