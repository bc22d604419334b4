"""The second factor of staff: a code of an authenticator. Runs as the role `okno_desk`.

The secret stands sealed under a key made of the instance's vault key: a dump of the database makes no codes. A code
works once; its step is used up in the statement that lets the person in.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from okno.cabinet.desk.core.codes import SECRET_BYTES, code_at, secret_address, secret_text, step_at, step_of
from okno.cabinet.desk.models import Factor
from okno.cabinet.desk.services.entering import DATABASE, try_count
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.signals import signal_write
from okno.cabinet.kit.statements import changed, rows

NONCE_BYTES = 12
VERSION_BYTES = 4
PURPOSE = b"okno.desk.factor"

BEGIN = """
    INSERT INTO desk_factor AS factor (user_id, secret) VALUES (%s, %s)
    ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, last_step = NULL WHERE factor.confirmed_at IS NULL
"""
USE_UP = """
    UPDATE desk_factor SET last_step = %s, confirmed_at = coalesce(confirmed_at, clock_timestamp())
    WHERE user_id = %s AND secret = %s AND (last_step IS NULL OR last_step < %s) RETURNING user_id
"""


class CodeError(Exception):
    """The code is wrong, was used, or is of another minute: the reader is told only that it does not fit."""


@dataclass(frozen=True)
class Enrolment:
    """What a new authenticator is given, once: the secret by hand, and what its symbol says."""

    text: str
    address: str


def factor_begin(*, user_id: int) -> None:
    """A new secret for who has none confirmed; it waits for its first code."""
    changed(BEGIN, [user_id, _sealed(user_id, os.urandom(SECRET_BYTES))], using=DATABASE)


def factor_enrolment(*, user_id: int) -> Enrolment | None:
    """What is to be shown; None as soon as a code confirmed it."""
    factor = Factor.objects.filter(user_id=user_id, confirmed_at=None).select_related("user").first()
    if factor is None:
        return None
    secret = _opened(factor)
    address = secret_address(secret, login=factor.user.username, issuer=f"{settings.OKNO.company} desk")
    return Enrolment(secret_text(secret), address)


def factor_pass(*, user_id: int, code: str) -> User:
    """The member of staff whose authenticator says this code, now, once. Raises CodeError, ThrottledError."""
    try_count(user_id)
    factor = Factor.objects.filter(user_id=user_id, user__is_active=True, user__is_staff=True).first()
    step = None if factor is None else step_of(_opened(factor), code, _now())
    if factor is None or step is None or not _used_up(factor, step):
        with transaction.atomic(using=DATABASE):
            signal_write("authn_login_fail", source="desk", detail={"factor": 2}, using=DATABASE)
            audit_write(actor=f"staff:{user_id}", action="staff.code.refuse", subject="desk", using=DATABASE)
        raise CodeError
    return User.objects.get(pk=user_id)


def _used_up(factor: Factor, step: int) -> bool:
    """Whether it was this call that used the step up."""
    with transaction.atomic(using=DATABASE):
        if not rows(USE_UP, [step, factor.user_id, bytes(factor.secret), step], using=DATABASE):
            return False
        action = "staff.enter" if factor.confirmed_at else "staff.factor.enrol"
        audit_write(actor=f"staff:{factor.user_id}", action=action, subject="desk", using=DATABASE)
    return True


def factor_code(factor: Factor) -> str:
    """The code of now: what the authenticator itself would show."""
    return code_at(_opened(factor), _now())


def _now() -> int:
    return step_at(datetime.now(UTC))


def _key(version: int) -> bytes:
    kek = base64.b64decode(settings.OKNO.vault_keys[str(version)])
    return hmac.digest(kek, PURPOSE, hashlib.sha256)


def _sealed(user_id: int, secret: bytes) -> bytes:
    """`version (4) | nonce (12) | ciphertext and tag`, bound to the person."""
    version = max(int(version) for version in settings.OKNO.vault_keys)
    nonce = os.urandom(NONCE_BYTES)
    return version.to_bytes(VERSION_BYTES) + nonce + AESGCM(_key(version)).encrypt(nonce, secret, str(user_id).encode())


def _opened(factor: Factor) -> bytes:
    sealed = bytes(factor.secret)
    version, nonce = int.from_bytes(sealed[:VERSION_BYTES]), sealed[VERSION_BYTES:][:NONCE_BYTES]
    return AESGCM(_key(version)).decrypt(nonce, sealed[VERSION_BYTES + NONCE_BYTES :], str(factor.user_id).encode())
