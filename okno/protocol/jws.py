"""Signed messages: exactly the demanded signatures, by exactly the demanded parties, in this order.

A library answers "at least one signature is good"; here each one is checked, and nothing else may be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys import Keyring, Verifier
from okno.protocol.strict.jose import (
    ALGORITHM,
    CONTENT_TYPE,
    MESSAGE_TYP,
    Signed,
    countersign,
    parse,
    payload_hash,
    sign,
)

__all__ = [
    "ALGORITHM",
    "CONTENT_TYPE",
    "MESSAGE_TYP",
    "Signed",
    "check_signatures",
    "check_signers",
    "countersign",
    "parse",
    "payload_hash",
    "request_hash",
    "sign",
    "verify",
]


def check_signatures(signed: Signed, keyring: Keyring, *, at: datetime) -> tuple[Verifier, ...]:
    """The keys behind all signatures, each one good. Who they ought to be is the caller's question."""
    verifiers = tuple(keyring.find(signature.kid, at) for signature in signed.signatures)
    for verifier, signature in zip(verifiers, signed.signatures, strict=True):
        verifier.verify(signature.signed, signature.value)
    return verifiers


def check_signers(verifiers: Sequence[Verifier], parties: Sequence[str]) -> None:
    """Exactly these parties, in this order. Raises `signature-missing`, `signature-extra`, `signer-wrong`."""
    if len(verifiers) < len(parties):
        raise ProtocolError(ErrorCode.SIGNATURE_MISSING)
    if len(verifiers) > len(parties):
        raise ProtocolError(ErrorCode.SIGNATURE_EXTRA)
    for verifier, party in zip(verifiers, parties, strict=True):
        if not verifier.belongs_to(party):
            raise ProtocolError(ErrorCode.SIGNER_WRONG, f"{verifier.party} instead of {party}")


def verify(signed: Signed, keyring: Keyring, *, parties: Sequence[str], at: datetime) -> tuple[str, ...]:
    """The kids, once every signature is good and they are exactly those of `parties`, in this order."""
    verifiers = check_signatures(signed, keyring, at=at)
    check_signers(verifiers, parties)
    return tuple(verifier.kid for verifier in verifiers)


def request_hash(raw: bytes) -> str:
    """What the answer to this signed message will carry as `requesthash`."""
    return payload_hash(parse(raw).payload)
