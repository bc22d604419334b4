"""The keys of an installation: an offline root, one key per party, and the list that the root signed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from okno.cli.files import file_write
from okno.protocol.keys import (
    KeyList,
    Keyring,
    OpeningKey,
    SigningKey,
    entry,
    keyring_from_signed_list,
    sign_key_list,
)

KEY_LIFE = timedelta(days=365)
CLOCK_SKEW = timedelta(minutes=5)
ROOT_PRIVATE = "root.sign"
ROOT_PUBLIC = "root.pub"
KEY_LIST = "keylist.jws"
SIGNERS = ("cabinet", "gateway.gw1", "gateway.gw2", "connector.main")
OPENERS = ("cabinet", "connector.main", "sender", "till")


class TrustError(Exception):
    """The keys cannot be made or read; the text says what to do."""


def trust_make(
    directory: Path,
    *,
    at: datetime,
    signers: Sequence[str] = SIGNERS,
    openers: Sequence[str] = OPENERS,
) -> Keyring:
    """Make all keys: `root.sign` (take it offline), `root.pub`, `keylist.jws`, PARTY.sign and PARTY.open, all 0600.

    Raises TrustError when a root is there already: its keys would be lost.
    """
    if (directory / ROOT_PUBLIC).exists():
        raise TrustError(f"{directory} has a root already: move it away first, its keys cannot be made again")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    root = SigningKey.generate("root")
    keys: list[SigningKey | OpeningKey] = [
        *(SigningKey.generate(party) for party in signers),
        *(OpeningKey.generate(party) for party in openers),
    ]
    begin = at - CLOCK_SKEW
    listed = KeyList(
        number=1,
        issued=begin,
        keys=tuple(entry(key, not_before=begin, not_after=at + KEY_LIFE) for key in keys),
    )
    file_write(directory / ROOT_PRIVATE, root.dump())
    for key in keys:
        file_write(directory / f"{key.party}.{key.use}", key.dump())
    file_write(directory / KEY_LIST, sign_key_list(listed, root))
    # Last: with the pin in place the set is whole.
    file_write(directory / ROOT_PUBLIC, root.public)
    return trust_read(directory, at=at)


def trust_read(directory: Path, *, at: datetime) -> Keyring:
    """The list in force, proved by the pinned root. Raises TrustError without one, ProtocolError for a bad one."""
    try:
        root = (directory / ROOT_PUBLIC).read_bytes()
        raw = (directory / KEY_LIST).read_bytes()
    except FileNotFoundError as error:
        raise TrustError(f"no keys in {directory}: make them with `okno keys init {directory}`") from error
    return keyring_from_signed_list(raw, root, at)


def trust_ensure(directory: Path) -> None:
    """Keys for a demo: made at its first start; a set that a crash left without its pin is made anew."""
    if not (directory / ROOT_PUBLIC).exists():
        trust_make(directory, at=datetime.now(UTC))
