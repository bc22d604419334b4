"""The till's keys to what payers let us keep: opened here alone, and sealed again for here alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from okno.cabinet.payments.services.keeping.binding import PARTY, card_open, contact_open
from okno.protocol.keys import KeyEntry, Keyring, OpeningKey


class Keeper:
    """`ring` gives the list of public keys in force at a moment."""

    def __init__(self, key: OpeningKey, ring: Callable[[datetime], Keyring]) -> None:
        self._key = key
        self._ring = ring

    def card(self, card_id: str, sealed: str) -> str:
        """Its token. Raises ProtocolError."""
        return card_open(self._key, card_id, sealed)

    def contact(self, contact_id: str, sealed: str) -> str:
        """Raises ProtocolError."""
        return contact_open(self._key, contact_id, sealed)

    def entry(self, now: datetime) -> KeyEntry:
        """What to seal a new card with. Raises ProtocolError."""
        return self._ring(now).opening_for(PARTY, now)
