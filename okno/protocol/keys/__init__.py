"""Keys: the private halves that one party holds, and the list of public halves that all parties hold."""

from okno.protocol.keys.listing import (
    KeyEntry,
    KeyList,
    entry,
    expiry_warnings,
    keyring_from_signed_list,
    sign_key_list,
)
from okno.protocol.keys.private import OpeningKey, SigningKey
from okno.protocol.keys.ring import Keyring, Verifier

__all__ = [
    "KeyEntry",
    "KeyList",
    "Keyring",
    "OpeningKey",
    "SigningKey",
    "Verifier",
    "entry",
    "expiry_warnings",
    "keyring_from_signed_list",
    "sign_key_list",
]
