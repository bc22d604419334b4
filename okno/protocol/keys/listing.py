"""The key list as signed by the offline root, whose public half is pinned by file on each host (PR-01)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys.listing_form import Expiry, KeyEntry, KeyList, expiry_warnings
from okno.protocol.keys.private import OpeningKey, SigningKey, check_opening_public, check_signing_public
from okno.protocol.keys.ring import Keyring, Verifier
from okno.protocol.parties import Party, split_party
from okno.protocol.strict import base64url, jose, jsontext

__all__ = ["Expiry", "KeyEntry", "KeyList", "entry", "expiry_warnings", "keyring_from_signed_list", "sign_key_list"]

TYP = "okno-keys+jws"  # another typ than messages have: a signature of one kind can never pass for the other
VALID_AT_ONCE_MAX = 2


def entry(
    key: SigningKey | OpeningKey, *, not_before: datetime, not_after: datetime, revoked: datetime | None = None
) -> KeyEntry:
    """The public half of a key, ready for a list."""
    return KeyEntry(
        kid=key.kid,
        party=key.party,
        use="sign" if isinstance(key, SigningKey) else "open",
        public=base64url.encode(key.public),
        not_before=not_before,
        not_after=not_after,
        revoked=revoked,
    )


def sign_key_list(keys: KeyList, root: SigningKey) -> bytes:
    """The list as it is pinned and sent. Raises what a reader would: a bad list is not signed."""
    _check(keys)
    return jose.sign(msgspec.json.encode(keys), root, typ=TYP)


def keyring_from_signed_list(raw: bytes, root_public: bytes, at: datetime, *, held: Keyring | None = None) -> Keyring:
    """The ring of a list signed by the root alone.

    `root_public` are the 32 pinned bytes; `held` is the ring in force, below whose number nothing is taken
    (`key-list-old`). `at` is when it is read: a list issued later than that is refused as `early`.
    """
    signed = jose.parse(raw, typ=TYP)
    if len(signed.signatures) != 1:
        raise ProtocolError(ErrorCode.SIGNATURE_EXTRA, "a key list is signed by the root alone")
    signature = signed.signatures[0]
    Verifier(signature.kid, Party.ROOT, check_signing_public(root_public)).verify(signature.signed, signature.value)
    keys = jsontext.convert(jsontext.parse(signed.payload), KeyList, ErrorCode.KEY_LIST_FORM)
    _check(keys)
    if keys.issued > at:
        raise ProtocolError(ErrorCode.EARLY, "key list")
    if held is not None and (keys.number < held.number or (keys.number == held.number and keys.keys != held.entries)):
        raise ProtocolError(ErrorCode.KEY_LIST_OLD, f"{keys.number}, {held.number} is in force")
    return Keyring(keys.number, keys.keys)


def _check(keys: KeyList) -> None:
    """Kids stand once, keys are sound, and at no moment more than two of one party and use are valid."""
    if len({item.kid for item in keys.keys}) != len(keys.keys):
        raise ProtocolError(ErrorCode.KEY_LIST_FORM, "a kid stands twice")
    for item in keys.keys:
        role, _ = split_party(item.party)
        if role is Party.ROOT or item.not_before >= item.not_after:
            raise ProtocolError(ErrorCode.KEY_LIST_FORM, item.kid)
        check = check_signing_public if item.use == "sign" else check_opening_public
        check(base64url.decode(item.public))
    for item in keys.keys:
        # A set of intervals is most crowded at the start of one of them.
        rivals = [
            other
            for other in keys.keys
            if (other.party, other.use) == (item.party, item.use) and other.valid_at(item.not_before)
        ]
        if len(rivals) > VALID_AT_ONCE_MAX:
            raise ProtocolError(ErrorCode.KEY_LIST_CROWDED, f"{item.party} {item.use}")
