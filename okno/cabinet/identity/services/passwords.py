"""Passwords: Argon2id at the OWASP floor, four at once in a process; the same work whether or not the login exists.

Nothing is trimmed, folded or cut: NFC alone, so that one text typed on two systems is one password.
"""

import gzip
import threading
import unicodedata
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from django.contrib.auth import password_validation

from okno.cabinet.kit.buckets import ThrottledError

MEMORY_KIB = 19 * 1024
ROUNDS = 2
LANES = 1
HASHES_AT_ONCE_MAX = 4
WAIT_S_MAX = 5
LENGTH_MIN = 8
LENGTH_MAX = 128
LISTED_MIN = 3000

# Belongs to nobody: the hash of a random text that was thrown away. Verifying it costs what a real one costs.
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$Mz0oRXzPyAHWlgyGYBpUDw$5jRLp/nOOQsv2SRfuaiKETlTw5K45PPCanbrK1tGYMo"
UNUSABLE = "!"

ALWAYS_PERSONAL = ("кабинет", "okno", "password", "пароль")
ORNAMENTS = "0123456789!.-_ "
LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбю"
KEYBOARD = str.maketrans(CYRILLIC, LATIN)

hasher = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES)
gate = threading.BoundedSemaphore(HASHES_AT_ONCE_MAX)


class WeakPasswordError(Exception):
    """`reasons`: too-short, too-long, listed, personal."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(", ".join(reasons))
        self.reasons = reasons


def password_hash(password: str) -> str:
    """The stored form of a password that passed `password_check`."""
    _enter()
    try:
        return hasher.hash(unicodedata.normalize("NFC", password))
    finally:
        gate.release()


def password_verify(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; None (no such user) and an unusable one take the same time and fail."""
    checked = NOBODYS if stored is None or stored == UNUSABLE else stored
    _enter()
    try:
        hasher.verify(checked, unicodedata.normalize("NFC", password))
    except (VerificationError, InvalidHashError):
        return False
    finally:
        gate.release()
    return checked != NOBODYS


def password_check(password: str, *, personal: tuple[str, ...]) -> None:
    """Raise WeakPasswordError with every reason. `personal`: the login, the company, whatever a guesser tries first."""
    plain = unicodedata.normalize("NFC", password)
    folded = plain.casefold()
    reasons = []
    if len(plain) < LENGTH_MIN:
        reasons.append("too-short")
    if len(plain) > LENGTH_MAX:
        reasons.append("too-long")
    if folded in listed() or _latin(folded) in listed():
        reasons.append("listed")
    if _bare(folded) in {_bare(word.casefold()) for word in (*personal, *ALWAYS_PERSONAL)}:
        reasons.append("personal")
    if reasons:
        raise WeakPasswordError(reasons)


@cache
def listed() -> frozenset[str]:
    """The offline list of common passwords (Django's). Refuses to serve with too few that reach the minimum length."""
    path = Path(password_validation.__file__).with_name("common-passwords.txt.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        words = frozenset(line.strip() for line in file)
    assert sum(len(word) >= LENGTH_MIN for word in words) >= LISTED_MIN
    return words


def _latin(text: str) -> str:
    """The same keys on the other layout: people type a Russian word on Latin keys and think it safe."""
    return text.translate(KEYBOARD)


def _bare(text: str) -> str:
    """Without what people put around a word to satisfy a rule."""
    return _latin(text).strip(ORNAMENTS) or text


def _enter() -> None:
    if not gate.acquire(timeout=WAIT_S_MAX):
        raise ThrottledError("password-hashes", WAIT_S_MAX)
