"""Files of a run at rest: AES-256-GCM under the key that the worker and the desk share, bound to their place."""

import base64
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


def part_close(key: str, run: str, number: int, content: bytes) -> bytes:
    """`key`: base64 of 32 bytes."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, content, _place(run, number))


def part_open(key: str, run: str, number: int, closed: bytes) -> bytes:
    """Raises cryptography's InvalidTag for what was not closed under this key for this place."""
    return _cipher(key).decrypt(closed[:NONCE_BYTES], closed[NONCE_BYTES:], _place(run, number))


def _cipher(key: str) -> AESGCM:
    return AESGCM(base64.b64decode(key))


def _place(run: str, number: int) -> bytes:
    return f"documents_run_part|{run}|{number}".encode()
