"""The keys of a background process, from the files its settings name. Without Django: see `kit.keyring` for the web."""

from datetime import datetime
from pathlib import Path

import structlog

from okno.protocol.errors import ProtocolError
from okno.protocol.keys import Keyring, OpeningKey, SigningKey, keyring_from_signed_list
from okno.protocol.strict import base64url

log = structlog.get_logger("okno.cabinet.processes")

ROOT_BYTES = 32


class Trust:
    """The public keys of all parties: the list signed by the pinned root, read anew when its file changes."""

    def __init__(self, keylist: str, root_public: str) -> None:
        self._keylist = Path(keylist)
        self._root = _root_public(Path(root_public))
        self._stamp: tuple[int, int] | None = None
        self._ring: Keyring | None = None

    def ring(self, at: datetime) -> Keyring:
        """The ring in force. A changed list that is not the root's, or older, is logged and the one in force stays.

        Raises ProtocolError or OSError when there has been no good list yet.
        """
        stat = self._keylist.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        if self._ring is not None and stamp == self._stamp:
            return self._ring
        try:
            self._ring = keyring_from_signed_list(self._keylist.read_bytes(), self._root, at, held=self._ring)
        except ProtocolError as error:
            if self._ring is None:
                raise
            log.error("key-list-refused", code=error.code.value)  # noqa: TRY400 - a refusal, not a fault of ours
        self._stamp = stamp
        return self._ring


def signing_key(path: str) -> SigningKey:
    return SigningKey.load(Path(path).read_bytes())


def opening_key(path: str) -> OpeningKey:
    return OpeningKey.load(Path(path).read_bytes())


def _root_public(path: Path) -> bytes:
    """32 raw bytes, or their base64url as text."""
    raw = path.read_bytes()
    return raw if len(raw) == ROOT_BYTES else base64url.decode(raw.decode("ascii").strip())
