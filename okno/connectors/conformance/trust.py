"""Keys of all parties for one run, made anew: nothing of an installation is needed, and nothing is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from okno.protocol.keys import KeyList, OpeningKey, SigningKey, entry, keyring_from_signed_list, sign_key_list

CABINET = "urn:okno:cabinet:1"
GATEWAY = "urn:okno:gateway:gw1"
SYSTEM = "urn:okno:system:main"
TERM = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Trust:
    """The cabinet's, the gateway's and the connector's keys, and the list of them signed by a root of this run."""

    root: SigningKey = field(default_factory=lambda: SigningKey.generate("root"))
    cabinet: SigningKey = field(default_factory=lambda: SigningKey.generate("cabinet"))
    cabinet_opening: OpeningKey = field(default_factory=lambda: OpeningKey.generate("cabinet"))
    sender_opening: OpeningKey = field(default_factory=lambda: OpeningKey.generate("sender"))
    gateway: SigningKey = field(default_factory=lambda: SigningKey.generate("gateway.gw1"))
    connector: SigningKey = field(default_factory=lambda: SigningKey.generate("connector.main"))
    connector_opening: OpeningKey = field(default_factory=lambda: OpeningKey.generate("connector.main"))

    def __post_init__(self) -> None:
        begin, end = now() - timedelta(hours=1), now() + TERM
        keys = (
            *(self.cabinet, self.cabinet_opening, self.sender_opening),
            *(self.gateway, self.connector, self.connector_opening),
        )
        listed = tuple(entry(key, not_before=begin, not_after=end) for key in keys)
        self.listed = sign_key_list(KeyList(number=1, issued=begin, keys=listed), self.root)
        self.ring = keyring_from_signed_list(self.listed, self.root.public, now())

    def files(self, folder: Path) -> dict[str, str]:
        """Write what a connector holds; its members of `ConnectorSettings`."""
        contents = {
            "keylist": self.listed,
            "root_public": self.root.public,
            "signing_key": self.connector.dump(),
            "opening_key": self.connector_opening.dump(),
        }
        folder.mkdir(mode=0o700, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        return {name: str(folder / name) for name in contents}
