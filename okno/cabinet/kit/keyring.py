"""The public keys of all parties, from the signed list beside the settings; read anew when the file changes."""

from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from okno.protocol.keys import Keyring, keyring_from_signed_list
from okno.protocol.strict import base64url

ROOT_BYTES = 32

Stamp = tuple[str, int, int]
_held: dict[str, tuple[Stamp, Keyring]] = {}


def keyring() -> Keyring:
    """The ring in force. Raises ProtocolError when the list is not the pinned root's or goes back in number."""
    file = Path(settings.OKNO.keylist or "")
    stat = file.stat()
    stamp = (str(file), stat.st_mtime_ns, stat.st_size)
    held = _held.get(str(file))
    if held is None or held[0] != stamp:
        root = root_public(Path(settings.OKNO.root_public or ""))
        ring = keyring_from_signed_list(file.read_bytes(), root, datetime.now(UTC), held=held[1] if held else None)
        held = _held[str(file)] = (stamp, ring)
    return held[1]


def root_public(file: Path) -> bytes:
    """The pinned root: 32 raw bytes, or their base64url as text."""
    raw = file.read_bytes()
    return raw if len(raw) == ROOT_BYTES else base64url.decode(raw.decode("ascii").strip())
