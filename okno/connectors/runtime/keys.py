"""The keys of one connector."""

from __future__ import annotations

from dataclasses import dataclass

from okno.protocol.keys import Keyring, OpeningKey, SigningKey


@dataclass(frozen=True)
class Keys:
    """The public keys of all parties; what signs messages and grants; what opens what is sealed to this connector."""

    ring: Keyring
    signing: SigningKey
    opening: OpeningKey
