"""A data key per person: what is personal stands in the database only under it, and erasure destroys the key.

KEK versions (settings `vault_keys`) wrap a random 256-bit key per person (AES-256-GCM, AAD person|version). A field is
`1 | version (4) | nonce (12) | ciphertext and tag`, AAD table|column|row|version, so that no value can be moved.
"""

import base64
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

from okno.cabinet.kit.statements import changed, rows

FORMAT = b"\x01"
NONCE_BYTES = 12
VERSION_BYTES = 4
KEY_BITS = 256

INSERT_KEY = "INSERT INTO kit_subject_key (subject, kek_version, wrapped) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


class VaultError(Exception):
    """The field cannot be read: key missing or erased, or the bytes belong elsewhere."""


def field_seal(subject: UUID, place: str, plain: str, *, using: str = DEFAULT_DB_ALIAS) -> bytes:
    """Encrypt under the subject's key, made at first use by whom the subject's context allows to.

    `place` is `table|column`, or longer where a person has several such rows. Raises VaultError.
    """
    version = max(_keks(), default=0)
    if not version:
        raise VaultError("no vault key in the settings")
    key, kek_version = _data_key(subject, using) or _data_key_new(subject, version, using)
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), _aad(subject, place, kek_version))
    return FORMAT + kek_version.to_bytes(VERSION_BYTES) + nonce + sealed


def field_open(subject: UUID, place: str, sealed: bytes, *, using: str = DEFAULT_DB_ALIAS) -> str:
    """The plain text. Raises VaultError."""
    version = int.from_bytes(sealed[1 : 1 + VERSION_BYTES])
    found = _data_key(subject, using)
    if found is None or sealed[:1] != FORMAT:
        raise VaultError("erased or of another form")
    nonce, body = sealed[1 + VERSION_BYTES :][:NONCE_BYTES], sealed[1 + VERSION_BYTES + NONCE_BYTES :]
    return _decrypt(found[0], nonce, body, _aad(subject, place, version)).decode()


def _keks() -> dict[int, bytes]:
    return {int(version): base64.b64decode(key) for version, key in settings.OKNO.vault_keys.items()}


def _data_key(subject: UUID, using: str) -> tuple[bytes, int] | None:
    found = rows("SELECT kek_version, wrapped FROM kit_subject_key WHERE subject = %s", [subject], using=using)
    if not found:
        return None
    version, wrapped = found[0][0], bytes(found[0][1])
    kek = _keks().get(version)
    if kek is None:
        raise VaultError(f"vault key {version} is not in the settings")
    return _decrypt(kek, wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], f"{subject}|{version}".encode()), version


def _data_key_new(subject: UUID, version: int, using: str) -> tuple[bytes, int]:
    key, nonce = AESGCM.generate_key(KEY_BITS), os.urandom(NONCE_BYTES)
    wrapped = nonce + AESGCM(_keks()[version]).encrypt(nonce, key, f"{subject}|{version}".encode())
    if changed(INSERT_KEY, [subject, version, wrapped], using=using):
        return key, version
    # Two first fields of one person at once: whichever key came first is his.
    found = _data_key(subject, using)
    if found is None:
        raise VaultError("erased")
    return found


def _decrypt(key: bytes, nonce: bytes, body: bytes, aad: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, body, aad)
    except InvalidTag as error:
        raise VaultError("not what was written here") from error


def _aad(subject: UUID, place: str, version: int) -> bytes:
    return f"{place}|{subject}|{version}".encode()
