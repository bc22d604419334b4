"""Gunicorn's worker with threads, whose answers leave in one piece.

Gunicorn sends head and body by two calls, and between them a thread waits for its turn. A process that is killed there
leaves half an answer, which nginx has begun to pass on and can ask nobody else for. What has not begun it can.
"""

from __future__ import annotations

from typing import Any, BinaryIO

from gunicorn.workers.gthread import ThreadWorker

#: Longer answers leave piece by piece: papers, mostly, which can be asked for again.
HELD_MAX = 64 * 1024


class Gathering:
    """A connected socket that holds what it is given until it is told to send, or until that is more than HELD_MAX."""

    def __init__(self, sock: Any) -> None:  # noqa: ANN401 (plain or TLS: what gunicorn has)
        self._sock = sock
        self._held = bytearray()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever a socket has)
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
        return int(self._sock.sendfile(file, offset, count))

    def send_held(self) -> None:
        """Send all that is held. Raises OSError."""
        held, self._held = self._held, bytearray()
        if held:
            self._sock.sendall(held)


class WholeAnswers(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """An answer that fails on its way, before more than HELD_MAX of it was made, has not begun: it is cut unseen."""

    def handle_request(self, req: Any, conn: Any) -> bool:  # noqa: ANN401 (gunicorn's own)
        plain = conn.sock
        conn.sock = Gathering(plain)
        try:
            keep: bool = super().handle_request(req, conn)
            conn.sock.send_held()
        finally:
            conn.sock = plain
        return keep
