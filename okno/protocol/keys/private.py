"""Key halves that one party holds: Ed25519 to sign, X25519 to open what is sealed to it. Files are JWKs (RFC 8037)."""

from __future__ import annotations

from functools import cached_property

import msgspec
import nacl.bindings
import nacl.exceptions
import nacl.public
import nacl.signing

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.parties import split_party
from okno.protocol.strict import base64url, jsontext

KEY_BYTES = 32


class _Jwk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    kty: str
    crv: str
    kid: str
    party: str
    x: str
    d: str


def check_signing_public(public: bytes) -> bytes:
    """The 32 bytes, if they are a canonical point of the prime-order group; otherwise `key-weak`."""
    if len(public) != KEY_BYTES or not nacl.bindings.crypto_core_ed25519_is_valid_point(public):
        raise ProtocolError(ErrorCode.KEY_WEAK, "Ed25519")
    return public


def check_opening_public(public: bytes) -> bytes:
    """The 32 bytes, unless they are one of the points that lead to an all-zero secret (`key-weak`)."""
    if len(public) != KEY_BYTES:  # the binding does not look
        raise ProtocolError(ErrorCode.KEY_WEAK, "X25519")
    try:
        nacl.bindings.crypto_scalarmult(b"\x01" * KEY_BYTES, public)
    except nacl.exceptions.RuntimeError as error:
        raise ProtocolError(ErrorCode.KEY_WEAK, "X25519") from error
    return public


def _dump(curve: str, kid: str, party: str, public: bytes, private: bytes) -> bytes:
    jwk = _Jwk(kty="OKP", crv=curve, kid=kid, party=party, x=base64url.encode(public), d=base64url.encode(private))
    return msgspec.json.encode(jwk)


def _load(raw: bytes, curve: str) -> tuple[str, str, bytes, bytes]:
    jwk = jsontext.convert(jsontext.parse(raw), _Jwk, ErrorCode.KEY_FORM)
    private, public = base64url.decode(jwk.d), base64url.decode(jwk.x)
    if (jwk.kty, jwk.crv) != ("OKP", curve) or len(private) != KEY_BYTES:
        raise ProtocolError(ErrorCode.KEY_FORM, f"not a private {curve} key")
    return jwk.kid, jwk.party, private, public


class SigningKey:
    """A private Ed25519 key of one party. `public` is the half that stands in the key list."""

    use = "sign"

    def __init__(self, kid: str, party: str, seed: bytes) -> None:
        split_party(party)
        self.kid, self.party = kid, party
        self._key = nacl.signing.SigningKey(seed)
        self._secret = bytes(self._key) + bytes(self._key.verify_key)

    @classmethod
    def generate(cls, party: str, kid: str | None = None) -> SigningKey:
        """A new key; without `kid` it is named after its public half."""
        seed = bytes(nacl.signing.SigningKey.generate())
        return cls(kid or _name(party, bytes(nacl.signing.SigningKey(seed).verify_key)), party, seed)

    @classmethod
    def load(cls, raw: bytes) -> SigningKey:
        """From `dump()`. Raises `key-form`."""
        kid, party, seed, public = _load(raw, "Ed25519")
        key = cls(kid, party, seed)
        if key.public != public:
            raise ProtocolError(ErrorCode.KEY_FORM, "the halves do not belong together")
        return key

    def dump(self) -> bytes:
        return _dump("Ed25519", self.kid, self.party, self.public, bytes(self._key))

    @cached_property
    def public(self) -> bytes:
        return bytes(self._key.verify_key)

    def sign(self, message: bytes) -> bytes:
        """64 bytes (RFC 8032)."""
        return nacl.bindings.crypto_sign(message, self._secret)[:64]

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r}, party={self.party!r})"


class OpeningKey:
    """A private X25519 key of one final reader (`sender`, `connector`, `cabinet`)."""

    use = "open"

    def __init__(self, kid: str, party: str, private: bytes) -> None:
        split_party(party)
        self.kid, self.party, self.private = kid, party, private
        self.public = bytes(nacl.public.PrivateKey(private).public_key)

    @classmethod
    def generate(cls, party: str, kid: str | None = None) -> OpeningKey:
        """A new key; without `kid` it is named after its public half."""
        key = nacl.public.PrivateKey.generate()
        return cls(kid or _name(f"{party}-open", bytes(key.public_key)), party, bytes(key))

    @classmethod
    def load(cls, raw: bytes) -> OpeningKey:
        """From `dump()`. Raises `key-form`."""
        kid, party, private, public = _load(raw, "X25519")
        key = cls(kid, party, private)
        if key.public != public:
            raise ProtocolError(ErrorCode.KEY_FORM, "the halves do not belong together")
        return key

    def dump(self) -> bytes:
        return _dump("X25519", self.kid, self.party, self.public, self.private)

    def __repr__(self) -> str:
        return f"OpeningKey(kid={self.kid!r}, party={self.party!r})"


def _name(stem: str, public: bytes) -> str:
    return f"{stem.replace('.', '-')}-{public[:4].hex()}"
