"""What the sealed parts are bound to, for who seals them (portal, till) and who opens them (till). No Django here."""

from __future__ import annotations

import msgspec

from okno.protocol.keys import KeyEntry, OpeningKey
from okno.protocol.sealing import open_sealed, seal

PARTY = "till"
CONTACT = "okno.payment.contact"
CARD = "okno.payment.card"


class _Contact(msgspec.Struct):
    contact: str


class _Card(msgspec.Struct):
    token: str


def contact_seal(entry: KeyEntry, contact_id: str, contact: str) -> str:
    return seal(msgspec.json.encode(_Contact(contact)), entry, subject=f"contact:{contact_id}", type=CONTACT)


def contact_open(key: OpeningKey, contact_id: str, sealed: str) -> str:
    """Raises ProtocolError for what is not sealed to this key and contact."""
    plain = open_sealed(sealed, key, subject=f"contact:{contact_id}", type=CONTACT)
    return msgspec.json.decode(plain, type=_Contact).contact


def card_seal(entry: KeyEntry, card_id: str, token: str) -> str:
    return seal(msgspec.json.encode(_Card(token)), entry, subject=f"card:{card_id}", type=CARD)


def card_open(key: OpeningKey, card_id: str, sealed: str) -> str:
    """Raises ProtocolError for what is not sealed to this key and card."""
    return msgspec.json.decode(open_sealed(sealed, key, subject=f"card:{card_id}", type=CARD), type=_Card).token
