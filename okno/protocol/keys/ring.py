"""The ring of public keys: which party a kid belongs to at a moment, and to whom something may be sealed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
import nacl.bindings
import nacl.exceptions

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys.listing_form import KeyEntry
from okno.protocol.parties import split_party
from okno.protocol.strict import base64url


class Verifier(msgspec.Struct, frozen=True):
    """A public key that may sign, and whose it is."""

    kid: str
    party: str
    public: bytes

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raises `signature-bad`. libsodium refuses non-canonical S and points of small order."""
        try:
            nacl.bindings.crypto_sign_open(signature + message, self.public)
        except nacl.exceptions.BadSignatureError as error:
            raise ProtocolError(ErrorCode.SIGNATURE_BAD, self.kid) from error

    def belongs_to(self, party: str) -> bool:
        """`party` is a role or a role with a name; a key of the bare role serves every name."""
        role, name = split_party(self.party)
        wanted_role, wanted_name = split_party(party)
        return role is wanted_role and (not wanted_name or name in ("", wanted_name))


class Keyring:
    """The keys of one list. `number` is the list's; a holder never goes back to a lower one."""

    def __init__(self, number: int, entries: Iterable[KeyEntry]) -> None:
        self.number = number
        self.entries = tuple(entries)
        self._by_kid = {entry.kid: entry for entry in self.entries}
        self._verifiers = {
            entry.kid: Verifier(entry.kid, entry.party, base64url.decode(entry.public))
            for entry in self.entries
            if entry.use == "sign"
        }

    def find(self, kid: str, at: datetime) -> Verifier:
        """The signing key of this name, valid at `at`. Raises `key-unknown` and what `KeyEntry.check` raises."""
        entry = self._by_kid.get(kid)
        if entry is None:
            raise ProtocolError(ErrorCode.KEY_UNKNOWN, kid[:64])
        entry.check(at, "sign")
        return self._verifiers[kid]

    def verify_key(self, kid: str, party: str, at: datetime) -> Verifier:
        """As `find`, and it belongs to `party` (a role, or `role.name`). Raises `signer-wrong` as well."""
        verifier = self.find(kid, at)
        if not verifier.belongs_to(party):
            raise ProtocolError(ErrorCode.SIGNER_WRONG, f"{verifier.party} instead of {party}")
        return verifier

    def check_opening(self, kid: str, role: str) -> None:
        """That `kid` opens for this role. Its time is not judged: what is sealed may have waited for a long time."""
        entry = self._by_kid.get(kid)
        if entry is None:
            raise ProtocolError(ErrorCode.KEY_UNKNOWN, kid[:64])
        if entry.use != "open" or split_party(entry.party)[0] != role:
            raise ProtocolError(ErrorCode.SEALED_KEY, f"{kid} does not open for {role}")

    def opening_for(self, party: str, at: datetime) -> KeyEntry:
        """The newest opening key of the party, for `sealing.seal`. Raises `key-unknown`."""
        role, name = split_party(party)
        wanted = {party, str(role)} if name else {party}
        usable = [
            entry for entry in self.entries if entry.use == "open" and entry.party in wanted and entry.valid_at(at)
        ]
        if not usable:
            raise ProtocolError(ErrorCode.KEY_UNKNOWN, f"no opening key of {party}")
        return max(usable, key=lambda entry: (entry.party == party, entry.not_before, entry.kid))
