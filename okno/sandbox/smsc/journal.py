"""What the centre accepted: one JSON line per message, on disk before the answer leaves. The oracle of fault tests."""

import os
from pathlib import Path

import msgspec


class Message(msgspec.Struct, frozen=True):
    seq: int
    """1.. in the order of acceptance; the id of the page's events."""
    at: str
    """ISO 8601, UTC."""
    id: str
    """The sender's own id: its idempotency id."""
    message_id: str
    """The centre's id."""
    to: str
    text: str
    origin: str = msgspec.field(name="from")
    title: str = ""
    """The subject of a letter; `to` is its address then."""


class Journal:
    """Append-only. A line cut by a crash was never answered for: it is dropped at the next start."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        _sync_folder(path.parent)
        with path.open("rb") as lines:
            content = lines.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._descriptor, whole)
        self.past = tuple(msgspec.json.decode(line, type=Message) for line in content[:whole].splitlines())

    def append(self, message: Message) -> None:
        """Returns when the line is on disk. Raises OSError, and then the message is not accepted."""
        os.write(self._descriptor, msgspec.json.encode(message) + b"\n")
        os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


def _sync_folder(folder: Path) -> None:
    """The name of a new file is on disk only after its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
