"""JWS General JSON Serialization (RFC 7515 section 7.2.1) at the level of bytes: who signed, never what it means.

What is signed is ASCII(protected "." payload) as it stands on the wire. A library answers "at least one signature is
good"; here each demanded signature is checked and nothing else may be there.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Protocol

import msgspec

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.strict import base64url, jsontext

MESSAGE_TYP = "okno+jws"
ALGORITHM = "Ed25519"  # RFC 9864: the fully specified name; `EdDSA` is refused
CONTENT_TYPE = "application/jose+json"
SIGNATURES_MAX = 2
_SIGNATURE_BYTES = 64
_COMPACT_PARTS = 3
_SIGNATURE_ROOM_BYTES = 512  # what the gateway's signature adds at most
_HEADER_MEMBERS = frozenset({"alg", "kid", "typ"})


class Signer(Protocol):
    """What a signature needs of a key: see `okno.protocol.keys.SigningKey`."""

    kid: str

    def sign(self, message: bytes, /) -> bytes: ...


class Signature(msgspec.Struct, frozen=True):
    """One signature as parsed, not yet verified. `signed` is the signing input."""

    kid: str
    signed: bytes
    value: bytes


class Signed(msgspec.Struct, frozen=True):
    """A parsed JWS, not yet verified. `raw` are the bytes on the wire, `payload` the decoded bytes."""

    raw: bytes
    payload: bytes
    signatures: tuple[Signature, ...]


def payload_hash(payload: bytes) -> str:
    """SHA-256 of the payload's bytes as an RFC 8941 byte sequence: `sha-256=:…:`, the value of `requesthash`."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(payload).digest()).decode('ascii')}:"


def _signature(payload: str, key: Signer, typ: str) -> bytes:
    header = base64url.encode(msgspec.json.encode({"alg": ALGORITHM, "kid": key.kid, "typ": typ}))
    value = base64url.encode(key.sign(f"{header}.{payload}".encode("ascii")))
    return f'{{"protected":"{header}","signature":"{value}"}}'.encode("ascii")


def sign(payload: bytes, key: Signer, *, typ: str = MESSAGE_TYP) -> bytes:
    """The payload with one signature; deterministic. Raises `too-large` if no second signature would fit."""
    text = base64url.encode(payload)
    raw = b'{"payload":"%b","signatures":[%b]}' % (text.encode("ascii"), _signature(text, key, typ))
    if len(raw) > jsontext.BODY_BYTES_MAX - _SIGNATURE_ROOM_BYTES:
        raise ProtocolError(ErrorCode.TOO_LARGE, f"{len(raw)} bytes signed")
    return raw


def countersign(raw: bytes, key: Signer) -> bytes:
    """The same bytes with a second signature appended. Raises what `parse` raises, `signature-extra` if two stand."""
    signed = parse(raw)
    if len(signed.signatures) >= SIGNATURES_MAX:
        raise ProtocolError(ErrorCode.SIGNATURE_EXTRA)
    tree = jsontext.parse(raw)
    payload: str = tree["payload"]
    first = tree["signatures"][0]
    return b'{"payload":"%b","signatures":[{"protected":"%b","signature":"%b"},%b]}' % (
        payload.encode("ascii"),
        first["protected"].encode("ascii"),
        first["signature"].encode("ascii"),
        _signature(payload, key, MESSAGE_TYP),
    )


def parse(raw: bytes, *, typ: str = MESSAGE_TYP) -> Signed:
    """The parts of a JWS with one or two signatures, each header exactly {alg, kid, typ}; nothing is verified yet."""
    tree = jsontext.parse(raw)
    payload, signatures = tree.get("payload"), tree.get("signatures")
    if set(tree) != {"payload", "signatures"} or not isinstance(payload, str) or not isinstance(signatures, list):
        raise ProtocolError(ErrorCode.JWS_FORM)
    if not signatures:
        raise ProtocolError(ErrorCode.SIGNATURE_MISSING, "none")
    if len(signatures) > SIGNATURES_MAX:
        raise ProtocolError(ErrorCode.SIGNATURE_EXTRA, f"{len(signatures)}")
    return Signed(raw, base64url.decode(payload), tuple(_parse_signature(item, payload, typ) for item in signatures))


def _parse_signature(item: object, payload: str, typ: str) -> Signature:
    if not isinstance(item, dict):
        raise ProtocolError(ErrorCode.JWS_FORM)
    if "header" in item:
        raise ProtocolError(ErrorCode.UNPROTECTED_HEADER)
    protected, value = item.get("protected"), item.get("signature")
    if set(item) != {"protected", "signature"} or not isinstance(protected, str) or not isinstance(value, str):
        raise ProtocolError(ErrorCode.JWS_FORM)
    kid = check_header(jsontext.parse(base64url.decode(protected)), typ)
    signature = base64url.decode(value)
    if len(signature) != _SIGNATURE_BYTES:
        raise ProtocolError(ErrorCode.SIGNATURE_BAD, "length")
    return Signature(kid, f"{protected}.{payload}".encode("ascii"), signature)


def check_header(header: dict[str, Any], typ: str) -> str:
    """The kid of a protected header that says exactly what this protocol says."""
    if header.get("alg") != ALGORITHM:
        raise ProtocolError(ErrorCode.ALGORITHM)
    if unexpected := set(header) - _HEADER_MEMBERS:
        raise ProtocolError(ErrorCode.HEADER_UNEXPECTED, min(unexpected)[:16])
    if header.get("typ") != typ:
        raise ProtocolError(ErrorCode.HEADER_TYPE)
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise ProtocolError(ErrorCode.HEADER_FORM, "kid")
    return kid


def sign_compact(payload: bytes, key: Signer, *, typ: str) -> str:
    """The compact serialization (RFC 7515 section 7.1): what a token inside of a message looks like."""
    header = base64url.encode(msgspec.json.encode({"alg": ALGORITHM, "kid": key.kid, "typ": typ}))
    signing_input = f"{header}.{base64url.encode(payload)}"
    return f"{signing_input}.{base64url.encode(key.sign(signing_input.encode('ascii')))}"


def parse_compact(token: str, *, typ: str) -> tuple[bytes, Signature]:
    """The payload and the one signature of a compact JWS; nothing is verified yet."""
    parts = token.split(".")
    if len(parts) != _COMPACT_PARTS:
        raise ProtocolError(ErrorCode.JWS_FORM)
    protected, payload, value = parts
    signature = _parse_signature({"protected": protected, "signature": value}, payload, typ)
    return base64url.decode(payload), signature
