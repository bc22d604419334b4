"""The sealed part: personal fields for the final reader alone (RFC 7516 compact; ECDH-ES on X25519, A256GCM).

The plaintext is padded to a multiple of 256 bytes, so its length says little, and the protected header (which GCM
authenticates) names the subject and the type of the message, so that the part cannot be moved into another one.
"""

from __future__ import annotations

from typing import Any

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.registry import HeaderParameter

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys import KeyEntry, OpeningKey
from okno.protocol.strict import base64url, jsontext

TYP = "okno+jwe"
BLOCK_BYTES = 256
PLAIN_BYTES_MAX = 524_288
TOKEN_CHARS_MAX = 720_000
_ALGORITHMS = ["ECDH-ES", "A256GCM"]
_MARK = b"\x80"  # ISO/IEC 7816-4: one mark, then zeros


class _Registry(jwe.JWERegistry):
    max_ciphertext_length = 2 * PLAIN_BYTES_MAX


class _Epk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kty: str
    crv: str
    x: str


class SealedHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The protected header: what everybody can read. `sub` is empty for a message without a subject."""

    alg: str
    enc: str
    typ: str
    kid: str
    sub: str
    msg: str
    epk: _Epk


_registry = _Registry(
    {
        "sub": HeaderParameter("Subject of the message", "str", required=True),
        "msg": HeaderParameter("Type of the message", "str", required=True),
    },
    algorithms=_ALGORITHMS,
)


def seal(plain: bytes, entry: KeyEntry, *, subject: str | None, type: str) -> str:  # noqa: A002  the envelope's word
    """`plain` (at most 512 KiB, usually JSON) for the holder of `entry`. Randomised: seal once, store, send again."""
    if len(plain) > PLAIN_BYTES_MAX:
        raise ProtocolError(ErrorCode.TOO_LARGE, "sealed part")
    if entry.use != "open":
        raise ProtocolError(ErrorCode.KEY_USE, entry.kid)
    padded = plain + _MARK
    padded += b"\x00" * (-len(padded) % BLOCK_BYTES)
    header = {
        "alg": "ECDH-ES",
        "enc": "A256GCM",
        "typ": TYP,
        "kid": entry.kid,
        "sub": subject or "",
        "msg": type,
    }
    public = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": entry.public})
    return jwe.encrypt_compact(header, padded, public, registry=_registry)


def check_shell(token: str) -> SealedHeader:
    """What can be checked without the key: five canonical parts, algorithms, lengths. Raises `sealed-form`."""
    if len(token) > TOKEN_CHARS_MAX:
        raise ProtocolError(ErrorCode.TOO_LARGE, "sealed part")
    parts = token.split(".")
    if len(parts) != 5 or parts[1]:  # noqa: PLR2004  RFC 7516: five parts; ECDH-ES has no encrypted key
        raise ProtocolError(ErrorCode.SEALED_FORM, "parts")
    tree = jsontext.parse(base64url.decode(parts[0]))
    vector, text, tag = (base64url.decode(part) for part in parts[2:])
    if (len(vector), len(tag)) != (12, 16) or not text or len(text) % BLOCK_BYTES:
        raise ProtocolError(ErrorCode.SEALED_FORM, "lengths")
    header = jsontext.convert(tree, SealedHeader, ErrorCode.SEALED_FORM)
    epk = (header.epk.kty, header.epk.crv)
    if (header.alg, header.enc, header.typ, epk) != ("ECDH-ES", "A256GCM", TYP, ("OKP", "X25519")):
        raise ProtocolError(ErrorCode.SEALED_FORM, "algorithms")
    return header


def open_sealed(token: str, key: OpeningKey, *, subject: str | None, type: str) -> bytes:  # noqa: A002
    """The plaintext of a part sealed to `key` for this subject and type.

    Raises `sealed-form`, `sealed-key`, `sealed-binding`, `sealed-broken`.
    """
    header = check_shell(token)
    if header.kid != key.kid:
        raise ProtocolError(ErrorCode.SEALED_KEY, header.kid[:64])
    if (header.sub, header.msg) != (subject or "", type):
        raise ProtocolError(ErrorCode.SEALED_BINDING)
    private: dict[str, Any] = {
        "kty": "OKP",
        "crv": "X25519",
        "x": base64url.encode(key.public),
        "d": base64url.encode(key.private),
    }
    try:
        opened = jwe.decrypt_compact(token, OKPKey.import_key(private), registry=_registry).plaintext or b""
    except (JoseError, ValueError) as error:
        raise ProtocolError(ErrorCode.SEALED_BROKEN) from error
    plain, mark, zeros = opened.rpartition(_MARK)
    if not mark or zeros.strip(b"\x00"):
        raise ProtocolError(ErrorCode.SEALED_BROKEN, "padding")
    return plain
